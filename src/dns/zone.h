/* zone - answers to questions about the names below an apex, which are made up as they are asked.
 *
 * What is at a name is told by a function of the caller's; zones below, their SOA, NS, DNSKEY and DS records, signatures and the
 * denial of what is not there are made here.  Zones above and below are served alike; only a zone that has servers of its own
 * (node.h) is referred to, by those of the others: so a resolver that gives up on a server gives up on that zone alone.
 * Life: zone_new -> zone_answer ... -> zone_free.  Pure but for the clock and the store of signatures. */
#ifndef DOORMAT_DNS_ZONE_H
#define DOORMAT_DNS_ZONE_H

#include "base/buf.h"
#include "dns/node.h"
#include "dns/question.h"
#include "dns/reply.h"
#include "dns/sign.h"

struct zone;

/* Fills the node for a name at or below the apex, in lower case.  It is asked for each name from the apex down to the one in question. */
typedef void zone_look_up_fn(const struct dns_name *name, struct dns_node *node, void *arg);

struct zone_setup {
    /* "." too: then a resolver may begin at the root, and nothing is refused.  No knob may let the root's own zone deny by NSEC3:
     * libunbound 1.17 goes round for ever where the proof of the closest encloser is missing there. */
    const char *apex;
    /* Of ns.APEX, the name server: its addresses, numeric, ends with NULL. */
    const char *const *addresses;
    unsigned ttl_s; /* of what is there; 0: DNS_TTL_S.  Of what is not: DNS_NEGATIVE_TTL_S */
    struct key_pool *keys;
    const struct clock *clock;
    zone_look_up_fn *look_up;
    void *arg;
};

int zone_new(const struct zone_setup *setup, struct zone **out, struct err *err) MUST_USE;
void zone_free(struct zone **zone);

/* local: the address that was asked, in canonical text; NULL or "": it does not matter.  The reply is initialised already. */
void zone_answer(struct zone *zone, const struct dns_question *question, const char *local,
                 struct dns_reply *reply);

/* What the zone above needs: "APEX. IN DS ...", without a line's end. */
void zone_format_ds(const struct zone *zone, struct buf *out);

/* The key, as resolvers take it for a trust anchor: "APEX. IN DNSKEY ...". */
void zone_format_key(const struct zone *zone, struct buf *out);

unsigned long zone_signature_count(const struct zone *zone);

#endif
