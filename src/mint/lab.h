/* lab - single certification authorities of the lab, and the host they serve.  Private to src/mint.
 * A struct authority is the caller's storage; authority_fini leaves it empty. */
#ifndef DOORMAT_MINT_LAB_H
#define DOORMAT_MINT_LAB_H

#include <openssl/x509.h>

#include "mint/mint.h"

struct authority {
    X509 *cert;
    EVP_PKEY *key;
};

/* The subject of the authority that signs leaves. */
#define LAB_INTERMEDIATE_SUBJECT "/O=Doormat/OU=Doormat lab intermediate"

enum authority_kind {
    AUTHORITY_ROOT,
    AUTHORITY_INTERMEDIATE,
    AUTHORITY_INTERMEDIATE_OPEN, /* the same, which allows authorities below it */
    AUTHORITY_UPPER, /* between the two; each has a key of its own, made for it and forgotten */
    AUTHORITY_UPPER_LAST, /* the same, which allows no authority below it */
    AUTHORITY_STRANGER,
    AUTHORITY_STRANGER_INTERMEDIATE,
    AUTHORITY_COUNT
};

struct mint_lab {
    char *host;
    bool host_is_address;
    char *host_san;    /* "DNS:localhost", "IP:127.0.0.1" */
    char *constraints; /* the roots' nameConstraints, as in x509v3_config(5) */
    char *web_host;    /* where revocation is to be learnt of; NULL: the host */
    struct key_pool *pool;
    unsigned web_port; /* 0: HTTP's own */
    struct authority root;
};

struct authority_order {
    enum authority_kind kind;
    unsigned number;                /* in its name, to tell several of a kind; 0: none */
    const struct mint_cert *as;     /* NULL: sound */
    const struct authority *issuer; /* NULL: itself */
};

int authority_make(const struct mint_lab *lab, const struct authority_order *order, int64_t now_s,
                   struct authority *out, struct err *err) MUST_USE;
void authority_fini(struct authority *authority);

/* The validity that was asked for or, without one, a default span from now. */
struct lab_span {
    int64_t from_s, until_s;
};
struct lab_span lab_span_of(const struct mint_validity *validity, struct lab_span usual,
                            int64_t now_s);
extern const struct lab_span lab_intermediate_span;

/* The key that stands in for another where as->tamper asks for one; NULL where it does not. */
int lab_other_key(const struct mint_lab *lab, const struct mint_cert *as,
                  const struct key_spec *issuer_spec, EVP_PKEY **out, struct err *err) MUST_USE;

#endif
