/* The TLS side of an endpoint against a real OpenSSL client, in memory: no socket, no time. */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/mem.h"
#include "fault/compose.h"
#include "mint/identity_internal.h"
#include "mint/mint.h"
#include "tls/iana.h"
#include "tls/server.h"
#include "unit.h"

static const int64_t now_s = 1795478400; /* 2026-11-24 */

struct lab {
    struct key_pool *keys;
    struct mint_lab *lab;
};

/* Two ends of a connection: what one writes the other reads. */
struct pipe_pair {
    struct buf to_server;
    BIO *client_in, *client_out;
    bool closed, reset; /* by the client */
};

static long pipe_read(void *arg, void *data, size_t size_b) {
    struct pipe_pair *pair = arg;
    int n = BIO_read(pair->client_out, data, (int)size_b);

    if (n > 0)
        return n;
    return pair->reset ? WIRE_RESET : pair->closed ? WIRE_EOF : WIRE_AGAIN;
}

static int pipe_write(void *arg, const void *data, size_t len) {
    struct pipe_pair *pair = arg;

    assert_int_equal(BIO_write(pair->client_in, data, (int)len), (int)len);
    return 0;
}

struct talk {
    struct pipe_pair pair;
    struct identity *identity;
    struct tls_server *server;
    struct engine *engine;
    struct tls_seen record;
    SSL_CTX *client_ctx;
    SSL *client;
};

static int set_up(void **state) {
    struct lab *lab = mem_zalloc(sizeof *lab);

    assert_int_equal(key_pool_new(NULL, &lab->keys, NULL), 0);
    assert_int_equal(mint_lab_new("localhost", lab->keys, now_s, &lab->lab, NULL), 0);
    *state = lab;
    return 0;
}

static int tear_down(void **state) {
    struct lab *lab = *state;

    mint_lab_free(&lab->lab);
    key_pool_free(&lab->keys);
    free(lab);
    return 0;
}

/* Level 0 alone keeps a floor under Diffie-Hellman, on the client's side as well. */
static int allow_everything(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid,
                            void *other, void *arg) {
    (void)ssl, (void)ctx, (void)op, (void)bits, (void)nid, (void)other, (void)arg;
    return 1;
}

static void talk_init(struct talk *talk, struct lab *lab, const char *recipe) {
    struct wire wire = {.read = pipe_read, .write = pipe_write, .stream = &talk->pair};
    struct scenario scenario;
    struct err err = {.text = ""};

    *talk = (struct talk){0};
    if (scenario_parse(recipe, &scenario, &err) != 0 ||
        mint_identity(lab->lab, &scenario.recipe.mint, now_s, &talk->identity, &err) != 0 ||
        tls_server_new(&scenario.recipe.tls, talk->identity, &talk->server, &err) != 0)
        fail_msg("%s: %s", recipe, err.text);
    tls_seen_init(&talk->record);
    assert_int_equal(tls_server_engine(talk->server, &talk->record, &talk->engine, &err), 0);
    talk->engine->class->attach(talk->engine, &wire);
    talk->client_ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(talk->client_ctx, 0);
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(talk->client_ctx), now_s);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(talk->client_ctx), talk->identity->anchor);
}

static void talk_connect(struct talk *talk) {
    talk->client = SSL_new(talk->client_ctx);
    talk->pair.client_in = BIO_new(BIO_s_mem());
    talk->pair.client_out = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(talk->pair.client_in, -1);
    BIO_set_mem_eof_return(talk->pair.client_out, -1);
    SSL_set_bio(talk->client, talk->pair.client_in, talk->pair.client_out);
    SSL_set_connect_state(talk->client);
    SSL_set_tlsext_host_name(talk->client, "localhost");
}

static void talk_fini(struct talk *talk) {
    talk->engine->class->free(talk->engine);
    tls_server_free(&talk->server);
    identity_free(&talk->identity);
    SSL_free(talk->client);
    SSL_CTX_free(talk->client_ctx);
    ERR_clear_error();
}

/* Both ends in turn until neither gets on. */
static enum engine_result talk_handshake(struct talk *talk) {
    enum engine_result result = ENGINE_AGAIN;

    for (int i = 0; i < 20 && result == ENGINE_AGAIN; i++) {
        SSL_do_handshake(talk->client);
        result = talk->engine->class->handshake(talk->engine);
    }
    SSL_do_handshake(talk->client);
    return result;
}

static enum engine_result talk_read(struct talk *talk) {
    char data[100];
    size_t n;

    return talk->engine->class->read(talk->engine, data, sizeof data, &n);
}

struct agreement {
    const char *recipe;
    int client_max;
    const char *ciphers;
    uint16_t version;
    const char *cipher, *group;
};

static void test_negotiates_what_the_recipe_says(void **state) {
    static const struct agreement cases[] = {
        {"control", TLS1_3_VERSION, NULL, 0x0304, "TLS_AES_128_GCM_SHA256", "secp256r1"},
        {"control", TLS1_2_VERSION, NULL, 0x0303, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
         "secp256r1"},
        {"control-tls12", TLS1_3_VERSION, NULL, 0x0303, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
         "secp256r1"},
        {"control-rsa3072", TLS1_2_VERSION, NULL, 0x0303, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
         "secp256r1"},
        {"tls10", TLS1_3_VERSION, NULL, 0x0301, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
         "secp256r1"},
        {"tls11", TLS1_3_VERSION, NULL, 0x0302, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
         "secp256r1"},
        {"tls10+rsa1024", TLS1_3_VERSION, NULL, 0x0301, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
         "secp256r1"},
        {"worst", TLS1_3_VERSION, NULL, 0x0301, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "secp256r1"},
        {"rsa512", TLS1_3_VERSION, NULL, 0x0303, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
         "secp256r1"},
        {"rsa1024", TLS1_3_VERSION, NULL, 0x0304, "TLS_AES_128_GCM_SHA256", "secp256r1"},
        {"dhe1024", TLS1_3_VERSION, NULL, 0x0303, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "dh 1024"},
        {"dhe512", TLS1_3_VERSION, NULL, 0x0303, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "dh 512"},
        {"tls10+dhe1024", TLS1_3_VERSION, NULL, 0x0301, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
         "dh 1024"},
        {"null-cipher", TLS1_3_VERSION, "ALL:eNULL", 0x0303, "TLS_ECDHE_ECDSA_WITH_NULL_SHA",
         "secp256r1"},
        {"anon-dh", TLS1_3_VERSION, "ALL:aNULL", 0x0303, "TLS_DH_anon_WITH_AES_128_GCM_SHA256",
         "ffdhe3072"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct talk talk;
        talk_init(&talk, *state, cases[i].recipe);
        SSL_CTX_set_max_proto_version(talk.client_ctx, cases[i].client_max);
        if (cases[i].ciphers != NULL)
            SSL_CTX_set_cipher_list(talk.client_ctx, cases[i].ciphers);
        SSL_CTX_set_security_callback(talk.client_ctx, allow_everything);
        talk_connect(&talk);
        if (talk_handshake(&talk) != ENGINE_OK)
            fail_msg("%s: no handshake", cases[i].recipe);
        print_message("%s: %s %s %s\n", cases[i].recipe, tls_version_name(talk.record.version),
                      talk.record.cipher, talk.record.group);
        assert_int_equal(talk.record.handshake, TLS_HANDSHAKE_COMPLETED);
        assert_int_equal(talk.record.version, cases[i].version);
        assert_string_equal(talk.record.cipher, cases[i].cipher);
        assert_string_equal(talk.record.group, cases[i].group);
        assert_true(talk.record.hello_seen);
        assert_string_equal(talk.record.hello.sni, "localhost");
        assert_int_equal(talk.record.alert_read, TLS_NO_ALERT);
        talk_fini(&talk);
    }
}

struct rejection {
    const char *recipe;
    int client_max;
    const char *alert;
};

/* OpenSSL's client checks the chain within the handshake, so the server reads the alert there, in TLS 1.3 too. */
static void test_reads_the_alert_of_a_client_that_verifies(void **state) {
    static const struct rejection cases[] = {
        {"expired", TLS1_3_VERSION, "certificate_expired"},
        {"expired", TLS1_2_VERSION, "certificate_expired"},
        {"not-yet-valid", TLS1_3_VERSION, "bad_certificate"},
        {"self-signed", TLS1_3_VERSION, "unknown_ca"},
        {"untrusted-root", TLS1_3_VERSION, "unknown_ca"},
        {"incomplete-chain", TLS1_2_VERSION, "unknown_ca"},
        {"wrong-host", TLS1_3_VERSION, "bad_certificate"},
        {"bad-handshake-signature", TLS1_2_VERSION, "decrypt_error"},
        {"bad-handshake-signature", TLS1_3_VERSION, "decrypt_error"},
        {"worst", TLS1_3_VERSION, "unknown_ca"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct talk talk;
        talk_init(&talk, *state, cases[i].recipe);
        SSL_CTX_set_max_proto_version(talk.client_ctx, cases[i].client_max);
        SSL_CTX_set_verify(talk.client_ctx, SSL_VERIFY_PEER, NULL);
        talk_connect(&talk);
        SSL_set1_host(talk.client, "localhost");
        enum engine_result result = talk_handshake(&talk);
        if (result != ENGINE_FAILED || talk.record.alert_read == TLS_NO_ALERT)
            fail_msg("%s: no alert (%d)", cases[i].recipe, result);
        print_message("%s: %s\n", cases[i].recipe, tls_alert_name(talk.record.alert_read));
        assert_string_equal(tls_alert_name(talk.record.alert_read), cases[i].alert);
        assert_int_equal(talk.record.handshake, TLS_HANDSHAKE_FAILED);
        assert_int_equal(talk.record.failure, TLS_FAILURE_NONE);
        assert_false(talk.record.alert_after_handshake);
        talk_fini(&talk);
    }
}

/* The control satisfies a client that verifies everything. */
static void test_controls_satisfy_a_strict_client(void **state) {
    static const char *const controls[] = {"control", "control-tls12", "control-tls13",
                                           "control-rsa3072"};

    for (size_t i = 0; i < ARRAY_LEN(controls); i++) {
        struct talk talk;
        talk_init(&talk, *state, controls[i]);
        SSL_CTX_set_security_level(talk.client_ctx, 3);
        SSL_CTX_set_verify(talk.client_ctx, SSL_VERIFY_PEER, NULL);
        talk_connect(&talk);
        SSL_set1_host(talk.client, "localhost");
        X509_VERIFY_PARAM_set_hostflags(SSL_get0_param(talk.client),
                                        X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        X509_VERIFY_PARAM_set_flags(SSL_get0_param(talk.client), X509_V_FLAG_X509_STRICT);
        if (talk_handshake(&talk) != ENGINE_OK)
            fail_msg("%s: %s", controls[i],
                     X509_verify_cert_error_string(SSL_get_verify_result(talk.client)));
        assert_int_equal(SSL_get_verify_result(talk.client), X509_V_OK);
        talk_fini(&talk);
    }
}

struct mismatch {
    const char *recipe;
    int client_min, client_max;
    const char *ciphers;
    enum tls_failure failure;
};

static void test_tells_why_nothing_is_in_common(void **state) {
    static const struct mismatch cases[] = {
        {"tls10", TLS1_2_VERSION, TLS1_3_VERSION, NULL, TLS_FAILURE_VERSION},
        {"control-tls13", TLS1_VERSION, TLS1_2_VERSION, NULL, TLS_FAILURE_VERSION},
        {"null-cipher", TLS1_2_VERSION, TLS1_3_VERSION, "HIGH", TLS_FAILURE_CIPHER},
        {"anon-dh", TLS1_2_VERSION, TLS1_3_VERSION, "HIGH:!aNULL", TLS_FAILURE_CIPHER},
        {"dhe1024", TLS1_2_VERSION, TLS1_2_VERSION, "kECDHE+HIGH", TLS_FAILURE_CIPHER},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct talk talk;
        talk_init(&talk, *state, cases[i].recipe);
        SSL_CTX_set_min_proto_version(talk.client_ctx, cases[i].client_min);
        SSL_CTX_set_max_proto_version(talk.client_ctx, cases[i].client_max);
        if (cases[i].ciphers != NULL)
            SSL_CTX_set_cipher_list(talk.client_ctx, cases[i].ciphers);
        talk_connect(&talk);
        assert_int_equal(talk_handshake(&talk), ENGINE_FAILED);
        assert_int_equal(talk.record.failure, cases[i].failure);
        assert_int_equal(talk.record.alert_read, TLS_NO_ALERT); /* ours, not the client's */
        assert_true(talk.record.hello_seen);
        talk_fini(&talk);
    }
}

static void test_tells_ends_apart(void **state) {
    static const struct {
        bool close_notify, eof, reset;
        enum engine_result expected;
    } cases[] = {
        {true, true, false, ENGINE_CLOSED},
        {false, true, false, ENGINE_EOF},
        {false, false, true, ENGINE_RESET},
        {false, false, false, ENGINE_AGAIN},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct talk talk;
        talk_init(&talk, *state, "control");
        talk_connect(&talk);
        assert_int_equal(talk_handshake(&talk), ENGINE_OK);
        if (cases[i].close_notify)
            SSL_shutdown(talk.client);
        talk.pair.closed = cases[i].eof;
        talk.pair.reset = cases[i].reset;
        assert_int_equal(talk_read(&talk), cases[i].expected);
        assert_int_equal(talk.record.close_notify_read, cases[i].close_notify);
        assert_int_equal(talk.record.handshake, TLS_HANDSHAKE_COMPLETED);
        assert_int_equal(talk.record.alert_read, TLS_NO_ALERT);
        talk_fini(&talk);
    }
}

static void test_survives_what_is_not_tls(void **state) {
    static const struct {
        const char *bytes;
        enum tls_handshake handshake; /* NONE: no byte of it came */
    } inputs[] = {
        {"EHLO example.org\r\n", TLS_HANDSHAKE_NONE},
        {"GET / HTTP/1.0\r\n\r\n", TLS_HANDSHAKE_NONE},
        {"\x16\x03\x01\x40\x00 too short", TLS_HANDSHAKE_FAILED},
        {"\x80\x2e\x01\x00\x02", TLS_HANDSHAKE_FAILED},
    };

    for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
        struct talk talk;
        talk_init(&talk, *state, "control");
        talk_connect(&talk);
        BIO_write(talk.pair.client_out, inputs[i].bytes, (int)strlen(inputs[i].bytes));
        talk.pair.closed = true;
        enum engine_result result = talk.engine->class->handshake(talk.engine);
        assert_true(result == ENGINE_FAILED || result == ENGINE_EOF);
        assert_int_equal(talk.record.handshake, inputs[i].handshake);
        assert_int_equal(talk.record.alert_read, TLS_NO_ALERT);
        talk_fini(&talk);
    }
}

/* --- alerts --- */

/* What the client sends behind its hello, or in its place, and then no more. */
static void talk_ends_with(struct talk *talk, const char *bytes, size_t len) {
    BIO_write(talk->pair.client_out, bytes, (int)len);
    talk->pair.closed = true;
    enum engine_result result = ENGINE_YIELD;
    while (result == ENGINE_YIELD)
        result = talk->engine->class->handshake(talk->engine);
    assert_true(result == ENGINE_FAILED || result == ENGINE_EOF || result == ENGINE_CLOSED);
    assert_int_not_equal(talk->record.handshake, TLS_HANDSHAKE_COMPLETED);
}

/* A warning is none below TLS 1.3; where the level means nothing, the ways to say goodbye are none (RFC 8446 6.1). */
static void test_tells_alerts_from_goodbyes(void **state) {
    static const struct {
        const char *recipe, alert[3];
        int alert_read;
    } cases[] = {
        {"control", {2, 42}, 42},
        {"control", {1, 42}, 42},
        {"control", {1, 90}, TLS_NO_ALERT}, /* user_canceled: Java says it whenever it closes */
        {"control", {2, 90}, TLS_NO_ALERT},
        {"control", {1, 0}, TLS_NO_ALERT},
        {"control-tls12", {2, 42}, 42},
        {"control-tls12", {1, 42}, TLS_NO_ALERT},
        {"control-tls12", {1, 90}, TLS_NO_ALERT},
        {"control-tls12", {1, 0}, TLS_NO_ALERT},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char record[] = "\x15\x03\x03\x00\x02..";
        struct talk talk;
        memcpy(record + 5, cases[i].alert, 2);
        talk_init(&talk, *state, cases[i].recipe);
        talk_connect(&talk);
        SSL_do_handshake(talk.client);
        assert_int_equal(talk.engine->class->handshake(talk.engine), ENGINE_AGAIN);
        talk_ends_with(&talk, record, sizeof record - 1);
        print_message("%s, level %d, alert %d\n", cases[i].recipe, cases[i].alert[0],
                      cases[i].alert[1]);
        assert_int_equal(talk.record.alert_read, cases[i].alert_read);
        talk_fini(&talk);
    }
}

/* A client that has nothing to offer says so before any hello; libssl does not show that. */
static void test_sees_an_alert_in_the_place_of_a_hello(void **state) {
    static const struct {
        const char *bytes;
        int alert_read;
    } cases[] = {{"\x15\x03\x01\x00\x02\x02\x50", 80},
                 {"\x15\x03\x01\x00\x02\x02\x46", 70},
                 {"\x15\x03\x01\x00\x02\x01\x5a", TLS_NO_ALERT}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct talk talk;
        talk_init(&talk, *state, "control");
        talk_connect(&talk);
        talk_ends_with(&talk, cases[i].bytes, 7);
        assert_int_equal(talk.record.alert_read, cases[i].alert_read);
        assert_false(talk.record.hello_seen);
        talk_fini(&talk);
    }
}

/* The second hello, behind a HelloRetryRequest, is none. */
static void test_keeps_the_hello_that_it_could_read(void **state) {
    static const char broken[] = "\x16\x03\x03\x00\x06\x01\x00\x00\x02\x03\x03";
    struct talk talk;

    talk_init(&talk, *state, "p384-only");
    SSL_CTX_set1_groups_list(talk.client_ctx, "P-256:P-384");
    talk_connect(&talk);
    SSL_do_handshake(talk.client);
    assert_int_equal(talk.engine->class->handshake(talk.engine), ENGINE_AGAIN);
    assert_string_equal(talk.record.group, "secp384r1"); /* that it asks for */
    talk_ends_with(&talk, broken, sizeof broken - 1);
    assert_true(talk.record.hello_seen);
    assert_string_equal(talk.record.hello.sni, "localhost");
    assert_int_equal(talk.record.hello.group_count, 2);
    talk_fini(&talk);
}

/* Whoever refuses at the certificate has seen what was agreed upon before. */
static void test_knows_what_was_agreed_where_the_client_refuses(void **state) {
    static const struct {
        const char *recipe;
        uint16_t version;
        const char *cipher, *group;
    } cases[] = {
        {"self-signed", TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256", "secp256r1"},
        {"p384-only+self-signed", TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256", "secp384r1"},
        {"self-signed+control-tls12", TLS1_2_VERSION, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
         "secp256r1"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct talk talk;
        talk_init(&talk, *state, cases[i].recipe);
        SSL_CTX_set1_groups_list(talk.client_ctx, "P-256:P-384");
        SSL_CTX_set_verify(talk.client_ctx, SSL_VERIFY_PEER, NULL);
        talk_connect(&talk);
        assert_int_equal(talk_handshake(&talk), ENGINE_FAILED);
        print_message("%s: %s, %s\n", cases[i].recipe, talk.record.cipher, talk.record.group);
        assert_int_not_equal(talk.record.alert_read, TLS_NO_ALERT);
        assert_int_equal(talk.record.version, cases[i].version);
        assert_string_equal(talk.record.cipher, cases[i].cipher);
        assert_string_equal(talk.record.group, cases[i].group);
        talk_fini(&talk);
    }
}

static void test_refuses_what_openssl_cannot_serve(void **state) {
    struct lab *lab = *state;
    struct identity *identity = NULL;
    struct tls_server *server = NULL;
    struct err err;
    struct scenario scenario;

    assert_int_equal(scenario_parse("control", &scenario, &err), 0);
    assert_int_equal(mint_identity(lab->lab, &scenario.recipe.mint, now_s, &identity, &err), 0);
    struct tls_knobs knobs = {.kx = TLS_KX_DHE, .bulk = TLS_BULK_NULL};
    assert_int_equal(tls_server_new(&knobs, identity, &server, &err), -1);
    assert_string_equal(err.text, "OpenSSL has no cipher suite for DHE with NULL encryption");
    knobs = (struct tls_knobs){.dh_bits = 777};
    assert_int_equal(tls_server_new(&knobs, identity, &server, &err), -1);
    assert_string_equal(err.text, "no Diffie-Hellman group of 777 bits and that kind");
    identity_free(&identity);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_negotiates_what_the_recipe_says),
        cmocka_unit_test(test_reads_the_alert_of_a_client_that_verifies),
        cmocka_unit_test(test_controls_satisfy_a_strict_client),
        cmocka_unit_test(test_tells_why_nothing_is_in_common),
        cmocka_unit_test(test_tells_ends_apart),
        cmocka_unit_test(test_survives_what_is_not_tls),
        cmocka_unit_test(test_tells_alerts_from_goodbyes),
        cmocka_unit_test(test_sees_an_alert_in_the_place_of_a_hello),
        cmocka_unit_test(test_keeps_the_hello_that_it_could_read),
        cmocka_unit_test(test_knows_what_was_agreed_where_the_client_refuses),
        cmocka_unit_test(test_refuses_what_openssl_cannot_serve),
    };

    return cmocka_run_group_tests_name("tls server", tests, set_up, tear_down);
}
