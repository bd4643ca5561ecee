/* openssl_engine - the server's end of a TLS connection by OpenSSL, behind net/engine.h. */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "tls/message.h"
#include "tls/ossl.h"
#include "tls/server_internal.h"

struct openssl_engine {
    struct ossl ossl;
    struct tls_server *server;
    struct tls_seen *seen;
};

static void see_alert(struct openssl_engine *engine, const uint8_t *body) {
    struct tls_seen *seen = engine->seen;

    if (body[1] == SSL_AD_CLOSE_NOTIFY)
        seen->close_notify_read = true;
    if (seen->alert_read == TLS_NO_ALERT && ossl_alert_counts(seen->version, body)) {
        seen->alert_read = body[1];
        seen->alert_after_handshake = seen->handshake == TLS_HANDSHAKE_COMPLETED;
    }
}

/* A ClientHello that cannot be read does not undo one that could. */
static void see_hello(struct tls_seen *seen, const uint8_t *body, size_t len) {
    struct client_hello hello;

    if (client_hello_parse(body, len, &hello) != 0)
        return;
    seen->hello = hello;
    seen->hello_seen = true;
}

static void note_group(struct tls_seen *seen, const char *name) {
    snprintf(seen->group, sizeof seen->group, "%s", name);
}

/* Below TLS 1.3 the group shows in our ServerKeyExchange (RFC 8422 5.4; RFC 5246 7.4.3: a prime, whose name we know). */
static void see_key_exchange(struct openssl_engine *engine, const uint8_t *body, size_t len) {
    enum tls_kx kx = engine->server->knobs.kx;
    struct facts_handshake facts = {0};

    if (kx == TLS_KX_ECDHE || kx == TLS_KX_ANON_ECDH)
        message_key_exchange(body, len, MESSAGE_KX_ECDHE, MESSAGE_AUTH_NONE, &facts);
    else if (engine->server->dh_name != NULL)
        snprintf(facts.group_name, sizeof facts.group_name, "%s", engine->server->dh_name);
    note_group(engine->seen, facts.group_name);
}

/* What the server's hello agrees upon: in TLS 1.3 the group too, also where it only asks for another hello. */
static void see_server_hello(struct openssl_engine *engine, const uint8_t *body, size_t len) {
    struct tls_seen *seen = engine->seen;
    const SSL_CIPHER *cipher = SSL_get_pending_cipher(engine->ossl.ssl);
    struct facts_handshake facts = {0};

    seen->version = (uint16_t)SSL_version(engine->ossl.ssl);
    if (cipher != NULL)
        snprintf(seen->cipher, sizeof seen->cipher, "%s", SSL_CIPHER_standard_name(cipher));
    message_server_hello(body, len, &facts);
    note_group(seen, facts.group_name);
}

static void see_written(struct openssl_engine *engine, uint8_t type, const uint8_t *body,
                        size_t len) {
    if (type == SSL3_MT_SERVER_HELLO)
        see_server_hello(engine, body, len);
    if (type == SSL3_MT_SERVER_KEY_EXCHANGE)
        see_key_exchange(engine, body, len);
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
        if (type == SSL3_RT_HANDSHAKE && len > 4)
            see_written(engine, body[0], body + 4, len - 4);
        if (type == SSL3_RT_ALERT && len == 2 && body[0] == SSL3_AL_FATAL)
            engine->seen->alert_written = body[1];
        return;
    }
    ossl_count(&engine->ossl, type);
    if (type == SSL3_RT_ALERT && len == 2)
        see_alert(engine, body);
    if (type == SSL3_RT_HANDSHAKE)
        ossl_spare(&engine->ossl, body, len);
    if (type == SSL3_RT_HANDSHAKE && len > 4 && body[0] == SSL3_MT_CLIENT_HELLO)
        see_hello(engine->seen, body + 4, len - 4);
}

void engine_observe(SSL_CTX *ctx) {
    SSL_CTX_set_msg_callback(ctx, see_message);
}

/* Whoever is asked for what it has not offered is asked for nothing. */
static void act_first(struct openssl_engine *engine) {
    const struct tls_knobs *knobs = &engine->server->knobs;
    SSL *ssl = engine->ossl.ssl;

    if ((knobs->first == TLS_FIRST_KEY_UPDATE &&
         SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1) ||
        (knobs->client_cert == TLS_CLIENT_CERT_LATE && SSL_verify_client_post_handshake(ssl) == 1))
        SSL_do_handshake(ssl);
    ERR_clear_error();
}

/* Nothing in common is what libssl says; whether it is so, and who failed, the ClientHello tells. */
static void judge_failure(struct openssl_engine *engine) {
    struct tls_seen *seen = engine->seen;
    enum tls_failure failure = seen->failure;

    if ((failure == TLS_FAILURE_VERSION || failure == TLS_FAILURE_CIPHER) && seen->hello_seen)
        seen->failure = server_common_failure(engine->server, engine->ossl.ssl, &seen->hello);
    else if (failure == TLS_FAILURE_OTHER && engine->seen->alert_written == SSL_AD_INTERNAL_ERROR)
        seen->failure = TLS_FAILURE_OURS;
}

static enum engine_result openssl_handshake(struct engine *base) {
    struct openssl_engine *engine = (struct openssl_engine *)base;
    enum engine_result result = ossl_handshake(&engine->ossl);

    if (result == ENGINE_FAILED && engine->ossl.framing.alert_len == FRAMING_ALERT_B)
        see_alert(engine, engine->ossl.framing.alert);
    if (result == ENGINE_FAILED)
        judge_failure(engine);
    if (result != ENGINE_OK)
        return result;
    act_first(engine);
    return result;
}

static void openssl_close(struct engine *base) {
    struct openssl_engine *engine = (struct openssl_engine *)base;

    if (engine->server->knobs.end == TLS_END_CLOSE_NOTIFY)
        ossl_close(base);
}

static void openssl_free(struct engine *base) {
    struct openssl_engine *engine = (struct openssl_engine *)base;

    ossl_fini(&engine->ossl);
    tls_server_unref(engine->server);
    free(engine);
}

static const struct engine_class openssl_class = {
    .name = "OpenSSL",
    .attach = ossl_attach,
    .handshake = openssl_handshake,
    .read = ossl_read,
    .write = ossl_write,
    .close = openssl_close,
    .leftover = ossl_leftover,
    .free = openssl_free,
};

int tls_server_engine(struct tls_server *server, struct tls_seen *seen, struct engine **out,
                      struct err *err) {
    struct openssl_engine *engine = mem_zalloc(sizeof *engine);
    struct ossl_notes notes = {&seen->handshake, &seen->failure, &seen->alert_read};

    engine->ossl.base.class = &openssl_class;
    engine->ossl.is_framed = true;
    engine->seen = seen;
    if (ossl_init(&engine->ossl, server->ctx, server->wire_bio, &notes, err) != 0) {
        free(engine);
        return -1;
    }
    SSL_set_accept_state(engine->ossl.ssl);
    engine->server = server;
    server->references++;
    *out = &engine->ossl.base;
    return 0;
}
