#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "base/wrap.h"
#include "report/explain.h"
#include "report/plain.h"
#include "report/report.h"
#include "report/summary.h"

enum {
    DEFAULT_COLUMNS = 100,
    MIN_COLUMNS = 60,
    NAME_COLUMN = 4,
    MIN_NAME_WIDTH = 17,
    MAX_NAME_WIDTH = 23,
    VERDICT_WIDTH = 13, /* "turned-away" and two blanks */
};

#define OUTPUT_PREFIX "      | "

struct table {
    struct buf *out;
    const struct report_style *style;
    unsigned columns, verdict_column, explain_column;
};

/* How a verdict looks: the mark does without colour, the colour never stands alone. */
static const struct look {
    char mark;
    const char *colour; /* SGR parameter */
    bool upper;
} looks[VERDICT_COUNT] = {
    [VERDICT_REFUSED] = {'-', "32", false},    [VERDICT_FOOLED] = {'x', "31;1", true},
    [VERDICT_LEAKED] = {'x', "31;1", true},    [VERDICT_DELIVERED] = {'-', "32", false},
    [VERDICT_TURNED_AWAY] = {'x', "31", true}, [VERDICT_UNCLEAR] = {'?', "33", false},
    [VERDICT_CRASHED] = {'x', "31;1", true},   [VERDICT_NOT_SHOWN] = {' ', "33", false},
};

static void put_blanks(struct buf *out, unsigned count) {
    buf_printf(out, "%*s", (int)count, "");
}

/* Fills lines up to the table's width; the first one is already at the indent. */
static void put_wrapped(const struct table *table, const char *text, unsigned indent) {
    struct wrap wrap = {
        .column = indent, .indent = indent, .columns = table->columns, .cuts = true};

    wrap_put(table->out, &wrap, text, strcspn(text, "\n"));
}

static void put_verdict(const struct table *table, enum verdict_kind kind) {
    const struct look *look = &looks[kind];
    char name[VERDICT_WIDTH + 1];
    size_t i = 0;

    for (const char *p = verdict_name(kind); p[i] != '\0'; i++)
        name[i] = (char)(look->upper && ascii_is_alpha(p[i]) ? p[i] - 'a' + 'A' : p[i]);
    name[i] = '\0';
    if (table->style->colour)
        buf_printf(table->out, "\033[%sm%s\033[0m", look->colour, name);
    else
        buf_puts(table->out, name);
    put_blanks(table->out, VERDICT_WIDTH - (unsigned)i);
}

/* A name that is too long for its column, as recipes are, has a line of its own. */
static void put_name(const struct table *table, const char *name) {
    unsigned room = table->columns - NAME_COLUMN;
    unsigned width = table->verdict_column - NAME_COLUMN;
    size_t len = strlen(name);

    plain_put(table->out, name, len <= room ? len : room - 3);
    if (len > room)
        buf_puts(table->out, "...");
    if (len + 2 <= width) {
        put_blanks(table->out, width - (unsigned)len);
        return;
    }
    buf_puts(table->out, "\n");
    put_blanks(table->out, table->verdict_column);
}

static void put_row(const struct table *table, const struct result *result) {
    bool plain = dish_is_control(result->dish) && result->verdict.as_expected;
    struct buf why;

    buf_init(&why, 4096);
    explain_result(result, &why);
    buf_printf(table->out, "  %c ", plain ? ' ' : looks[result->verdict.kind].mark);
    put_name(table, result->dish->name);
    put_verdict(table, result->verdict.kind);
    put_wrapped(table, buf_text(&why), table->explain_column);
    if (plain_shows_output(result, table->style))
        plain_put_output(table->out, result, OUTPUT_PREFIX,
                         table->columns - (unsigned)strlen(OUTPUT_PREFIX));
    buf_fini(&why);
}

static void put_heading(const struct table *table, const struct run *run) {
    struct buf title, time;

    buf_init(&title, 256);
    buf_init(&time, 64);
    plain_put_title(&title, run);
    buf_printf(&time, "%.1f s", run->seconds);
    buf_puts(table->out, buf_text(&title));
    if (title.len + time.len + 1 < table->columns)
        put_blanks(table->out, table->columns - (unsigned)(title.len + time.len));
    else
        buf_puts(table->out, " ");
    buf_printf(table->out, "%s\n", buf_text(&time));
    buf_fini(&title);
    buf_fini(&time);
}

/* "certificate 4 of 9 noticed", over the rows of one layer.  Controls have no heading but the
 * run's. */
static void put_layer_heading(const struct table *table, const struct result *const *rows,
                              size_t count) {
    const char *layer = layer_name(rows[0]->dish->layer);
    unsigned noticed = 0;

    if (rows[0]->dish->layer == LAYER_CONTROL)
        return;
    for (size_t i = 0; i < count; i++)
        noticed += result_is_noticed(rows[i]);
    buf_printf(table->out, "\n%s", layer);
    put_blanks(table->out, table->verdict_column - (unsigned)strlen(layer));
    buf_printf(table->out, "%u of %zu noticed\n", noticed, count);
}

static unsigned name_width(const struct run *run) {
    size_t width = MIN_NAME_WIDTH;

    for (size_t i = 0; i < run->count; i++) {
        size_t len = strlen(run->results[i].dish->name);

        if (len > width && len <= MAX_NAME_WIDTH)
            width = len;
    }
    return (unsigned)width;
}

static void put_summary(const struct table *table, const struct run *run) {
    struct buf text;

    buf_init(&text, 64 * 1024);
    summary_put(run, &text);
    buf_puts(table->out, "\n");
    for (const char *line = buf_text(&text), *end; (end = strchr(line, '\n')) != NULL;
         line = end + 1)
        put_wrapped(table, line, 0);
    buf_fini(&text);
}

void report_text(const struct run *run, const struct report_style *style, struct buf *out) {
    struct table table = {out, style, .columns = style->columns};
    const struct result **rows = run_sorted(run);

    if (table.columns == 0 || table.columns > DEFAULT_COLUMNS)
        table.columns = DEFAULT_COLUMNS;
    if (table.columns < MIN_COLUMNS)
        table.columns = MIN_COLUMNS;
    table.verdict_column = NAME_COLUMN + name_width(run) + 2;
    table.explain_column = table.verdict_column + VERDICT_WIDTH;
    put_heading(&table, run);
    for (size_t i = 0, n; i < run->count; i += n) {
        n = result_same_layer(rows + i, run->count - i);
        put_layer_heading(&table, rows + i, n);
        for (size_t k = 0; k < n; k++)
            put_row(&table, rows[i + k]);
    }
    put_summary(&table, run);
    free(rows);
}
