/* identity_internal - an identity's members, for the rooms that make one and that serve it. */
#ifndef DOORMAT_MINT_IDENTITY_INTERNAL_H
#define DOORMAT_MINT_IDENTITY_INTERNAL_H

#include <openssl/x509.h>

#include "mint/identity.h"

struct identity {
    X509 *leaf;
    STACK_OF(X509) * chain;        /* what is sent behind the leaf; may be empty, never NULL */
    X509 *anchor;                  /* the lab root, whoever issued the leaf */
    struct revocation *revocation; /* what is said of the leaf; NULL: nothing */
    EVP_PKEY *key;                 /* fits the leaf's public key as far as OpenSSL looks */
    int64_t fresh_until;           /* Unix seconds; INT64_MAX: for ever */
};

#endif
