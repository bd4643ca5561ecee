/* offer - what a client offers, as an OpenSSL context.  Private to src/tls; client.h says what it is for. */
#ifndef DOORMAT_TLS_OFFER_H
#define DOORMAT_TLS_OFFER_H

#include <openssl/ssl.h>

#include "tls/client.h"

struct tls_offer {
    SSL_CTX *ctx;
    BIO_METHOD *wire_bio;
    unsigned references; /* the owner's and one per engine; the loop's thread alone counts */
};

void tls_offer_unref(struct tls_offer *offer);

/* Hooks the observer of the server's messages into the context. */
void client_observe(SSL_CTX *ctx);

#endif
