/* port - DNS by UDP and TCP at one port (RFC 1035 4.2, 7766): what comes is handed over, and answered at once or later.
 *
 * By TCP a connection may say the next before the last is answered; once DNS_KEPT_PER_VISIT answers are owed to it, it is read no
 * further.  A length that no query has ends it.
 * Life: dns_port_open -> the callback, from the loop -> dns_port_close, once every way back is freed; neither within the callback. */
#ifndef DOORMAT_DNS_PORT_H
#define DOORMAT_DNS_PORT_H

#include "base/err.h"
#include "dns/cookie.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/peer.h"
#include "net/quota.h"

enum {
    DNS_MAX_OPEN = 256, /* by TCP */
    DNS_MAX_OPEN_PER_PEER = 32,
    DNS_IDLE_MS = 10 * 1000,
    DNS_LIFE_MS = 120 * 1000,
    DNS_KEPT_PER_VISIT = 64,
};

struct dns_port;
struct dns_visit;
struct datagram_route;

struct dns_call { /* a message and whom it is from; within the callback only */
    const uint8_t *data;
    size_t len;
    bool is_tcp;
    struct cookie_peer peer;
    uint64_t peer_number; /* for a quota */
    char from[PEER_SIZE_B], local[PEER_SIZE_B];
    /* the way back */
    struct dns_port *port;
    struct dns_visit *visit;
    const struct datagram_route *route;
};

typedef void dns_call_fn(const struct dns_call *call, void *arg);

struct dns_port_setup {
    const char *const *addresses; /* to listen on; numeric, ends with NULL */
    unsigned port;                /* 0: one that is free for both */
    struct quota *shared;         /* connections by TCP count in it too; NULL: none */
    dns_call_fn *fn;
    void *arg;
};

int dns_port_open(struct loop *loop, struct acceptor *acceptor, const struct dns_port_setup *setup,
                  struct dns_port **out, struct err *err) MUST_USE;
void dns_port_close(struct dns_port **port);
unsigned dns_port_number(const struct dns_port *port);

/* Within the callback. */
void dns_call_answer(const struct dns_call *call, const void *data, size_t len);

/* The way back, for an answer that comes later.  gone is called if the connection ends first; it frees the way. */
struct dns_way;
typedef void dns_gone_fn(void *arg);
struct dns_way *dns_call_keep(const struct dns_call *call, dns_gone_fn *gone, void *arg);
void dns_way_answer(struct dns_way *way, const void *data, size_t len);
void dns_way_free(struct dns_way **way);

#endif
