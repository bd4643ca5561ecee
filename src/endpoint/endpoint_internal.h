/* endpoint_internal - what endpoint.c (ports, certificate) shares with connection.c (one connection). */
#ifndef DOORMAT_ENDPOINT_ENDPOINT_INTERNAL_H
#define DOORMAT_ENDPOINT_ENDPOINT_INTERNAL_H

#include "endpoint/endpoint.h"
#include "mint/revocation.h"
#include "net/listener.h"
#include "tls/server.h"

struct connection;

enum { ENDPOINT_STARTTLS, ENDPOINT_IMPLICIT, ENDPOINT_SUBMISSION, ENDPOINT_DOORS };

struct door { /* one of the ports */
    struct endpoint *endpoint;
    struct listener *listener; /* NULL until endpoint_listen */
    bool implicit_tls;
};

struct minting; /* a job in a worker thread */

struct endpoint {
    struct site *site;
    const struct scenario *scenario;
    const struct endpoint_ops *ops;
    void *arg;
    struct door doors[ENDPOINT_DOORS];
    const char *host;             /* in its certificates; NULL: the site's */
    const char *const *addresses; /* to listen on */
    struct endpoint_papers papers;
    struct tls_server *tls;         /* NULL until it is first needed */
    struct revocation *revocation;  /* what the web port says; NULL: nothing, or not minted yet */
    int64_t fresh_until_s;          /* Unix time */
    int64_t retry_at_us;            /* monotonic: not minted again before that */
    int64_t rest_ms;                /* ... and so long after the next failure; 0: there was none */
    struct minting *minting;        /* under way; NULL: none */
    struct connection *connections; /* all that are open */
    unsigned open_count;
    struct turns_kind handshakes;
    struct quota *quota; /* NULL: peers are not limited */
    bool preparing;      /* on_ready is owed */
};

enum endpoint_tls {
    ENDPOINT_TLS_FRESH,   /* may be used now */
    ENDPOINT_TLS_MINTING, /* connection_go_on follows for all */
    ENDPOINT_TLS_FAILED,  /* could not be minted a moment ago: not tried again yet */
};
enum endpoint_tls endpoint_get_tls(struct endpoint *endpoint);

void connection_open(struct door *door, int fd);
void connection_go_on(struct connection *connection,
                      const struct err *err);        /* the TLS side is there, or failed */
void connection_drop(struct connection *connection); /* without a report */
void connection_hang_up(struct connection *connection);
struct connection *connection_next(const struct connection *connection);

#endif
