/* cert - one certificate, from a plan (RFC 5280 4.1).  Private to src/mint.
 *
 * Right encodings are made here (a random serial of 20 bytes at most, UTCTime up to 2049, names in UTF-8 with countries
 * printable); what is wrong comes with the plan.
 *
 * Life: a plan in the caller's storage -> cert_plan_add -> cert_make -> cert_plan_fini. */
#ifndef DOORMAT_MINT_CERT_H
#define DOORMAT_MINT_CERT_H

#include <openssl/x509.h>
#include <stdint.h>

#include "mint/mint.h"

/* As in OpenSSL's configuration files: {"basicConstraints", "critical,CA:TRUE"}.  See x509v3_config(5). */
struct cert_extension {
    const char *name, *value;
};

enum { CERT_MAX_EXTENSIONS = 12 };

struct cert_plan {
    const struct mint_cert
        *as; /* signature, date, version, serial, encoding and tamper are taken from there */
    const char *subject; /* "/C=DE/CN=abc.xy"; "" is the empty name */
    EVP_PKEY *key;       /* the subject's */
    int64_t not_before_s, not_after_s;
    X509 *issuer; /* NULL: the certificate itself */
    EVP_PKEY *issuer_key;
    EVP_PKEY *other_key; /* for MINT_TAMPER_OTHER_KEY and _KEY_SWAPPED; else NULL */
    struct {
        const char *name;              /* static */
        char *value;                   /* owned */
    } extensions[CERT_MAX_EXTENSIONS]; /* in this order; up to a NULL value */
};

int cert_make(const struct cert_plan *plan, X509 **out, struct err *err) MUST_USE;

/* Puts one behind those that are there; a programmer's mistake if there is no room. */
void cert_plan_add(struct cert_plan *plan, const char *name, const char *value);

void cert_plan_fini(struct cert_plan *plan);

#endif
