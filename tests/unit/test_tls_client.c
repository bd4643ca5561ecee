/* The probing client against our own server: what was agreed, and why not. */
#include "client_talk.h"
#include "tls/iana.h"

/* What a handshake below TLS 1.3 says of itself. */
enum { EMS = 1, ETM = 2, RI = 4 };

struct agreement {
    uint16_t version, suite, group, scheme;
    const char *suite_name, *group_name, *scheme_name;
    unsigned dh_bits, extensions;
};

static const struct agreement
    tls13_p256 = {0x0304,
                  0x1301,
                  23,
                  0x0403,
                  "TLS_AES_128_GCM_SHA256",
                  "secp256r1",
                  "ecdsa_secp256r1_sha256",
                  0,
                  0},
    tls13_rsa =
        {0x0304, 0x1301, 23, 0x0804, "TLS_AES_128_GCM_SHA256", "secp256r1", "rsa_pss_rsae_sha256",
         0,      0},
    dhe1024 = {0x0303,
               0x009e,
               0,
               0x0804,
               "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
               "dh 1024",
               "rsa_pss_rsae_sha256",
               1024,
               EMS | RI},
    dhe512 = {0x0303,
              0x009e,
              0,
              0x0804,
              "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
              "dh 512",
              "rsa_pss_rsae_sha256",
              512,
              EMS | RI},
    tls12_p256 = {0x0303,
                  0xc02b,
                  23,
                  0x0403,
                  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                  "secp256r1",
                  "ecdsa_secp256r1_sha256",
                  0,
                  EMS | RI},
    rsa512 = {0x0303,
              0xc02f,
              23,
              0x0401,
              "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
              "secp256r1",
              "rsa_pkcs1_sha256",
              0,
              EMS | RI},
    tls10 = {0x0301,      0xc009,       23, 0x0203,        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
             "secp256r1", "ecdsa_sha1", 0,  EMS | ETM | RI},
    tls11 = {0x0302,      0xc009,       23, 0x0203,        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
             "secp256r1", "ecdsa_sha1", 0,  EMS | ETM | RI},
    worst = {0x0301,
             0xc013,
             23,
             0,
             "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
             "secp256r1",
             "rsa_pkcs1_md5_sha1",
             0,
             EMS | ETM | RI},
    null_cipher = {0x0303,
                   0xc006,
                   23,
                   0x0403,
                   "TLS_ECDHE_ECDSA_WITH_NULL_SHA",
                   "secp256r1",
                   "ecdsa_secp256r1_sha256",
                   0,
                   EMS | ETM | RI},
    anon_dh = {0x0303,      0x00a6, 257,  0,       "TLS_DH_anon_WITH_AES_128_GCM_SHA256",
               "ffdhe3072", "",     3072, EMS | RI},
    tls10_dhe = {0x0301,
                 0x0033,
                 0,
                 0,
                 "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
                 "dh 1024",
                 "rsa_pkcs1_md5_sha1",
                 1024,
                 EMS | ETM | RI};

static const struct agreement_case {
    const char *recipe;
    const struct agreement *expected;
} agreement_cases[] = {
    {"control", &tls13_p256},
    {"control-tls12", &tls12_p256},
    {"control-tls13", &tls13_p256},
    {"control-rsa3072", &tls13_rsa},
    {"control-rsa3072-pkcs1", &tls13_rsa},
    {"control-stapled", &tls13_p256},
    {"control-ocsp", &tls13_p256},
    {"control-crl", &tls13_p256},
    {"worst", &worst},
    {"self-signed", &tls13_p256},
    {"expired", &tls13_p256},
    {"expired-1970", &tls13_p256},
    {"not-yet-valid", &tls13_p256},
    {"wrong-host", &tls13_p256},
    {"untrusted-root", &tls13_p256},
    {"incomplete-chain", &tls13_p256},
    {"rsa1024", &tls13_rsa},
    {"rsa512", &rsa512},
    {"sha1", &tls13_p256},
    {"md5", &tls13_rsa},
    {"tls10", &tls10},
    {"tls11", &tls11},
    {"null-cipher", &null_cipher},
    {"anon-dh", &anon_dh},
    {"dhe1024", &dhe1024},
    {"dhe512", &dhe512},
    {"tls10+dhe1024", &tls10_dhe},
};

static void check_agreement(const char *name, const struct facts_handshake *facts,
                            const struct agreement *expected) {
    print_message("%s: %s %s %s %s\n", name, tls_version_name(facts->version), facts->suite_name,
                  facts->group_name, facts->scheme_name);
    assert_int_equal(facts->version, expected->version);
    assert_int_equal(facts->suite, expected->suite);
    assert_int_equal(facts->group, expected->group);
    assert_int_equal(facts->scheme, expected->scheme);
    assert_string_equal(facts->suite_name, expected->suite_name);
    assert_string_equal(facts->group_name, expected->group_name);
    assert_string_equal(facts->scheme_name, expected->scheme_name);
    assert_int_equal(facts->dh_bits, expected->dh_bits);
    assert_int_equal(facts->extended_master_secret, (expected->extensions & EMS) != 0);
    assert_int_equal(facts->encrypt_then_mac, (expected->extensions & ETM) != 0);
    assert_int_equal(facts->secure_renegotiation, (expected->extensions & RI) != 0);
    assert_false(facts->compression || facts->resumed || facts->early_data);
}

static void test_notes_what_was_agreed(void **state) {
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(agreement_cases); i++) {
        const struct agreement_case *c = &agreement_cases[i];
        struct talk talk;
        if (talk_recipe(&talk, lab, lab->wide, c->recipe) != ENGINE_OK)
            fail_msg("%s: no handshake: %s", c->recipe, talk.facts.reason);
        check_agreement(c->recipe, &talk.facts, c->expected);
        assert_int_equal(talk.facts.handshake, TLS_HANDSHAKE_COMPLETED);
        assert_int_equal(talk.facts.failure, TLS_FAILURE_NONE);
        assert_int_equal(talk.facts.alert_read, TLS_NO_ALERT);
        assert_true(talk.facts.begun);
        assert_string_equal(talk.record.hello.sni, "localhost");
        talk_fini(&talk);
    }
}

/* A new fault must say above what a client sees of it; those that never shake hands apart, those of what is negotiated, of
 * which test_tls_faults.c says it, and those of certificates, of which test_mint_flaws.c does. */
static void test_knows_the_whole_catalogue(void **state) {
    (void)state;
    for (size_t i = 0; i < catalogue_count; i++) {
        const struct fault *fault = &catalogue[i];
        bool known = fault->layer >= LAYER_CERTIFICATE || fault_needs_world(fault);
        for (size_t j = 0; !known && j < ARRAY_LEN(agreement_cases); j++)
            known = strcmp(agreement_cases[j].recipe, fault->name) == 0;
        if (!known)
            fail_msg("%s: not in the table of agreements", fault->name);
    }
}

/* The chain is there all the same: it was sent before. */
static void test_bad_handshake_signature(void **state) {
    static const struct tls_offer_spec tls12 = {.max_version = 0x0303};
    struct lab *lab = *state;

    for (int i = 0; i < 2; i++) {
        struct tls_offer *offer = NULL;
        struct facts_chain chain;
        struct talk talk;
        if (i == 1)
            assert_int_equal(tls_offer_new(&tls12, &offer, NULL), 0);
        assert_int_equal(
            talk_recipe(&talk, lab, i == 0 ? lab->wide : offer, "bad-handshake-signature"),
            ENGINE_FAILED);
        assert_true(talk.facts.bad_signature);
        assert_int_equal(talk.facts.handshake, TLS_HANDSHAKE_FAILED);
        assert_int_equal(talk.facts.failure, TLS_FAILURE_OTHER);
        assert_string_equal(talk.facts.reason, "bad signature");
        assert_string_equal(talk.facts.scheme_name, "rsa_pss_rsae_sha256");
        assert_int_equal(talk.facts.version, i == 0 ? 0x0304 : 0x0303);
        assert_int_equal(tls_client_chain(talk.client, lab->trust, now_s, &chain, NULL), 0);
        assert_int_equal(chain.cert_count, 2);
        assert_int_equal(chain.path_count, 0);
        facts_chain_fini(&chain);
        talk_fini(&talk);
        tls_offer_free(&offer);
    }
}

#define STRICT_GROUPS "P-256:P-384"
#define STRICT_SUITES "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"

static const struct refusal_case {
    const char *recipe;
    struct tls_offer_spec offer;
    const char *alert; /* of the server, which does not agree either */
} refusal_cases[] = {
    {"tls10", {.min_version = 0x0303}, "protocol_version"},
    {"tls11", {.min_version = 0x0303, .suites = STRICT_SUITES}, "protocol_version"},
    {"worst", {.min_version = 0x0303}, "protocol_version"},
    {"control-tls13", {.max_version = 0x0303}, "protocol_version"},
    {"control-tls12", {.min_version = 0x0304}, "protocol_version"},
    {"control", {.min_version = 0x0302, .max_version = 0x0302}, "protocol_version"},
    {"null-cipher", {.suites = STRICT_SUITES}, "handshake_failure"},
    {"anon-dh", {.suites = STRICT_SUITES}, "handshake_failure"},
    {"dhe1024", {.suites = STRICT_SUITES}, "handshake_failure"},
    {"control-tls12", {.groups = "P-521"}, "handshake_failure"},
    {"control-tls13", {.groups = "X25519"}, "handshake_failure"},
    {"control-tls13", {.suites13 = "TLS_CHACHA20_POLY1305_SHA256"}, "handshake_failure"},
    {"control-rsa3072", {.schemes = "rsa_pkcs1_sha256"}, "handshake_failure"},
};

static void test_strict_offers_are_refused(void **state) {
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(refusal_cases); i++) {
        const struct refusal_case *c = &refusal_cases[i];
        struct tls_offer *offer = NULL;
        struct talk talk;
        struct err err = {.text = ""};
        if (tls_offer_new(&c->offer, &offer, &err) != 0)
            fail_msg("%s: %s", c->recipe, err.text);
        enum engine_result result = talk_recipe(&talk, lab, offer, c->recipe);
        print_message("%s: %s\n", c->recipe, tls_alert_name(talk.facts.alert_read));
        assert_int_equal(result, ENGINE_FAILED);
        assert_string_equal(tls_alert_name(talk.facts.alert_read), c->alert);
        assert_int_equal(talk.facts.handshake, TLS_HANDSHAKE_FAILED);
        assert_int_equal(talk.facts.failure, TLS_FAILURE_NONE);
        assert_string_equal(talk.facts.reason, "");
        assert_true(talk.facts.begun);
        talk_fini(&talk);
        tls_offer_free(&offer);
    }
}

/* A strict offer that the server can meet is met. */
static void test_strict_offers_are_taken(void **state) {
    static const struct tls_offer_spec strict = {
        .min_version = 0x0303,
        .suites = STRICT_SUITES,
        .suites13 = "TLS_AES_256_GCM_SHA384",
        .groups = "P-384:P-256",
        .schemes = "ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256",
    };
    struct lab *lab = *state;
    struct tls_offer *offer = NULL;
    struct talk talk;

    assert_int_equal(tls_offer_new(&strict, &offer, NULL), 0);
    assert_int_equal(talk_recipe(&talk, lab, offer, "control"), ENGINE_OK);
    assert_string_equal(talk.facts.suite_name, "TLS_AES_256_GCM_SHA384");
    assert_int_equal(talk.record.hello.version_count, 2);
    assert_int_equal(talk.record.hello.group_count, 2);
    assert_int_equal(talk.record.hello.sigalg_count, 2);
    tls_offer_free(&offer); /* the engine goes on */
    assert_null(offer);
    talk_fini(&talk);
}

static bool is_in(uint16_t value, const uint16_t *list, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (list[i] == value)
            return true;
    return false;
}

static void test_wide_offers_hold_everything(void **state) {
    static const uint16_t suites[] = {0x1301, 0x1305, 0xc02b, 0x009c, 0x0002, 0x00a6, 0xc006};
    static const uint16_t groups[] = {23, 24, 25, 26, 29, 257, 21, 19, 16, 14};
    static const uint16_t schemes[] = {0x0403, 0x0804, 0x0401, 0x0201, 0x0203, 0x0202, 0x0807};
    struct lab *lab = *state;
    struct talk talk;

    assert_int_equal(talk_recipe(&talk, lab, lab->wide, "control"), ENGINE_OK);
    const struct client_hello *hello = &talk.record.hello;
    for (uint16_t version = 0x0301; version <= 0x0304; version++)
        assert_true(is_in(version, hello->versions, hello->version_count));
    for (size_t i = 0; i < ARRAY_LEN(suites); i++)
        assert_true(is_in(suites[i], hello->suites, hello->suite_count));
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        assert_true(is_in(groups[i], hello->groups, hello->group_count));
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        assert_true(is_in(schemes[i], hello->sigalgs, hello->sigalg_count));
    assert_true(is_in(5, hello->extensions, hello->extension_count));   /* status_request */
    assert_false(is_in(35, hello->extensions, hello->extension_count)); /* session_ticket */
    talk_fini(&talk);
}

static void test_sends_the_name_only_if_given(void **state) {
    struct lab *lab = *state;
    struct scenario scenario;
    struct talk talk;
    struct engine *engine = NULL;
    char name[300];
    struct err err;

    assert_int_equal(scenario_parse("control", &scenario, &err), 0);
    talk_init(&talk, lab->wide, NULL);
    talk_mint(&talk, lab, &scenario.recipe);
    talk_listen(&talk);
    assert_int_equal(talk_handshake(&talk), ENGINE_OK);
    assert_string_equal(talk.record.hello.sni, "");
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_int_equal(tls_client_engine(lab->wide, name, &talk.facts, &engine, &err), -1);
    assert_non_null(strstr(err.text, "the server's name cannot be sent to it"));
    talk_fini(&talk);
}

static void test_refuses_lists_that_mean_nothing(void **state) {
    static const struct {
        struct tls_offer_spec spec;
        const char *text;
    } cases[] = {
        {{.suites = "NONESUCH"}, "OpenSSL cannot offer the cipher suites 'NONESUCH'"},
        {{.suites13 = "TLS_NONESUCH"}, "OpenSSL cannot offer the cipher suites 'TLS_NONESUCH'"},
        {{.groups = "P-256:P-257"}, "OpenSSL cannot offer the groups 'P-256:P-257'"},
        {{.schemes = "rsa"}, "OpenSSL cannot offer the signature schemes 'rsa'"},
        {{.min_version = 0x1234}, "OpenSSL cannot offer these TLS versions"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tls_offer *offer = NULL;
        struct err err;
        assert_int_equal(tls_offer_new(&cases[i].spec, &offer, &err), -1);
        assert_null(offer);
        if (strncmp(err.text, cases[i].text, strlen(cases[i].text)) != 0)
            fail_msg("%s", err.text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notes_what_was_agreed),
        cmocka_unit_test(test_knows_the_whole_catalogue),
        cmocka_unit_test(test_bad_handshake_signature),
        cmocka_unit_test(test_strict_offers_are_refused),
        cmocka_unit_test(test_strict_offers_are_taken),
        cmocka_unit_test(test_wide_offers_hold_everything),
        cmocka_unit_test(test_sends_the_name_only_if_given),
        cmocka_unit_test(test_refuses_lists_that_mean_nothing),
    };

    return cmocka_run_group_tests_name("tls client", tests, set_up, tear_down);
}
