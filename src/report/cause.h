/* cause - what went wrong in a run, worst first, and one cause told once.
 *
 * The rows are results that are a failure or a warning, controls left out.  They are sorted by severity, by who can fix
 * them, and by cause: all leaks of one kind are one cause, and so are rows of one family with the same verdict and reason.
 * Texts are printable ASCII without a newline, and end without a stop unless they are sentences. */
#ifndef DOORMAT_REPORT_CAUSE_H
#define DOORMAT_REPORT_CAUSE_H

#include "base/buf.h"
#include "report/result.h"

/* The array is the caller's to free. */
const struct result **cause_sorted(const struct run *run, size_t *count);

/* How many of the rows, one at least, have the first one's severity, the same fix beside, the same cause beside. */
size_t cause_same_severity(const struct result *const *rows, size_t count);
size_t cause_same_fix(const struct run *run, const struct result *const *rows, size_t count);
size_t cause_same(const struct result *const *rows, size_t count);

/* One row: its name.  More: "the message went out in plaintext because TLS failed", or the family. */
void cause_put_title(const struct result *const *rows, size_t count, struct buf *out);

/* One row: what happened.  More: "12 faults: a, b, c and 9 more", with as many names as are to be shown. */
void cause_put_rows(const struct result *const *rows, size_t count, size_t names, struct buf *out);

/* A sentence: who can fix it, and by which setting, if the catalogue names one of the sender's. */
void cause_put_fix(const struct run *run, const struct result *result, struct buf *out);

/* The fault whose advice is given: its own, or that of all leaks; never NULL. */
const struct fault *cause_fault(const struct result *result);
enum remedy cause_remedy(const struct result *result);
const char *cause_family(const struct result *result); /* NULL for a mixture, or if there is none */

#endif
