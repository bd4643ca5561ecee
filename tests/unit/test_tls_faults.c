/* What the server does by its knobs, row by row: the layers protocol, cipher, key exchange and handshake, seen by the
 * probing client. */
#include "client_talk.h"
#include "tls/iana.h"

/* What a handshake below TLS 1.3 says of itself. */
enum { EMS = 1, ETM = 2, RI = 4 };

/* Version, suite, group, scheme; a prime's bits; extensions. */
struct agreement {
    const char *recipe;
    uint16_t version;
    const char *suite, *group, *scheme;
    unsigned dh_bits, extensions;
};

#define P256  "secp256r1"
#define ECDSA "ecdsa_secp256r1_sha256"
#define PSS   "rsa_pss_rsae_sha256"
#define GCM12 "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
#define GCM13 "TLS_AES_128_GCM_SHA256"
#define DHE   "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"

#define TLS12_OVER(group)                                                                          \
    { "ecdhe-" group, 0x0303, GCM12, group, ECDSA, 0, EMS | RI }
#define TLS13_AS_EVER(name)                                                                        \
    { name, 0x0304, GCM13, P256, ECDSA, 0, 0 }

static const struct agreement agreements[] = {
    {"tls10", 0x0301, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", P256, "ecdsa_sha1", 0,
     EMS | ETM | RI},
    {"tls11", 0x0302, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", P256, "ecdsa_sha1", 0,
     EMS | ETM | RI},
    {"null-cipher", 0x0303, "TLS_ECDHE_ECDSA_WITH_NULL_SHA", P256, ECDSA, 0, EMS | ETM | RI},
    {"anon-dh", 0x0303, "TLS_DH_anon_WITH_AES_128_GCM_SHA256", "ffdhe3072", "", 3072, EMS | RI},
    {"null-md5", 0x0303, "TLS_RSA_WITH_NULL_MD5", "", "", 0, EMS | ETM | RI},
    {"null-sha256", 0x0303, "TLS_RSA_WITH_NULL_SHA256", "", "", 0, EMS | ETM | RI},
    {"anon-ecdh", 0x0303, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", P256, "", 0, EMS | ETM | RI},
    {"camellia", 0x0303, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256", P256, ECDSA, 0,
     EMS | ETM | RI},
    {"aria", 0x0303, "TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256", P256, ECDSA, 0, EMS | RI},
    {"cbc-sha1", 0x0303, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", P256, ECDSA, 0, EMS | ETM | RI},
    {"cbc-sha2", 0x0303, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", P256, ECDSA, 0, EMS | ETM | RI},
    {"ccm", 0x0304, "TLS_AES_128_CCM_SHA256", P256, ECDSA, 0, 0},
    {"ccm8", 0x0304, "TLS_AES_128_CCM_8_SHA256", P256, ECDSA, 0, 0},
    {"chacha20", 0x0304, "TLS_CHACHA20_POLY1305_SHA256", P256, ECDSA, 0, 0},
    {"aes256-gcm", 0x0304, "TLS_AES_256_GCM_SHA384", P256, ECDSA, 0, 0},
    {"aes256-gcm+control-tls12", 0x0303, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", P256, ECDSA, 0,
     EMS | RI},
    {"static-rsa", 0x0303, "TLS_RSA_WITH_AES_128_GCM_SHA256", "", "", 0, EMS | RI},
    {"static-rsa+tls10", 0x0301, "TLS_RSA_WITH_AES_128_CBC_SHA", "", "", 0, EMS | ETM | RI},
    {"static-rsa+null-cipher", 0x0303, "TLS_RSA_WITH_NULL_SHA", "", "", 0, EMS | ETM | RI},
    {"dhe512", 0x0303, DHE, "dh 512", PSS, 512, EMS | RI},
    {"dhe768", 0x0303, DHE, "dh 768", PSS, 768, EMS | RI},
    {"dhe1024", 0x0303, DHE, "dh 1024", PSS, 1024, EMS | RI},
    {"dhe1536", 0x0303, DHE, "dh 1536", PSS, 1536, EMS | RI},
    {"dhe-composite", 0x0303, DHE, "dh 3072", PSS, 3072, EMS | RI},
    {"dhe-smooth-prime", 0x0303, DHE, "dh 3072", PSS, 3072, EMS | RI},
    {"dhe-small-subgroup", 0x0303, DHE, "dh 3072", PSS, 3072, EMS | RI},
    TLS12_OVER("secp160k1"),
    TLS12_OVER("secp160r1"),
    TLS12_OVER("secp160r2"),
    TLS12_OVER("secp192k1"),
    TLS12_OVER("secp192r1"),
    TLS12_OVER("sect163k1"),
    TLS12_OVER("sect163r1"),
    TLS12_OVER("sect163r2"),
    TLS12_OVER("sect193r1"),
    TLS12_OVER("sect193r2"),
    TLS12_OVER("secp224k1"),
    TLS12_OVER("secp256k1"),
    TLS12_OVER("sect239k1"),
    {"dhe2048", 0x0303, DHE, "dh 2048", PSS, 2048, EMS | RI},
    {"dhe-own-prime", 0x0303, DHE, "dh 3072", PSS, 3072, EMS | RI},
    TLS12_OVER("secp224r1"),
    TLS12_OVER("sect233k1"),
    TLS12_OVER("sect233r1"),
    TLS12_OVER("sect283k1"),
    TLS12_OVER("sect283r1"),
    TLS12_OVER("sect409k1"),
    TLS12_OVER("sect409r1"),
    TLS12_OVER("sect571k1"),
    TLS12_OVER("sect571r1"),
    {"ecdhe-secp521r1", 0x0304, GCM13, "secp521r1", ECDSA, 0, 0},
    {"ecdhe-x25519", 0x0304, GCM13, "x25519", ECDSA, 0, 0},
    {"ecdhe-x448", 0x0304, GCM13, "x448", ECDSA, 0, 0},
    {"ecdhe-brainpool256", 0x0303, GCM12, "brainpoolP256r1", ECDSA, 0, EMS | RI},
    {"ecdhe-brainpool384", 0x0303, GCM12, "brainpoolP384r1", ECDSA, 0, EMS | RI},
    {"ecdhe-brainpool512", 0x0303, GCM12, "brainpoolP512r1", ECDSA, 0, EMS | RI},
    {"dhe3072", 0x0303, DHE, "ffdhe3072", PSS, 3072, EMS | RI},
    {"tls13-ffdhe2048", 0x0304, GCM13, "ffdhe2048", ECDSA, 0, 0},
    {"tls13-ffdhe3072", 0x0304, GCM13, "ffdhe3072", ECDSA, 0, 0},
    {"tls13-ffdhe4096", 0x0304, GCM13, "ffdhe4096", ECDSA, 0, 0},
    {"p384-only", 0x0304, GCM13, "secp384r1", ECDSA, 0, 0},
    {"ske-sha1", 0x0303, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", P256, "rsa_pkcs1_sha1", 0,
     EMS | RI},
    {"ske-sha1-ecdsa", 0x0303, GCM12, P256, "ecdsa_sha1", 0, EMS | RI},
    {"ske-sha224", 0x0303, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", P256, "rsa_pkcs1_sha224", 0,
     EMS | RI},
    {"ske-sha224-ecdsa", 0x0303, GCM12, P256, "ecdsa_sha224", 0, EMS | RI},
    {"ske-pkcs1", 0x0303, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", P256, "rsa_pkcs1_sha256", 0,
     EMS | RI},
    {"pss-sha512", 0x0304, GCM13, P256, "rsa_pss_rsae_sha512", 0, 0},
    TLS13_AS_EVER("client-cert-refused"), /* the client is through before it is turned away */
    TLS13_AS_EVER("client-cert-requested"),
    TLS13_AS_EVER("client-cert-stranger"),
    TLS13_AS_EVER("client-cert-many"),
    TLS13_AS_EVER("client-cert-late"),
    {"no-extended-master-secret", 0x0303, GCM12, P256, ECDSA, 0, RI},
    {"no-encrypt-then-mac", 0x0303, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", P256, ECDSA, 0,
     EMS | RI},
    {"sni-warning", 0x0303, GCM12, P256, ECDSA, 0, EMS | RI},
    TLS13_AS_EVER("sni-required"),
    TLS13_AS_EVER("sni-default-certificate"),
    TLS13_AS_EVER("session-tickets"),
    TLS13_AS_EVER("small-records"),
    TLS13_AS_EVER("key-update"),
    TLS13_AS_EVER("no-close-notify"),
};

static void check_agreement(const struct facts_handshake *facts, const struct agreement *expected) {
    print_message("%s: %s %s %s %s\n", expected->recipe, tls_version_name(facts->version),
                  facts->suite_name, facts->group_name, facts->scheme_name);
    assert_int_equal(facts->version, expected->version);
    assert_string_equal(facts->suite_name, expected->suite);
    assert_string_equal(facts->group_name, expected->group);
    assert_string_equal(facts->scheme_name, expected->scheme);
    assert_int_equal(facts->dh_bits, expected->dh_bits);
    assert_int_equal(facts->extended_master_secret, (expected->extensions & EMS) != 0);
    assert_int_equal(facts->encrypt_then_mac, (expected->extensions & ETM) != 0);
    assert_int_equal(facts->secure_renegotiation, (expected->extensions & RI) != 0);
    assert_false(facts->compression || facts->resumed || facts->early_data);
}

static void test_a_client_that_takes_everything(void **state) {
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(agreements); i++) {
        const struct agreement *c = &agreements[i];
        struct talk talk;
        if (talk_recipe(&talk, lab, lab->wide, c->recipe) != ENGINE_OK)
            fail_msg("%s: no handshake: %s", c->recipe, talk.facts.reason);
        check_agreement(&talk.facts, c);
        assert_int_equal(talk.facts.handshake, TLS_HANDSHAKE_COMPLETED);
        assert_int_equal(talk.facts.alert_read, TLS_NO_ALERT);
        if (talk.record.handshake == TLS_HANDSHAKE_COMPLETED) {
            assert_int_equal(talk.record.version, c->version);
            assert_string_equal(talk.record.cipher, c->suite);
            assert_string_equal(talk.record.group, c->group);
        }
        talk_fini(&talk);
    }
}

/* --- sound settings --- */

static const struct tls_offer_spec sound = {
    .min_version = 0x0303,
    .suites = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
              "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384",
    .suites13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384",
    .groups = "P-256:P-384",
    .schemes = "ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256:rsa_pss_rsae_sha512",
};

static bool is_one_of(const char *name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Whether the offer above has what a row agrees upon. */
static bool is_in_offer(const struct agreement *c) {
    static const char *const suites[] = {GCM12, GCM13, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                                         "TLS_AES_256_GCM_SHA384"};
    static const char *const groups[] = {P256, "secp384r1"};
    static const char *const schemes[] = {ECDSA, PSS, "rsa_pss_rsae_sha512"};

    return is_one_of(c->suite, suites, ARRAY_LEN(suites)) &&
           is_one_of(c->group, groups, ARRAY_LEN(groups)) &&
           is_one_of(c->scheme, schemes, ARRAY_LEN(schemes));
}

static const struct agreement *agreement_of(const char *fault) {
    for (size_t i = 0; i < ARRAY_LEN(agreements); i++)
        if (strcmp(agreements[i].recipe, fault) == 0)
            return &agreements[i];
    return NULL;
}

static bool is_ours(const struct fault *fault) {
    return fault->layer == LAYER_PROTOCOL || fault->layer == LAYER_CIPHER ||
           fault->layer == LAYER_KEY_EXCHANGE || fault->layer == LAYER_HANDSHAKE;
}

/* What the server says to a client whose offer has nothing in common with it; or its alert. */
static const char *expected_alert(const struct fault *fault) {
    const struct tls_knobs *changes = &fault->changes.tls;

    if (changes->alert != 0)
        return tls_alert_name((int)changes->alert);
    return changes->versions.max != 0 ? "protocol_version" : "handshake_failure";
}

static enum tls_failure expected_failure(const struct fault *fault) {
    const struct tls_knobs *changes = &fault->changes.tls;

    if (changes->alert != 0)
        return TLS_FAILURE_REFUSED;
    return changes->versions.max != 0 ? TLS_FAILURE_VERSION : TLS_FAILURE_CIPHER;
}

static void check_sound(struct lab *lab, struct tls_offer *offer, const struct fault *fault) {
    struct talk talk;
    enum engine_result result = talk_recipe(&talk, lab, offer, fault->name);

    print_message("%s: %d %s %s\n", fault->name, result, tls_alert_name(talk.facts.alert_read),
                  talk.facts.reason);
    const struct agreement *agreed = agreement_of(fault->name);
    if (fault->expect == EXPECT_DELIVER && (agreed == NULL || is_in_offer(agreed))) {
        assert_int_equal(result, ENGINE_OK);
        assert_true(talk_exchanges(&talk));
        assert_int_equal(talk.record.handshake, TLS_HANDSHAKE_COMPLETED);
        assert_int_equal(talk.record.alert_read, TLS_NO_ALERT);
    } else if (strcmp(fault->name, "bad-handshake-signature") == 0) {
        assert_true(talk.facts.bad_signature);
    } else if (fault->changes.tls.client_cert == TLS_CLIENT_CERT_REFUSED) {
        assert_int_equal(result, ENGINE_OK);
        assert_false(talk_exchanges(&talk));
        assert_int_equal(talk.record.handshake, TLS_HANDSHAKE_FAILED);
        assert_int_equal(talk.record.failure, TLS_FAILURE_REFUSED);
    } else {
        assert_int_equal(result, ENGINE_FAILED);
        assert_string_equal(tls_alert_name(talk.facts.alert_read), expected_alert(fault));
        assert_int_equal(talk.record.handshake, TLS_HANDSHAKE_FAILED);
        assert_int_equal(talk.record.failure, expected_failure(fault));
    }
    talk_fini(&talk);
}

static void test_a_client_with_sound_settings(void **state) {
    struct tls_offer *offer = NULL;

    assert_int_equal(tls_offer_new(&sound, &offer, NULL), 0);
    for (size_t i = 0; i < catalogue_count; i++)
        if (is_ours(&catalogue[i]))
            check_sound(*state, offer, &catalogue[i]);
    tls_offer_free(&offer);
}

/* A new row must say above what a client sees of it; those that never shake hands apart. */
static void test_knows_all_rows(void **state) {
    (void)state;
    for (size_t i = 0; i < catalogue_count; i++) {
        const struct fault *fault = &catalogue[i];
        bool known = !is_ours(fault) || fault->changes.tls.alert != 0 ||
                     strcmp(fault->name, "bad-handshake-signature") == 0;
        if (!known && agreement_of(fault->name) == NULL)
            fail_msg("%s: not in the table of agreements", fault->name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_client_that_takes_everything),
        cmocka_unit_test(test_a_client_with_sound_settings),
        cmocka_unit_test(test_knows_all_rows),
    };

    return cmocka_run_group_tests_name("tls faults", tests, set_up, tear_down);
}
