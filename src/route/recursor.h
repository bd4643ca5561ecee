/* recursor - a validating resolver for others: what a sender has in its /etc/resolv.conf, over libunbound, by UDP and TCP.
 *
 * It asks the servers of one world, beginning at the root that it is given, and trusts that root's key.  What it says to whom
 * is told by relay.h; to ANY, what libunbound has at hand, else what the world says (RFC 8482 4.1, 4.2).
 * Questions that nobody answers within RECURSOR_TIME_MS are answered with SERVFAIL, as are those of a client that has too many of
 * them; so every question that can be read is answered.
 * Life: recursor_new -> questions, from the loop -> recursor_free, at any time. */
#ifndef DOORMAT_ROUTE_RECURSOR_H
#define DOORMAT_ROUTE_RECURSOR_H

#include "base/err.h"
#include "net/listener.h"
#include "net/loop.h"

enum {
    RECURSOR_TIME_MS =
        12000, /* a busy machine takes its time; who asks again meanwhile waits, too */
    RECURSOR_MAX_OPEN = 4096, /* clients that wait */
    RECURSOR_MAX_OPEN_PER_PEER = 3072,
    RECURSOR_MAX_ASKED =
        8192, /* questions to libunbound, and those that nobody waits for any more among them */
};

struct recursor;

struct recursor_setup {
    const char *const *addresses; /* to listen on; numeric, ends with NULL */
    unsigned port;                /* 0: a free one */
    const char *root;             /* the name server of the root, "198.18.0.53@53" */
    const char *trust_anchor;     /* the root's DNSKEY or DS record as text */
    struct acceptor *acceptor;
};

int recursor_new(struct loop *loop, const struct recursor_setup *setup, struct recursor **out,
                 struct err *err) MUST_USE;
void recursor_free(struct recursor **recursor);
unsigned recursor_port(const struct recursor *recursor);

/* The world has heard this question, and will not answer: whoever waits for it gets SERVFAIL now, and not when libunbound gives up. */
void recursor_give_up(struct recursor *recursor, const char *name, unsigned type);

#endif
