/* The probing client against servers that lie, stall, exaggerate or just end. */
#include "client_talk.h"

#define RANDOM  "0123456789abcdef0123456789abcdef"
#define HELLO12 "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" RANDOM "\x00\xc0\x2b\x00"

/* Servers that say a few bytes and then nothing more, or end. */
static const struct canned_case {
    const char *name, *bytes;
    size_t len;
    long end;
    enum engine_result result;
    enum tls_failure failure;
    const char *reason;
    int alert;
    bool begun;
    uint16_t version, suite;
} canned_cases[] = {
#define BYTES(text) text, sizeof text - 1
    {"silence", BYTES(""), WIRE_AGAIN, ENGINE_AGAIN, TLS_FAILURE_NONE, "", TLS_NO_ALERT, false, 0,
     0},
    {"FIN", BYTES(""), WIRE_EOF, ENGINE_EOF, TLS_FAILURE_NONE, "", TLS_NO_ALERT, false, 0, 0},
    {"RST", BYTES(""), WIRE_RESET, ENGINE_RESET, TLS_FAILURE_NONE, "", TLS_NO_ALERT, false, 0, 0},
    {"a wire that breaks at our side", BYTES(""), WIRE_BROKEN, ENGINE_BROKEN, TLS_FAILURE_NONE, "",
     TLS_NO_ALERT, false, 0, 0},
    {"SMTP", BYTES("220 mail.example ESMTP\r\n"), WIRE_AGAIN, ENGINE_FAILED, TLS_FAILURE_OTHER,
     "wrong version number", TLS_NO_ALERT, false, 0, 0},
    {"a fatal alert", BYTES("\x15\x03\x01\x00\x02\x02\x28"), WIRE_EOF, ENGINE_FAILED,
     TLS_FAILURE_NONE, "", 40, true, 0, 0},
    {"a warning, then FIN", BYTES("\x15\x03\x01\x00\x02\x01\x70"), WIRE_EOF, ENGINE_EOF,
     TLS_FAILURE_NONE, "", TLS_NO_ALERT, true, 0, 0},
    {"a version that was not offered",
     BYTES("\x16\x03\x00\x00\x2a\x02\x00\x00\x26\x03\x00" RANDOM "\x00\x00\x05\x00"), WIRE_AGAIN,
     ENGINE_FAILED, TLS_FAILURE_VERSION, "unsupported protocol", TLS_NO_ALERT, true, 0x0300, 5},
    {"a suite that was not offered",
     BYTES("\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" RANDOM "\x00\x00\x05\x00"), WIRE_AGAIN,
     ENGINE_FAILED, TLS_FAILURE_CIPHER, "unknown cipher returned", TLS_NO_ALERT, true, 0x0303, 5},
    {"compression", BYTES("\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" RANDOM "\x00\xc0\x2b\x01"),
     WIRE_AGAIN, ENGINE_FAILED, TLS_FAILURE_OTHER, "compression disabled", TLS_NO_ALERT, true,
     0x0303, 0xc02b},
    {"a chain of 300 KB", BYTES(HELLO12 "\x16\x03\x03\x00\x07\x0b\x04\x93\xe0\x00\x00\x00"),
     WIRE_AGAIN, ENGINE_FAILED, TLS_FAILURE_OTHER, "excessive message size", TLS_NO_ALERT, true,
     0x0303, 0xc02b},
    {"a hello of 128 KB", BYTES("\x16\x03\x03\x00\x06\x02\x02\x00\x00\x03\x03"), WIRE_AGAIN,
     ENGINE_FAILED, TLS_FAILURE_OTHER, "excessive message size", TLS_NO_ALERT, false, 0, 0},
    {"a stall after the hello", BYTES(HELLO12), WIRE_AGAIN, ENGINE_AGAIN, TLS_FAILURE_NONE, "",
     TLS_NO_ALERT, true, 0x0303, 0xc02b},
    {"RST after the hello", BYTES(HELLO12), WIRE_RESET, ENGINE_RESET, TLS_FAILURE_NONE, "",
     TLS_NO_ALERT, true, 0x0303, 0xc02b},
};

static void test_servers_that_lie(void **state) {
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(canned_cases); i++) {
        const struct canned_case *c = &canned_cases[i];
        struct talk talk;
        struct facts_chain chain;
        talk_init(&talk, lab->wide, "localhost");
        assert_int_equal(talk.client->class->handshake(talk.client), ENGINE_AGAIN);
        assert_int_equal(buf_append(&talk.to_client.bytes, c->bytes, c->len), 0);
        talk.to_client.end = c->end;
        enum engine_result result = talk.client->class->handshake(talk.client);
        const struct facts_handshake *facts = &talk.facts;
        print_message("%s: %d '%s' %d\n", c->name, result, facts->reason, facts->failure);
        assert_int_equal(result, c->result);
        assert_int_equal(facts->failure, c->failure);
        assert_string_equal(facts->reason, c->reason);
        assert_int_equal(facts->alert_read, c->alert);
        assert_int_equal(facts->begun, c->begun);
        assert_int_equal(facts->version, c->version);
        assert_int_equal(facts->suite, c->suite);
        assert_int_not_equal(facts->handshake, TLS_HANDSHAKE_COMPLETED);
        assert_int_equal(tls_client_chain(talk.client, lab->trust, now_s, &chain, NULL), -1);
        assert_int_equal(chain.cert_count, 0);
        talk_fini(&talk);
    }
}

/* A server of TLS 1.3 whose key is in a group that was not offered, or in one that was, and none. */
static void test_a_key_share_that_is_none(void **state) {
    enum { SESSION_ID_AT = 5 + 4 + 2 + 32, SESSION_ID_B = 32 };
    static const char head[] = "\x16\x03\x03\x00\x5b\x02\x00\x00\x57\x03\x03" RANDOM "\x20",
                      agreed[] = "\x13\x01\x00\x00\x0f\x00\x2b\x00\x02\x03\x04";
    static const struct {
        char share[10];
        enum tls_failure failure;
    } cases[] = {{"\x00\x33\x00\x05\xfe\x01\x00\x01\x04", TLS_FAILURE_CIPHER},
                 {"\x00\x33\x00\x05\x00\x17\x00\x01\x04", TLS_FAILURE_OTHER}};
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct talk talk;
        talk_init(&talk, lab->wide, "localhost");
        assert_int_equal(talk.client->class->handshake(talk.client), ENGINE_AGAIN);
        struct buf *out = &talk.to_client.bytes;
        const uint8_t *hello = talk.to_server.bytes.data;
        assert_int_equal(hello[SESSION_ID_AT], SESSION_ID_B);
        buf_append(out, head, sizeof head - 1);
        buf_append(out, hello + SESSION_ID_AT + 1, SESSION_ID_B);
        buf_append(out, agreed, sizeof agreed - 1);
        buf_append(out, cases[i].share, sizeof cases[i].share - 1);
        assert_int_equal(talk.client->class->handshake(talk.client), ENGINE_FAILED);
        print_message("%s\n", talk.facts.reason);
        assert_int_equal(talk.facts.version, TLS1_3_VERSION);
        assert_int_equal(talk.facts.failure, cases[i].failure);
        talk_fini(&talk);
    }
}

static void test_an_anonymous_server_has_no_chain(void **state) {
    struct lab *lab = *state;
    struct facts_chain chain;
    struct talk talk;
    struct err err;

    assert_int_equal(talk_recipe(&talk, lab, lab->wide, "anon-dh"), ENGINE_OK);
    assert_int_equal(tls_client_chain(talk.client, lab->trust, now_s, &chain, &err), -1);
    assert_string_equal(err.text, "the server sent no certificate");
    facts_chain_fini(&chain);
    talk_fini(&talk);
}

/* What a hostile server may send: a certificate of 100 KB, a chain of 100. */
static void test_large_certificates_and_long_chains(void **state) {
    struct lab *lab = *state;
    struct scenario scenario;
    struct buf san;
    struct talk talk;
    struct facts_chain chain;
    struct err err;

    assert_int_equal(scenario_parse("control", &scenario, &err), 0);
    buf_init(&san, 1024 * 1024);
    buf_puts(&san, "DNS:localhost");
    for (int i = 0; i < 6000; i++)
        buf_printf(&san, ",DNS:host%05d.test", i);
    scenario.recipe.mint.leaf.san = buf_text(&san);
    talk_init(&talk, lab->wide, "localhost");
    talk_mint(&talk, lab, &scenario.recipe);
    for (int i = 0; i < 100; i++) {
        X509 *cert = sk_X509_value(talk.identity->chain, 0);
        X509_up_ref(cert);
        assert_int_equal(SSL_CTX_add0_chain_cert(talk.server->ctx, cert), 1);
    }
    talk_listen(&talk);
    assert_int_equal(talk_handshake(&talk), ENGINE_OK);
    assert_int_equal(tls_client_chain(talk.client, lab->trust, now_s, &chain, &err), 0);
    assert_int_equal(chain.certs_seen, 102);
    assert_int_equal(chain.cert_count, FACTS_MAX_CERTS);
    assert_int_equal(chain.certs[0].names_seen, 6001);
    assert_int_equal(chain.certs[0].name_count, FACTS_MAX_NAMES);
    assert_int_equal(chain.path_count, 0);
    facts_chain_fini(&chain);
    talk_fini(&talk);
    buf_fini(&san);
}

static int give_staple(SSL *ssl, void *arg) {
    unsigned char *copy = OPENSSL_memdup(arg, strlen(arg));

    return SSL_set_tlsext_status_ocsp_resp(ssl, copy, (int)strlen(arg)) == 1
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* What staples mean is tested with the facts; here, that one arrives. */
static void test_asks_for_a_staple(void **state) {
    static const char *const recipes[] = {"control-tls12", "control-tls13"};
    static char no_response[] = "no response";
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(recipes); i++) {
        struct scenario scenario;
        struct talk talk;
        struct facts_chain chain;
        struct err err;
        assert_int_equal(scenario_parse(recipes[i], &scenario, &err), 0);
        talk_init(&talk, lab->wide, "localhost");
        talk_mint(&talk, lab, &scenario.recipe);
        SSL_CTX_set_tlsext_status_cb(talk.server->ctx, give_staple);
        SSL_CTX_set_tlsext_status_arg(talk.server->ctx, no_response);
        talk_listen(&talk);
        assert_int_equal(talk_handshake(&talk), ENGINE_OK);
        assert_int_equal(tls_client_chain(talk.client, lab->trust, now_s, &chain, &err), 0);
        assert_int_equal(chain.staple, FACTS_STAPLE_INVALID);
        facts_chain_fini(&chain);
        talk_fini(&talk);
    }
}

/* The client is through, and the server has not said what it thinks of that. */
static void test_a_handshake_is_not_the_end(void **state) {
    enum { REQUIRED = 116, FAILURE = 40 };
    static const struct {
        const char *recipe;
        enum tls_handshake handshake;
        int alert;
        bool requested, answered;
    } cases[] = {
        {"control", TLS_HANDSHAKE_COMPLETED, TLS_NO_ALERT, false, true},
        {"control-tls12", TLS_HANDSHAKE_COMPLETED, TLS_NO_ALERT, false, true},
        {"client-cert-requested", TLS_HANDSHAKE_COMPLETED, TLS_NO_ALERT, true, true},
        {"client-cert-requested+control-tls12", TLS_HANDSHAKE_COMPLETED, TLS_NO_ALERT, true, true},
        {"client-cert-refused", TLS_HANDSHAKE_FAILED, REQUIRED, true, false},
        {"client-cert-refused+control-tls12", TLS_HANDSHAKE_FAILED, FAILURE, true, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct talk talk;
        print_message("%s\n", cases[i].recipe);
        if (talk_recipe(&talk, *state, ((struct lab *)*state)->wide, cases[i].recipe) == ENGINE_OK)
            talk_hears(&talk);
        assert_int_equal(talk.facts.handshake, cases[i].handshake);
        assert_int_equal(talk.facts.alert_read, cases[i].alert);
        assert_int_equal(talk.facts.client_cert_requested, cases[i].requested);
        assert_int_equal(talk.facts.answered, cases[i].answered);
        assert_int_not_equal(talk.facts.suite, 0);
        talk_fini(&talk);
    }
}

static void test_reads_and_writes_behind_the_handshake(void **state) {
    struct lab *lab = *state;
    char data[16];
    size_t n;
    struct talk talk;

    assert_int_equal(talk_recipe(&talk, lab, lab->wide, "control"), ENGINE_OK);
    const struct engine_class *class = talk.client->class;
    assert_int_equal(class->read(talk.client, data, sizeof data, &n), ENGINE_AGAIN);
    assert_int_equal(class->write(talk.client, "QUIT", 4), ENGINE_OK);
    assert_int_equal(talk.server_engine->class->read(talk.server_engine, data, sizeof data, &n),
                     ENGINE_OK);
    assert_int_equal(n, 4);
    assert_memory_equal(data, "QUIT", 4);
    talk.server_engine->class->close(talk.server_engine);
    assert_int_equal(class->read(talk.client, data, sizeof data, &n), ENGINE_CLOSED);
    assert_int_equal(talk.facts.alert_read, TLS_NO_ALERT);
    assert_int_equal(talk.facts.failure, TLS_FAILURE_NONE);
    class->close(talk.client);
    assert_int_equal(talk.facts.handshake, TLS_HANDSHAKE_COMPLETED);
    talk_fini(&talk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_servers_that_lie),
        cmocka_unit_test(test_a_key_share_that_is_none),
        cmocka_unit_test(test_an_anonymous_server_has_no_chain),
        cmocka_unit_test(test_large_certificates_and_long_chains),
        cmocka_unit_test(test_asks_for_a_staple),
        cmocka_unit_test(test_reads_and_writes_behind_the_handshake),
        cmocka_unit_test(test_a_handshake_is_not_the_end),
    };

    return cmocka_run_group_tests_name("tls probe", tests, set_up, tear_down);
}
