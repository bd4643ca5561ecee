/* trust - a store of trust anchors in OpenSSL's terms.  Private to src/tls; client.h says what it is for. */
#ifndef DOORMAT_TLS_TRUST_H
#define DOORMAT_TLS_TRUST_H

#include <openssl/x509_vfy.h>

#include "tls/client.h"

struct tls_trust {
    X509_STORE *store;
    bool has_crls;
};

#endif
