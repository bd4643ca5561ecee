/* openssl_engine - one TLS connection by OpenSSL, behind net/engine.h.  Its BIO is stateless: reads and writes go to the wire. */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/mem.h"
#include "tls/err_openssl.h"
#include "tls/server_internal.h"

struct openssl_engine {
    struct engine base;
    SSL *ssl;
    struct tls_server *server;
    struct tls_record *record;
    struct wire wire;
    long last_read; /* what the wire said last: OpenSSL tells ends apart less well */
};

static int bio_read(BIO *bio, char *data, size_t size_b, size_t *n) {
    struct openssl_engine *engine = BIO_get_data(bio);
    long got = engine->wire.read(engine->wire.stream, data, size_b);

    BIO_clear_retry_flags(bio);
    engine->last_read = got;
    *n = got > 0 ? (size_t)got : 0;
    if (got == WIRE_AGAIN)
        BIO_set_retry_read(bio);
    if (got > 0 && engine->record->handshake == TLS_HANDSHAKE_NONE)
        engine->record->handshake = TLS_HANDSHAKE_BEGUN;
    return got > 0;
}

static int bio_write(BIO *bio, const char *data, size_t len, size_t *n) {
    struct openssl_engine *engine = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    *n = len;
    return engine->wire.write(engine->wire.stream, data, len) == 0;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static int bio_create(BIO *bio) {
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD *engine_bio_method_new(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "doormat wire");

    if (method != NULL && BIO_meth_set_read_ex(method, bio_read) &&
        BIO_meth_set_write_ex(method, bio_write) && BIO_meth_set_ctrl(method, bio_ctrl) &&
        BIO_meth_set_create(method, bio_create))
        return method;
    BIO_meth_free(method);
    return NULL;
}

static void see_alert(struct tls_record *record, const uint8_t *body) {
    if (body[1] == SSL_AD_CLOSE_NOTIFY) {
        record->close_notify_read = true;
    } else if (record->alert_read == TLS_NO_ALERT) {
        record->alert_read = body[1];
        record->alert_after_handshake = record->handshake == TLS_HANDSHAKE_COMPLETED;
    }
}

/* Below TLS 1.3 the group shows in our ServerKeyExchange (RFC 8422 5.4; RFC 5246 7.4.3: no named curve, so a prime). */
static void see_key_exchange(struct openssl_engine *engine, const uint8_t *body, size_t len) {
    enum { NAMED_CURVE = 3 };
    const char *name = engine->server->dh_name;

    if (len >= 3 && body[0] == NAMED_CURVE)
        name = tls_group_name((uint16_t)(body[1] << 8 | body[2]));
    snprintf(engine->record->group, sizeof engine->record->group, "%s", name != NULL ? name : "");
}

/* Sees each message whole and decrypted.  Of alerts only what was read counts: on an unclean end OpenSSL itself writes
 * some. */
static void see_message(int written, int version, int type, const void *data, size_t len, SSL *ssl,
                        void *arg) {
    struct openssl_engine *engine = arg;
    const uint8_t *body = data;

    (void)version, (void)ssl;
    if (engine == NULL)
        return;
    if (written) {
        if (type == SSL3_RT_HANDSHAKE && len > 4 && body[0] == SSL3_MT_SERVER_KEY_EXCHANGE)
            see_key_exchange(engine, body + 4, len - 4);
        return;
    }
    if (type == SSL3_RT_ALERT && len == 2)
        see_alert(engine->record, body);
    if (type == SSL3_RT_HANDSHAKE && len > 4 && body[0] == SSL3_MT_CLIENT_HELLO)
        engine->record->hello_seen =
            client_hello_parse(body + 4, len - 4, &engine->record->hello) == 0 ||
            engine->record->hello_seen;
}

void engine_observe(SSL_CTX *ctx) {
    SSL_CTX_set_msg_callback(ctx, see_message);
}

/* Why the server could not agree; every other reason is TLS_FAILURE_OTHER. */
static const struct {
    int reason;
    enum tls_failure failure;
} failures[] = {
    {SSL_R_UNSUPPORTED_PROTOCOL, TLS_FAILURE_VERSION},
    {SSL_R_VERSION_TOO_LOW, TLS_FAILURE_VERSION},
    {SSL_R_NO_PROTOCOLS_AVAILABLE, TLS_FAILURE_VERSION},
    {SSL_R_NO_SHARED_CIPHER, TLS_FAILURE_CIPHER},
    {SSL_R_NO_SHARED_GROUPS, TLS_FAILURE_CIPHER},
    {SSL_R_NO_SUITABLE_GROUPS, TLS_FAILURE_CIPHER},
    {SSL_R_NO_SUITABLE_KEY_SHARE, TLS_FAILURE_CIPHER},
    {SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, TLS_FAILURE_CIPHER},
    {SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, TLS_FAILURE_CIPHER},
};

static enum tls_failure failure_of(unsigned long code) {
    for (size_t i = 0; i < ARRAY_LEN(failures); i++)
        if (ERR_GET_REASON(code) == failures[i].reason)
            return failures[i].failure;
    return TLS_FAILURE_OTHER;
}

static enum engine_result result_of(struct openssl_engine *engine, int rc) {
    int error = SSL_get_error(engine->ssl, rc);
    unsigned long code = ERR_peek_error();
    struct tls_record *record = engine->record;

    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ)
        return ENGINE_AGAIN;
    if (error == SSL_ERROR_ZERO_RETURN)
        return ENGINE_CLOSED;
    if (record->handshake == TLS_HANDSHAKE_BEGUN)
        record->handshake = TLS_HANDSHAKE_FAILED;
    if (record->alert_read == TLS_NO_ALERT && engine->last_read == WIRE_EOF)
        return ENGINE_EOF;
    if (record->alert_read == TLS_NO_ALERT && engine->last_read == WIRE_RESET)
        return ENGINE_RESET;
    if (record->alert_read == TLS_NO_ALERT && record->failure == TLS_FAILURE_NONE)
        record->failure = failure_of(code);
    return ENGINE_FAILED;
}

/* In TLS 1.3 the group is that of the client's key share. */
static void note_key_share(struct openssl_engine *engine) {
    struct tls_record *record = engine->record;
    EVP_PKEY *peer = NULL;
    char name[32] = "";
    size_t len = 0;

    if (SSL_get_peer_tmp_key(engine->ssl, &peer) == 1 && peer != NULL &&
        EVP_PKEY_get_group_name(peer, name, sizeof name, &len) == 1)
        snprintf(record->group, sizeof record->group, "%s",
                 strcmp(name, "prime256v1") == 0 ? "secp256r1" : name);
    EVP_PKEY_free(peer);
    ERR_clear_error();
}

static void note_handshake(struct openssl_engine *engine) {
    struct tls_record *record = engine->record;
    const SSL_CIPHER *cipher = SSL_get_current_cipher(engine->ssl);

    record->handshake = TLS_HANDSHAKE_COMPLETED;
    record->version = (uint16_t)SSL_version(engine->ssl);
    if (cipher != NULL)
        snprintf(record->cipher, sizeof record->cipher, "%s", SSL_CIPHER_standard_name(cipher));
    if (record->version == TLS1_3_VERSION)
        note_key_share(engine);
}

static void openssl_attach(struct engine *base, const struct wire *wire) {
    struct openssl_engine *engine = (struct openssl_engine *)base;

    engine->wire = *wire;
}

static enum engine_result openssl_handshake(struct engine *base) {
    struct openssl_engine *engine = (struct openssl_engine *)base;

    ERR_clear_error();
    int rc = SSL_do_handshake(engine->ssl);
    if (rc != 1)
        return result_of(engine, rc);
    note_handshake(engine);
    return ENGINE_OK;
}

static enum engine_result openssl_read(struct engine *base, void *data, size_t size_b, size_t *n) {
    struct openssl_engine *engine = (struct openssl_engine *)base;

    *n = 0;
    ERR_clear_error();
    int rc = SSL_read_ex(engine->ssl, data, size_b, n);
    return rc == 1 ? ENGINE_OK : result_of(engine, rc);
}

static enum engine_result openssl_write(struct engine *base, const void *data, size_t len) {
    struct openssl_engine *engine = (struct openssl_engine *)base;
    size_t n;

    ERR_clear_error();
    int rc = SSL_write_ex(engine->ssl, data, len, &n);
    return rc == 1 ? ENGINE_OK : result_of(engine, rc);
}

static void openssl_close(struct engine *base) {
    ERR_clear_error();
    SSL_shutdown(((struct openssl_engine *)base)->ssl);
    ERR_clear_error();
}

static void openssl_free(struct engine *base) {
    struct openssl_engine *engine = (struct openssl_engine *)base;

    SSL_free(engine->ssl);
    tls_server_unref(engine->server);
    free(engine);
}

static const struct engine_class openssl_class = {
    .name = "OpenSSL",
    .attach = openssl_attach,
    .handshake = openssl_handshake,
    .read = openssl_read,
    .write = openssl_write,
    .close = openssl_close,
    .free = openssl_free,
};

int tls_server_engine(struct tls_server *server, struct tls_record *record, struct engine **out,
                      struct err *err) {
    struct openssl_engine *engine = mem_zalloc(sizeof *engine);
    BIO *bio = BIO_new(server->wire_bio);

    engine->base.class = &openssl_class;
    engine->record = record;
    engine->last_read = WIRE_AGAIN;
    engine->ssl = SSL_new(server->ctx);
    if (engine->ssl == NULL || bio == NULL) {
        SSL_free(engine->ssl);
        BIO_free(bio);
        free(engine);
        return err_openssl(err, "TLS connection");
    }
    BIO_set_data(bio, engine);
    SSL_set_bio(engine->ssl, bio, bio);
    SSL_set_msg_callback_arg(engine->ssl, engine);
    SSL_set_accept_state(engine->ssl);
    engine->server = server;
    server->references++;
    *out = &engine->base;
    return 0;
}
