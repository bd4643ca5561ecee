/* endpoint - a scenario served at a port, and at a second one with implicit TLS; every connection becomes an attempt.
 *
 * Life: endpoint_new -> endpoint_prepare (optional: mints ahead) -> endpoint_listen -> attempts -> endpoint_free, which
 * drops the connections that are open without reporting them.
 * The certificate is minted off the loop when it is first needed, and again before it would age into another fault; a
 * connection that needs it meanwhile waits, the others go on.  A mixture of faults in which no sender could get in
 * (tls/rehearsal.h) fails as a certificate that cannot be made does. */
#ifndef DOORMAT_ENDPOINT_ENDPOINT_H
#define DOORMAT_ENDPOINT_ENDPOINT_H

#include "base/err.h"
#include "endpoint/credentials.h"
#include "endpoint/site.h"
#include "fault/compose.h"
#include "verdict/attempt.h"

struct endpoint;

struct endpoint_ops {
    void (*on_query)(
        struct endpoint *endpoint, enum place_kind kind,
        void *arg); /* somebody asked whether the certificate is revoked; may be NULL */
    void (*on_ready)(struct endpoint *endpoint, const struct err *err,
                     void *arg); /* err NULL: prepared; may be NULL */
    void (*on_attempt)(struct endpoint *endpoint, struct attempt *attempt,
                       void *arg); /* the callee owns it */
};

/* The site, the scenario and ops must outlive the endpoint. */
struct endpoint *endpoint_new(struct site *site, const struct scenario *scenario,
                              const struct endpoint_ops *ops, void *arg);
void endpoint_free(struct endpoint **endpoint);

/* A host and addresses of its own (numeric, ending with NULL) instead of the site's: before it is prepared and listens.  What is
 * given must outlive it. */
void endpoint_place(struct endpoint *endpoint, const char *host, const char *const *addresses);

/* Those of the identity that was minted last; NULL before the first, and where the host is the site's. */
const struct endpoint_papers *endpoint_papers(const struct endpoint *endpoint);

void endpoint_prepare(struct endpoint *endpoint); /* on_ready follows, from the loop */

/* Port 0: a free one. */
int endpoint_listen(struct endpoint *endpoint, unsigned port, unsigned tls_port,
                    struct err *err) MUST_USE;

/* The same dialogue as at the first port, at another one (RFC 6409): beside the two, after endpoint_listen. */
int endpoint_listen_submission(struct endpoint *endpoint, unsigned port, struct err *err) MUST_USE;
void endpoint_close(struct endpoint *endpoint); /* no new connections; those that are open go on */

unsigned endpoint_port(const struct endpoint *endpoint);
unsigned endpoint_tls_port(const struct endpoint *endpoint);
unsigned endpoint_open_count(const struct endpoint *endpoint); /* connections */
const struct scenario *endpoint_scenario(const struct endpoint *endpoint);

/* Ends every open connection as if its time had run out; their attempts are reported. */
void endpoint_hang_up(struct endpoint *endpoint);

#endif
