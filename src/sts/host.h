/* host - what the host of a policy presents in TLS, in the knobs of certificates and of TLS.  Pure. */
#ifndef DOORMAT_STS_HOST_H
#define DOORMAT_STS_HOST_H

#include "mint/knobs.h"
#include "sts/knobs.h"
#include "tls/knobs.h"

struct sts_host_knobs {
    struct mint_knobs mint;
    struct tls_knobs tls;
};

const struct sts_host_knobs *sts_host_knobs(enum sts_host host);

#endif
