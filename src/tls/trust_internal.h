/* trust_internal - a trust store's members, for trust.c and path.c alone. */
#ifndef DOORMAT_TLS_TRUST_INTERNAL_H
#define DOORMAT_TLS_TRUST_INTERNAL_H

#include <openssl/x509_vfy.h>
#include <stdbool.h>

#include "tls/trust.h"

struct trust {
    X509_STORE *store;
    bool has_crls;
};

#endif
