#include "tls/client.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "crypto/dh_group.h"
#include "crypto/err_openssl.h"
#include "crypto/key_cost.h"
#include "tls/hello.h"
#include "tls/iana.h"
#include "tls/message.h"
#include "tls/offer_internal.h"
#include "tls/ossl.h"

enum { HEADER_B = 4 /* type and length of a handshake message */, HELLO_MAX_B = 16 * 1024 };

struct client_engine {
    struct ossl ossl;
    struct tls_offer *offer;
    struct facts_handshake *facts;
    struct buf sent; /* the body of the last ClientHello */
};

static const SSL_CIPHER *find_suite(const struct client_engine *engine) {
    uint16_t suite = engine->facts->suite;
    uint8_t bytes[] = {(uint8_t)(suite >> 8), (uint8_t)suite};

    return SSL_CIPHER_find(engine->ossl.ssl, bytes);
}

static void see_server_hello(struct client_engine *engine, const uint8_t *body, size_t len) {
    struct facts_handshake *facts = engine->facts;

    message_server_hello(body, len, facts);
    const SSL_CIPHER *suite = find_suite(engine);
    if (suite != NULL)
        snprintf(facts->suite_name, sizeof facts->suite_name, "%s",
                 SSL_CIPHER_standard_name(suite));
    else
        snprintf(facts->suite_name, sizeof facts->suite_name, "0x%04x", facts->suite);
}

static enum message_kx kx_of(const SSL_CIPHER *suite) {
    int kx = SSL_CIPHER_get_kx_nid(suite);

    return kx == NID_kx_ecdhe ? MESSAGE_KX_ECDHE
           : kx == NID_kx_dhe ? MESSAGE_KX_DHE
                              : MESSAGE_KX_OTHER;
}

static enum message_auth auth_of(const SSL_CIPHER *suite) {
    static const struct {
        int nid;
        enum message_auth auth;
    } rows[] = {{NID_auth_rsa, MESSAGE_AUTH_RSA},
                {NID_auth_dss, MESSAGE_AUTH_DSA},
                {NID_auth_ecdsa, MESSAGE_AUTH_ECDSA}};
    int nid = SSL_CIPHER_get_auth_nid(suite);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].nid == nid)
            return rows[i].auth;
    return MESSAGE_AUTH_NONE;
}

static void see_key_exchange(struct client_engine *engine, const uint8_t *body, size_t len) {
    const SSL_CIPHER *suite = find_suite(engine);

    if (suite != NULL)
        message_key_exchange(body, len, kx_of(suite), auth_of(suite), engine->facts);
}

static void see_certificate_verify(struct client_engine *engine, const uint8_t *body, size_t len) {
    message_certificate_verify(body, len, engine->facts);
}

/* TLS 1.3 asks inside the handshake as well; what is asked for behind it comes too late for a probe. */
static void see_certificate_request(struct client_engine *engine, const uint8_t *body, size_t len) {
    (void)body, (void)len;
    engine->facts->client_cert_requested = true;
}

static void see_ticket(struct client_engine *engine, const uint8_t *body, size_t len) {
    message_ticket(body, len, engine->facts);
}

static const struct {
    uint8_t type;
    void (*see)(struct client_engine *engine, const uint8_t *body, size_t len);
} messages[] = {
    {SSL3_MT_SERVER_HELLO, see_server_hello},
    {SSL3_MT_SERVER_KEY_EXCHANGE, see_key_exchange},
    {SSL3_MT_CERTIFICATE_VERIFY, see_certificate_verify},
    {SSL3_MT_CERTIFICATE_REQUEST, see_certificate_request},
    {SSL3_MT_NEWSESSION_TICKET, see_ticket},
};

static void see_alert(struct facts_handshake *facts, const uint8_t *alert) {
    if (facts->alert_read == TLS_NO_ALERT && ossl_alert_counts(facts->version, alert))
        facts->alert_read = alert[1];
}

static void note_sent(struct client_engine *engine, const uint8_t *body, size_t len) {
    buf_reset(&engine->sent);
    buf_append(&engine->sent, body, len);
}

/* Sees each message whole and decrypted. */
static void see_message(int written, int version, int type, const void *data, size_t len, SSL *ssl,
                        void *arg) {
    struct client_engine *engine = arg;
    const uint8_t *body = data;

    (void)version, (void)ssl;
    if (engine == NULL)
        return;
    if (written) {
        if (type == SSL3_RT_HANDSHAKE && len > HEADER_B && body[0] == SSL3_MT_CLIENT_HELLO)
            note_sent(engine, body + HEADER_B, len - HEADER_B);
        return;
    }
    ossl_count(&engine->ossl, type);
    if (type != SSL3_RT_ALERT && type != SSL3_RT_HANDSHAKE)
        return;
    engine->facts->begun = true;
    if (type == SSL3_RT_ALERT && len == 2)
        see_alert(engine->facts, body);
    if (type == SSL3_RT_HANDSHAKE)
        ossl_spare(&engine->ossl, body, len);
    for (size_t i = 0; type == SSL3_RT_HANDSHAKE && i < ARRAY_LEN(messages); i++)
        if (len >= HEADER_B && messages[i].type == body[0])
            messages[i].see(engine, body + HEADER_B, len - HEADER_B);
}

/* What the library could not tell for a reason of its own is no answer of the server's. */
static void note_own_failure(struct client_engine *engine) {
    if (err_openssl_take_own())
        engine->facts->failure = TLS_FAILURE_OURS;
}

/* Which group of RFC 7919 a prime is, libcrypto knows. */
static void note_prime(struct client_engine *engine) {
    enum { FFDHE2048 = 256, FFDHE8192 = 260 };
    EVP_PKEY *peer = NULL;
    char name[32] = "";

    (void)err_openssl_take_own();
    if (SSL_get_peer_tmp_key(engine->ossl.ssl, &peer) == 1 && peer != NULL &&
        EVP_PKEY_get_group_name(peer, name, sizeof name, NULL) == 1)
        for (uint16_t group = FFDHE2048; group <= FFDHE8192; group++)
            if (strcmp(tls_group_name(group), name) == 0)
                message_note_group(group, engine->facts);
    EVP_PKEY_free(peer);
    note_own_failure(engine);
}

static const char *reason_of(const struct client_engine *engine) {
    const char *reason = ERR_reason_error_string(engine->ossl.code);

    if (engine->facts->failure == TLS_FAILURE_OURS)
        return "OpenSSL itself failed";
    if (engine->facts->failure == TLS_FAILURE_FLOODED)
        return "the server sends records or messages without end";
    if (engine->ossl.is_costly)
        return KEY_COST_TEXT;
    if (engine->facts->dh_bits > OSSL_MAX_DH_BITS)
        return "the Diffie-Hellman modulus is longer than 8192 bits";
    return reason != NULL ? reason : "unknown";
}

/* libssl says the same of a key that is none and of one in a group that was not offered. */
static bool has_strange_group(const struct client_engine *engine) {
    struct client_hello sent;

    if (ERR_GET_REASON(engine->ossl.code) != SSL_R_BAD_KEY_SHARE || engine->facts->group == 0 ||
        client_hello_parse(engine->sent.data, engine->sent.len, &sent) != 0)
        return false;
    for (unsigned i = 0; i < sent.group_count; i++)
        if (sent.groups[i] == engine->facts->group)
            return false;
    return true;
}

static void note_failure(struct client_engine *engine) {
    unsigned long code = engine->ossl.code;
    struct facts_handshake *facts = engine->facts;

    if (facts->failure == TLS_FAILURE_NONE || facts->reason[0] != '\0')
        return;
    snprintf(facts->reason, sizeof facts->reason, "%s", reason_of(engine));
    if (facts->failure == TLS_FAILURE_OTHER && has_strange_group(engine))
        facts->failure = TLS_FAILURE_CIPHER;
    facts->bad_signature =
        ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_BAD_SIGNATURE;
}

static enum engine_result client_handshake(struct engine *base) {
    struct client_engine *engine = (struct client_engine *)base;
    enum engine_result result = ossl_handshake(&engine->ossl);

    if (result == ENGINE_AGAIN)
        return result;
    if (engine->facts->dh_bits != 0)
        note_prime(engine);
    engine->facts->resumed = SSL_session_reused(engine->ossl.ssl) == 1;
    note_failure(engine);
    return result;
}

/* In TLS 1.3 the client is through before the server has seen its answer: what the server thinks of the handshake comes
 * behind it.  Before it has said anything else, an alert is that. */
static enum engine_result client_read(struct engine *base, void *data, size_t size_b, size_t *n) {
    struct client_engine *engine = (struct client_engine *)base;
    struct facts_handshake *facts = engine->facts;
    enum engine_result result = ossl_read(base, data, size_b, n);

    facts->answered |= result == ENGINE_OK;
    if (result == ENGINE_FAILED && !facts->answered && facts->alert_read != TLS_NO_ALERT)
        facts->handshake = TLS_HANDSHAKE_FAILED;
    note_failure(engine);
    return result;
}

static void client_free(struct engine *base) {
    struct client_engine *engine = (struct client_engine *)base;

    ossl_fini(&engine->ossl);
    buf_fini(&engine->sent);
    tls_offer_unref(engine->offer);
    free(engine);
}

static const struct engine_class client_class = {
    .name = "OpenSSL client",
    .attach = ossl_attach,
    .handshake = client_handshake,
    .read = client_read,
    .write = ossl_write,
    .close = ossl_close,
    .free = client_free,
};

int tls_client_engine(struct tls_offer *offer, const char *sni, struct facts_handshake *facts,
                      struct engine **out, struct err *err) {
    struct client_engine *engine = mem_zalloc(sizeof *engine);
    struct ossl_notes notes = {&facts->handshake, &facts->failure, &facts->alert_read};

    *facts = (struct facts_handshake){.alert_read = TLS_NO_ALERT};
    engine->ossl.base.class = &client_class;
    engine->facts = facts;
    engine->offer = offer;
    buf_init(&engine->sent, HELLO_MAX_B);
    if (ossl_init(&engine->ossl, offer->ctx, offer->wire_bio, &notes, err) != 0) {
        free(engine);
        return -1;
    }
    offer->references++;
    SSL_set_msg_callback(engine->ossl.ssl, see_message);
    SSL_set_connect_state(engine->ossl.ssl);
    if (sni != NULL && SSL_set_tlsext_host_name(engine->ossl.ssl, sni) != 1) {
        client_free(&engine->ossl.base);
        return err_openssl(err, "the server's name cannot be sent to it");
    }
    *out = &engine->ossl.base;
    return 0;
}

struct dh_group *tls_client_group(struct engine *base) {
    struct client_engine *engine = (struct client_engine *)base;
    struct dh_group *group = NULL;
    EVP_PKEY *peer = NULL;

    assert(base->class == &client_class);
    (void)err_openssl_take_own();
    if (engine->facts->dh_bits != 0 && SSL_get_peer_tmp_key(engine->ossl.ssl, &peer) == 1)
        group = dh_group_of(peer);
    EVP_PKEY_free(peer);
    note_own_failure(engine);
    return group;
}

int tls_client_chain_sent(struct engine *engine, struct chain_sent **out, struct err *err) {
    SSL *ssl = ((struct client_engine *)engine)->ossl.ssl;
    unsigned char *staple = NULL;

    assert(engine->class == &client_class);
    (void)err_openssl_take_own();
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
    long len = SSL_get_tlsext_status_ocsp_resp(ssl, &staple);
    if (sk_X509_num(chain) <= 0)
        return err_set(err, "the server sent no certificate");
    note_own_failure((struct client_engine *)engine);
    *out = chain_sent_new(chain, staple, len > 0 ? (size_t)len : 0);
    if (*out != NULL)
        return 0;
    ((struct client_engine *)engine)->facts->failure = TLS_FAILURE_OURS;
    return err_openssl(err, "the server's chain");
}

int tls_client_chain(struct engine *engine, const struct trust *trust, int64_t now_s,
                     struct facts_chain *out, struct err *err) {
    struct chain_sent *sent;

    *out = (struct facts_chain){0};
    if (tls_client_chain_sent(engine, &sent, err) != 0)
        return -1;
    int rc = chain_sent_judge(sent, trust, now_s, out, err);
    chain_sent_free(&sent);
    return rc;
}
