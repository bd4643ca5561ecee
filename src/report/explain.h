/* explain - a verdict in one line for people: "sent the message over TLSv1.3 although the
 * certificate expired yesterday". Printable ASCII without a newline; appends to out. */
#ifndef DOORMAT_REPORT_EXPLAIN_H
#define DOORMAT_REPORT_EXPLAIN_H

#include "base/buf.h"
#include "report/result.h"

void explain_result(const struct result *result, struct buf *out);

/* Whether the server's answer to EHLO, in plaintext, names STARTTLS. */
bool explain_offers_starttls(const struct scenario *scenario);

/* Whether the sender gave all that it gave away in plaintext before it asked for STARTTLS, which it was granted. */
bool explain_leaked_early(const struct attempt *leak);

#endif
