/* trust_internal - a trust store's members, for trust.c and path.c alone. */
#ifndef DOORMAT_X509_TRUST_INTERNAL_H
#define DOORMAT_X509_TRUST_INTERNAL_H

#include <openssl/x509_vfy.h>
#include <stdbool.h>

#include "x509/trust.h"

struct trust {
    X509_STORE *store;
    bool has_crls;
};

#endif
