/* What path building says: each flaw by its own name and at its depth, all of them, and nothing of a sound chain. */
#include <openssl/pem.h>

#include "base/file.h"
#include "fault/compose.h"
#include "forged.h"
#include "mint/identity_internal.h"
#include "mint/mint.h"

static const struct {
    const char *recipe, *flaws;
    const char *key, *signature; /* the leaf's */
    size_t certs;
    unsigned path_bits_min;
} recipe_cases[] = {
    {"control", "", "EC 256 secp256r1", "ecdsa-with-SHA256", 2, 0},
    {"control-tls12", "", "EC 256 secp256r1", "ecdsa-with-SHA256", 2, 0},
    {"control-tls13", "", "EC 256 secp256r1", "ecdsa-with-SHA256", 2, 0},
    {"control-rsa3072", "", "RSA 3072 ", "rsassaPss SHA-256", 2, 3072},
    {"self-signed", "self-signed leaf 0", "EC 256 secp256r1", "ecdsa-with-SHA256", 1, 0},
    {"expired", "expired 0", "EC 256 secp256r1", "ecdsa-with-SHA256", 2, 0},
    {"expired-1970", "expired 0", "EC 256 secp256r1", "ecdsa-with-SHA256", 2, 0},
    {"not-yet-valid", "not yet valid 0", "EC 256 secp256r1", "ecdsa-with-SHA256", 2, 0},
    {"wrong-host", "", "EC 256 secp256r1", "ecdsa-with-SHA256", 2, 0},
    {"untrusted-root", "untrusted 1", "EC 256 secp256r1", "ecdsa-with-SHA256", 2, 0},
    {"incomplete-chain", "untrusted 0", "EC 256 secp256r1", "ecdsa-with-SHA256", 1, 0},
    {"rsa1024", "", "RSA 1024 ", "rsassaPss SHA-256", 2, 1024},
    {"rsa512", "", "RSA 512 ", "rsassaPss SHA-256", 2, 512},
    {"sha1", "", "EC 256 secp256r1", "ecdsa-with-SHA1", 2, 0},
    {"md5", "", "RSA 3072 ", "md5WithRSAEncryption", 2, 3072},
    {"worst", "self-signed leaf 0, expired 0", "RSA 1024 ", "sha1WithRSAEncryption", 1, 1024},
    {"expired+untrusted-root", "untrusted 1, expired 0", "EC 256 secp256r1", "ecdsa-with-SHA256", 2,
     0},
};

static void key_text(const struct facts_cert *cert, char *out, size_t size_b) {
    snprintf(out, size_b, "%s %u %s",
             cert->key == FACTS_KEY_RSA  ? "RSA"
             : cert->key == FACTS_KEY_EC ? "EC"
                                         : "other",
             cert->key_bits, cert->curve);
}

static void judge_identity(const struct identity *identity, const struct trust *trust,
                           struct facts_chain *out) {
    X509 *certs[4] = {identity->leaf};
    size_t count = 1;

    for (int i = 0; i < sk_X509_num(identity->chain); i++)
        certs[count++] = sk_X509_value(identity->chain, i);
    forge_judge(certs, count, trust, out);
}

static void test_recipes(void **state) {
    struct key_pool *pool = NULL;
    struct mint_lab *lab = NULL;

    (void)state;
    assert_int_equal(key_pool_new(NULL, &pool, NULL), 0);
    assert_int_equal(mint_lab_new("localhost", pool, now_s, &lab, NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(recipe_cases); i++) {
        struct identity *identity = NULL;
        struct facts_chain chain;
        struct scenario scenario;
        struct err err;
        char key[64];
        assert_int_equal(scenario_parse(recipe_cases[i].recipe, &scenario, &err), 0);
        assert_int_equal(mint_identity(lab, &scenario.recipe.mint, now_s, &identity, &err), 0);
        struct trust *trust = forge_trust(identity->anchor);
        judge_identity(identity, trust, &chain);
        check_flaws(recipe_cases[i].recipe, &chain, recipe_cases[i].flaws);
        key_text(&chain.certs[0], key, sizeof key);
        assert_string_equal(key, recipe_cases[i].key);
        assert_string_equal(chain.certs[0].signature.name, recipe_cases[i].signature);
        assert_int_equal(chain.cert_count, recipe_cases[i].certs);
        assert_int_equal(chain.certs_seen, recipe_cases[i].certs);
        assert_int_equal(chain.path_bits_min, recipe_cases[i].path_bits_min);
        assert_int_equal(chain.staple, FACTS_STAPLE_NONE);
        facts_chain_fini(&chain);
        trust_free(&trust);
        identity_free(&identity);
    }
    mint_lab_free(&lab);
    key_pool_free(&pool);
}

#define LEAF(...)   &(const struct forge)FORGE("mx.test", __VA_ARGS__)
#define MIDDLE(...) &(const struct forge)FORGE("Middle", __VA_ARGS__)
#define ROOT(...)   &(const struct forge)FORGE("Root", __VA_ARGS__)
#define SINCE(name, from_days, until_days, ...)                                                    \
    &(const struct forge) {                                                                        \
        .subject = name, .extensions = {__VA_ARGS__}, .from_s = (from_days)*DAY_S,                 \
        .until_s = (until_days)*DAY_S                                                              \
    }

#define UNDER_NOBODY FORGE_SKI, AKI_OF_NOBODY, FORGE_CA_BC, FORGE_CA_KU

#define REQUIRED(after)                                                                            \
    { "policyConstraints", "critical,requireExplicitPolicy:" after }
#define POLICY(der)                                                                                \
    { "certificatePolicies", "DER:" der }
/* The policies 1.2.3 and 1.2.4, each, both, and any. */
#define POLICY_3   POLICY("3006300406022A03")
#define POLICY_4   POLICY("3006300406022A04")
#define POLICY_3_4 POLICY("300C300406022A03300406022A04")
#define POLICY_ANY POLICY("300830060604551D2000")

/* Leaf, intermediate and root; what is NULL is sound. */
static const struct chain_case {
    const char *name, *flaws;
    const struct forge *leaf, *middle, *root;
    bool sends_root, stranger;
} chain_cases[] = {
    {.name = "sound", .flaws = ""},
    {.name = "sound, with the root", .flaws = "", .sends_root = true},
    {.name = "a stranger's root that is sent",
     .flaws = "self-signed root 2",
     .sends_root = true,
     .stranger = true},
    {.name = "a stranger's root that is not", .flaws = "untrusted 1", .stranger = true},
    {.name = "an expired intermediate",
     .flaws = "expired 1",
     .middle = SINCE("Middle", -9, -1, FORGE_CA)},
    {.name = "an expired root", .flaws = "expired 2", .root = SINCE("Root", -9, -1, FORGE_CA)},
    {.name = "an intermediate that is yet to come, and an expired leaf",
     .flaws = "not yet valid 1, expired 0",
     .leaf = SINCE("mx.test", -9, -1, FORGE_SOUND),
     .middle = SINCE("Middle", 1, 9, FORGE_CA)},
    {.name = "CA:FALSE above a leaf",
     .flaws = "not a CA 1",
     .middle = MIDDLE(FORGE_SKI, FORGE_AKI, FORGE_BC)},
    {.name = "no keyCertSign",
     .flaws = "key usage 1",
     .middle = MIDDLE(FORGE_SKI, FORGE_AKI, FORGE_CA_BC, {"keyUsage", "critical,cRLSign"})},
    {.name = "no key usage in an authority",
     .flaws = "key usage 1",
     .middle = MIDDLE(FORGE_SKI, FORGE_AKI, FORGE_CA_BC)},
    {.name = "an authority for clients",
     .flaws = "purpose 1",
     .middle = MIDDLE(FORGE_CA, {"extendedKeyUsage", "clientAuth"})},
    {.name = "a leaf for code",
     .flaws = "purpose 0",
     .leaf = LEAF(FORGE_SKI, FORGE_AKI, FORGE_KU, {"extendedKeyUsage", "codeSigning"}, FORGE_SAN)},
    {.name = "a leaf for anything",
     .flaws = "any purpose 0",
     .leaf = LEAF(FORGE_SKI, FORGE_AKI, FORGE_KU, {"extendedKeyUsage", "anyExtendedKeyUsage"},
                  FORGE_SAN)},
    {.name = "an authority for anything",
     .flaws = "any purpose 1",
     .middle = MIDDLE(FORGE_CA, {"extendedKeyUsage", "anyExtendedKeyUsage"})},
    {.name = "a leaf that may only encipher data",
     .flaws = "key usage 0",
     .leaf = LEAF(FORGE_SKI, FORGE_AKI, {"keyUsage", "dataEncipherment"}, FORGE_EKU, FORGE_SAN)},
    {.name = "an unknown critical extension",
     .flaws = "unknown critical 0",
     .leaf = LEAF(FORGE_SOUND, {"1.2.3.4", "critical,DER:0500"})},
    {.name = "an unknown extension",
     .flaws = "",
     .leaf = LEAF(FORGE_SOUND, {"1.2.3.4", "DER:0500"})},
    {.name = "a path length that is exceeded",
     .flaws = "length 2",
     .root = ROOT(FORGE_SKI, FORGE_AKI, {"basicConstraints", "critical,CA:TRUE,pathlen:0"},
                  FORGE_CA_KU)},
    {.name = "a name outside the constraints",
     .flaws = "name constraints 0",
     .middle = MIDDLE(FORGE_CA, {"nameConstraints", "critical,permitted;DNS:example.org"})},
    {.name = "no authority key identifier",
     .flaws = "encoding 0",
     .leaf = LEAF(FORGE_SKI, FORGE_KU, FORGE_EKU, FORGE_SAN)},
    {.name = "basic constraints that are not critical",
     .flaws = "encoding 1",
     .middle = MIDDLE(FORGE_SKI, FORGE_AKI, {"basicConstraints", "CA:TRUE"}, FORGE_CA_KU)},
    {.name = "an empty subject whose SAN is not critical",
     .flaws = "encoding 0",
     .leaf = &(const struct forge)FORGE(NULL, FORGE_SOUND)},
    {.name = "an anchor of another age",
     .flaws = "",
     .middle = MIDDLE(UNDER_NOBODY),
     .root = ROOT({"basicConstraints", "CA:TRUE"})},
    {.name = "an anchor of version 1",
     .flaws = "",
     .middle = MIDDLE(UNDER_NOBODY),
     .root = &(const struct forge){.subject = "Root", .version = -1}},
    {.name = "an intermediate of version 1",
     .flaws = "not a CA 1",
     .leaf = LEAF(FORGE_SKI, AKI_OF_NOBODY, FORGE_KU, FORGE_EKU, FORGE_SAN),
     .middle = &(const struct forge){.subject = "Middle", .version = -1}},
    /* Policies (RFC 5280 6.1): any will do, once an authority insists on one. */
    {.name = "a policy is required, and nobody has any",
     .flaws = "other 0",
     .middle = MIDDLE(FORGE_CA, REQUIRED("0"))},
    {.name = "... and the leaf has none",
     .flaws = "other 0",
     .middle = MIDDLE(FORGE_CA, REQUIRED("0"), POLICY_3)},
    {.name = "... and the leaf has another",
     .flaws = "other 0",
     .leaf = LEAF(FORGE_SOUND, POLICY_4),
     .middle = MIDDLE(FORGE_CA, REQUIRED("0"), POLICY_3)},
    {.name = "... and both have it",
     .flaws = "",
     .leaf = LEAF(FORGE_SOUND, POLICY_3_4),
     .middle = MIDDLE(FORGE_CA, REQUIRED("0"), POLICY_3)},
    {.name = "... and the authority has them all",
     .flaws = "",
     .leaf = LEAF(FORGE_SOUND, POLICY_4),
     .middle = MIDDLE(FORGE_CA, REQUIRED("0"), POLICY_ANY)},
    {.name = "a policy is required further below",
     .flaws = "",
     .middle = MIDDLE(FORGE_CA, REQUIRED("2"))},
    {.name = "a policy that nobody requires",
     .flaws = "",
     .leaf = LEAF(FORGE_SOUND, POLICY_4),
     .middle = MIDDLE(FORGE_CA, POLICY_3)},
    {.name = "a leaf that requires one of itself",
     .flaws = "other 0",
     .leaf = LEAF(FORGE_SOUND, REQUIRED("0"))},
};

static void forge_case(const struct chain_case *c, struct forged *out) {
    forge_chain(c->leaf, c->middle, c->root, out);
}

static void test_chains(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(chain_cases); i++) {
        const struct chain_case *c = &chain_cases[i];
        struct forged forged;
        struct facts_chain chain;
        forge_case(c, &forged);
        struct trust *trust = forge_trust(c->stranger ? NULL : forged.certs[2]);
        forge_judge(forged.certs, c->sends_root ? 3 : 2, trust, &chain);
        check_flaws(c->name, &chain, c->flaws);
        facts_chain_fini(&chain);
        trust_free(&trust);
        forged_fini(&forged);
    }
}

/* Signed by another key than the issuer's name and key identifier say. */
static void test_bad_signatures(void **state) {
    static const struct chain_case sound = {.name = "sound"};
    static const char *const flaws[] = {"bad signature 0", "bad signature 1"};
    struct facts_chain chain;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(flaws); i++) {
        struct forged forged;
        EVP_PKEY *other = forge_key();
        forge_case(&sound, &forged);
        assert_true(X509_sign(forged.certs[i], other, EVP_sha256()) > 0);
        struct trust *trust = forge_trust(forged.certs[2]);
        forge_judge(forged.certs, 2, trust, &chain);
        check_flaws(flaws[i], &chain, flaws[i]);
        facts_chain_fini(&chain);
        trust_free(&trust);
        EVP_PKEY_free(other);
        forged_fini(&forged);
    }
}

/* Neither order nor what else is sent matters; an intermediate may be the anchor. */
static void test_orders(void **state) {
    static const struct chain_case sound = {.name = "sound"};
    static const struct {
        size_t anchor, order[4], count;
    } cases[] = {
        {2, {0, 2, 1}, 3}, {2, {0, 1, 1, 1}, 4}, {1, {0, 1}, 2}, {1, {0}, 1}, {0, {0}, 1},
    };
    struct forged forged;
    struct facts_chain chain;

    (void)state;
    forge_case(&sound, &forged);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        X509 *certs[4];
        for (size_t j = 0; j < cases[i].count; j++)
            certs[j] = forged.certs[cases[i].order[j]];
        struct trust *trust = forge_trust(forged.certs[cases[i].anchor]);
        forge_judge(certs, cases[i].count, trust, &chain);
        check_flaws("another order", &chain, "");
        assert_int_equal(chain.certs_seen, cases[i].count);
        facts_chain_fini(&chain);
        trust_free(&trust);
    }
    forged_fini(&forged);
}

/* A leaf, `count` authorities and a root. */
static void judge_long_chain(const struct forge *under, size_t count, struct facts_chain *out) {
    struct forge authority = *under;
    EVP_PKEY *key = forge_key();
    X509 *certs[FORGE_MAX_CHAIN];

    certs[count + 1] = forge_cert(&authority, key, NULL);
    for (size_t i = count + 1; i-- > 0;) {
        char name[32];
        struct forge_issuer issuer = {certs[i + 1], key};
        struct forge forge = i == 0 ? sound_leaf : authority;
        snprintf(name, sizeof name, "Authority %zu", i);
        forge.subject = i == 0 ? forge.subject : name;
        certs[i] = forge_cert(&forge, key, &issuer);
    }
    struct trust *trust = forge_trust(certs[count + 1]);
    forge_judge(certs, count + 2, trust, out);
    trust_free(&trust);
    for (size_t i = 0; i < count + 2; i++)
        X509_free(certs[i]);
    EVP_PKEY_free(key);
}

static void test_long_chains(void **state) {
    static const struct {
        size_t authorities;
        const char *flaws;
    } cases[] = {{31, ""}, {33, "length 33"}, {100, "length 33"}};
    static const struct forge authority = FORGE("Authority", FORGE_CA);
    struct facts_chain chain;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        judge_long_chain(&authority, cases[i].authorities, &chain);
        check_flaws("a long chain", &chain, cases[i].flaws);
        assert_int_equal(chain.certs_seen, cases[i].authorities + 2);
        assert_int_equal(chain.cert_count, FACTS_MAX_CERTS);
        facts_chain_fini(&chain);
    }
}

/* Two policies, each of which stands for both one step below: their tree has 2^30 leaves (CVE-2023-0464). */
static void test_policies_that_multiply(void **state) {
    static const struct forge authority =
        FORGE("Authority", FORGE_CA, REQUIRED("0"), POLICY_3_4,
              {"policyMappings", "DER:3028300806022A0306022A03300806022A0306022A04"
                                 "300806022A0406022A03300806022A0406022A04"});
    struct facts_chain chain;

    (void)state;
    judge_long_chain(&authority, 30, &chain);
    check_flaws("policies that multiply", &chain, "other 0");
    facts_chain_fini(&chain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recipes),        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_bad_signatures), cmocka_unit_test(test_orders),
        cmocka_unit_test(test_long_chains),    cmocka_unit_test(test_policies_that_multiply),

    };

    return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
