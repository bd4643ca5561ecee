#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "base/wrap.h"
#include "report/cause.h"
#include "report/explain.h"
#include "report/plain.h"
#include "report/report.h"
#include "report/sentence.h"
#include "report/summary.h"

enum {
    DEFAULT_COLUMNS = 100,
    MIN_COLUMNS = 60,
    MAX_COLUMNS = 200,
    MIN_EXPLAIN_WIDTH = 32, /* where there is less, what was seen stands on lines of its own */
    NAME_COLUMN = 4,
    MIN_NAME_WIDTH = 17,
    MAX_NAME_WIDTH = 23,
    VERDICT_WIDTH = 13, /* "turned-away" and two blanks */
    NAMES_SHOWN = 6,
    UNCLEAR_SHOWN = 5,
};

#define OUTPUT_PREFIX     "      | "
#define TRANSCRIPT_PREFIX "      "

struct table {
    struct buf *out;
    const struct run *run;
    const struct report_style *style;
    unsigned columns, verdict_column, explain_column;
    bool is_narrow; /* what was seen does not stand beside the verdict, but below it */
};

/* How a verdict looks: the mark does without colour, the colour never stands alone.  A failure is red, a warning is not. */
struct look {
    char mark;
    const char *colour; /* SGR parameter */
    bool upper;
};
static const struct look failure_looks[] = {
    [FAILURE_WARNING] = {'!', "33", false}, [FAILURE_FAILURE] = {'x', "31;1", true}};
static const struct look looks[VERDICT_COUNT] = {
    [VERDICT_REFUSED] = {'-', "32", false},
    [VERDICT_DELIVERED] = {'-', "32", false},
    [VERDICT_NOT_SHOWN] = {' ', "33", false},
    [VERDICT_UNCLEAR] = {'?', "33", false},
    /* of a control, which is no failure */
    [VERDICT_FOOLED] = {'?', "33", true},
    [VERDICT_LEAKED] = {'?', "33", true},
    [VERDICT_TURNED_AWAY] = {'?', "33", true},
    [VERDICT_CRASHED] = {'?', "33", true},
};

static const struct look *look_of(const struct table *table, const struct result *result) {
    enum failure failure = run_failure(table->run, result);

    return failure != FAILURE_NONE ? &failure_looks[failure] : &looks[result->verdict.kind];
}

static void put_blanks(struct buf *out, unsigned count) {
    buf_printf(out, "%*s", (int)count, "");
}

/* Fills lines up to the table's width; the first one is already at the indent. */
static void put_wrapped(const struct table *table, const char *text, unsigned indent) {
    struct wrap wrap = {
        .column = indent, .indent = indent, .columns = table->columns, .cuts = true};

    wrap_put(table->out, &wrap, text, strcspn(text, "\n"));
}

static void put_verdict(const struct table *table, const struct result *result) {
    const struct look *look = look_of(table, result);
    char name[VERDICT_WIDTH + 1];
    size_t i = 0;

    for (const char *p = verdict_name(result->verdict.kind); p[i] != '\0'; i++)
        name[i] = (char)(look->upper && ascii_is_alpha(p[i]) ? p[i] - 'a' + 'A' : p[i]);
    name[i] = '\0';
    if (table->style->colour)
        buf_printf(table->out, "\033[%sm%s\033[0m", look->colour, name);
    else
        buf_puts(table->out, name);
    if (table->is_narrow)
        buf_printf(table->out, "\n%*s", (int)table->explain_column, "");
    else
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

/* A line of the table, with what was seen in the last column. */
static void put_line(const struct table *table, const struct result *result, const char *name,
                     const char *what) {
    bool plain = scenario_is_control(result->scenario) && result->verdict.as_expected;

    buf_printf(table->out, "  %c ", plain ? ' ' : look_of(table, result)->mark);
    put_name(table, name);
    put_verdict(table, result);
    put_wrapped(table, what, table->explain_column);
}

static void put_row(const struct table *table, const struct result *result) {
    struct buf why;

    buf_init(&why, 4096);
    explain_result(result, &why);
    put_line(table, result, result->scenario->name, buf_text(&why));
    if (plain_shows_output(result, table->style))
        plain_put_output(table->out, result, OUTPUT_PREFIX,
                         table->columns - (unsigned)strlen(OUTPUT_PREFIX));
    if (table->style->verbose)
        plain_put_transcripts(table->out, result, TRANSCRIPT_PREFIX,
                              table->columns - (unsigned)strlen(TRANSCRIPT_PREFIX));
    buf_fini(&why);
}

static void put_heading(const struct table *table, const struct run *run) {
    struct buf title, time;

    buf_init(&title, 1024);
    buf_init(&time, 64);
    plain_put_title(&title, run);
    buf_printf(&time, "%.1f s", run->seconds);
    if (title.len + time.len + 1 < table->columns) {
        buf_puts(table->out, buf_text(&title));
        put_blanks(table->out, table->columns - (unsigned)(title.len + time.len));
        buf_printf(table->out, "%s\n", buf_text(&time));
    } else {
        buf_printf(&title, ", %s", buf_text(&time));
        put_wrapped(table, buf_text(&title), 0);
    }
    buf_fini(&title);
    buf_fini(&time);
}

/* "certificate" and the counts, over the rows of one layer.  Controls have none. */
static void put_layer_heading(const struct table *table, const struct result *const *rows,
                              size_t count) {
    const char *layer = layer_name(rows[0]->scenario->layer);
    unsigned sound = 0;

    if (rows[0]->scenario->layer == LAYER_CONTROL) {
        buf_puts(table->out, "\n");
        return;
    }
    for (size_t i = 0; i < count; i++)
        sound += rows[i]->verdict.as_expected;
    buf_printf(table->out, "\n%s", layer);
    put_blanks(table->out, table->verdict_column - (unsigned)strlen(layer));
    buf_printf(table->out, "%u of %zu as it should be\n", sound, count);
}

static unsigned name_width(const struct run *run) {
    size_t width = MIN_NAME_WIDTH;

    for (size_t i = 0; i < run->count; i++) {
        size_t len = strlen(run->results[i].scenario->name);

        if (len > width && len <= MAX_NAME_WIDTH)
            width = len;
    }
    return (unsigned)width;
}

static void put_paragraphs(const struct table *table, const char *text) {
    for (const char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        put_wrapped(table, line, 0);
}

/* Each paragraph that the function has to say, below an empty line; the controls stand with the counts. */
static void put_said(const struct table *table,
                     void (*put)(const struct run *run, struct buf *out)) {
    struct buf text;

    buf_init(&text, 64 * 1024);
    put(table->run, &text);
    if (text.len > 0 && put != summary_put_controls && put != summary_put_escaped)
        buf_puts(table->out, "\n");
    if (text.len > 0 && text.data[text.len - 1] != '\n')
        buf_puts(&text, "\n");
    put_paragraphs(table, buf_text(&text));
    buf_fini(&text);
}

static void put_cause(const struct table *table, const struct result *const *rows, size_t count) {
    struct buf title, what;

    buf_init(&title, 4096);
    buf_init(&what, 64 * 1024);
    cause_put_title(rows, count, &title);
    cause_put_rows(rows, count, NAMES_SHOWN, &what);
    put_line(table, rows[0], buf_text(&title), buf_text(&what));
    buf_fini(&title);
    buf_fini(&what);
}

/* Rows that the same hand can fix, and by what. */
static void put_fixed_alike(const struct table *table, const struct result *const *rows,
                            size_t count) {
    struct buf fix;

    for (size_t i = 0, n; i < count; i += n) {
        n = cause_same(rows + i, count - i);
        put_cause(table, rows + i, n);
    }
    buf_init(&fix, 4096);
    cause_put_fix(table->run, rows[0], &fix);
    put_blanks(table->out, NAME_COLUMN);
    buf_puts(table->out, "> ");
    put_wrapped(table, buf_text(&fix), NAME_COLUMN + 2);
    buf_fini(&fix);
}

static void put_severity(const struct table *table, const struct result *const *rows,
                         size_t count) {
    struct buf heading;

    buf_init(&heading, 256);
    summary_put_severity(table->run, result_severity(rows[0]), &heading);
    buf_puts(table->out, "\n");
    put_wrapped(table, buf_text(&heading), 0);
    for (size_t i = 0, n; i < count; i += n) {
        n = cause_same_fix(table->run, rows + i, count - i);
        put_fixed_alike(table, rows + i, n);
    }
    buf_fini(&heading);
}

static void put_failures(const struct table *table) {
    size_t count;
    const struct result **rows = cause_sorted(table->run, &count);

    for (size_t i = 0, n; i < count; i += n) {
        n = cause_same_severity(rows + i, count - i);
        put_severity(table, rows + i, n);
    }
    free(rows);
}

static void put_unclear(const struct table *table) {
    size_t count = summary_count_unclear(table->run), shown = 0;

    if (count == 0)
        return;
    buf_puts(table->out, "\nUnclear: nothing can be said\n");
    for (size_t i = 0; i < table->run->count && shown < UNCLEAR_SHOWN; i++) {
        if (!summary_is_unclear(&table->run->results[i]))
            continue;
        put_row(table, &table->run->results[i]);
        shown++;
    }
    if (shown < count)
        buf_printf(table->out, "    and %zu more; `--list-all` lists them\n", count - shown);
}

static void put_all_rows(const struct table *table) {
    const struct result **rows = run_sorted(table->run);

    for (size_t i = 0, n; i < table->run->count; i += n) {
        n = result_same_layer(rows + i, table->run->count - i);
        put_layer_heading(table, rows + i, n);
        for (size_t k = 0; k < n; k++)
            put_row(table, rows[i + k]);
    }
    free(rows);
}

static struct table make_table(const struct run *run, const struct report_style *style,
                               struct buf *out) {
    struct table table = {out, run, style, .columns = style->columns};

    if (table.columns == 0)
        table.columns = DEFAULT_COLUMNS;
    if (table.columns > MAX_COLUMNS)
        table.columns = MAX_COLUMNS;
    if (table.columns < MIN_COLUMNS)
        table.columns = MIN_COLUMNS;
    table.verdict_column = NAME_COLUMN + name_width(run) + 2;
    table.explain_column = table.verdict_column + VERDICT_WIDTH;
    table.is_narrow = table.explain_column + MIN_EXPLAIN_WIDTH > table.columns;
    if (table.is_narrow)
        table.explain_column = NAME_COLUMN + 2;
    return table;
}

void report_text(const struct run *run, const struct report_style *style, struct buf *out) {
    struct table table = make_table(run, style, out);

    put_heading(&table, run);
    put_said(&table, summary_put_interrupted);
    put_said(&table, sentence_put);
    put_said(&table, summary_put_counts);
    put_said(&table, summary_put_controls);
    put_said(&table, summary_put_escaped);
    put_failures(&table);
    settings_put_text(run, table.columns, out);
    if (style->list_all || style->verbose) {
        put_all_rows(&table);
        return;
    }
    put_unclear(&table);
    put_said(&table, summary_put_sound);
}
