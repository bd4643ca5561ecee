/* world_internal - what world.c (names, domains) shares with world_file.c (the same as a zone file). */
#ifndef DOORMAT_WORLD_WORLD_INTERNAL_H
#define DOORMAT_WORLD_WORLD_INTERNAL_H

#include "dns/domain.h"
#include "endpoint/policy_site.h"
#include "sts/policy.h"
#include "world/world.h"

enum { DNS_ADDRESSES = 4 };

/* No host of ours is there: whoever connects is refused. */
enum { DEAD_HOST, FORGED_HOST, ODD_HOSTS };

struct world_domain {
    struct world *world;
    const struct scenario *scenario;
    void *owner;
    char *label, *name, *host; /* "expired", "expired.doormat.test", "mx.expired.doormat.test" */
    struct dns_name dns_name;
    struct network_place at;
    struct endpoint *endpoint;
    struct policy_site *policy; /* NULL: it has none */
    char *policy_host;          /* "mta-sts.expired.doormat.test" */
    struct network_place policy_at;
    struct sts_records records;
};

struct world {
    struct world_setup setup;
    struct dns_server *dns; /* NULL: nobody asks */
    struct zone *own_zone;  /* without a server; else NULL */
    size_t domain_count;
    const char *dns_addresses[DNS_ADDRESSES]; /* the quiet one as well */
    const char *quiet[2];
    struct dns_name apex;
    void *tree; /* domains by label */
    uint32_t next_host;
    char odd[ODD_HOSTS][NUMERIC_SIZE_B];     /* IPv4; "": none */
    struct buf stranger_whole, stranger_key; /* a certificate that no host of ours has */
};

#endif
