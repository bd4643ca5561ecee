/* A key whose private half is wrong: OpenSSL's server takes it, and every client sees a bad signature. */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/mem.h"
#include "crypto/key_pool.h"
#include "mint/identity_internal.h"
#include "mint/mint.h"
#include "unit.h"

static const int64_t now_s = 1906502400; /* 2030-06-01 */

static struct identity *mint(struct key_pool *pool, const struct key_spec *key,
                             enum mint_private half) {
    struct mint_knobs knobs = {.leaf.key = *key, .private_half = half};
    struct mint_lab *lab = NULL;
    struct identity *identity = NULL;
    struct err err = {""};

    if (mint_lab_new("localhost", pool, now_s, &lab, &err) != 0 ||
        mint_identity(lab, &knobs, now_s, &identity, &err) != 0)
        fail_msg("%s", err.text);
    mint_lab_free(&lab);
    return identity;
}

static SSL *new_server(SSL_CTX *ctx, const struct identity *identity, int version) {
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_min_proto_version(ctx, version);
    SSL_CTX_set_max_proto_version(ctx, version);
    assert_int_equal(SSL_CTX_use_certificate(ctx, identity->leaf), 1);
    assert_int_equal(SSL_CTX_set1_chain(ctx, identity->chain), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, identity->key), 1);
    assert_int_equal(SSL_CTX_check_private_key(ctx), 1);
    SSL *ssl = SSL_new(ctx);
    SSL_set_accept_state(ssl);
    return ssl;
}

static SSL *new_client(SSL_CTX *ctx, const struct identity *identity) {
    SSL_CTX_set_security_level(ctx, 0);
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(ctx), now_s);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), identity->anchor);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL *ssl = SSL_new(ctx);
    SSL_set1_host(ssl, "localhost");
    SSL_set_connect_state(ssl);
    return ssl;
}

/* 0 when both sides are content, or the reason of the client's error. */
static int shake_hands(const struct identity *identity, int version) {
    SSL_CTX *server_ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());
    SSL *server = new_server(server_ctx, identity, version);
    SSL *client = new_client(client_ctx, identity);
    BIO *near, *far;
    int reason = -1;

    assert_int_equal(BIO_new_bio_pair(&near, 0, &far, 0), 1);
    SSL_set_bio(server, near, near);
    SSL_set_bio(client, far, far);
    for (int turn = 0; turn < 20 && reason == -1; turn++) {
        ERR_clear_error();
        int rc = SSL_do_handshake(client);
        if (rc != 1 && SSL_get_error(client, rc) == SSL_ERROR_SSL)
            reason = ERR_GET_REASON(ERR_peek_last_error()); /* libssl's, above libcrypto's */
        ERR_clear_error();
        if (SSL_do_handshake(server) == 1 && rc == 1)
            reason = 0;
    }
    ERR_clear_error();
    SSL_free(server);
    SSL_free(client);
    SSL_CTX_free(server_ctx);
    SSL_CTX_free(client_ctx);
    return reason;
}

static const struct handshake_case {
    const char *name;
    struct key_spec key;
    int version;
    enum mint_private half;
    int reason;
} cases[] = {
    {"EC, TLS 1.2, sound", {KEY_EC, 0, 0}, TLS1_2_VERSION, MINT_PRIVATE_SOUND, 0},
    {"EC, TLS 1.3, sound", {KEY_EC, 0, 0}, TLS1_3_VERSION, MINT_PRIVATE_SOUND, 0},
    {"RSA, TLS 1.2, sound", {KEY_RSA, 1024, 0}, TLS1_2_VERSION, MINT_PRIVATE_SOUND, 0},
    {"RSA, TLS 1.3, sound", {KEY_RSA, 1024, 0}, TLS1_3_VERSION, MINT_PRIVATE_SOUND, 0},
    {"EC, TLS 1.2", {KEY_EC, 0, 0}, TLS1_2_VERSION, MINT_PRIVATE_WRONG, SSL_R_BAD_SIGNATURE},
    {"EC, TLS 1.3", {KEY_EC, 0, 0}, TLS1_3_VERSION, MINT_PRIVATE_WRONG, SSL_R_BAD_SIGNATURE},
    {"EC P-384, TLS 1.2",
     {KEY_EC, 0, KEY_CURVE_P384},
     TLS1_2_VERSION,
     MINT_PRIVATE_WRONG,
     SSL_R_BAD_SIGNATURE},
    {"RSA, TLS 1.2", {KEY_RSA, 1024, 0}, TLS1_2_VERSION, MINT_PRIVATE_WRONG, SSL_R_BAD_SIGNATURE},
    {"RSA, TLS 1.3", {KEY_RSA, 1024, 0}, TLS1_3_VERSION, MINT_PRIVATE_WRONG, SSL_R_BAD_SIGNATURE},
    {"RSA 512, TLS 1.2, sound", {KEY_RSA, 512, 0}, TLS1_2_VERSION, MINT_PRIVATE_SOUND, 0},
    {"RSA 512, TLS 1.2",
     {KEY_RSA, 512, 0},
     TLS1_2_VERSION,
     MINT_PRIVATE_WRONG,
     SSL_R_BAD_SIGNATURE},
};

static void test_handshakes(void **state) {
    struct key_pool *pool;

    (void)state;
    assert_int_equal(key_pool_new(NULL, &pool, NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct identity *identity = mint(pool, &cases[i].key, cases[i].half);
        int reason = shake_hands(identity, cases[i].version);
        if (reason != cases[i].reason)
            fail_msg("%s: reason %d, wanted %d", cases[i].name, reason, cases[i].reason);
        identity_free(&identity);
    }
    key_pool_free(&pool);
}

/* The pool's own key stays what it was. */
static void test_leaves_the_sound_one(void **state) {
    static const struct key_spec spec = {KEY_DEFAULT, 0, 0};
    struct key_pool *pool;
    EVP_PKEY *sound, *wrong;

    (void)state;
    assert_int_equal(key_pool_new(NULL, &pool, NULL), 0);
    assert_int_equal(key_pool_get(pool, KEY_ROLE_LEAF, &spec, &sound, NULL), 0);
    assert_int_equal(key_spoil(sound, &wrong, NULL), 0);
    EVP_PKEY_CTX *checks[] = {EVP_PKEY_CTX_new_from_pkey(NULL, sound, NULL),
                              EVP_PKEY_CTX_new_from_pkey(NULL, wrong, NULL)};
    assert_int_equal(EVP_PKEY_eq(sound, wrong), 1);
    assert_int_equal(EVP_PKEY_pairwise_check(checks[0]), 1);
    assert_int_equal(EVP_PKEY_pairwise_check(checks[1]), 0);
    EVP_PKEY_CTX_free(checks[0]);
    EVP_PKEY_CTX_free(checks[1]);
    EVP_PKEY_free(wrong);
    EVP_PKEY_free(sound);
    key_pool_free(&pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshakes),
        cmocka_unit_test(test_leaves_the_sound_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
