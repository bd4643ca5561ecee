/* For the summary of a CI job: the sum, which rules are broken, every target, and what was seen of those that break the
 * policy. */
#include <stdlib.h>
#include <string.h>

#include "report/check_formats.h"
#include "report/plain.h"

enum { TEXT_MAX_B = 64 * 1024 };

/* CommonMark 2.4: a backslash takes any punctuation for itself; a pipe would end the cell. */
static void put_escaped(struct buf *out, const char *text) {
    plain_put_escaped(out, text, "\\`*_{}[]<>#|!~&");
}

static void put_row(const struct check_result *result, size_t number, struct buf *out) {
    bool is_graded = result->reached && result->verdict != CHECK_UNDECIDED;
    const char *strong = result->verdict == CHECK_BREAKS ? "**" : "";
    size_t count = 0;

    (void)number;
    buf_puts(out, "| ");
    put_escaped(out, result->target.text);
    buf_printf(out, " | %s%s%s | %s | ", strong, check_verdict(result), strong,
               is_graded ? grade_name(check_worst_grade(result)) : "");
    for (size_t i = 0; i < result->host_count; i++)
        for (size_t j = 0; j < result->hosts[i].findings.count; j++)
            if (result->hosts[i].findings.items[j].severity == SEVERITY_FAIL &&
                check_page_is_first(result, i, j))
                buf_printf(out, "%s%s", count++ > 0 ? ", " : "",
                           result->hosts[i].findings.items[j].rule->name);
    if (count == 0)
        put_escaped(out, check_describe_doubt(result));
    buf_puts(out, " |\n");
}

static void put_finding(const struct finding *finding, struct buf *out) {
    struct buf whose;

    if (finding->severity == SEVERITY_INFO)
        return;
    buf_init(&whose, 1024);
    check_describe_certificate(finding, &whose);
    buf_printf(out, "| %s | %s | ", finding->rule->name,
               finding->severity == SEVERITY_FAIL ? "**failure**" : "warning");
    put_escaped(out, finding->seen);
    if (whose.len > 0)
        buf_printf(out, " (%s)", buf_text(&whose));
    buf_puts(out, " | ");
    put_escaped(out, finding->wanted);
    buf_puts(out, " | ");
    put_escaped(out, finding->source);
    buf_puts(out, " |\n");
    buf_fini(&whose);
}

static void put_host(const struct check_host *host, struct buf *out) {
    struct buf text;

    buf_init(&text, TEXT_MAX_B);
    check_describe_host(host, &text);
    buf_printf(&text, " port %u: ", host->port);
    if (host->facts.reached)
        check_describe_connection(&host->facts, &text);
    else
        plain_put(&text, host->err.text, strlen(host->err.text));
    put_escaped(out, buf_text(&text));
    buf_puts(out, "\n\n");
    buf_fini(&text);
    if (host->findings.count == 0)
        return;
    buf_puts(out,
             "| rule | severity | seen | wanted | source |\n| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < host->findings.count; i++)
        put_finding(&host->findings.items[i], out);
    buf_puts(out, "\n");
}

static void put_details(const struct check_result *result, size_t number, struct buf *out) {
    (void)number;
    if (result->verdict != CHECK_BREAKS)
        return;
    buf_puts(out, "### ");
    put_escaped(out, result->target.text);
    buf_puts(out, "\n\n");
    for (size_t i = 0; i < result->host_count; i++)
        put_host(&result->hosts[i], out);
}

static void put_said(const struct check_page *page,
                     void (*put)(const struct check_page *page, struct buf *out),
                     const char *before, struct buf *out) {
    struct buf text;

    buf_init(&text, TEXT_MAX_B);
    put(page, &text);
    if (text.len > 0) {
        buf_puts(out, before);
        put_escaped(out, buf_text(&text));
        buf_puts(out, "\n\n");
    }
    buf_fini(&text);
}

static void put_rules(const struct check_page *page, struct buf *out) {
    const struct rule **found = check_page_rules(page);

    if (found[0] != NULL)
        buf_puts(out,
                 "### What breaks the policy\n\n| rule | count | what it asks | how to fix it |\n"
                 "| --- | --- | --- | --- |\n");
    for (size_t i = 0; found[i] != NULL; i++) {
        buf_printf(out, "| %s | ", found[i]->name);
        check_page_put_count(page, found[i], out);
        buf_puts(out, " | ");
        put_escaped(out, found[i]->title);
        buf_printf(out, " | `doormat check --explain %s` |\n", found[i]->name);
    }
    buf_puts(out, found[0] != NULL ? "\n" : "");
    free(found);
}

static void write_page(const struct check_page *page, struct buf *out) {
    put_said(page, check_page_put_title, "## ", out);
    put_said(page, check_page_put_sentence, "", out);
    put_rules(page, out);
    if (page->tally.targets > 0)
        buf_puts(out, "### Targets\n\n| target | verdict | grade | what breaks the policy |\n"
                      "| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < CHECK_VERDICT_COUNT; i++)
        buf_puts(out, buf_text(&page->rows[check_page_order[i]]));
    buf_puts(out, page->tally.targets > 0 ? "\n" : "");
    put_said(page, check_page_put_left_out, "", out);
    buf_puts(out, buf_text(&page->details[CHECK_BREAKS]));
}

const struct check_page_format check_page_markdown = {put_row, put_details, write_page};
