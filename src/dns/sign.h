/* sign - DNSSEC signatures, right or wrong as a knob says; the keys that make them, and the DS records of these (RFC 4034).
 *
 * All zones share one key, ECDSA P-256 (RFC 6605), of the pool: where the pool keeps its keys on disk, it stays the same, and so
 * does the DS record that the zone above needs.  A signature is valid from an hour before it is made.  It is kept, and given out
 * again for a day; the store has a bound, and signatures about what is not there have a store of their own, so that made-up
 * names drive out nothing else.
 * Life: signer_new -> any calls -> signer_free.  One thread. */
#ifndef DOORMAT_DNS_SIGN_H
#define DOORMAT_DNS_SIGN_H

#include "base/clock.h"
#include "base/err.h"
#include "crypto/key_pool.h"
#include "dns/node.h"

enum {
    DNS_TTL_S = 60,
    DNS_NEGATIVE_TTL_S = 5,
    DNS_SIGNATURES_KEPT = 2048, /* in each store */
};

struct signer;
struct ldns_struct_rr_list;
struct ldns_struct_dnssec_zone;

int signer_new(struct key_pool *keys, const struct clock *clock, struct signer **out,
               struct err *err) MUST_USE;
void signer_free(struct signer **signer);

/* The DNSKEY records of a zone. */
void signer_add_keys(const struct signer *signer, const struct dns_cut *cut, struct dns_node *node);

/* The DS records of the zone of that name. */
void signer_add_ds(const struct signer *signer, const struct dns_name *zone,
                   const struct dns_cut *cut, struct dns_node *node);

struct sign_order {
    const struct dns_name *zone;
    const struct dns_cut *cut; /* how the zone begins */
    enum dns_signature_how how;
    bool is_denial; /* which store it goes to */
};

/* Of the records those of the type. */
struct sign_set {
    const struct dns_name *owner;
    unsigned type;
    uint32_t ttl_s;
    const struct dns_record *records;
    size_t count;
};

/* Appends to `out` the records of the set and their signatures; order NULL: no signatures. */
void signer_add_set(struct signer *signer, const struct sign_order *order,
                    const struct sign_set *set, struct ldns_struct_rr_list *out);

/* Signs a whole zone, with NSEC; the records that are made so are the zone's, and in `made` as well. */
int signer_sign_whole(struct signer *signer, const struct dns_name *zone,
                      struct ldns_struct_dnssec_zone *content, struct ldns_struct_rr_list *made,
                      struct err *err) MUST_USE;

/* How many signatures were made, and not found in the stores. */
unsigned long signer_count(const struct signer *signer);

#endif
