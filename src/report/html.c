/* One page that needs nothing else: what the run showed in a sentence, what went wrong by cause, every server by layer, and the
 * explanations that both link to.  On paper the first half stands alone, unless the reader wants all of it. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypto/library.h"
#include "report/cause.h"
#include "report/explain.h"
#include "report/html_explained.h"
#include "report/page.h"
#include "report/plain.h"
#include "report/report.h"
#include "report/sentence.h"
#include "report/summary.h"

enum {
    TEXT_MAX_B = 256 * 1024,
    NAMES_SHOWN = 5,     /* of one cause; the others are folded */
    CAUSES_PRINTED = 60, /* they fit on three sheets with what stands around them */
};

struct page {
    const struct run *run;
    const struct report_style *style;
    const struct result **causes; /* sorted; owned */
    size_t cause_count;
    struct html_explained explained;
    struct buf *out;
};

static const struct {
    enum page_look look;
    const char *word;
} verdicts[VERDICT_COUNT] = {
    [VERDICT_REFUSED] = {PAGE_GOOD, "refused"},
    [VERDICT_FOOLED] = {PAGE_BAD, "fooled"},
    [VERDICT_LEAKED] = {PAGE_BAD, "leaked"},
    [VERDICT_DELIVERED] = {PAGE_GOOD, "delivered"},
    [VERDICT_TURNED_AWAY] = {PAGE_BAD, "turned away"},
    [VERDICT_UNCLEAR] = {PAGE_OPEN, "unclear"},
    [VERDICT_CRASHED] = {PAGE_BAD, "crashed"},
    [VERDICT_NOT_SHOWN] = {PAGE_OPEN, "not shown"},
};

/* A warning is not as red as a failure. */
static enum page_look look_of(const struct run *run, const struct result *result) {
    return run_failure(run, result) == FAILURE_WARNING ? PAGE_WARN
                                                       : verdicts[result->verdict.kind].look;
}

static void page_open(struct page *page, const struct run *run, const struct report_style *style,
                      struct buf *out) {
    *page = (struct page){.run = run, .style = style, .out = out};
    page->causes = cause_sorted(run, &page->cause_count);
    html_explained_init(&page->explained, page->causes, page->cause_count);
}

static void page_close(struct page *page) {
    free(page->causes);
    html_explained_fini(&page->explained);
}

/* --- pieces of text --- */

static void put_plain(const struct page *page, const char *text) {
    plain_put_xml(page->out, text);
}

/* A fault's name, as a link where the page explains it. */
static void put_name(const struct page *page, const struct result *result) {
    const struct scenario *scenario = result->scenario;
    bool is_link =
        scenario->fault_count == 1 && html_explains(&page->explained, scenario->faults[0]->name);

    if (is_link) {
        buf_puts(page->out, "<a class=\"id\" href=\"#fault-");
        put_plain(page, scenario->name);
        buf_puts(page->out, "\">");
    } else {
        buf_puts(page->out, "<span class=\"id\">");
    }
    put_plain(page, scenario->name);
    buf_puts(page->out, is_link ? "</a>" : "</span>");
}

static void put_lines(const struct page *page, const char *text) {
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        struct buf line;

        buf_init(&line, TEXT_MAX_B);
        buf_append(&line, text, len);
        buf_puts(page->out, "<p>");
        html_put_advice(&page->explained, buf_text(&line), page->out);
        buf_puts(page->out, "</p>\n");
        buf_fini(&line);
        text += len + (text[len] == '\n');
    }
}

static void put_said(const struct page *page, void (*put)(const struct run *run, struct buf *out)) {
    struct buf text;

    buf_init(&text, TEXT_MAX_B);
    put(page->run, &text);
    put_lines(page, buf_text(&text));
    buf_fini(&text);
}

/* --- the head --- */

static enum page_look look_of_all(const struct run_summary *sum) {
    if (sum->failures > 0)
        return PAGE_BAD;
    if (sum->controls_failed > 0 || sum->by_outcome[OUTCOME_UNCLEAR] > 0 || sum->total == 0)
        return PAGE_OPEN;
    return sum->warnings > 0 ? PAGE_WARN : PAGE_GOOD;
}

static void put_bar(const struct page *page, const struct run_summary *sum) {
    size_t open = sum->by_outcome[OUTCOME_NOT_SHOWN] + sum->by_outcome[OUTCOME_UNCLEAR];
    size_t failed = sum->by_outcome[OUTCOME_FAILED];
    const struct page_part parts[] = {
        {PAGE_BAD, sum->failures, "failure", "failures"},
        {PAGE_WARN, sum->warnings, "warning", "warnings"},
        {PAGE_GOOD, sum->total - failed - open, "as it should be", "as they should be"},
        {PAGE_OPEN, open, "of which nothing can be said", "of which nothing can be said"},
    };

    page_put_bar(page->out, parts, ARRAY_LEN(parts));
}

static void put_verdict(const struct page *page) {
    struct run_summary sum;
    struct buf sentence;

    run_summarise(page->run, &sum);
    buf_init(&sentence, TEXT_MAX_B);
    sentence_put(page->run, &sentence);
    page_put_verdict(page->out, look_of_all(&sum), buf_text(&sentence));
    buf_fini(&sentence);
    if (sum.total > 0)
        put_bar(page, &sum);
}

/* Below a title of the user's own stands what would else be the title. */
static void put_subtitle(const struct page *page) {
    struct run untitled = *page->run;
    char when[CLOCK_RFC3339_SIZE_B];
    struct buf text;

    untitled.title = NULL;
    clock_rfc3339(page->run->started_us / 1000000, when);
    buf_init(&text, TEXT_MAX_B);
    if (page->run->title != NULL) {
        plain_put_title(&text, &untitled);
        buf_puts(&text, ", t");
    }
    buf_printf(&text, "%sried by Doormat %s, %.10s %.5s UTC", text.len > 0 ? "" : "T",
               DOORMAT_VERSION, when, when + strlen("2026-11-27T"));
    buf_puts(page->out, "<p class=\"sub\">");
    put_plain(page, buf_text(&text));
    buf_puts(page->out, "</p>\n");
    buf_fini(&text);
}

static void put_head(const struct page *page) {
    struct buf text;

    buf_init(&text, TEXT_MAX_B);
    if (page->run->title != NULL)
        buf_append(&text, page->run->title, strnlen(page->run->title, PLAIN_TITLE_MAX_B));
    else
        plain_put_title(&text, page->run);
    page_begin(page->out, buf_text(&text));
    buf_fini(&text);
    put_subtitle(page);
    put_verdict(page);
    put_said(page, summary_put_interrupted);
    put_said(page, summary_put_counts);
    put_said(page, summary_put_controls);
    put_said(page, summary_put_escaped);
    put_said(page, summary_put_sound);
    page_put_print_choice(
        page->out, "print the list of all servers and the explanations too",
        "Left out on paper: the list of all servers, and the explanations. The page on the screen "
        "has them, and prints them on request.");
}

/* --- tables --- */

static void begin_table(const struct page *page, const char *first, const char *last) {
    buf_printf(page->out,
               "<table>\n<colgroup><col class=\"c1\"><col class=\"c2\"><col class=\"c3\"><col>"
               "</colgroup>\n<thead><tr><th scope=\"col\">%s</th><th scope=\"col\">verdict</th>"
               "<th scope=\"col\">severity</th><th scope=\"col\">%s</th></tr></thead>\n",
               first, last);
}

static void put_group(const struct page *page, const char *text) {
    buf_puts(page->out, "<tr class=\"group\"><th colspan=\"4\" scope=\"rowgroup\">");
    put_plain(page, text);
    buf_puts(page->out, "</th></tr>\n");
}

/* The cells of verdict and severity. */
static void put_verdict_cells(const struct page *page, const struct result *result) {
    enum fault_severity severity = result_severity(result);

    buf_printf(page->out, "<td class=\"c-2 v\">%s</td>\n<td class=\"c-3\">%s</td>\n",
               verdicts[result->verdict.kind].word,
               severity != FAULT_UNRATED ? fault_severity_name(severity) : "");
}

/* --- what went wrong --- */

static void put_names(const struct page *page, const struct result *const *rows, size_t count) {
    size_t shown = count <= NAMES_SHOWN + 1 ? count : NAMES_SHOWN;

    buf_printf(page->out, "%zu faults: ", count);
    for (size_t i = 0; i < count; i++) {
        if (i == shown)
            buf_printf(page->out, "<details class=\"more\"><summary>and %zu more</summary>",
                       count - shown);
        buf_puts(page->out, i > 0 && i != shown ? ", " : "");
        put_name(page, rows[i]);
    }
    buf_puts(page->out, shown < count ? "</details>" : "");
}

static void put_cause_title(const struct page *page, const struct result *const *rows,
                            size_t count) {
    struct buf text;

    if (count == 1) {
        put_name(page, rows[0]);
        return;
    }
    buf_init(&text, TEXT_MAX_B);
    cause_put_title(rows, count, &text);
    put_plain(page, buf_text(&text));
    buf_fini(&text);
}

static void put_cause(const struct page *page, const struct result *const *rows, size_t count,
                      bool is_printed) {
    enum page_look look = look_of(page->run, rows[0]);
    struct buf text;

    buf_printf(page->out, "<tr class=\"%s%s\">\n<td class=\"c-1\">", page_class(look),
               is_printed ? "" : " screen");
    page_put_mark(page->out, look);
    put_cause_title(page, rows, count);
    buf_puts(page->out, "</td>\n");
    put_verdict_cells(page, rows[0]);
    buf_puts(page->out, "<td>");
    buf_init(&text, TEXT_MAX_B);
    if (count > 1) {
        put_names(page, rows, count);
    } else {
        cause_put_rows(rows, count, count, &text);
        put_plain(page, buf_text(&text));
    }
    buf_puts(page->out, "</td>\n</tr>\n");
    buf_fini(&text);
}

/* Once for all causes above that it fixes. */
static void put_fix(const struct page *page, const struct result *row, bool is_printed) {
    struct buf text;

    buf_init(&text, TEXT_MAX_B);
    cause_put_fix(page->run, row, &text);
    buf_printf(page->out,
               "<tr class=\"fix%s\">\n<td colspan=\"4\"><span aria-hidden=\"true\">"
               "&#8594; </span>",
               is_printed ? "" : " screen");
    html_put_advice(&page->explained, buf_text(&text), page->out);
    buf_puts(page->out, "</td>\n</tr>\n");
    buf_fini(&text);
}

static void put_same_fix(const struct page *page, const struct result *const *rows, size_t count,
                         size_t *told) {
    bool is_printed = *told < CAUSES_PRINTED;

    for (size_t i = 0, n; i < count; i += n) {
        n = cause_same(rows + i, count - i);
        put_cause(page, rows + i, n, (*told)++ < CAUSES_PRINTED);
    }
    put_fix(page, rows[0], is_printed);
}

/* The causes of one severity; *told counts them over all severities. */
static void put_severity(const struct page *page, const struct result *const *rows, size_t count,
                         size_t *told) {
    struct buf heading;

    buf_init(&heading, 1024);
    summary_put_severity(page->run, result_severity(rows[0]), &heading);
    buf_puts(page->out, "<tbody>\n");
    put_group(page, buf_text(&heading));
    for (size_t i = 0, n; i < count; i += n) {
        n = cause_same_fix(page->run, rows + i, count - i);
        put_same_fix(page, rows + i, n, told);
    }
    buf_puts(page->out, "</tbody>\n");
    buf_fini(&heading);
}

static void put_failures(const struct page *page) {
    size_t told = 0;

    if (page->cause_count == 0)
        return;
    buf_puts(page->out, "<section>\n<h2>What went wrong, and who can fix it</h2>\n");
    begin_table(page, "fault or cause", "what the sender did, and the fix");
    for (size_t i = 0, n; i < page->cause_count; i += n) {
        n = cause_same_severity(page->causes + i, page->cause_count - i);
        put_severity(page, page->causes + i, n, &told);
    }
    buf_puts(page->out, "</table>\n");
    if (told > CAUSES_PRINTED)
        buf_printf(page->out,
                   "<p class=\"paper\">%zu more causes, none worse than these, stand on the page "
                   "on the screen.</p>\n",
                   told - CAUSES_PRINTED);
    buf_puts(page->out, "</section>\n");
}

/* --- every server --- */

static void put_folded(const struct page *page, const char *title,
                       void (*put)(struct buf *out, const struct result *result, const char *prefix,
                                   unsigned width),
                       const struct result *result) {
    struct buf text;

    buf_init(&text, TEXT_MAX_B);
    put(&text, result, "", PLAIN_OUTPUT_WIDTH);
    buf_printf(page->out, "<details><summary>%s</summary><pre>", title);
    put_plain(page, buf_text(&text));
    buf_puts(page->out, "</pre></details>");
    buf_fini(&text);
}

static void put_output(const struct page *page, const struct result *result) {
    if (plain_shows_output(result, page->style))
        put_folded(page, "what the sender printed", plain_put_output, result);
    if (page->style->verbose && plain_has_transcripts(result))
        put_folded(page, "what was said", plain_put_transcripts, result);
}

static void put_row(const struct page *page, const struct result *result) {
    enum page_look look = look_of(page->run, result);
    struct buf why;

    buf_init(&why, TEXT_MAX_B);
    explain_result(result, &why);
    buf_printf(page->out, "<tr class=\"%s\">\n<td class=\"c-1\">", page_class(look));
    page_put_mark(page->out, look);
    put_name(page, result);
    buf_puts(page->out, "</td>\n");
    put_verdict_cells(page, result);
    buf_puts(page->out, "<td>");
    put_plain(page, buf_text(&why));
    put_output(page, result);
    buf_puts(page->out, "</td>\n</tr>\n");
    buf_fini(&why);
}

static void put_list(const struct page *page) {
    const struct result **sorted = run_sorted(page->run);

    buf_puts(page->out, "<section class=\"long\">\n<h2>All servers</h2>\n");
    begin_table(page, "server", "what was seen");
    for (size_t i = 0, count; i < page->run->count; i += count) {
        count = result_same_layer(sorted + i, page->run->count - i);
        buf_puts(page->out, "<tbody>\n");
        put_group(page, layer_name(sorted[i]->scenario->layer));
        for (size_t j = 0; j < count; j++)
            put_row(page, sorted[i + j]);
        buf_puts(page->out, "</tbody>\n");
    }
    buf_puts(page->out, "</table>\n</section>\n");
    free(sorted);
}

/* --- how it was run --- */

static void put_how(const struct page *page) {
    const struct run *run = page->run;
    char seconds[64];
    struct buf command;

    buf_init(&command, TEXT_MAX_B);
    for (size_t i = 0; run->sender != NULL && run->sender[i] != NULL; i++) {
        buf_puts(&command, i > 0 ? " " : "");
        plain_put(&command, run->sender[i], strlen(run->sender[i]));
    }
    snprintf(seconds, sizeof(seconds), "%.1f s", run->seconds);
    buf_puts(page->out, "<section>\n<h2>How this was run</h2>\n<dl>\n<dt>command</dt><dd><code>");
    put_plain(page, buf_text(&command));
    buf_puts(page->out, "</code></dd>\n");
    page_put_fact(page->out, "host", run->host);
    page_put_fact(page->out, "policy", run->policy);
    page_put_fact(page->out, "trust", run->trust);
    page_put_fact(page->out, "failures from", fault_severity_name(run_fail_on(run)));
    page_put_fact(page->out, "time", seconds);
    buf_reset(&command);
    buf_printf(&command, "Doormat %s, %s", DOORMAT_VERSION, tls_library_text());
    page_put_fact(page->out, "versions", buf_text(&command));
    buf_puts(page->out, "</dl>\n</section>\n");
    buf_fini(&command);
}

void report_html(const struct run *run, const struct report_style *style, struct buf *out) {
    struct page page;

    page_open(&page, run, style, out);
    put_head(&page);
    put_failures(&page);
    settings_put_html(run, out);
    put_how(&page);
    put_list(&page);
    html_put_explanations(&page.explained, out);
    page_end(out);
    page_close(&page);
}
