/* server_internal - what server.c (the context), its parameters and habits, and openssl_engine.c (a connection of it)
 * share. */
#ifndef DOORMAT_TLS_SERVER_INTERNAL_H
#define DOORMAT_TLS_SERVER_INTERNAL_H

#include <openssl/ssl.h>

#include "tls/server.h"

struct tls_server {
    SSL_CTX *ctx;
    BIO_METHOD *wire_bio;
    struct tls_knobs knobs;
    const char *dh_name;           /* static */
    struct revocation *revocation; /* holds the staple; NULL: there is none */
    X509 *decoy; /* for those who name no server, if they get another certificate; else NULL */
    unsigned references; /* the owner's and one per engine; the loop's thread alone counts */
};

void tls_server_unref(struct tls_server *server);

/* What is agreed upon: versions, suites, groups, signatures (server_parameters.c). */
int server_set_parameters(struct tls_server *server, const struct identity *identity,
                          struct err *err) MUST_USE;

/* How the server behaves beside: extensions, names, client certificates, alerts, records (server_habits.c). */
int server_set_habits(struct tls_server *server, const struct identity *identity,
                      struct err *err) MUST_USE;

/* What a handshake failed for that libssl gave up for want of something in common: TLS_FAILURE_VERSION or CIPHER if the client
 * lacks it, else TLS_FAILURE_OURS (server_common.c). */
enum tls_failure server_common_failure(const struct tls_server *server, SSL *ssl,
                                       const struct client_hello *hello);

/* Hooks the observer of ClientHello and alerts into the context. */
void engine_observe(SSL_CTX *ctx);

#endif
