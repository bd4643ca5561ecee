/* html_explained - the explanations in the page of `try`: one for each fault that went wrong, and links to them.
 *
 * Life: html_explained_init -> any calls -> html_explained_fini.  The anchor of a fault is "fault-NAME". */
#ifndef DOORMAT_REPORT_HTML_EXPLAINED_H
#define DOORMAT_REPORT_HTML_EXPLAINED_H

#include "base/buf.h"
#include "report/result.h"

struct html_explained {
    const struct fault **faults; /* owned; in the order of the results */
    size_t count;
};

/* Of the results, and of the faults whose advice is given for them. */
void html_explained_init(struct html_explained *explained, const struct result *const *rows,
                         size_t count);
void html_explained_fini(struct html_explained *explained);

bool html_explains(const struct html_explained *explained, const char *name);

/* A sentence.  Where it says which command tells more of a fault that is explained, the screen has a link, and paper the
 * command. */
void html_put_advice(const struct html_explained *explained, const char *text, struct buf *out);

/* The section; nothing where there is none. */
void html_put_explanations(const struct html_explained *explained, struct buf *out);

#endif
