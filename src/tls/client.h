/* client - the TLS side of a probe: offers what it is told to, verifies nothing by itself, and notes what was agreed.
 *
 * Life: tls_trust_new (the trust store) and tls_offer_new (a client context; costly, shared by all probes) -> per
 * connection tls_client_engine -> the engine's life (net/engine.h) -> tls_client_chain once the handshake is complete ->
 * free.  The facts that are handed in must outlive the engine; the offer is counted, and may be freed before.
 *
 * Bounds: a chain of more than 256 KiB ends the handshake (TLS_FAILURE_OTHER, "excessive message size"). */
#ifndef DOORMAT_TLS_CLIENT_H
#define DOORMAT_TLS_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/engine.h"
#include "tls/facts.h"

/* What a client offers; OpenSSL's list syntax.  NULL lists: all that OpenSSL has, weak ones too. */
struct tls_offer_spec {
    uint16_t min_version, max_version; /* 0: any */
    const char *suites;                /* TLS 1.2 and below, "ECDHE-ECDSA-AES128-GCM-SHA256:..." */
    const char *suites13;              /* "TLS_AES_128_GCM_SHA256:..." */
    const char *groups;                /* "P-256:P-384:..." */
    const char *schemes;               /* "ecdsa_secp256r1_sha256:..." */
};

struct tls_trust; /* a store of trust anchors, read only */
struct tls_offer;

/* path: a PEM file or a hashed directory; NULL: the system's store.  A place that holds no trust anchor is an error. */
int tls_trust_new(const char *path, struct tls_trust **out, struct err *err) MUST_USE;

/* Revocation lists: a PEM file, or one list as DER.  From now on the server's certificate needs one that is current, or it gets
 * FACTS_PATH_REVOCATION_UNKNOWN; an authority's is looked for where there is a list of its issuer. */
int tls_trust_add_crls(struct tls_trust *trust, const char *path, struct err *err) MUST_USE;
void tls_trust_free(struct tls_trust **trust);

/* Fails, and says so, where OpenSSL knows nothing of what a list holds. */
int tls_offer_new(const struct tls_offer_spec *spec, struct tls_offer **out,
                  struct err *err) MUST_USE;
void tls_offer_free(struct tls_offer **offer);

/* sni NULL: none is sent (addresses have no SNI).  *facts is filled anew, and on as the connection goes. */
int tls_client_engine(struct tls_offer *offer, const char *sni, struct facts_handshake *facts,
                      struct engine **out, struct err *err) MUST_USE;

/* The chain as sent, and what path building against the trust store at now_s (Unix seconds) says; all flaws, not only the
 * first.  Fails if the server has sent none: in an anonymous cipher suite, or not yet.  A handshake that failed behind the
 * certificates will do.  The caller frees with facts_chain_fini, also after a failure. */
int tls_client_chain(struct engine *engine, const struct tls_trust *trust, int64_t now_s,
                     struct facts_chain *out, struct err *err) MUST_USE;

/* The group of a handshake below TLS 1.3 with finite-field Diffie-Hellman, once it is complete; NULL where there is none, or
 * one that is published.  It is its own, whatever becomes of the engine. */
struct tls_group;
struct tls_group *tls_client_group(struct engine *engine);

/* Is it sound?  In any thread; not in the loop's, for it takes its time: 0.1 s for 3072 bits, 3 s for the longest that libssl
 * takes.  A number that was made to pass for a prime is found out in 255 of 256 cases. */
enum facts_dh tls_group_judge(const struct tls_group *group);
void tls_group_free(struct tls_group **group);

/* A chain from DER certificates, the leaf first: for tests and fuzzers. */
int tls_chain_from_der(const uint8_t *const *der, const size_t *len, size_t count,
                       const struct tls_trust *trust, int64_t now_s, struct facts_chain *out,
                       struct err *err) MUST_USE;

#endif
