/* mint_lab - the certification authorities of the lab, and the host they serve.  Private to src/tls.
 * A struct authority is the caller's storage; authority_fini leaves it empty. */
#ifndef DOORMAT_TLS_MINT_LAB_H
#define DOORMAT_TLS_MINT_LAB_H

#include <openssl/x509.h>

#include "tls/mint.h"

struct authority {
    X509 *cert;
    EVP_PKEY *key;
};

enum authority_kind {
    AUTHORITY_ROOT,
    AUTHORITY_INTERMEDIATE,
    AUTHORITY_STRANGER,
    AUTHORITY_STRANGER_INTERMEDIATE,
    AUTHORITY_COUNT
};

struct mint_lab {
    char *host;
    bool host_is_address;
    char *host_san;    /* "DNS:localhost", "IP:127.0.0.1" */
    char *constraints; /* the roots' nameConstraints, as in x509v3_config(5) */
    struct key_pool *pool;
    struct authority root;
};

/* issuer NULL: signs itself. */
int authority_make(const struct mint_lab *lab, enum authority_kind kind,
                   const struct key_spec *spec, const struct authority *issuer, int64_t now_s,
                   struct authority *out, struct err *err) MUST_USE;
void authority_fini(struct authority *authority);

/* An intermediate under the lab root or, with `stranger`, under one that is made for it and forgotten. */
int lab_make_intermediate(const struct mint_lab *lab, bool stranger, const struct key_spec *spec,
                          int64_t now_s, struct authority *out, struct err *err) MUST_USE;

/* How long an intermediate that was made at now_s is good. */
int64_t lab_intermediate_until(int64_t now_s);

#endif
