/* The server's handshake messages, from their bytes: each field, and every way to be cut short. */
#include "base/mem.h"
#include "tls/iana.h"
#include "tls/message.h"
#include "unit.h"

#define RANDOM      "0123456789abcdef0123456789abcdef"
#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static void test_server_hello(void **state) {
    static const char hello12[] = "\x03\x03" RANDOM "\x02zz\xc0\x2b\x00\x00\x0d"
                                  "\xff\x01\x00\x01\x00\x00\x17\x00\x00\x00\x16\x00\x00";
    static const char hello13[] = "\x03\x03" RANDOM "\x00\x13\x02\x00\x00\x10"
                                  "\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x06\x00\x1d\x00\x02zz";
    static const char retry[] = "\x03\x03" RANDOM "\x00\x13\x01\x00\x00\x0c"
                                "\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x02\x00\x17";
    struct facts_handshake facts = {0};

    (void)state;
    message_server_hello(BYTES(hello12), &facts);
    assert_int_equal(facts.version, 0x0303);
    assert_int_equal(facts.suite, 0xc02b);
    assert_true(facts.secure_renegotiation && facts.extended_master_secret &&
                facts.encrypt_then_mac);
    assert_false(facts.compression);
    facts = (struct facts_handshake){0};
    message_server_hello(BYTES(retry), &facts);
    assert_string_equal(facts.group_name, "secp256r1");
    message_server_hello(BYTES(hello13), &facts);
    assert_int_equal(facts.version, 0x0304);
    assert_int_equal(facts.suite, 0x1302);
    assert_int_equal(facts.group, 29);
    assert_string_equal(facts.group_name, "x25519");
    facts = (struct facts_handshake){0};
    message_server_hello(BYTES("\x03\x00" RANDOM "\x00\x00\x05\x01"), &facts);
    assert_int_equal(facts.version, 0x0300);
    assert_true(facts.compression);
}

static const struct key_exchange_case {
    const char *name;
    uint16_t version;
    enum message_kx kx;
    enum message_auth auth;
    const char *body;
    size_t len;
    uint16_t group, scheme;
    unsigned dh_bits;
    const char *group_name, *scheme_name;
} key_exchange_cases[] = {
#define BODY(text) text, sizeof text - 1
    {"ECDHE", 0x0303, MESSAGE_KX_ECDHE, MESSAGE_AUTH_RSA,
     BODY("\x03\x00\x18\x02zz\x08\x04\x00\x01z"), 24, 0x0804, 0, "secp384r1",
     "rsa_pss_rsae_sha256"},
    {"ECDHE, PKCS #1", 0x0303, MESSAGE_KX_ECDHE, MESSAGE_AUTH_RSA,
     BODY("\x03\x00\x18\x02zz\x04\x01\x00\x01z"), 24, 0x0401, 0, "secp384r1", "rsa_pkcs1_sha256"},
    {"ECDHE of TLS 1.1 with RSA", 0x0302, MESSAGE_KX_ECDHE, MESSAGE_AUTH_RSA,
     BODY("\x03\x00\x17\x02zz\x00\x01z"), 23, 0, 0, "secp256r1", "rsa_pkcs1_md5_sha1"},
    {"ECDHE of TLS 1.0 with ECDSA", 0x0301, MESSAGE_KX_ECDHE, MESSAGE_AUTH_ECDSA,
     BODY("\x03\x00\x17\x02zz\x00\x01z"), 23, 0x0203, 0, "secp256r1", "ecdsa_sha1"},
    {"DHE of TLS 1.0 with DSA", 0x0301, MESSAGE_KX_DHE, MESSAGE_AUTH_DSA,
     BODY("\x00\x02\x80\x01\x00\x01\x02\x00\x01\x05\x00\x01z"), 0, 0x0202, 16, "dh 16", "dsa_sha1"},
    {"DHE whose length begins with 3, as a curve's type does", 0x0303, MESSAGE_KX_DHE,
     MESSAGE_AUTH_RSA, BODY("\x00\x03\x01\xff\xff\x00\x01\x02\x00\x01\x05\x05\x01\x00\x01z"), 0,
     0x0501, 17, "dh 17", "rsa_pkcs1_sha384"},
    {"a prime with zeros in front", 0x0303, MESSAGE_KX_DHE, MESSAGE_AUTH_NONE,
     BODY("\x00\x04\x00\x00\x01\xff\x00\x01\x02\x00\x01\x05"), 0, 0, 9, "dh 9", ""},
    {"a prime of nothing", 0x0303, MESSAGE_KX_DHE, MESSAGE_AUTH_NONE,
     BODY("\x00\x00\x00\x01\x02\x00\x01\x05"), 0, 0, 0, "dh 0", ""},
    {"a group that nobody knows", 0x0303, MESSAGE_KX_ECDHE, MESSAGE_AUTH_ECDSA,
     BODY("\x03\xab\xcd\x02zz\xab\xcd"), 0xabcd, 0xabcd, 0, "0xabcd", "0xabcd"},
    {"an explicit curve", 0x0303, MESSAGE_KX_ECDHE, MESSAGE_AUTH_ECDSA, BODY("\x01\x00\x17\x02zz"),
     0, 0, 0, "", ""},
    {"static RSA", 0x0303, MESSAGE_KX_OTHER, MESSAGE_AUTH_RSA, BODY("\x03\x00\x17"), 0, 0, 0, "",
     ""},
};

static void test_key_exchange(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(key_exchange_cases); i++) {
        const struct key_exchange_case *c = &key_exchange_cases[i];
        struct facts_handshake facts = {.version = c->version};
        message_key_exchange((const uint8_t *)c->body, c->len, c->kx, c->auth, &facts);
        print_message("%s: %s %s\n", c->name, facts.group_name, facts.scheme_name);
        assert_int_equal(facts.group, c->group);
        assert_int_equal(facts.scheme, c->scheme);
        assert_int_equal(facts.dh_bits, c->dh_bits);
        assert_string_equal(facts.group_name, c->group_name);
        assert_string_equal(facts.scheme_name, c->scheme_name);
    }
}

static void test_certificate_verify(void **state) {
    struct facts_handshake facts = {.version = 0x0304};

    (void)state;
    message_certificate_verify(BYTES("\x08\x07\x00\x01z"), &facts);
    assert_int_equal(facts.scheme, 0x0807);
    assert_string_equal(facts.scheme_name, "ed25519");
    assert_string_equal(tls_scheme_name(0x0401), "rsa_pkcs1_sha256");
    assert_null(tls_scheme_name(0x0a0a));
}

static void test_ticket(void **state) {
    static const struct {
        const char *body;
        size_t len;
        uint16_t version;
        bool early_data;
    } cases[] = {
        {BODY("lifeaged\x01n\x00\x01t\x00\x08\x00\x2a\x00\x04\x00\x00\x40\x00"), 0x0304, true},
        {BODY("lifeaged\x01n\x00\x01t\x00\x08\x00\x2a\x00\x04\x00\x00\x00\x00"), 0x0304, false},
        {BODY("lifeaged\x01n\x00\x01t\x00\x00"), 0x0304, false},
        {BODY("lifeaged\x01n\x00\x01t\x00\x08\x00\x2a\x00\x04\x00\x00\x40\x00"), 0x0303, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct facts_handshake facts = {.version = cases[i].version};
        message_ticket((const uint8_t *)cases[i].body, cases[i].len, &facts);
        assert_int_equal(facts.early_data, cases[i].early_data);
    }
}

/* Each message, cut at each byte, on the heap so that a sanitizer sees what is read behind it. */
static void test_cut_short(void **state) {
    static const char hello[] = "\x03\x03" RANDOM "\x02zz\x13\x02\x00\x00\x10"
                                "\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x06\x00\x1d\x00\x02zz";
    static const char curve[] = "\x03\x00\x18\x02zz\x08\x04\x00\x01z";
    static const char prime[] = "\x00\x02\x80\x01\x00\x01\x02\x00\x01\x05\x04\x01\x00\x01z";
    static const char ticket[] = "lifeaged\x01n\x00\x01t\x00\x08\x00\x2a\x00\x04\x00\x00\x40\x00";

    (void)state;
    for (size_t len = 0; len < sizeof hello; len++) {
        uint8_t *copy = mem_zalloc(len);
        struct facts_handshake facts = {.version = 0x0303};
        memcpy(copy, hello, len);
        message_server_hello(copy, len, &facts);
        assert_int_equal(facts.suite != 0, len >= 40);
        facts = (struct facts_handshake){.version = 0x0303};
        memcpy(copy, curve, len < sizeof curve ? len : sizeof curve);
        message_key_exchange(copy, len, MESSAGE_KX_ECDHE, MESSAGE_AUTH_RSA, &facts);
        assert_int_equal(facts.scheme != 0, len >= 8);
        memcpy(copy, prime, len < sizeof prime ? len : sizeof prime);
        facts.scheme = 0;
        message_key_exchange(copy, len, MESSAGE_KX_DHE, MESSAGE_AUTH_RSA, &facts);
        assert_int_equal(facts.scheme != 0, len >= 12);
        facts = (struct facts_handshake){.version = 0x0304};
        memcpy(copy, ticket, len < sizeof ticket ? len : sizeof ticket);
        message_ticket(copy, len, &facts);
        assert_int_equal(facts.early_data, len >= sizeof ticket - 1);
        free(copy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_hello),       cmocka_unit_test(test_key_exchange),
        cmocka_unit_test(test_certificate_verify), cmocka_unit_test(test_ticket),
        cmocka_unit_test(test_cut_short),
    };

    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
