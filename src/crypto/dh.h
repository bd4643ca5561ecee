/* dh - finite-field Diffie-Hellman groups, sound and unsound, as OpenSSL keys (RFC 7919, 3526, 2409). */
#ifndef DOORMAT_CRYPTO_DH_H
#define DOORMAT_CRYPTO_DH_H

#include "base/err.h"

struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

/* What kind of numbers finite-field Diffie-Hellman takes for its modulus and its generator. */
enum dh_kind {
    DH_KIND_PUBLISHED,      /* a safe prime out of an RFC; 512 bits: of our own */
    DH_KIND_OWN_PRIME,      /* a safe prime that no RFC has */
    DH_KIND_COMPOSITE,      /* a modulus that is no prime */
    DH_KIND_SMOOTH,         /* a prime p for which p - 1 has small factors only */
    DH_KIND_SMALL_SUBGROUP, /* a generator of which there are but 2^64 powers */
};

/* bits 0: 3072.  The parameters are the caller's to EVP_PKEY_free. */
int dh_params_new(unsigned bits, enum dh_kind kind, struct evp_pkey_st **out,
                  struct err *err) MUST_USE;

/* What people call it: "ffdhe3072", "dh 1024". */
const char *dh_params_name(unsigned bits, enum dh_kind kind);

#endif
