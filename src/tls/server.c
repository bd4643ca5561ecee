#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/buf.h"
#include "base/mem.h"
#include "tls/dh.h"
#include "tls/end.h"
#include "tls/err_openssl.h"
#include "tls/identity.h"
#include "tls/server_internal.h"

enum { SUITES_MAX_B = 256, PSS_SHA256_MIN_BITS = 528 /* RFC 8017 9.1.1: 8 * (2 * 32 + 2) */ };

/* The suites below TLS 1.3 are the product of these two tables, in OpenSSL's cipher string language. */
static const struct {
    const char *word, *name;
    bool anonymous;
} kx_table[] = {
    [TLS_KX_ECDHE] = {"kECDHE", "ECDHE", false},
    [TLS_KX_DHE] = {"kDHE", "DHE", false},
    [TLS_KX_ANON_DH] = {"ADH", "anonymous DH", true},
};
_Static_assert(ARRAY_LEN(kx_table) == TLS_KX_COUNT, "a row per key exchange");

static const struct {
    const char *words[2]; /* in order of preference: AES-128 is the faster */
    const char *name;
} bulk_table[] = {
    [TLS_BULK_AES_GCM] = {{"AESGCM+AES128", "AESGCM+AES256"}, "AES-GCM"},
    [TLS_BULK_AES_CBC_SHA1] = {{"AES128+SHA1", "AES256+SHA1"}, "AES-CBC with SHA-1"},
    [TLS_BULK_NULL] = {{"eNULL", NULL}, "NULL encryption"},
};
_Static_assert(ARRAY_LEN(bulk_table) == TLS_BULK_COUNT, "a row per bulk cipher");

static int set_suites(SSL_CTX *ctx, const struct tls_knobs *knobs, struct err *err) {
    struct buf suites;
    int rc = 0;

    buf_init(&suites, SUITES_MAX_B);
    for (size_t i = 0; i < 2 && bulk_table[knobs->bulk].words[i] != NULL; i++)
        buf_printf(&suites, "%s%s+%s", i > 0 ? ":" : "", kx_table[knobs->kx].word,
                   bulk_table[knobs->bulk].words[i]);
    buf_puts(&suites, kx_table[knobs->kx].anonymous ? ":@SECLEVEL=0" : ":!aNULL:!aDSS:@SECLEVEL=0");
    if (SSL_CTX_set_cipher_list(ctx, buf_text(&suites)) != 1) {
        ERR_clear_error();
        rc = err_set(err, "OpenSSL has no cipher suite for %s with %s", kx_table[knobs->kx].name,
                     bulk_table[knobs->bulk].name);
    } else if (SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384") !=
               1) {
        rc = err_openssl(err, "cipher suites of TLS 1.3");
    }
    buf_fini(&suites);
    return rc;
}

static int set_versions(SSL_CTX *ctx, const struct tls_versions *versions, struct err *err) {
    unsigned min = versions->min != 0 ? versions->min : TLS_VERSION_1_2;
    unsigned max = versions->max != 0 ? versions->max : TLS_VERSION_1_3;

    if (min > max)
        min = max;
    if (SSL_CTX_set_min_proto_version(ctx, (int)min) != 1 ||
        SSL_CTX_set_max_proto_version(ctx, (int)max) != 1)
        return err_openssl(err, "TLS version");
    return 0;
}

/* A key too short for PSS leaves PKCS #1 v1.5 (RFC 8017 9.2), and with it TLS 1.2 and below. */
static int set_signatures(SSL_CTX *ctx, const struct identity *identity, struct err *err) {
    bool pss = !EVP_PKEY_is_a(identity->key, "RSA") ||
               EVP_PKEY_get_bits(identity->key) >= PSS_SHA256_MIN_BITS;
    const char *list = pss ? "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:rsa_pss_rsae_sha256:"
                             "rsa_pss_rsae_sha384"
                           : "rsa_pkcs1_sha256";

    if (SSL_CTX_set1_sigalgs_list(ctx, list) != 1)
        return err_openssl(err, "signature algorithms");
    return 0;
}

static int set_groups(SSL_CTX *ctx, unsigned dh_bits, struct err *err) {
    EVP_PKEY *dh = NULL;

    if (SSL_CTX_set1_groups_list(ctx, "P-256:P-384") != 1)
        return err_openssl(err, "groups");
    if (dh_params_new(dh_bits, &dh, err) != 0)
        return -1;
    if (SSL_CTX_set0_tmp_dh_pkey(ctx, dh) != 1) {
        EVP_PKEY_free(dh);
        return err_openssl(err, "Diffie-Hellman group");
    }
    return 0;
}

static int set_identity(SSL_CTX *ctx, const struct identity *identity, struct err *err) {
    if (SSL_CTX_use_certificate(ctx, identity->leaf) != 1 ||
        SSL_CTX_use_PrivateKey(ctx, identity->key) != 1 ||
        (identity->chain != NULL && SSL_CTX_set1_chain(ctx, identity->chain) != 1))
        return err_openssl(err, "certificate");
    return 0;
}

static void set_habits(SSL_CTX *ctx) {
    end_allow_everything(ctx);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_read_ahead(ctx, 1);
}

int tls_server_new(const struct tls_knobs *knobs, const struct identity *identity,
                   struct tls_server **out, struct err *err) {
    struct tls_server *server = mem_zalloc(sizeof *server);

    ERR_clear_error();
    server->references = 1;
    server->dh_name = dh_params_name(knobs->dh_bits);
    server->wire_bio = end_bio_method_new();
    server->ctx = SSL_CTX_new(TLS_server_method());
    if (server->ctx == NULL || server->wire_bio == NULL) {
        err_openssl(err, "TLS context");
        goto fail;
    }
    set_habits(server->ctx);
    engine_observe(server->ctx);
    if (set_versions(server->ctx, &knobs->versions, err) != 0 ||
        set_suites(server->ctx, knobs, err) != 0 ||
        set_signatures(server->ctx, identity, err) != 0 ||
        set_groups(server->ctx, knobs->dh_bits, err) != 0 ||
        set_identity(server->ctx, identity, err) != 0)
        goto fail;
    *out = server;
    return 0;
fail:
    tls_server_free(&server);
    return -1;
}

void tls_server_unref(struct tls_server *server) {
    assert(server->references > 0);
    if (--server->references > 0)
        return;
    SSL_CTX_free(server->ctx);
    BIO_meth_free(server->wire_bio);
    free(server);
}

void tls_server_free(struct tls_server **server) {
    if (*server != NULL)
        tls_server_unref(*server);
    *server = NULL;
}
