/* node - what is at one name: its records as data, and where zones begin.
 *
 * Whoever answers for names (zone.h) fills one.  Life: dns_node_init -> dns_node_exists, dns_node_add ... -> dns_node_fini. */
#ifndef DOORMAT_DNS_NODE_H
#define DOORMAT_DNS_NODE_H

#include <stddef.h>
#include <stdint.h>

#include "dns/knobs.h"
#include "dns/name.h"
#include "dns/types.h"

enum { DNS_RDATA_MAX_B = 8192 };

struct dns_record {
    unsigned type;
    uint8_t *data;
    size_t len;
};

struct dns_node {
    bool exists;                   /* it has records, or names below it */
    const struct dns_knobs *knobs; /* the caller's; NULL: all is sound */
    const struct dns_cut *cut;     /* the caller's; NULL, or no zone: it lies in the zone above */
    /* With a cut: addresses of a server of the zone's own, ns. below the name; the caller's, canonical, ends with NULL.  Who asks at
     * another address is referred to it. */
    const char *const *servers;
    struct dns_record *records;
    size_t count;
    struct dns_name
        beside; /* whose address is told besides, asked for or not, unsigned; len 0: nobody's */
    uint8_t beside_address[4]; /* IPv4 */
};

void dns_node_init(struct dns_node *node);
void dns_node_fini(struct dns_node *node);

/* Adds a record, and the name exists. */
void dns_node_add(struct dns_node *node, unsigned type, const void *rdata, size_t len);
bool dns_node_has(const struct dns_node *node, unsigned type);

/* The same, written from its parts.  Names are not compressed. */
void dns_node_add_name(struct dns_node *node, unsigned type, const struct dns_name *name);
void dns_node_add_mx(struct dns_node *node, unsigned preference, const struct dns_name *name);
void dns_node_add_txt(struct dns_node *node, const char *text); /* in strings of 255 bytes */
void dns_node_add_tlsa(struct dns_node *node, const uint8_t parameters[3], const void *data,
                       size_t len);

#endif
