/* seen - what was seen of one connection to the host of a policy.  Plain data. */
#ifndef DOORMAT_STS_SEEN_H
#define DOORMAT_STS_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STS_FETCH_PATH_SIZE_B = 128, STS_FETCH_PEER_SIZE_B = 64, STS_FETCH_SNI_SIZE_B = 256 };

struct sts_fetch {
    int64_t at_us;                    /* wall clock */
    char peer[STS_FETCH_PEER_SIZE_B]; /* "198.18.0.2:40123" */
    char sni[STS_FETCH_SNI_SIZE_B];   /* "": none was named */
    bool is_secured;                  /* the handshake was completed */
    int alert;                        /* that the client sent; -1: none */
    const char *method;               /* "GET", "other"; NULL: no request came */
    char path[STS_FETCH_PATH_SIZE_B];
    unsigned status; /* of the answer; 0: there was none */
    size_t sent_b;   /* of its body */
    bool is_cut;     /* it was under way yet, and we ended it */
    bool is_policy;  /* the answer was a policy, with 200 */
};

#endif
