/* domain - the records of one mail domain, from its knobs and from what its hosts are (RFC 5321 5.1, 6698, 7505, 7672).  Pure.
 *
 *     DOMAIN                    MX 10 mx.DOMAIN
 *     mx.DOMAIN                 A, AAAA
 *     _25._tcp.mx.DOMAIN        TLSA, and the same at _465 and _587
 *
 * With knobs, also: mx2. and dead1. to deadN., other hosts; there., which an alias leads to, and back., which closes a circle of
 * aliases.  Whoever owns the domain may add records of his own at any name. */
#ifndef DOORMAT_DNS_DOMAIN_H
#define DOORMAT_DNS_DOMAIN_H

#include "dns/node.h"
#include "net/numeric.h"

struct dns_bytes {
    const uint8_t *data;
    size_t len;
};

/* A certificate and its public key (SubjectPublicKeyInfo), in DER. */
struct dns_certificate {
    struct dns_bytes whole, key;
};

struct dns_host {
    const char *ipv4, *ipv6;                                /* numeric; NULL: none of that family */
    struct dns_certificate certificates[DNS_TLSA_OF_COUNT]; /* empty: no TLSA record of it */
};

enum dns_host_which { DNS_HOST_MX, DNS_HOST_SECOND, DNS_HOST_DEAD, DNS_HOST_COUNT };

/* A record of the owner's: at "" the domain itself, or at a name below it, such as "_mta-sts". */
struct dns_extra {
    const char *at;
    unsigned type;
    struct dns_bytes rdata;
};

struct dns_domain {
    struct dns_name name;
    const struct dns_name *hosts_at; /* the domain below which its hosts are; NULL: itself */
    const struct dns_knobs *knobs;
    struct dns_host hosts[DNS_HOST_COUNT];
    const char *const *servers; /* of its own name server, if it is a zone (node.h); NULL: none */
    const char *forged_ipv4;    /* for knobs that forge an address */
    const struct dns_extra *extras;
    size_t extra_count;
};

/* Fills the node for a name at or below the domain. */
void dns_domain_look_up(const struct dns_domain *domain, const struct dns_name *name,
                        struct dns_node *node);

#endif
