/* client - the TLS side of a probe: offers what it is told to, verifies nothing by itself, and notes what was agreed.
 *
 * Life: trust_new (trust.h) and tls_offer_new (offer.h) -> per connection tls_client_engine -> the engine's life
 * (net/engine.h) -> tls_client_chain once the handshake is complete -> free.  The facts that are handed in must outlive the
 * engine; the offer is counted, and may be freed before.
 *
 * Bounds: a chain of more than 256 KiB ends the handshake (TLS_FAILURE_OTHER, "excessive message size"). */
#ifndef DOORMAT_TLS_CLIENT_H
#define DOORMAT_TLS_CLIENT_H

#include "net/engine.h"
#include "tls/facts.h"
#include "tls/offer.h"
#include "x509/chain.h"
#include "x509/facts.h"
#include "x509/trust.h"

/* sni NULL: none is sent (addresses have no SNI).  *facts is filled anew, and on as the connection goes. */
int tls_client_engine(struct tls_offer *offer, const char *sni, struct facts_handshake *facts,
                      struct engine **out, struct err *err) MUST_USE;

/* The chain as sent, to be judged elsewhere (x509/chain.h).  Fails as tls_client_chain does. */
int tls_client_chain_sent(struct engine *engine, struct chain_sent **out, struct err *err) MUST_USE;

/* The chain as sent, and what path building against the trust store at now_s (Unix seconds) says; all flaws, not only the
 * first.  Fails if the server has sent none: in an anonymous cipher suite, or not yet.  A handshake that failed behind the
 * certificates will do.  The caller frees with facts_chain_fini, also after a failure. */
int tls_client_chain(struct engine *engine, const struct trust *trust, int64_t now_s,
                     struct facts_chain *out, struct err *err) MUST_USE;

/* The group of a handshake below TLS 1.3 with finite-field Diffie-Hellman, once it is complete; NULL where there is none, or
 * one that is published.  It is its own, whatever becomes of the engine. */
struct dh_group *tls_client_group(struct engine *engine);

#endif
