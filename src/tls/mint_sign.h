/* mint_sign - an issuer's signature on a certificate, in all ways that enum mint_signature has.  Private to src/tls. */
#ifndef DOORMAT_TLS_MINT_SIGN_H
#define DOORMAT_TLS_MINT_SIGN_H

#include <openssl/x509.h>

#include "tls/mint.h"

/* Fills in both algorithm identifiers as well. */
int mint_sign(X509 *cert, enum mint_signature how, EVP_PKEY *key, struct err *err) MUST_USE;

/* The same over bytes; appends the signature. */
int mint_sign_bytes(const struct buf *bytes, enum mint_signature how, EVP_PKEY *key,
                    struct buf *out, struct err *err) MUST_USE;

#endif
