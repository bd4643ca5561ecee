/* records - what DNS records hold, from the bytes of their RDATA (RFC 1035 3.3.9, 3.4.1, RFC 3596).  Pure.
 *
 * The records come as libunbound gives them: data ends with a null pointer, len[i] is the length of data[i], and names are
 * not compressed.  They are whatever a stranger put into DNS: nothing about them is taken for granted.  The results do
 * not depend on the order of the records, which resolvers shuffle. */
#ifndef DOORMAT_ROUTE_RECORDS_H
#define DOORMAT_ROUTE_RECORDS_H

#include "net/numeric.h"
#include "route/route.h"

/* A name on the wire as text in lower case without the last dot; "" is the root.  -1 if it is broken, or holds a
 * character that no host name has. */
int records_name(const uint8_t *data, size_t len, char out[ROUTE_NAME_SIZE_B]);

/* Fills the answer's hosts from MX records, without their addresses, and its outcome: FOUND, NULL_MX, or NO_HOST if no
 * record names a host.  A host that is named twice is taken at its better preference. */
void records_take_mx(char *const *data, const int *len, struct route_answer *answer);

/* The lowest addresses of one family. */
struct records_addresses {
    uint8_t bytes[ROUTE_MAX_ADDRESSES][NUMERIC_IPV6_B];
    size_t count;
};

/* Adds records of size_b bytes; those of any other size are left out. */
void records_take_addresses(char *const *data, const int *len, size_t size_b,
                            struct records_addresses *out);

/* Fills the host's addresses: IPv6 first, and when there are too many, none crowds the other out. */
void records_join_addresses(const struct records_addresses *ipv6,
                            const struct records_addresses *ipv4, struct route_host *host);

#endif
