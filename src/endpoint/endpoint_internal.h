/* endpoint_internal - what endpoint.c (ports, certificate) shares with connection.c (one connection). */
#ifndef DOORMAT_ENDPOINT_ENDPOINT_INTERNAL_H
#define DOORMAT_ENDPOINT_ENDPOINT_INTERNAL_H

#include "endpoint/endpoint.h"
#include "net/listener.h"

struct connection;

enum { ENDPOINT_STARTTLS, ENDPOINT_IMPLICIT, ENDPOINT_SUBMISSION, ENDPOINT_DOORS };

struct door { /* one of the ports */
    struct endpoint *endpoint;
    struct listener *listener; /* NULL until endpoint_listen */
    bool implicit_tls;
};

struct endpoint {
    struct site *site;
    const struct scenario *scenario;
    const struct endpoint_ops *ops;
    void *arg;
    struct door doors[ENDPOINT_DOORS];
    const char *const *addresses; /* to listen on */
    struct credentials *credentials;
    struct connection *connections; /* all that are open */
    unsigned open_count;
    struct turns_kind handshakes;
    struct quota *quota; /* NULL: peers are not limited */
    bool preparing;      /* on_ready is owed */
};

void connection_open(struct door *door, int fd);
void connection_go_on(struct connection *connection,
                      const struct err *err);        /* the TLS side is there, or failed */
void connection_drop(struct connection *connection); /* without a report */
void connection_hang_up(struct connection *connection);
struct connection *connection_next(const struct connection *connection);

#endif
