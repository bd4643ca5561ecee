/* Whose failure it is when a server finds nothing in common with a client. */
#include "client_talk.h"
#include "tls/rehearsal.h"

#define RSA(n)   .mint.leaf.key = {.type = KEY_RSA, .bits = n}
#define ONLY(v)  .tls.versions = {v, v}
#define NARROW   "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
#define SCHEMES  "ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256"
#define SOUND_12 .min_version = 0x0303, .max_version = 0x0303, .suites = NARROW, .schemes = SCHEMES

struct test_case {
    const char *name;
    struct recipe recipe;
    struct tls_offer_spec offer; /* all-zero: everything */
    enum tls_failure failure;
};

static const struct test_case cases[] = {
    {"a version that the client has not",
     {ONLY(0x0303)},
     {.min_version = 0x0304},
     TLS_FAILURE_VERSION},
    {"a suite", {.tls.bulk = TLS_BULK_NULL, ONLY(0x0303)}, {SOUND_12}, TLS_FAILURE_CIPHER},
    {"a suite for such a key",
     {RSA(2048), ONLY(0x0303)},
     {.max_version = 0x0303, .suites = "ECDHE-ECDSA-AES128-GCM-SHA256"},
     TLS_FAILURE_CIPHER},
    {"a group", {.tls.group = 30, ONLY(0x0303)}, {SOUND_12, .groups = "P-256"}, TLS_FAILURE_CIPHER},
    {"a group in TLS 1.3",
     {.tls.group = 30},
     {.min_version = 0x0304, .groups = "P-256", .schemes = SCHEMES},
     TLS_FAILURE_CIPHER},
    {"the curve of the key",
     {.mint.leaf.key = {.type = KEY_EC, .curve = KEY_CURVE_P224}, ONLY(0x0303)},
     {SOUND_12, .groups = "P-256"},
     TLS_FAILURE_CIPHER},
    {"a scheme for such a key",
     {RSA(2048)},
     {.min_version = 0x0304, .schemes = "ecdsa_secp256r1_sha256"},
     TLS_FAILURE_CIPHER},
    {"the only scheme",
     {RSA(2048), .tls.scheme = 0x0201, ONLY(0x0303)},
     {SOUND_12},
     TLS_FAILURE_CIPHER},

    {"a key that is too short for the scheme",
     {RSA(1024), .tls.scheme = 0x0806},
     {0},
     TLS_FAILURE_OURS},
    {"the same in TLS 1.2", {RSA(1024), .tls.scheme = 0x0806, ONLY(0x0303)}, {0}, TLS_FAILURE_OURS},
    {"a key that cannot make the scheme",
     {RSA(2048), .tls.scheme = 0x0203, ONLY(0x0303)},
     {0},
     TLS_FAILURE_OURS},
    {"a key that TLS 1.0 has no signature for",
     {.mint.leaf.key = {.type = KEY_ED25519}, .tls.bulk = TLS_BULK_AES_CBC_SHA1, ONLY(0x0301)},
     {0},
     TLS_FAILURE_OURS},
};

static void test_failures(void **state) {
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct test_case *c = &cases[i];
        struct tls_offer *offer = NULL;
        struct talk talk;

        assert_int_equal(tls_offer_new(&c->offer, &offer, NULL), 0);
        talk_through(&talk, lab, offer, &c->recipe);
        if (talk.record.failure != c->failure || talk.record.handshake != TLS_HANDSHAKE_FAILED)
            fail_msg("%s: %d, %s", c->name, talk.record.failure,
                     tls_handshake_name(talk.record.handshake));
        talk_fini(&talk);
        tls_offer_free(&offer);
    }
}

/* What libssl will not serve by itself below TLS 1.3 is served: the client sees the certificate. */
static void test_certificates_that_libssl_objects_to(void **state) {
    static const char *const recipes[] = {"wrong-key-usage+control-tls12",
                                          "duplicate-extension+control-tls12",
                                          "malformed-extension+control-tls12"};
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(recipes); i++) {
        struct talk talk;

        talk_recipe(&talk, lab, lab->wide, recipes[i]);
        if (talk.record.failure != TLS_FAILURE_NONE || talk.record.version != 0x0303)
            fail_msg("%s: %d", recipes[i], talk.record.failure);
        talk_fini(&talk);
    }
}

/* A rehearsal finds what no client can enter, and nothing against a server that refuses by its knobs. */
static void test_rehearsals(void **state) {
    static const struct {
        const char *name;
        struct recipe recipe;
        int rc;
    } rehearsals[] = {
        {"sound", {.tls.fragment_b = 0}, 0},
        {"a false signature", {.mint.private_half = MINT_PRIVATE_WRONG}, 0},
        {"an alert", {.tls.alert = 40}, 0},
        {"a client's certificate that will not do",
         {.tls.client_cert = TLS_CLIENT_CERT_REFUSED},
         0},
        {"a name that is needed", {.tls.sni = TLS_SNI_REQUIRED}, 0},
        {"Diffie-Hellman of 512 bits",
         {RSA(2048), .tls.kx = TLS_KX_DHE, .tls.dh_bits = 512, ONLY(0x0303)},
         0},
        {"a key that is too short", {RSA(1024), .tls.scheme = 0x0806}, -1},
        {"static RSA without the private key",
         {RSA(2048), .mint.private_half = MINT_PRIVATE_WRONG, .tls.kx = TLS_KX_RSA, ONLY(0x0303)},
         -1},
    };
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(rehearsals); i++) {
        struct talk talk;
        struct err err = {""};

        talk_init(&talk, lab->wide, NULL);
        talk_mint(&talk, lab, &rehearsals[i].recipe);
        if (tls_server_rehearse(talk.server, "localhost", &err) != rehearsals[i].rc)
            fail_msg("%s: %s", rehearsals[i].name, err.text);
        talk_fini(&talk);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_certificates_that_libssl_objects_to),
        cmocka_unit_test(test_rehearsals),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
