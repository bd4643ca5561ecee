/* One page that needs nothing else: the summary, what was seen of each fault by layer, and what to change.  Readable on a
 * phone (one column below 40em) and on paper (no colours needed, rows are not torn). */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/cause.h"
#include "report/explain.h"
#include "report/plain.h"
#include "report/report.h"
#include "report/sentence.h"
#include "report/summary.h"

static const char style_sheet[] =
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60em;margin:auto;padding:1em}"
    "h1{font-size:1.5em;margin:.5em 0 0}h2{font-size:1.2em;margin:2em 0 .3em}"
    ".sub{color:#777;margin:0 0 1.5em}.sum p{margin:.4em 0}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;vertical-align:top;padding:.35em .6em;border-bottom:1px solid #8884}"
    "td:first-child{white-space:nowrap;font-family:ui-monospace,monospace}"
    ".v{white-space:nowrap;font-weight:600}.bad .v{color:#c22}.good .v{color:#383}.open .v{color:#a60}"
    "details{margin:.2em 0}summary{cursor:pointer;color:#777}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85em;margin:.3em 0}"
    "@media(max-width:40em){table,tbody,tr,td{display:block;border:0;padding:.1em 0}"
    "tr{border-bottom:1px solid #8884;padding:.5em 0}thead{display:none}}"
    "@media print{body{max-width:none;font-size:10pt}tr{break-inside:avoid}"
    "details:not([open])>*{display:block}}";

static const struct {
    const char *class, *word;
} looks[VERDICT_COUNT] = {
    [VERDICT_REFUSED] = {"good", "refused"},        [VERDICT_FOOLED] = {"bad", "FOOLED"},
    [VERDICT_LEAKED] = {"bad", "LEAKED"},           [VERDICT_DELIVERED] = {"good", "delivered"},
    [VERDICT_TURNED_AWAY] = {"bad", "TURNED AWAY"}, [VERDICT_UNCLEAR] = {"open", "unclear"},
    [VERDICT_CRASHED] = {"bad", "CRASHED"},         [VERDICT_NOT_SHOWN] = {"open", "not shown"},
};

/* The title holds the sender's command: words from outside, as all the others. */
static void put_title(const struct run *run, struct buf *out) {
    struct buf title;

    buf_init(&title, 4096);
    plain_put_title(&title, run);
    plain_put_xml(out, buf_text(&title));
    buf_fini(&title);
}

static void put_head(const struct run *run, struct buf *out) {
    char when[CLOCK_RFC3339_SIZE_B];

    buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                  "<title>");
    put_title(run, out);
    buf_printf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n<h1>", style_sheet);
    put_title(run, out);
    buf_printf(out, "</h1>\n<p class=\"sub\">Doormat %s, %s, %.1f s</p>\n", DOORMAT_VERSION,
               clock_rfc3339(run->started_us / 1000000, when), run->seconds);
}

static void put_paragraphs(const char *text, const char *tag, struct buf *out) {
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        struct buf line;
        buf_init(&line, 64 * 1024);
        buf_append(&line, text, len);
        buf_printf(out, "<%s>", tag);
        plain_put_xml(out, buf_text(&line));
        buf_printf(out, "</%s>\n", tag);
        buf_fini(&line);
        text += len + (text[len] == '\n');
    }
}

static void put_said(const struct run *run, void (*put)(const struct run *run, struct buf *out),
                     const char *tag, struct buf *out) {
    struct buf text;

    buf_init(&text, 64 * 1024);
    put(run, &text);
    put_paragraphs(buf_text(&text), tag, out);
    buf_fini(&text);
}

static void put_summary(const struct run *run, struct buf *out) {
    buf_puts(out, "<div class=\"sum\">\n");
    put_said(run, sentence_put, "strong", out);
    put_said(run, summary_put_counts, "p", out);
    put_said(run, summary_put_controls, "p", out);
    put_said(run, summary_put_escaped, "p", out);
    put_said(run, summary_put_sound, "p", out);
    buf_puts(out, "</div>\n");
}

/* One cause, who can fix it, and its severity as a mark. */
static void put_cause(const struct run *run, const struct result *const *rows, size_t count,
                      struct buf *out) {
    struct buf text;

    buf_init(&text, 64 * 1024);
    buf_printf(out, "<li class=\"%s\"><span class=\"v\">%s</span> ",
               run_failure(run, rows[0]) == FAILURE_FAILURE ? "bad" : "open",
               looks[rows[0]->verdict.kind].word);
    cause_put_title(rows, count, &text);
    buf_puts(&text, ": ");
    cause_put_rows(rows, count, count, &text);
    buf_puts(&text, ". ");
    cause_put_fix(run, rows[0], &text);
    plain_put_xml(out, buf_text(&text));
    buf_puts(out, "</li>\n");
    buf_fini(&text);
}

static void put_severity(const struct run *run, const struct result *const *rows, size_t count,
                         struct buf *out) {
    struct buf heading;

    buf_init(&heading, 256);
    summary_put_severity(run, result_severity(rows[0]), &heading);
    buf_puts(out, "<h2>");
    plain_put_xml(out, buf_text(&heading));
    buf_puts(out, "</h2>\n<ul>\n");
    for (size_t i = 0, n; i < count; i += n) {
        n = cause_same(rows + i, count - i);
        put_cause(run, rows + i, n, out);
    }
    buf_puts(out, "</ul>\n");
    buf_fini(&heading);
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

/* How the sender is fixed, where it went wrong and the fault is one. */
static void put_fix(const struct result *result, struct buf *out) {
    if (result->verdict.as_expected || result->scenario->fault_count != 1 ||
        result->scenario->faults[0]->fix == NULL)
        return;
    buf_puts(out, "<details><summary>what to change</summary><pre>");
    plain_put_xml(out, result->scenario->faults[0]->fix);
    buf_puts(out, "</pre></details>");
}

static void put_output(const struct result *result, const struct report_style *style,
                       struct buf *out) {
    struct buf text;

    if (!plain_shows_output(result, style))
        return;
    buf_init(&text, 64 * 1024);
    plain_put_output(&text, result, "", PLAIN_OUTPUT_WIDTH);
    buf_puts(out, "<details><summary>what the sender printed</summary><pre>");
    plain_put_xml(out, buf_text(&text));
    buf_puts(out, "</pre></details>");
    buf_fini(&text);
}

/* A warning is not as red as a failure. */
static const char *class_of(const struct run *run, const struct result *result) {
    return run_failure(run, result) == FAILURE_WARNING ? "open" : looks[result->verdict.kind].class;
}

static void put_row(const struct run *run, const struct result *result,
                    const struct report_style *style, struct buf *out) {
    struct buf why;

    buf_init(&why, 4096);
    explain_result(result, &why);
    buf_printf(out, "<tr class=\"%s\"><td>", class_of(run, result));
    plain_put_xml(out, result->scenario->name);
    buf_printf(out, "</td><td class=\"v\">%s</td><td>%s</td><td>", looks[result->verdict.kind].word,
               result_severity(result) != FAULT_UNRATED
                   ? fault_severity_name(result_severity(result))
                   : "");
    plain_put_xml(out, buf_text(&why));
    put_fix(result, out);
    put_output(result, style, out);
    buf_puts(out, "</td></tr>\n");
    buf_fini(&why);
}

static void put_layer(const struct run *run, const struct result *const *rows, size_t count,
                      const struct report_style *style, struct buf *out) {
    buf_puts(out, "<h2>");
    plain_put_xml(out, layer_name(rows[0]->scenario->layer));
    buf_puts(out, "</h2>\n<table>\n<thead><tr><th>fault</th><th>verdict</th><th>severity</th>"
                  "<th>what was seen</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < count; i++)
        put_row(run, rows[i], style, out);
    buf_puts(out, "</tbody>\n</table>\n");
}

void report_html(const struct run *run, const struct report_style *style, struct buf *out) {
    const struct result **sorted = run_sorted(run);

    put_head(run, out);
    put_summary(run, out);
    put_failures(run, out);
    settings_put_html(run, out);
    for (size_t i = 0, count; i < run->count; i += count) {
        count = result_same_layer(sorted + i, run->count - i);
        put_layer(run, sorted + i, count, style, out);
    }
    buf_puts(out, "</body>\n</html>\n");
    free(sorted);
}
