/* ossl - one side of a TLS connection by OpenSSL: what the engines of server and client share.  Private to src/tls.
 *
 * Its BIO is stateless: reads and writes go to the wire.  An engine's struct starts with a struct ossl and takes the
 * ossl_* functions into its class; ossl_handshake it wraps, to note what was agreed.
 * Life: ossl_init -> the engine's life (net/engine.h) -> ossl_fini. */
#ifndef DOORMAT_TLS_OSSL_H
#define DOORMAT_TLS_OSSL_H

#include <openssl/ssl.h>

#include "base/err.h"
#include "net/engine.h"
#include "tls/framing.h"
#include "tls/seen.h"

/* Where a side notes how the handshake goes: in what was seen, or in the facts, which outlive it. */
struct ossl_notes {
    enum tls_handshake *handshake;
    enum tls_failure *failure;
    int *alert_read;
};

/* What came since the connection's begin, then since the handshake's end. */
struct ossl_tally {
    size_t wire_b;
    unsigned records, data_records, messages;
};

struct ossl {
    struct engine base;
    SSL *ssl;
    struct wire wire;
    bool
        is_framed; /* the wire's bytes are looked at before the library takes them: the server does that */
    struct framing framing; /* if it is */
    struct buf
        in; /* what came, from in_at on not read yet; at most what one read of the wire brings */
    size_t in_at;
    struct buf foreign; /* what came and is no record */
    struct buf unsent;  /* what has to wait to be encrypted */
    struct ossl_tally tally;
    long last_read;     /* what the wire said last: OpenSSL tells ends apart less well */
    bool is_costly;     /* a certificate's key would take too long, so that it was not decoded */
    unsigned long code; /* the error for which our side ended it; 0: none */
    struct ossl_notes notes;
};

/* The BIO through which an SSL reads and writes its wire; the caller frees it after the last one. */
BIO_METHOD *ossl_bio_method_new(void);

enum { OSSL_MAX_DH_BITS = 8192 };

/* Allows all that the library can do, but for a Diffie-Hellman modulus that takes it a second and more.  Level 0 alone keeps a
 * floor under Diffie-Hellman; this removes it. */
void ossl_allow_everything(SSL_CTX *ctx);

int ossl_init(struct ossl *ossl, SSL_CTX *ctx, BIO_METHOD *method, const struct ossl_notes *notes,
              struct err *err) MUST_USE;
void ossl_fini(struct ossl *ossl);

void ossl_attach(struct engine *engine, const struct wire *wire);
enum engine_result ossl_handshake(struct ossl *ossl); /* ENGINE_OK: notes it as completed */
enum engine_result ossl_read(struct engine *engine, void *data, size_t size_b, size_t *n);
enum engine_result ossl_write(struct engine *engine, const void *data, size_t len);
void ossl_close(struct engine *engine);

/* For the engines' message callback, first of all, of what was read: its content type.  Too much of what brings nothing ends the
 * connection as TLS_FAILURE_FLOODED. */
void ossl_count(struct ossl *ossl, int type);

/* For the same, of a handshake message that was read: makes the library fail at certificates whose keys take it long
 * (crypto/key_cost.h), which it would decode next. */
void ossl_spare(struct ossl *ossl, const uint8_t *message, size_t len);

/* Whether an alert that was read (level, description) ends the connection for a reason: a fatal one; in TLS 1.3 any, since
 * the level means nothing there (RFC 8446 6).  close_notify and user_canceled are ways to say goodbye (6.1).  The version is
 * the ServerHello's; 0 before it. */
bool ossl_alert_counts(unsigned version, const uint8_t alert[2]);

/* For the engine's class, where the wire is framed. */
size_t ossl_leftover(struct engine *engine, struct buf *out);

#endif
