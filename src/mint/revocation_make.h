/* revocation_make - lists and OCSP responses about a leaf, right or wrong as asked (RFC 5280 5, RFC 6960 4.2).  Private to
 * src/mint. */
#ifndef DOORMAT_MINT_REVOCATION_MAKE_H
#define DOORMAT_MINT_REVOCATION_MAKE_H

#include <openssl/ocsp.h>

#include "mint/lab.h"
#include "mint/revocation.h"

enum { REVOCATION_DIGESTS = 2, REVOCATION_MAX_B = 64 * 1024 };

struct revocation {
    unsigned references;
    enum mint_ocsp responder;
    enum mint_crl crl_kind;
    struct buf staple; /* empty: none */
    struct buf crl;    /* likewise */
    struct { /* the responder's answers, one for each digest by which the leaf may be named */
        OCSP_CERTID *id;
        struct buf der;
    } ocsp[REVOCATION_DIGESTS];
};

/* Of whom something is said.  A leaf that signed itself is its own issuer. */
struct revocation_order {
    const struct mint_lab *lab;
    X509 *leaf;
    EVP_PKEY *leaf_key;
    const struct authority *issuer;
    const char *crl_url; /* where the leaf says that its list is; NULL: nowhere */
    int64_t now_s;
};

/* *out is NULL where the knobs ask for nothing. */
int revocation_make(const struct revocation_order *order, const struct mint_knobs *knobs,
                    struct revocation **out, struct err *err) MUST_USE;

/* From now on; where there are no dates, one that never changes its state: it was over in 1970. */
struct mint_validity ocsp_validity(enum mint_ocsp kind);
struct mint_validity crl_validity(enum mint_crl kind);

/* Append DER, or what stands in its place; nothing for what is not sent.  digest: by which the leaf is named. */
int ocsp_make(const struct revocation_order *order, enum mint_ocsp kind, const EVP_MD *digest,
              struct buf *out, struct err *err) MUST_USE;
int crl_make(const struct revocation_order *order, enum mint_crl kind, struct buf *out,
             struct err *err) MUST_USE;

#endif
