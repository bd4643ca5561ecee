/* report - a run in one of the formats.  Appends to out; never fails but by out's ceiling. */
#ifndef DOORMAT_REPORT_REPORT_H
#define DOORMAT_REPORT_REPORT_H

#include <stdbool.h>

#include "base/buf.h"
#include "report/result.h"

struct report_style {
    bool colour;
    bool verbose;  /* the sender's output for every fault, not only for unclear ones */
    bool list_all; /* a line for every result, not only for what went wrong; `verbose` lists too */
    unsigned columns; /* of text: so wide, from 60 to 200; 0: 100 */
};

typedef void report_fn(const struct run *run, const struct report_style *style, struct buf *out);

report_fn report_text, report_json, report_junit, report_tap, report_markdown, report_html;

struct report_format {
    const char *name;
    report_fn *write;
};
extern const struct report_format report_formats[];        /* ends with a NULL name */
const struct report_format *report_find(const char *name); /* or NULL */

#endif
