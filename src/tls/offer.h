/* offer - what clients offer, made once for many connections: an OpenSSL context, which is costly to make.
 *
 * Life: tls_offer_new -> tls_client_engine (client.h) per connection -> tls_offer_free.  It is counted: engines outlive it. */
#ifndef DOORMAT_TLS_OFFER_H
#define DOORMAT_TLS_OFFER_H

#include <stdint.h>

#include "base/err.h"

/* What a client offers; OpenSSL's list syntax.  NULL lists: all that OpenSSL has, weak ones too. */
struct tls_offer_spec {
    uint16_t min_version, max_version; /* 0: any */
    const char *suites;                /* TLS 1.2 and below, "ECDHE-ECDSA-AES128-GCM-SHA256:..." */
    const char *suites13;              /* "TLS_AES_128_GCM_SHA256:..." */
    const char *groups;                /* "P-256:P-384:..." */
    const char *schemes;               /* "ecdsa_secp256r1_sha256:..." */
};

struct tls_offer;

/* Fails, and says so, where OpenSSL knows nothing of what a list holds. */
int tls_offer_new(const struct tls_offer_spec *spec, struct tls_offer **out,
                  struct err *err) MUST_USE;
void tls_offer_free(struct tls_offer **offer);

#endif
