/* end - one end of a TLS connection by OpenSSL: what the engines of server and client share.  Private to src/tls.
 *
 * Its BIO is stateless: reads and writes go to the wire.  An engine's struct starts with a struct tls_end and takes the
 * end_* functions into its class; end_handshake it wraps, to note what was agreed.
 * Life: end_init -> the engine's life (net/engine.h) -> end_fini. */
#ifndef DOORMAT_TLS_END_H
#define DOORMAT_TLS_END_H

#include <openssl/ssl.h>

#include "base/err.h"
#include "net/engine.h"
#include "tls/record.h"

/* Where an end notes how the handshake goes: within a record or the facts, which outlive it. */
struct end_notes {
    enum tls_handshake *handshake;
    enum tls_failure *failure;
    int *alert_read;
};

struct tls_end {
    struct engine base;
    SSL *ssl;
    struct wire wire;
    long last_read;     /* what the wire said last: OpenSSL tells ends apart less well */
    unsigned long code; /* the error for which our side ended it; 0: none */
    struct end_notes notes;
};

/* The BIO through which an SSL reads and writes its wire; the caller frees it after the last end. */
BIO_METHOD *end_bio_method_new(void);

/* Allows all that the library can do.  Level 0 alone keeps a floor under Diffie-Hellman; this removes it. */
void end_allow_everything(SSL_CTX *ctx);

int end_init(struct tls_end *end, SSL_CTX *ctx, BIO_METHOD *method, const struct end_notes *notes,
             struct err *err) MUST_USE;
void end_fini(struct tls_end *end);

void end_attach(struct engine *engine, const struct wire *wire);
enum engine_result end_handshake(struct tls_end *end); /* ENGINE_OK: notes it as completed */
enum engine_result end_read(struct engine *engine, void *data, size_t size_b, size_t *n);
enum engine_result end_write(struct engine *engine, const void *data, size_t len);
void end_close(struct engine *engine);

#endif
