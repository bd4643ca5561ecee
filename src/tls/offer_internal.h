/* offer_internal - an offer's members, for offer.c and client.c alone. */
#ifndef DOORMAT_TLS_OFFER_INTERNAL_H
#define DOORMAT_TLS_OFFER_INTERNAL_H

#include <openssl/ssl.h>

#include "tls/offer.h"

struct tls_offer {
    SSL_CTX *ctx;
    BIO_METHOD *wire_bio;
    unsigned references; /* the owner's and one per engine; the loop's thread alone counts */
};

void tls_offer_unref(struct tls_offer *offer);

#endif
