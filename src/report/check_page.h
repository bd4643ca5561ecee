/* check_page - what `check` found, kept until the end of a run: for the formats that begin with what matters most.
 *
 * Each target is written at once, as a row of the overview and as a part with its details, and sorted by its verdict.  Both
 * have ceilings; what would pass one is counted as left out, so that memory does not grow with the number of targets.
 *
 * Life: check_page_new -> check_page_add for each result -> check_page_write -> check_page_free. */
#ifndef DOORMAT_REPORT_CHECK_PAGE_H
#define DOORMAT_REPORT_CHECK_PAGE_H

#include "report/check_tally.h"

enum { CHECK_ROWS_MAX_B = 4 * 1024 * 1024, CHECK_DETAILS_MAX_B = 8 * 1024 * 1024 }; /* a verdict */

struct check_page {
    const struct check_page_format *format;
    struct check_tally tally;
    const struct policy *policy; /* of the first result; NULL: there was none */
    int64_t date_s;
    char terms[512], first[TARGET_SIZE_B]; /* the first target */
    /* Of each rule, in their order: targets that break it, and those that it warns of; owned. */
    size_t *failed, *warned;
    struct buf rows[CHECK_VERDICT_COUNT], details[CHECK_VERDICT_COUNT];
    size_t rows_left_out, details_left_out;
    bool is_cut; /* the run was interrupted */
};

struct check_page_format {
    /* number: the target's, from 1 on. */
    void (*put_row)(const struct check_result *result, size_t number, struct buf *out);
    void (*put_details)(const struct check_result *result, size_t number, struct buf *out);
    void (*write)(const struct check_page *page, struct buf *out);
};
extern const struct check_page_format check_page_html, check_page_markdown;

struct check_page *check_page_new(const struct check_page_format *format);
void check_page_add(struct check_page *page, const struct check_result *result);
void check_page_write(const struct check_page *page, struct buf *out);
void check_page_free(struct check_page **page);

/* What worst-first means for verdicts: ends after CHECK_VERDICT_COUNT. */
extern const enum check_verdict check_page_order[CHECK_VERDICT_COUNT];

/* "example.org by BSI TR-02102-2 2026-01, strictly", "7 targets by ..."; and the sentence that matters. */
void check_page_put_title(const struct check_page *page, struct buf *out);
void check_page_put_sentence(const struct check_page *page, struct buf *out);

/* The rules that targets break or are warned of, those that most break first, up to a NULL; the caller frees. */
const struct rule **check_page_rules(const struct check_page *page);

/* "1 target breaks it, 3 are warned of it"; count of the rule by its place in the table. */
void check_page_put_count(const struct check_page *page, const struct rule *rule, struct buf *out);

/* Whether a finding is the first of its rule and severity in a target. */
bool check_page_is_first(const struct check_result *result, size_t host, size_t finding);

/* A sentence about what is left out; nothing where nothing is. */
void check_page_put_left_out(const struct check_page *page, struct buf *out);

#endif
