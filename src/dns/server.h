/* server - the DNS server in the loop: port.h over zone.h.
 *
 * To a stranger it sends by UDP at most DNS_REFLECTION times what he sent; else it says that the answer is truncated, and he may
 * come by TCP.  Who comes so, or shows a DNS cookie of ours, is none (cookie.h).
 * Life: dns_server_new -> questions -> dns_server_free.  Each question that could be read is told. */
#ifndef DOORMAT_DNS_SERVER_H
#define DOORMAT_DNS_SERVER_H

#include "dns/port.h"
#include "dns/zone.h"

struct dns_server;

struct dns_asked { /* what was asked, and what was said */
    char name[DNS_NAME_TEXT_SIZE_B];
    unsigned type;
    bool dnssec_ok, authentic_data, checking_disabled, recursion_desired, has_edns;
    bool is_tcp;
    char peer[PEER_SIZE_B],
        local[PEER_SIZE_B]; /* from where, with the port; which address was asked, without */
    int64_t at_us;          /* Unix time */
    bool is_answered, is_truncated;
    enum dns_rcode rcode; /* if it is answered */
};

struct dns_ops {
    zone_look_up_fn *look_up;
    void (*on_question)(const struct dns_asked *asked, void *arg); /* NULL: nobody wants to know */
};

struct dns_setup {
    const char *apex;
    const char *const *addresses;      /* to listen on; numeric, ends with NULL */
    unsigned port;                     /* 0: a free one */
    const char *const *name_addresses; /* of ns.APEX; NULL: those it listens on */
    struct key_pool *keys;
    unsigned ttl_s;       /* of what is there; 0: DNS_TTL_S */
    struct quota *shared; /* connections by TCP count in it too; NULL: none */
    bool trusts_peers; /* nobody can send in another's name: no limit by UDP but the usual size */
    const struct dns_ops *ops;
    void *arg;
};

int dns_server_new(struct loop *loop, struct acceptor *acceptor, const struct dns_setup *setup,
                   struct dns_server **out, struct err *err) MUST_USE;
void dns_server_free(struct dns_server **server);
unsigned dns_server_port(const struct dns_server *server);
const struct zone *dns_server_zone(const struct dns_server *server);

#endif
