/* mint_cert - one certificate, from a plan (RFC 5280 4.1).  Private to src/tls.
 *
 * Right encodings are made here (a random serial of 20 bytes at most, UTCTime up to 2049, names in UTF-8 with countries
 * printable); what is wrong comes with the plan. */
#ifndef DOORMAT_TLS_MINT_CERT_H
#define DOORMAT_TLS_MINT_CERT_H

#include <openssl/x509.h>
#include <stdint.h>

#include "tls/mint.h"

/* As in OpenSSL's configuration files: {NID_basic_constraints, "critical,CA:TRUE"}.  See x509v3_config(5). */
struct cert_extension {
    int nid;
    const char *value;
};

enum { CERT_MAX_EXTENSIONS = 8 };

struct cert_plan {
    const char *subject; /* "/C=DE/CN=abc.xy"; "" is the empty name */
    EVP_PKEY *key;       /* the subject's */
    int64_t not_before_s, not_after_s;
    struct cert_extension extensions[CERT_MAX_EXTENSIONS]; /* in this order; up to a NULL value */
    X509 *issuer;                                          /* NULL: the certificate itself */
    EVP_PKEY *issuer_key;
    enum mint_signature signature;
};

int cert_make(const struct cert_plan *plan, X509 **out, struct err *err) MUST_USE;

/* Puts one behind those that are there; a programmer's mistake if there is no room. */
void cert_plan_add(struct cert_plan *plan, int nid, const char *value);

#endif
