/* chain - a chain of certificates from bytes, judged as one from a handshake (path.h). */
#ifndef DOORMAT_X509_CHAIN_H
#define DOORMAT_X509_CHAIN_H

#include "x509/facts.h"
#include "x509/trust.h"

/* From DER certificates, the leaf first, at now_s (Unix seconds).  The caller frees *out with facts_chain_fini, also after a
 * failure. */
int chain_from_der(const uint8_t *const *der, const size_t *len, size_t count,
                   const struct trust *trust, int64_t now_s, struct facts_chain *out,
                   struct err *err) MUST_USE;

#endif
