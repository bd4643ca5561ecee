/* edit - certificates changed as bytes, where libcrypto will not write what is wanted.  Private to src/mint. */
#ifndef DOORMAT_MINT_EDIT_H
#define DOORMAT_MINT_EDIT_H

#include <openssl/x509.h>

#include "mint/mint.h"

/* Replaces *cert by one with as->encoding, signed anew by key, and with what as->tamper does to a signature; where neither
 * asks for anything, by the same one read from its bytes, so that it is not encoded again whenever it is sent. */
int cert_edit(X509 **cert, const struct mint_cert *as, EVP_PKEY *key, struct err *err) MUST_USE;

#endif
