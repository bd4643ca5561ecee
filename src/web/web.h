/* web - the port at which one learns what has been revoked: which recipe is asked about, and the answer on its way.
 *
 * Life: web_new -> web_add for each recipe that has something to say -> queries -> web_remove -> web_free.
 * Nothing else is there: 404, or 405 for what is there and is asked otherwise.  Who asks too slowly is dropped (WEB_ASK_MS);
 * who is never answered, when the time for that is over (WEB_LIFE_MS). */
#ifndef DOORMAT_WEB_WEB_H
#define DOORMAT_WEB_WEB_H

#include "net/listener.h"
#include "net/loop.h"
#include "net/quota.h"
#include "web/place.h"

enum {
    WEB_MAX_OPEN = 256,
    WEB_MAX_OPEN_PER_PEER = 32,
    WEB_ASK_MS = 10 * 1000,
    WEB_LIFE_MS = 20 * 1000
};

struct web;

struct web_query {
    enum place_kind kind;
    const char *base64;  /* the OCSP request; or NULL, and then it is the body */
    const uint8_t *body; /* any bytes */
    size_t body_len;
};

enum web_outcome {
    WEB_ANSWERED,
    WEB_MISSING, /* there is nothing of that kind: 404 */
    WEB_SILENT,  /* the query is never answered */
    WEB_LATER,   /* not known yet: web_retry follows */
};

/* *out is copied. */
typedef enum web_outcome web_fn(const struct web_query *query, const uint8_t **out, size_t *out_len,
                                void *arg);

/* addresses and port as for a listener. */
int web_new(struct loop *loop, struct acceptor *acceptor, const char *const *addresses,
            unsigned port, struct web **out, struct err *err) MUST_USE;
void web_free(struct web **web);
/* From now on one peer has at most WEB_MAX_OPEN_PER_PEER connections, which count in `shared` as well; 503 for more. */
void web_limit_peers(struct web *web, struct quota *shared);
unsigned web_port(const struct web *web);

/* name must live until web_remove. */
void web_add(struct web *web, const char *name, web_fn *fn, void *arg);
void web_remove(struct web *web, const void *arg);

/* Asks again for all whose answer was not known yet. */
void web_retry(struct web *web);

#endif
