#include <string.h>

#include "report/explain.h"
#include "report/plain.h"
#include "report/report.h"
#include "report/summary.h"

/* CommonMark 2.4: a backslash takes any punctuation for itself; a pipe would end the cell, even in
 * code. */
static void put_escaped(struct buf *out, const char *text) {
    plain_put_escaped(out, text, "\\`*_{}[]<>#|!~&");
}

static void put_row(const struct result *result, struct buf *out) {
    const struct verdict *verdict = &result->verdict;
    const char *strong = verdict->as_expected ? "" : "**";
    struct buf why;

    buf_init(&why, 4096);
    explain_result(result, &why);
    buf_printf(out, "| %s | ", layer_name(result->dish->layer));
    put_escaped(out, result->dish->name);
    buf_printf(out, " | %s%s%s | ", strong, verdict_name(verdict->kind), strong);
    put_escaped(out, buf_text(&why));
    buf_puts(out, " |\n");
    buf_fini(&why);
}

/* Indented by four blanks, so that nothing in it means anything to Markdown. */
static void put_output(const struct result *result, struct buf *out) {
    buf_puts(out, "\nOutput for ");
    put_escaped(out, result->dish->name);
    buf_puts(out, ":\n\n");
    plain_put_output(out, result, "    ", PLAIN_OUTPUT_WIDTH);
}

static void put_heading(const struct run *run, struct buf *out) {
    struct buf title;

    buf_init(&title, 256);
    plain_put_title(&title, run);
    buf_puts(out, "## ");
    put_escaped(out, buf_text(&title));
    buf_puts(out, "\n\n");
    buf_fini(&title);
}

/* The summary's lines are paragraphs; what it puts in backquotes is meant as code. */
static void put_summary(const struct run *run, struct buf *out) {
    struct buf text;

    buf_init(&text, 64 * 1024);
    summary_put(run, &text);
    for (const char *line = buf_text(&text), *end; (end = strchr(line, '\n')) != NULL;
         line = end + 1) {
        buf_append(out, line, (size_t)(end - line));
        buf_puts(out, "\n\n");
    }
    buf_fini(&text);
}

void report_markdown(const struct run *run, const struct report_style *style, struct buf *out) {
    const struct result **rows = run_sorted(run);

    put_heading(run, out);
    put_summary(run, out);
    buf_puts(out, "| layer | fault | verdict | what it did |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < run->count; i++)
        put_row(rows[i], out);
    for (size_t i = 0; i < run->count; i++)
        if (plain_shows_output(rows[i], style))
            put_output(rows[i], out);
    free(rows);
}
