/* route - where a domain's mail goes (RFC 5321 5.1, RFC 7505), through libunbound, DNSSEC-validated.
 *
 * Life: route_new -> route_lookup -> the callback, from the loop, once per look-up -> route_free, which calls nothing.
 * Addresses are looked up as well; numeric targets need no DNS. Answers are bounded: ROUTE_MAX_HOSTS hosts in order of preference (equal ones in the
 * order of their names, so that runs agree), ROUTE_MAX_ADDRESSES addresses each. */
#ifndef DOORMAT_ROUTE_ROUTE_H
#define DOORMAT_ROUTE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/loop.h"

enum {
    ROUTE_MAX_HOSTS = 16,
    ROUTE_MAX_ADDRESSES = 8,
    ROUTE_NAME_SIZE_B = 256,
    ROUTE_ADDRESS_SIZE_B = 48
};

enum route_security { ROUTE_INSECURE, ROUTE_SECURE, ROUTE_BOGUS };

enum route_outcome {
    ROUTE_FOUND,
    ROUTE_NULL_MX, /* the domain says that it takes no mail (RFC 7505) */
    ROUTE_NO_HOST, /* neither MX nor address: NXDOMAIN or no data */
    ROUTE_FAILED,  /* SERVFAIL, time-out, bogus: err says which; worth another try unless bogus */
};

struct route_host {
    char name[ROUTE_NAME_SIZE_B];
    unsigned preference;
    bool is_implicit; /* no MX: the domain itself (RFC 5321 5.1) */
    char addresses[ROUTE_MAX_ADDRESSES][ROUTE_ADDRESS_SIZE_B]; /* numeric, IPv6 first */
    size_t address_count;
};

struct route_answer {
    enum route_outcome outcome;
    enum route_security security; /* of the MX records */
    struct route_host hosts[ROUTE_MAX_HOSTS];
    size_t host_count, hosts_seen;
    struct err err;
};

struct route;
typedef void route_fn(const struct route_answer *answer, void *arg);

struct route_options {
    const char *forwarder;    /* "127.0.0.1@5353" for tests; NULL: the system's resolvers */
    const char *trust_anchor; /* a DS or DNSKEY record; NULL: the root's */
    int64_t timeout_ms;
};

int route_new(struct loop *loop, const struct route_options *options, struct route **out,
              struct err *err) MUST_USE;
void route_free(struct route **route);

enum route_what { ROUTE_MX, ROUTE_HOST /* addresses only, no MX */ };
void route_lookup(struct route *route, enum route_what what, const char *name, route_fn *fn,
                  void *arg);

#endif
