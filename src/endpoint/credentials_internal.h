/* credentials_internal - what credentials.c holds, for its tests. */
#ifndef DOORMAT_ENDPOINT_CREDENTIALS_INTERNAL_H
#define DOORMAT_ENDPOINT_CREDENTIALS_INTERNAL_H

#include "endpoint/credentials.h"

struct minting; /* a job in a worker thread */

struct credentials {
    struct credentials_setup setup;
    struct tls_server *tls;        /* NULL until they are first needed */
    struct revocation *revocation; /* what the web port says; NULL: nothing, or not minted yet */
    struct endpoint_papers papers;
    int64_t fresh_until_s;   /* Unix time */
    int64_t retry_at_us;     /* monotonic: not minted again before that */
    int64_t rest_ms;         /* ... and so long after the next failure; 0: there was none */
    struct minting *minting; /* under way; NULL: none */
};

#endif
