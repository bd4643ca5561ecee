/* check - what `check` found, in one of the formats.  A result is written when it is there; the formats that need it have a
 * beginning and an end.  Those for people who want the sum first are pages (check_page.h): they are written at the end.  Appends to out; never fails but by out's ceiling. */
#ifndef DOORMAT_REPORT_CHECK_H
#define DOORMAT_REPORT_CHECK_H

#include <stdbool.h>

#include "base/buf.h"
#include "check/result.h"
#include "report/check_page.h"

struct check_style {
    bool colour;
    unsigned columns; /* 0: 100 */
};

struct check_format {
    const char *name;
    void (*begin)(struct buf *out); /* or NULL */
    void (*result)(const struct check_result *result, bool first, const struct check_style *style,
                   struct buf *out);
    void (*end)(bool is_cut, struct buf *out); /* or NULL; is_cut: the run was interrupted */
    const struct check_page_format *page;      /* or NULL; then there is nothing of the above */
};
extern const struct check_format
    check_formats[]; /* text, json, jsonl, junit, csv, markdown, html; ends with a NULL name */
const struct check_format *check_format_find(const char *name); /* or NULL */

/* What a report says of a run that was cut off. */
extern const char check_interrupted[];

/* The page of --explain; and a rule's line of the list of them. */
void check_explain(const struct rule *rule, unsigned columns, struct buf *out);
void check_explain_briefly(const struct rule *rule, unsigned columns, struct buf *out);

#endif
