/* leaf - the server's own certificate.  Private to src/mint. */
#ifndef DOORMAT_MINT_LEAF_H
#define DOORMAT_MINT_LEAF_H

#include "mint/lab.h"

struct leaf_keys {
    EVP_PKEY *leaf, *other; /* other: see cert_plan; may be NULL */
};

/* Where revocation is to be learnt of, "http://localhost/crl/x.crl"; NULL: the certificate names no such place. */
struct leaf_links {
    char *ocsp, *crl;
};

/* 90 days, unless told otherwise. */
extern const struct lab_span leaf_usual_span;

/* An issuer without a certificate: signs itself.  links: NULL for none. */
int leaf_make(const struct mint_lab *lab, const struct mint_cert *as, const struct leaf_keys *keys,
              const struct leaf_links *links, const struct authority *issuer, int64_t now_s,
              X509 **out, struct err *err) MUST_USE;

#endif
