#include "report/check_page.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/check_formats.h"
#include "report/plain.h"

enum { PART_MAX_B = CHECK_DETAILS_MAX_B };

const enum check_verdict check_page_order[CHECK_VERDICT_COUNT] = {
    CHECK_BREAKS, CHECK_UNDECIDED, CHECK_UNREACHED, CHECK_MEETS, CHECK_NO_MAIL};

struct check_page *check_page_new(const struct check_page_format *format) {
    struct check_page *page = mem_zalloc(sizeof *page);

    page->format = format;
    page->failed = mem_zalloc(rule_count * sizeof *page->failed);
    page->warned = mem_zalloc(rule_count * sizeof *page->warned);
    for (size_t i = 0; i < CHECK_VERDICT_COUNT; i++) {
        buf_init(&page->rows[i], CHECK_ROWS_MAX_B);
        buf_init(&page->details[i], CHECK_DETAILS_MAX_B);
    }
    return page;
}

void check_page_free(struct check_page **page) {
    struct check_page *closing = *page;

    *page = NULL;
    if (closing == NULL)
        return;
    for (size_t i = 0; i < CHECK_VERDICT_COUNT; i++) {
        buf_fini(&closing->rows[i]);
        buf_fini(&closing->details[i]);
    }
    free(closing->failed);
    free(closing->warned);
    free(closing);
}

bool check_page_is_first(const struct check_result *result, size_t host, size_t finding) {
    const struct finding *this = &result->hosts[host].findings.items[finding];

    for (size_t i = 0; i <= host; i++) {
        const struct findings *list = &result->hosts[i].findings;
        size_t count = i == host ? finding : list->count;

        for (size_t j = 0; j < count; j++)
            if (list->items[j].rule == this->rule && list->items[j].severity == this->severity)
                return false;
    }
    return true;
}

static void count_rules(struct check_page *page, const struct check_result *result) {
    for (size_t i = 0; i < result->host_count; i++)
        for (size_t j = 0; j < result->hosts[i].findings.count; j++) {
            const struct finding *finding = &result->hosts[i].findings.items[j];

            if (finding->severity == SEVERITY_INFO || !check_page_is_first(result, i, j))
                continue;
            (finding->severity == SEVERITY_FAIL ? page->failed
                                                : page->warned)[finding->rule - rules]++;
        }
}

/* The whole part or nothing of it. */
static bool keep(struct buf *parts, const struct buf *part) {
    if (part->overflow || buf_append(parts, part->data, part->len) != 0)
        return false;
    return true;
}

void check_page_add(struct check_page *page, const struct check_result *result) {
    struct buf part;

    if (page->policy == NULL) {
        page->policy = result->policy;
        page->date_s = result->date_s;
        snprintf(page->terms, sizeof page->terms, "%s", result->terms != NULL ? result->terms : "");
        snprintf(page->first, sizeof page->first, "%s", result->target.text);
    }
    check_tally_note(&page->tally, result);
    count_rules(page, result);
    buf_init(&part, PART_MAX_B);
    page->format->put_row(result, page->tally.targets, &part);
    page->rows_left_out += !keep(&page->rows[result->verdict], &part);
    buf_reset(&part);
    page->format->put_details(result, page->tally.targets, &part);
    page->details_left_out += !keep(&page->details[result->verdict], &part);
    buf_fini(&part);
}

void check_page_write(const struct check_page *page, struct buf *out) {
    page->format->write(page, out);
}

void check_page_put_title(const struct check_page *page, struct buf *out) {
    if (page->tally.targets == 1)
        plain_put(out, page->first, strlen(page->first));
    else
        buf_printf(out, "%zu targets", page->tally.targets);
    if (page->policy != NULL)
        buf_printf(out, " by %s", policy_title(page->policy));
}

void check_page_put_sentence(const struct check_page *page, struct buf *out) {
    static const char *const verdicts[CHECK_VERDICT_COUNT] = {
        [CHECK_MEETS] = "meets the policy.",
        [CHECK_BREAKS] = "does not meet the policy.",
        [CHECK_UNDECIDED] = "may meet the policy or not: not all could be looked at.",
        [CHECK_UNREACHED] = "was not reached.",
        [CHECK_NO_MAIL] = "takes no mail, so that there is nothing to judge.",
    };

    if (page->tally.targets != 1)
        check_tally_put(&page->tally, out);
    else
        plain_put(out, page->first, strlen(page->first));
    for (size_t i = 0; page->tally.targets == 1 && i < CHECK_VERDICT_COUNT; i++)
        if (page->tally.by_verdict[i] > 0)
            buf_printf(out, " %s", page->tally.unlooked > 0 ? "was not looked at." : verdicts[i]);
    if (page->is_cut)
        buf_printf(out, " %s", check_interrupted);
}

static int compare_rules(const void *a, const void *b, void *arg) {
    const struct check_page *page = arg;
    size_t x = (size_t)(*(const struct rule *const *)a - rules),
           y = (size_t)(*(const struct rule *const *)b - rules);

    if (page->failed[x] != page->failed[y])
        return page->failed[x] > page->failed[y] ? -1 : 1;
    if (page->warned[x] != page->warned[y])
        return page->warned[x] > page->warned[y] ? -1 : 1;
    return x < y ? -1 : x > y;
}

const struct rule **check_page_rules(const struct check_page *page) {
    const struct rule **found = mem_zalloc((rule_count + 1) * sizeof *found);
    size_t count = 0;

    for (size_t i = 0; i < rule_count; i++)
        if (page->failed[i] + page->warned[i] > 0)
            found[count++] = &rules[i];
    qsort_r(found, count, sizeof *found, compare_rules, (void *)page);
    return found;
}

void check_page_put_count(const struct check_page *page, const struct rule *rule, struct buf *out) {
    size_t failed = page->failed[rule - rules], warned = page->warned[rule - rules];

    if (failed > 0)
        buf_printf(out, "%zu target%s", failed, failed == 1 ? "" : "s");
    if (warned > 0)
        buf_printf(out, "%s%zu warning%s", failed > 0 ? ", " : "", warned, warned == 1 ? "" : "s");
}

void check_page_put_left_out(const struct check_page *page, struct buf *out) {
    if (page->rows_left_out > 0)
        buf_printf(out, "The list leaves %zu targets out, since it would be too long. ",
                   page->rows_left_out);
    if (page->details_left_out > 0)
        buf_printf(out, "Details of %zu targets are left out, since the page would be too long. ",
                   page->details_left_out);
    if (page->rows_left_out + page->details_left_out > 0)
        buf_puts(out, "The formats csv and jsonl leave nothing out.");
}
