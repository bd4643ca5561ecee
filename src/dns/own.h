/* own - libldns for the files of src/dns: its objects from ours, and memory that is always there (HACKING.md, "Errors"). */
#ifndef DOORMAT_DNS_OWN_H
#define DOORMAT_DNS_OWN_H

/* Its headers name these, which OpenSSL's do not declare where nothing deprecated is wanted. */
typedef struct rsa_st RSA;
typedef struct dsa_st DSA;

#include <ldns/ldns.h>

#include "dns/node.h"

/* The pointer itself; the process ends if there was no memory for it. */
void *own_must(void *pointer);

ldns_rdf *own_name(const struct dns_name *name);

/* A record from the bytes of its RDATA.  They are ours, and fit the type. */
ldns_rr *own_record(const struct dns_name *owner, unsigned type, uint32_t ttl_s, const void *rdata,
                    size_t len);

void own_push(ldns_rr_list *list, ldns_rr *rr);

#endif
