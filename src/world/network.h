/* network - the addresses of one network, "198.18.0.0/15", numbered from its first.  Pure. */
#ifndef DOORMAT_WORLD_NETWORK_H
#define DOORMAT_WORLD_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/numeric.h"

struct network {
    uint8_t first[NUMERIC_IPV6_B]; /* in network order */
    unsigned len;                  /* of an address: 4 or 16 bytes */
    unsigned bits;                 /* of the prefix */
};

/* "198.18.0.0/15"; an address alone is a network of its own.  Bits behind the prefix that are set are an error. */
int network_parse(const char *text, struct network *out, struct err *err) MUST_USE;

/* How many addresses it has; UINT32_MAX stands for that or more. */
uint32_t network_size(const struct network *network);

/* The n-th address as text; 0, or -1 if the network has not so many. */
int network_address(const struct network *network, uint32_t n, char out[NUMERIC_SIZE_B]);

/* The n-th address of each of the networks that are there (len 0: it is not). */
enum { NETWORK_FAMILIES = 2 };
struct network_place {
    char texts[NETWORK_FAMILIES][NUMERIC_SIZE_B];
    const char *list[NETWORK_FAMILIES + 1]; /* ends with NULL */
    const char *ipv4, *ipv6;                /* two of `texts`, or NULL */
};
/* 0, or -1 if one has not so many.  What is filled must stay where it is. */
int network_take(const struct network *networks, size_t count, uint32_t n,
                 struct network_place *out);

#endif
