/* staple - an OCSP response that came with the handshake, judged (RFC 6960, RFC 6066 8).  Private to src/x509. */
#ifndef DOORMAT_X509_STAPLE_H
#define DOORMAT_X509_STAPLE_H

#include <openssl/x509.h>

#include "x509/facts.h"

/* What the response says of leaf, if at now_s (Unix seconds) it may be believed: signed by the issuer, or by whom the
 * issuer certified for that.  issuer NULL: it is not known, so nobody may be believed. */
enum facts_staple staple_judge(const uint8_t *der, size_t len, X509 *leaf, X509 *issuer,
                               int64_t now_s);

#endif
