/* server_internal - what server.c (the context) shares with openssl_engine.c (a connection of it). */
#ifndef DOORMAT_TLS_SERVER_INTERNAL_H
#define DOORMAT_TLS_SERVER_INTERNAL_H

#include <openssl/ssl.h>

#include "tls/server.h"

struct tls_server {
    SSL_CTX *ctx;
    BIO_METHOD *wire_bio;
    const char *dh_name; /* static */
    unsigned references; /* the owner's and one per engine; the loop's thread alone counts */
};

void tls_server_unref(struct tls_server *server);

/* Hooks the observer of ClientHello and alerts into the context. */
void engine_observe(SSL_CTX *ctx);

#endif
