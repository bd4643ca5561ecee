#include <stdlib.h>
#include <string.h>

#include "report/cause.h"
#include "report/explain.h"
#include "report/plain.h"
#include "report/report.h"
#include "report/sentence.h"
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
    buf_printf(out, "| %s | ", layer_name(result->scenario->layer));
    put_escaped(out, result->scenario->name);
    buf_printf(out, " | %s%s%s | ", strong, verdict_name(verdict->kind), strong);
    put_escaped(out, buf_text(&why));
    buf_puts(out, " |\n");
    buf_fini(&why);
}

/* Indented by four blanks, so that nothing in it means anything to Markdown. */
static void put_output(const struct result *result, struct buf *out) {
    buf_puts(out, "\nOutput for ");
    put_escaped(out, result->scenario->name);
    buf_puts(out, ":\n\n");
    plain_put_output(out, result, "    ", PLAIN_OUTPUT_WIDTH);
}

static void put_transcripts(const struct result *result, struct buf *out) {
    buf_puts(out, "\nTranscript for ");
    put_escaped(out, result->scenario->name);
    buf_puts(out, ":\n\n");
    plain_put_transcripts(out, result, "    ", PLAIN_OUTPUT_WIDTH);
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

/* Lines are paragraphs; what stands in backquotes is meant as code, and the rest is text. */
static void put_said(const struct run *run, void (*put)(const struct run *run, struct buf *out),
                     struct buf *out) {
    struct buf text;

    buf_init(&text, 64 * 1024);
    put(run, &text);
    for (const char *line = buf_text(&text); *line != '\0';) {
        size_t len = strcspn(line, "\n");

        for (size_t i = 0; i < len; i++) {
            if (strchr("\\*_{}[]<>#|!~&", line[i]) != NULL)
                buf_puts(out, "\\");
            buf_append(out, line + i, 1);
        }
        buf_puts(out, "\n\n");
        line += len + (line[len] == '\n');
    }
    buf_fini(&text);
}

static void put_cause(const struct result *const *rows, size_t count, struct buf *out) {
    struct buf title, what;

    buf_init(&title, 4096);
    buf_init(&what, 64 * 1024);
    cause_put_title(rows, count, &title);
    cause_put_rows(rows, count, count, &what);
    buf_puts(out, "| ");
    put_escaped(out, buf_text(&title));
    buf_printf(out, " | **%s** | ", verdict_name(rows[0]->verdict.kind));
    put_escaped(out, buf_text(&what));
    buf_puts(out, " | ");
    buf_fini(&title);
    buf_fini(&what);
}

/* A table for each severity; who can fix it stands in the last column. */
static void put_severity(const struct run *run, const struct result *const *rows, size_t count,
                         struct buf *out) {
    struct buf text;

    buf_init(&text, 4096);
    summary_put_severity(run, result_severity(rows[0]), &text);
    buf_printf(out,
               "### %s\n\n| fault | verdict | what it did | fix |\n| --- | --- | --- | --- |\n",
               buf_text(&text));
    for (size_t i = 0, n; i < count; i += n) {
        n = cause_same(rows + i, count - i);
        put_cause(rows + i, n, out);
        buf_reset(&text);
        cause_put_fix(run, rows[i], &text);
        put_escaped(out, buf_text(&text));
        buf_puts(out, " |\n");
    }
    buf_puts(out, "\n");
    buf_fini(&text);
}

static void put_failures(const struct run *run, struct buf *out) {
    size_t count;
    const struct result **rows = cause_sorted(run, &count);

    for (size_t i = 0, n; i < count; i += n) {
        n = cause_same_severity(rows + i, count - i);
        put_severity(run, rows + i, n, out);
    }
    free(rows);
}

static void put_table(const struct result *const *rows, size_t count, const struct run *run,
                      bool all, struct buf *out) {
    if (!all && summary_count_unclear(run) == 0)
        return;
    buf_printf(out,
               "### %s\n\n| layer | fault | verdict | what it did |\n| --- | --- | --- | --- |\n",
               all ? "All" : "Unclear");
    for (size_t i = 0; i < count; i++)
        if (all || summary_is_unclear(rows[i]))
            put_row(rows[i], out);
    buf_puts(out, "\n");
}

void report_markdown(const struct run *run, const struct report_style *style, struct buf *out) {
    const struct result **rows = run_sorted(run);

    put_heading(run, out);
    put_said(run, summary_put_interrupted, out);
    put_said(run, sentence_put, out);
    put_said(run, summary_put_counts, out);
    put_said(run, summary_put_controls, out);
    put_said(run, summary_put_escaped, out);
    put_failures(run, out);
    settings_put_markdown(run, out);
    put_table(rows, run->count, run, style->list_all || style->verbose, out);
    put_said(run, summary_put_sound, out);
    for (size_t i = 0; i < run->count; i++) {
        if (plain_shows_output(rows[i], style))
            put_output(rows[i], out);
        if (style->verbose && plain_has_transcripts(rows[i]))
            put_transcripts(rows[i], out);
    }
    free(rows);
}
