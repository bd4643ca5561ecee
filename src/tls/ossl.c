#include "tls/ossl.h"

#include <openssl/err.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "crypto/key_cost.h"

/* At most what a wire's read brings at once: the largest record. */
enum { CHUNK_B = 16 * 1024 + 256 + FRAMING_HEAD_B, WIRE_FOREIGN = -4, WIRE_FLOODED = -5 };
enum { UNSENT_MAX_B = 256 * 1024 };

/* What the other side may send.  Within a handshake 256 KiB of certificates, a byte in each record where they are few; what is
 * no data behind it: two messages would do for any use, and 32 tickets are the most that a fault sends. */
enum {
    HANDSHAKE_MAX_B = 512 * 1024,
    HANDSHAKE_MAX_RECORDS = 16 * 1024,
    HANDSHAKE_MAX_MESSAGES = 64,
    AFTER_MAX_MESSAGES = 64,
    AFTER_MAX_EMPTY_RECORDS = 128,
};

static bool is_flooded(const struct ossl *ossl) {
    const struct ossl_tally *tally = &ossl->tally;

    if (*ossl->notes.handshake == TLS_HANDSHAKE_COMPLETED)
        return tally->messages > AFTER_MAX_MESSAGES ||
               tally->records > tally->data_records + AFTER_MAX_EMPTY_RECORDS;
    return tally->wire_b > HANDSHAKE_MAX_B || tally->records > HANDSHAKE_MAX_RECORDS ||
           tally->messages > HANDSHAKE_MAX_MESSAGES;
}

void ossl_count(struct ossl *ossl, int type) {
    ossl->tally.records += type == SSL3_RT_HEADER;
    ossl->tally.messages += type == SSL3_RT_HANDSHAKE;
}

/* The library has no hook that could refuse; but it has its buffer in memory, and shows it before it reads it itself.  What
 * stands there first is a length. */
void ossl_spare(struct ossl *ossl, const uint8_t *message, size_t len) {
    enum { HEADER_B = 4, LENGTH_B = 3 };

    if (len < HEADER_B + LENGTH_B || message[0] != SSL3_MT_CERTIFICATE ||
        !key_cost_is_high(message + HEADER_B, len - HEADER_B))
        return;
    memset((uint8_t *)(uintptr_t)message + HEADER_B, 0xff, LENGTH_B);
    ossl->is_costly = true;
}

/* Takes what has come.  The library is shown records alone; as soon as anything else comes the end is over, and says no
 * more. */
static long fill(struct ossl *ossl) {
    uint8_t chunk[CHUNK_B];

    if (ossl->framing.foreign)
        return WIRE_FOREIGN;
    long got = ossl->wire.read(ossl->wire.stream, chunk, sizeof chunk);
    if (got <= 0)
        return got;
    size_t ours = ossl->is_framed ? framing_take(&ossl->framing, chunk, (size_t)got) : (size_t)got;
    ossl->tally.wire_b += (size_t)got;
    buf_append(&ossl->in, chunk, ours);
    buf_append(&ossl->foreign, chunk + ours, (size_t)got - ours);
    return ours > 0 ? got : WIRE_FOREIGN;
}

/* The library asks for a record's header, then for its body: so it has never more than one, and the rest is known. */
static long read_wire(struct ossl *ossl, char *data, size_t size_b) {
    long got = is_flooded(ossl) ? WIRE_FLOODED : ossl->in.len > ossl->in_at ? 1 : fill(ossl);

    if (got <= 0)
        return got;
    size_t left = ossl->in.len - ossl->in_at, n = left < size_b ? left : size_b;
    memcpy(data, ossl->in.data + ossl->in_at, n);
    ossl->in_at += n;
    if (n == left) {
        buf_release(&ossl->in);
        ossl->in_at = 0;
    }
    return (long)n;
}

static int bio_read(BIO *bio, char *data, size_t size_b, size_t *n) {
    struct ossl *ossl = BIO_get_data(bio);
    long got = read_wire(ossl, data, size_b);

    BIO_clear_retry_flags(bio);
    ossl->last_read = got;
    *n = got > 0 ? (size_t)got : 0;
    if (got == WIRE_AGAIN)
        BIO_set_retry_read(bio);
    if (got > 0 && *ossl->notes.handshake == TLS_HANDSHAKE_NONE)
        *ossl->notes.handshake = TLS_HANDSHAKE_BEGUN;
    return got > 0;
}

static int bio_write(BIO *bio, const char *data, size_t len, size_t *n) {
    struct ossl *ossl = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    *n = len;
    if (ossl->last_read == WIRE_FOREIGN)
        return 1; /* an alert would stand in the midst of the plaintext that follows */
    return ossl->wire.write(ossl->wire.stream, data, len) == 0;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static int bio_create(BIO *bio) {
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD *ossl_bio_method_new(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "doormat wire");

    if (method != NULL && BIO_meth_set_read_ex(method, bio_read) &&
        BIO_meth_set_write_ex(method, bio_write) && BIO_meth_set_ctrl(method, bio_ctrl) &&
        BIO_meth_set_create(method, bio_create))
        return method;
    BIO_meth_free(method);
    return NULL;
}

static int allow(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
                 void *arg) {
    (void)ssl, (void)ctx, (void)bits, (void)nid, (void)arg;
    return op != SSL_SECOP_TMP_DH || other == NULL || EVP_PKEY_get_bits(other) <= OSSL_MAX_DH_BITS;
}

void ossl_allow_everything(SSL_CTX *ctx) {
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_security_callback(ctx, allow);
}

/* Why no agreement was possible, or what was chosen had not been offered; and what a server refuses for, by a callback or
 * by the client's certificate.  Every other reason is TLS_FAILURE_OTHER. */
static const struct {
    int reason;
    enum tls_failure failure;
} failures[] = {
    {SSL_R_UNSUPPORTED_PROTOCOL, TLS_FAILURE_VERSION},
    {SSL_R_VERSION_TOO_LOW, TLS_FAILURE_VERSION},
    {SSL_R_WRONG_SSL_VERSION, TLS_FAILURE_VERSION},
    {SSL_R_NO_PROTOCOLS_AVAILABLE, TLS_FAILURE_VERSION},
    {SSL_R_NO_SHARED_CIPHER, TLS_FAILURE_CIPHER},
    {SSL_R_NO_SHARED_GROUPS, TLS_FAILURE_CIPHER},
    {SSL_R_NO_SUITABLE_GROUPS, TLS_FAILURE_CIPHER},
    {SSL_R_NO_SUITABLE_KEY_SHARE, TLS_FAILURE_CIPHER},
    {SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, TLS_FAILURE_CIPHER},
    {SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, TLS_FAILURE_CIPHER},
    {SSL_R_WRONG_CIPHER_RETURNED, TLS_FAILURE_CIPHER},
    {SSL_R_UNKNOWN_CIPHER_RETURNED, TLS_FAILURE_CIPHER},
    {SSL_R_WRONG_CURVE, TLS_FAILURE_CIPHER},
    {SSL_R_WRONG_SIGNATURE_TYPE, TLS_FAILURE_CIPHER},
    {SSL_R_CALLBACK_FAILED, TLS_FAILURE_REFUSED},
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, TLS_FAILURE_REFUSED},
    {SSL_R_CERTIFICATE_VERIFY_FAILED, TLS_FAILURE_REFUSED},
};

static enum tls_failure failure_of(unsigned long code) {
    for (size_t i = 0; i < ARRAY_LEN(failures); i++)
        if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == failures[i].reason)
            return failures[i].failure;
    return TLS_FAILURE_OTHER;
}

/* Empties the queue.  What libssl itself says comes before what lies below it, which is only how. */
static unsigned long take_error(bool *is_own) {
    unsigned long code, found = 0;

    *is_own = false;
    while ((code = ERR_get_error()) != 0) {
        *is_own |= err_openssl_is_own(code);
        if (found == 0 || (ERR_GET_LIB(found) != ERR_LIB_SSL && ERR_GET_LIB(code) == ERR_LIB_SSL))
            found = code;
    }
    return found;
}

static enum engine_result result_of(struct ossl *ossl, int rc) {
    int error = SSL_get_error(ossl->ssl, rc);
    bool is_own;
    unsigned long code = take_error(&is_own);
    const struct ossl_notes *notes = &ossl->notes;

    if (error == SSL_ERROR_WANT_READ && !is_flooded(ossl))
        return ossl->in.len > ossl->in_at ? ENGINE_YIELD : ENGINE_AGAIN;
    if (error == SSL_ERROR_ZERO_RETURN)
        return ENGINE_CLOSED;
    if (*notes->handshake == TLS_HANDSHAKE_BEGUN)
        *notes->handshake = TLS_HANDSHAKE_FAILED;
    if (*notes->alert_read != TLS_NO_ALERT)
        return ENGINE_FAILED;
    if (is_flooded(ossl)) {
        *notes->failure = TLS_FAILURE_FLOODED;
        return ENGINE_FAILED;
    }
    if (is_own && *notes->failure == TLS_FAILURE_NONE)
        *notes->failure = TLS_FAILURE_OURS;
    if (is_own)
        return ENGINE_FAILED;
    if (ossl->last_read == WIRE_BROKEN)
        return ENGINE_BROKEN;
    if (ossl->last_read == WIRE_EOF)
        return ENGINE_EOF;
    if (ossl->last_read == WIRE_RESET)
        return ENGINE_RESET;
    if (*notes->failure == TLS_FAILURE_NONE) {
        *notes->failure = failure_of(code);
        ossl->code = code;
    }
    return ENGINE_FAILED;
}

void ossl_attach(struct engine *engine, const struct wire *wire) {
    ((struct ossl *)engine)->wire = *wire;
}

enum engine_result ossl_handshake(struct ossl *ossl) {
    ERR_clear_error();
    int rc = SSL_do_handshake(ossl->ssl);
    if (rc != 1)
        return result_of(ossl, rc);
    *ossl->notes.handshake = TLS_HANDSHAKE_COMPLETED;
    ossl->tally = (struct ossl_tally){0};
    return ENGINE_OK;
}

/* Nothing is written while half a message of a handshake behind the handshake has come. */
static void send_unsent(struct ossl *ossl) {
    size_t n;

    ERR_clear_error();
    if (SSL_write_ex(ossl->ssl, ossl->unsent.data, ossl->unsent.len, &n) == 1)
        buf_release(&ossl->unsent);
    ERR_clear_error();
}

enum engine_result ossl_read(struct engine *engine, void *data, size_t size_b, size_t *n) {
    struct ossl *ossl = (struct ossl *)engine;

    *n = 0;
    ERR_clear_error();
    int rc = SSL_read_ex(ossl->ssl, data, size_b, n);
    ossl->tally.data_records += rc == 1;
    enum engine_result result = rc == 1 ? ENGINE_OK : result_of(ossl, rc);
    if (ossl->unsent.len > 0 && result <= ENGINE_YIELD)
        send_unsent(ossl);
    return result;
}

enum engine_result ossl_write(struct engine *engine, const void *data, size_t len) {
    struct ossl *ossl = (struct ossl *)engine;
    size_t n;

    ERR_clear_error();
    int rc = ossl->unsent.len == 0 ? SSL_write_ex(ossl->ssl, data, len, &n) : -1;
    if (rc == 1)
        return ENGINE_OK;
    bool waits = ossl->unsent.len > 0 || SSL_get_error(ossl->ssl, rc) == SSL_ERROR_WANT_READ;
    if (!waits)
        return result_of(ossl, rc);
    return buf_append(&ossl->unsent, data, len) == 0 ? ENGINE_OK : ENGINE_FAILED;
}

void ossl_close(struct engine *engine) {
    ERR_clear_error();
    SSL_shutdown(((struct ossl *)engine)->ssl);
    ERR_clear_error();
}

bool ossl_alert_counts(unsigned version, const uint8_t alert[2]) {
    return alert[1] != SSL_AD_CLOSE_NOTIFY && alert[1] != SSL_AD_USER_CANCELLED &&
           (alert[0] == SSL3_AL_FATAL || version == TLS1_3_VERSION);
}

size_t ossl_leftover(struct engine *engine, struct buf *out) {
    struct ossl *ossl = (struct ossl *)engine;

    buf_append(out, ossl->foreign.data, ossl->foreign.len);
    return ossl->framing.rest_b;
}

int ossl_init(struct ossl *ossl, SSL_CTX *ctx, BIO_METHOD *method, const struct ossl_notes *notes,
              struct err *err) {
    BIO *bio = BIO_new(method);

    ossl->notes = *notes;
    buf_init(&ossl->in, CHUNK_B);
    buf_init(&ossl->unsent, UNSENT_MAX_B);
    buf_init(&ossl->foreign, CHUNK_B);
    ossl->last_read = WIRE_AGAIN;
    ossl->ssl = SSL_new(ctx);
    if (ossl->ssl == NULL || bio == NULL) {
        BIO_free(bio);
        ossl_fini(ossl);
        return err_openssl(err, "TLS connection");
    }
    BIO_set_data(bio, ossl);
    SSL_set_bio(ossl->ssl, bio, bio);
    SSL_set_mode(ossl->ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_clear_mode(ossl->ssl, SSL_MODE_AUTO_RETRY);       /* one record a call */
    if (SSL_set_msg_callback_arg(ossl->ssl, ossl) != 1) { /* without it nothing would be seen */
        ossl_fini(ossl);
        return err_openssl(err, "TLS connection");
    }
    return 0;
}

void ossl_fini(struct ossl *ossl) {
    SSL_free(ossl->ssl);
    ossl->ssl = NULL;
    buf_fini(&ossl->in);
    buf_fini(&ossl->unsent);
    buf_fini(&ossl->foreign);
}
