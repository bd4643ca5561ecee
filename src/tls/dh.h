/* dh - finite-field Diffie-Hellman groups, sound and unsound, as OpenSSL keys (RFC 7919, 3526, 2409). */
#ifndef DOORMAT_TLS_DH_H
#define DOORMAT_TLS_DH_H

#include <openssl/evp.h>

#include "base/err.h"
#include "tls/knobs.h"

/* bits 0: 3072.  The parameters are the caller's to EVP_PKEY_free. */
int dh_params_new(unsigned bits, enum tls_dh_kind kind, EVP_PKEY **out, struct err *err) MUST_USE;

/* What people call it: "ffdhe3072", "dh 1024". */
const char *dh_params_name(unsigned bits, enum tls_dh_kind kind);

#endif
