/* route - where a domain's mail goes (RFC 5321 5.1, RFC 7505), through libunbound, DNSSEC-validated.
 *
 * Life: route_new -> route_lookup, any number at a time -> the callback, from the loop and never from inside route_lookup,
 * once per look-up -> route_free, at any time, also inside a callback; it drops what is under way and calls nothing.
 *
 * Addresses are looked up as well; numeric targets need no DNS.  Answers are bounded: ROUTE_MAX_HOSTS hosts in order of
 * preference (equal ones in the order of their names, so that runs agree), ROUTE_MAX_ADDRESSES addresses each, at least half
 * of them left to either family where there are so many.  CNAMEs are followed.  The time limit is for a look-up as a whole; what is
 * known by then is used.
 *
 * libunbound does its work in one thread of its own; everything here is called in the loop's. */
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
const char *route_security_name(enum route_security security);

enum route_outcome {
    ROUTE_FOUND,   /* at least one host has an address */
    ROUTE_NULL_MX, /* the domain says that it takes no mail (RFC 7505) */
    ROUTE_NO_HOST, /* no address to be had: NXDOMAIN, no data, or MX records that name no host */
    ROUTE_FAILED,  /* SERVFAIL, time-out, bogus: err says which; worth another try unless bogus */
};
const char *route_outcome_name(enum route_outcome outcome);

struct route_host {
    char name[ROUTE_NAME_SIZE_B];
    unsigned preference;
    bool is_implicit; /* no MX: the domain itself (RFC 5321 5.1), or the host that was asked for */
    char addresses[ROUTE_MAX_ADDRESSES][ROUTE_ADDRESS_SIZE_B]; /* numeric, IPv6 first */
    size_t address_count;                                      /* 0: err says why */
    struct err err; /* why addresses are missing; "" if none is */
};

struct route_answer {
    enum route_outcome outcome;
    enum route_security security; /* of the MX records, or their absence; of the addresses for
                                     ROUTE_HOST; ROUTE_BOGUS with ROUTE_FAILED only */
    struct route_host hosts[ROUTE_MAX_HOSTS];
    size_t host_count;
    size_t hosts_seen; /* MX records, the unusable and the surplus ones too */
    struct err err;    /* "" if ROUTE_FOUND */
};

struct route;
typedef void route_fn(const struct route_answer *answer, void *arg);

struct route_options {
    const char *forwarder; /* "127.0.0.1@5353" for tests; NULL: the system's resolvers and hosts */
    const char *
        trust_anchor; /* a DS or DNSKEY record; NULL: the root's, if this machine has it (else nothing is
                                 validated, and a line in the log says so); "": nothing is validated */
    int64_t timeout_ms;
};

int route_new(struct loop *loop, const struct route_options *options, struct route **out,
              struct err *err) MUST_USE;
void route_free(struct route **route);

enum route_what { ROUTE_MX, ROUTE_HOST /* addresses only, no MX */ };
void route_lookup(struct route *route, enum route_what what, const char *name, route_fn *fn,
                  void *arg);

#endif
