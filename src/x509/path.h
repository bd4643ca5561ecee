/* path - a chain as sent, with the facts of its certificates and all that path building says (RFC 5280 6).  Private to
 * src/x509.  Names are not compared: that is the policies' part. */
#ifndef DOORMAT_X509_PATH_H
#define DOORMAT_X509_PATH_H

#include <openssl/x509.h>

#include "x509/facts.h"
#include "x509/trust.h"

struct path_staple { /* as it came; len 0: none */
    const uint8_t *der;
    size_t len;
};

/* chain: the leaf first, one certificate at least.  *out is filled anew; the caller frees it with facts_chain_fini. */
int path_judge(STACK_OF(X509) * chain, struct path_staple staple, const struct trust *trust,
               int64_t now_s, struct facts_chain *out, struct err *err) MUST_USE;

#endif
