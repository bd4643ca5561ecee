/* site - what all endpoints of a process share: the loop, the lab that mints, the threads that it mints in, the limits.
 *
 * Life: site_init -> change limits and addresses as wanted -> endpoints -> all endpoints freed -> site_fini.
 * Endpoints borrow it and never change it. */
#ifndef DOORMAT_ENDPOINT_SITE_H
#define DOORMAT_ENDPOINT_SITE_H

#include "mint/mint.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/quota.h"
#include "net/stream.h"
#include "net/work.h"
#include "smtp/session.h"
#include "web/web.h"

struct site {
    struct loop *loop;
    struct acceptor *acceptor;
    struct work *work;
    struct key_pool *keys;
    struct mint_lab *lab;
    struct web *web;              /* NULL: no recipe needs it */
    const char *const *addresses; /* to listen on; numeric, ends with NULL */
    struct stream_limits stream;  /* per connection */
    struct smtp_limits smtp;      /* per dialogue */
    /* Connections per port; more wait in the kernel's queue.  Where peers are limited: per endpoint, and per endpoint and
     * peer; who finds no room is told so (quota.h). */
    unsigned max_open, max_open_per_peer;
    struct turns *turns;    /* for handshakes that take long */
    struct quota *quota;    /* over all ports; NULL: peers are not limited */
    bool keeps_transcripts; /* attempts have their dialogue as text */
};

extern const char *const site_loopback[]; /* 127.0.0.1 and ::1 */

/* Makes the lab for the host (keys from the cache on disk) and the threads; sets loopback addresses, and limits that suit
 * a server that anybody may write to.  The loop is borrowed. */
int site_init(struct site *site, struct loop *loop, const char *host, struct err *err) MUST_USE;

/* Opens the web port, of which the lab is told; 0: a free one.  Behind the choice of addresses, before the first endpoint. */
int site_open_web(struct site *site, unsigned port, struct err *err) MUST_USE;

/* Limits what one peer may have, and all together, for a server that anybody may write to: so that there are files for them,
 * spare_files aside.  Before the web port and the first endpoint. */
void site_limit_peers(struct site *site, size_t spare_files);

void site_fini(struct site *site);

#endif
