/* sign - an issuer's signature on a certificate, in all ways that enum mint_signature has.  Private to src/mint. */
#ifndef DOORMAT_MINT_SIGN_H
#define DOORMAT_MINT_SIGN_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "mint/mint.h"

/* Fills in both algorithm identifiers as well. */
int mint_sign(X509 *cert, enum mint_signature how, EVP_PKEY *key, struct err *err) MUST_USE;

/* For what libcrypto signs by itself, such as lists and OCSP responses; NULL: it cannot, and err says why. */
EVP_MD_CTX *mint_sign_begin(enum mint_signature how, EVP_PKEY *key, struct err *err);

/* The same over bytes; appends the signature. */
int mint_sign_bytes(const struct buf *bytes, enum mint_signature how, EVP_PKEY *key,
                    struct buf *out, struct err *err) MUST_USE;

#endif
