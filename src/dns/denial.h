/* denial - the proof that a name or a type is not there, made for the question, since the names of a zone are not listed anywhere:
 * minimally covering NSEC records (RFC 4470), or NSEC3 (RFC 5155, RFC 7129 B). */
#ifndef DOORMAT_DNS_DENIAL_H
#define DOORMAT_DNS_DENIAL_H

#include "dns/node.h"
#include "dns/sign.h"

struct denial {
    struct signer *signer;
    const struct dns_name *zone;
    const struct dns_cut *cut;          /* how the zone begins */
    const struct dns_knobs *knobs;      /* NULL: sound */
    unsigned type;                      /* that was asked for */
    const struct dns_name *name;        /* that was asked for */
    const struct dns_name *encloser;    /* the longest name above it that is there; or itself */
    const struct dns_node *at_encloser; /* ... and what is there, seen from this zone */
};

/* Appends the records and their signatures.  Equal names of `name` and `encloser`: the type is not there. */
void denial_add(const struct denial *denial, struct ldns_struct_rr_list *out);

/* Appends the proof that `name` is not there, though a wildcard at its level answers for it (RFC 4035 3.1.3.3). */
void denial_add_wildcard(const struct denial *denial, struct ldns_struct_rr_list *out);

#endif
