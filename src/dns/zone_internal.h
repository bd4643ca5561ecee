/* zone_internal - what the files of the zone share: itself, and the way down to a name. */
#ifndef DOORMAT_DNS_ZONE_INTERNAL_H
#define DOORMAT_DNS_ZONE_INTERNAL_H

#include "dns/zone.h"

#define ZONE_SERVER "ns"

struct zone {
    struct zone_setup setup;
    struct dns_name apex, server;
    struct signer *signer;
};

/* A name, or the longest above it that is there; and the zone that it lies in. */
struct zone_place {
    bool is_found;
    bool
        is_referral; /* the way led to a zone that has servers of its own, and not these were asked: it is seen from above */
    struct dns_name name, zone;
    struct dns_node node;
    struct dns_cut cut; /* how that zone begins */
};

/* local: the address that was asked, NULL or "": any.  The caller's to dns_node_fini(&out->node). */
void zone_find(const struct zone *zone, const struct dns_name *name, unsigned type,
               const char *local, struct zone_place *out);

/* "ns." in front of the zone that has the node at its apex. */
struct dns_name zone_server_of(const struct zone *zone, const struct dns_name *apex,
                               const struct dns_node *node);

#endif
