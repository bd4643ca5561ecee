/* http_port - a port that answers HTTP, one request a connection, in plaintext or TLS: connections, their bounds, their limits.
 *
 * Life: http_port_open -> on_request for each visit -> http_visit_reply, or writes and http_visit_finish -> http_port_free.
 * Who asks too slowly is dropped (ask_ms); who is never answered, when the time for that is over (life_ms). */
#ifndef DOORMAT_WEB_HTTP_PORT_H
#define DOORMAT_WEB_HTTP_PORT_H

#include "net/engine.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/quota.h"
#include "web/http.h"

enum { HTTP_REPLY_MAX_B = 128 * 1024 /* that may wait to be sent */ };

struct http_port;
struct http_visit; /* one connection */

enum http_secure {
    HTTP_SECURE_NOW,   /* *out is the engine, which the visit owns from now on */
    HTTP_SECURE_LATER, /* not known yet: http_port_retry follows */
    HTTP_SECURE_NEVER, /* our own failure: the connection ends */
};

struct http_port_ops {
    /* The request is there, or no request: then the status says why. */
    void (*on_request)(struct http_visit *visit, enum http_status status, void *arg);
    /* TLS comes first.  NULL: there is none. */
    enum http_secure (*secure)(struct http_visit *visit, struct engine **out, void *arg);
    void (*on_end)(struct http_visit *visit, void *arg); /* once, last; or NULL */
};

struct http_port_setup {
    struct loop *loop;
    struct acceptor *acceptor;
    const char *const *addresses; /* as for a listener */
    unsigned port;
    unsigned max_open, max_open_per_peer;
    int64_t ask_ms, life_ms;
    const struct http_port_ops *ops;
    void *arg;
};

/* The setup's ops must outlive the port. */
int http_port_open(const struct http_port_setup *setup, struct http_port **out,
                   struct err *err) MUST_USE;
void http_port_free(struct http_port **port); /* on_end comes for all that are open */
/* From now on a peer has at most max_open_per_peer connections, which count in `shared` as well; 503 for more. */
void http_port_limit_peers(struct http_port *port, struct quota *shared);
unsigned http_port_number(const struct http_port *port);

/* Asks again, for all who wait: for an engine, or for an answer. */
void http_port_retry(struct http_port *port);

/* Ends every connection. */
void http_port_hang_up(struct http_port *port);

const struct http_request *http_visit_request(const struct http_visit *visit);
const char *http_visit_peer(const struct http_visit *visit);
void http_visit_set_owner(struct http_visit *visit, void *owner);
void *http_visit_owner(const struct http_visit *visit);

/* The whole answer, as http_reply has it, and the end of the connection. */
void http_visit_reply(struct http_visit *visit, enum http_status status, const char *type,
                      const uint8_t *data, size_t len);

/* The answer is not known yet: on_request comes again with http_port_retry. */
void http_visit_wait(struct http_visit *visit);

/* An answer in parts. */
void http_visit_write(struct http_visit *visit, const void *data, size_t len);
void http_visit_finish(struct http_visit *visit);

#endif
