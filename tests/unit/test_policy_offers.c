/* What a client may offer under each policy, by the year; and what it offers to find out what a server takes beside. */
#include <openssl/ssl.h>

#include "base/file.h"
#include "base/mem.h"
#include "fault/catalogue.h"
#include "policy/policy_tables.h"
#include "snapshot.h"
#include "tls/client.h"

static void check_offer(const struct policy *policy, int year, const struct tls_offer_spec *spec) {
    struct tls_offer *offer = NULL;
    struct err err = {.text = ""};

    if (tls_offer_new(spec, &offer, &err) != 0)
        fail_msg("%s in %d: %s", policy->name, year, err.text);
    tls_offer_free(&offer);
}

static void test_openssl_takes_the_offers(void **state) {
    static const int years[] = {2021, 2023, 2025, 2026, 2027, 2030, 2031, 2032, 2050};

    (void)state;
    for (size_t i = 0; policy_at(i) != NULL; i++)
        for (size_t j = 0; j < ARRAY_LEN(years); j++) {
            struct tls_offer_spec spec;
            struct buf strings;

            buf_init(&strings, POLICY_OFFER_MAX_B);
            policy_offer(policy_at(i), years[j], &spec, &strings);
            check_offer(policy_at(i), years[j], &spec);
            policy_offer_wide(policy_at(i), years[j], &spec, &strings);
            check_offer(policy_at(i), years[j], &spec);
            assert_false(strings.overflow);
            buf_fini(&strings);
        }
}

static bool list_has(const char *list, const char *item) {
    size_t len = strlen(item);

    for (const char *at = list; (at = strstr(at, item)) != NULL; at += len)
        if ((at == list || at[-1] == ':') && (at[len] == ':' || at[len] == '\0'))
            return true;
    return false;
}

static void test_offers_go_by_the_year(void **state) {
    static const struct {
        const char *policy;
        int year;
        const char *item;
        bool is_offered;
    } cases[] = {
        {"bsi", 2025, "rsa_pkcs1_sha256", true},
        {"bsi", 2026, "rsa_pkcs1_sha256", false},
        {"bsi-lenient", 2026, "rsa_pkcs1_sha256", true},
        {"bsi", 2029, "DHE-RSA-AES128-GCM-SHA256", true},
        {"bsi", 2030, "DHE-RSA-AES128-GCM-SHA256", false},
        {"bsi", 2030, "ffdhe3072", true}, /* in TLS 1.3 */
        {"bsi", 2022, "ffdhe2048", true},
        {"bsi", 2023, "ffdhe2048", false},
        {"bsi", 2026, "ECDHE-ECDSA-AES128-SHA256", true},
        {"bsi", 2026, "ECDHE-ECDSA-AES128-SHA", false},
        {"bsi", 2026, "x25519", false},
        {"bsi-lenient", 2026, "x25519", true},
        {"bsi", 2026, "brainpoolP256r1", true},
        {"bsi", 2026, "ed25519", false},
        {"bsi", 2026, "TLS_CHACHA20_POLY1305_SHA256", false},
        {"ncsc-nl", 2026, "TLS_AES_128_CCM_8_SHA256", false},
        {"nist", 2026, "ffdhe2048", true},
        {"nist", 2031, "ffdhe2048", false},
        {"mozilla-modern", 2026, "ECDHE-RSA-AES128-GCM-SHA256", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tls_offer_spec spec;
        struct buf strings;

        buf_init(&strings, POLICY_OFFER_MAX_B);
        policy_offer(policy_find(cases[i].policy), cases[i].year, &spec, &strings);
        const char *lists[] = {spec.suites, spec.suites13, spec.groups, spec.schemes};
        bool found = false;
        for (size_t j = 0; j < ARRAY_LEN(lists); j++)
            found |= lists[j] != NULL && list_has(lists[j], cases[i].item);
        if (found != cases[i].is_offered)
            fail_msg("%s in %d: %s", cases[i].policy, cases[i].year, cases[i].item);
        buf_fini(&strings);
    }
}

/* Modern allows no more than TLS 1.3; where all has expired, everything is offered. */
static void test_offers_at_the_edges(void **state) {
    struct tls_offer_spec spec;
    struct buf strings;

    (void)state;
    buf_init(&strings, POLICY_OFFER_MAX_B);
    policy_offer(policy_find("mozilla-modern"), 2026, &spec, &strings);
    assert_int_equal(spec.min_version, TLS1_3);
    assert_int_equal(spec.max_version, TLS1_3);
    assert_null(spec.suites);
    policy_offer(policy_find("bsi"), 2032, &spec, &strings);
    assert_int_equal(spec.min_version, TLS1_3);
    assert_null(spec.groups);
    policy_offer_wide(policy_find("bsi"), 2026, &spec, &strings);
    assert_int_equal(spec.min_version, TLS1_0);
    assert_true(list_has(spec.suites, "NULL-SHA"));
    assert_true(list_has(spec.suites13, "TLS_CHACHA20_POLY1305_SHA256"));
    assert_true(list_has(spec.groups, "x25519"));
    assert_int_equal(strncmp(spec.groups, "secp256r1:", 10), 0);
    buf_fini(&strings);
}

static void expect_disjoint(const struct policy *policy, const char *weak, const char *allowed) {
    char item[64];

    for (const char *at = weak; at != NULL && *at != '\0'; at += *at == ':') {
        size_t len = strcspn(at, ":");
        snprintf(item, sizeof item, "%.*s", (int)len, at);
        if (allowed != NULL && list_has(allowed, item))
            fail_msg("%s: %s is allowed and forbidden", policy->name, item);
        at += len;
    }
}

/* What is offered as forbidden the policy does not allow, whatever the year. */
static void test_weak_offers_hold_nothing_that_is_allowed(void **state) {
    static const int years[] = {2021, 2026, 2032};

    (void)state;
    for (size_t i = 0; policy_at(i) != NULL; i++)
        for (size_t j = 0; j < ARRAY_LEN(years); j++)
            for (int weak = 0; weak < POLICY_WEAK_COUNT; weak++) {
                struct tls_offer_spec strict, spec;
                struct buf strings, more;
                buf_init(&strings, POLICY_OFFER_MAX_B);
                buf_init(&more, POLICY_OFFER_MAX_B);
                policy_offer(policy_at(i), years[j], &strict, &strings);
                if (policy_offer_weak(policy_at(i), years[j], (enum policy_weak)weak, &spec,
                                      &more)) {
                    check_offer(policy_at(i), years[j], &spec);
                    if (weak == POLICY_WEAK_SUITES)
                        expect_disjoint(policy_at(i), spec.suites, strict.suites);
                    if (weak == POLICY_WEAK_SUITES13)
                        expect_disjoint(policy_at(i), spec.suites13, strict.suites13);
                    if (weak == POLICY_WEAK_GROUPS)
                        expect_disjoint(policy_at(i), spec.groups, strict.groups);
                }
                buf_fini(&strings);
                buf_fini(&more);
            }
}

static void test_weak_offers(void **state) {
    static const struct {
        const char *policy;
        enum policy_weak weak;
        const char *item; /* NULL: there is nothing to offer */
        bool is_offered;
    } cases[] = {
        {"bsi", POLICY_WEAK_SUITES, "NULL-SHA256", true},
        {"bsi", POLICY_WEAK_SUITES, "AES128-GCM-SHA256", true},
        {"bsi", POLICY_WEAK_SUITES, "ECDHE-ECDSA-AES128-GCM-SHA256", false},
        {"bsi", POLICY_WEAK_SUITES, "ECDHE-RSA-CHACHA20-POLY1305", false}, /* merely not listed */
        {"bsi", POLICY_WEAK_SUITES13, NULL, false},
        {"bsi", POLICY_WEAK_GROUPS, "secp192r1", true},
        {"bsi", POLICY_WEAK_GROUPS, "ffdhe2048", false},
        {"bsi", POLICY_WEAK_GROUPS, "x25519", false},
        {"bsi", POLICY_WEAK_GROUPS, "secp256r1", false},
        {"bsi", POLICY_WEAK_GROUPS_ECDSA, "secp192r1", true},
        {"bsi", POLICY_WEAK_GROUPS_ECDSA, "secp256r1", true},
        {"bsi", POLICY_WEAK_GROUPS13, "ffdhe2048", true},
        {"bsi", POLICY_WEAK_GROUPS13, "secp256r1", false},
        {"bsi", POLICY_WEAK_GROUPS13, "secp192r1", false},
        {"rfc9325", POLICY_WEAK_GROUPS13, NULL, false}, /* TLS 1.3 has none of them */
        {"bsi", POLICY_WEAK_DHE, "DHE-RSA-AES128-GCM-SHA256", true},
        {"bsi", POLICY_WEAK_DHE, "ECDHE-RSA-AES128-GCM-SHA256", false},
        {"nist", POLICY_WEAK_SUITES13, "TLS_CHACHA20_POLY1305_SHA256", true},
        {"rfc9325", POLICY_WEAK_SUITES, "NULL-SHA256", true},
        {"rfc9325", POLICY_WEAK_SUITES, "AES128-GCM-SHA256", false}, /* SHOULD NOT */
        {"rfc9325", POLICY_WEAK_SUITES13, NULL, false},
        {"rfc9325", POLICY_WEAK_GROUPS, "secp192r1", true},
        {"rfc9325", POLICY_WEAK_GROUPS, "secp224r1", false},
        {"mozilla-modern", POLICY_WEAK_DHE, NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tls_offer_spec spec;
        struct buf strings;
        buf_init(&strings, POLICY_OFFER_MAX_B);
        bool any =
            policy_offer_weak(policy_find(cases[i].policy), 2026, cases[i].weak, &spec, &strings);
        const char *list =
            cases[i].weak == POLICY_WEAK_SUITES13 ? spec.suites13
            : cases[i].weak >= POLICY_WEAK_GROUPS && cases[i].weak <= POLICY_WEAK_GROUPS13
                ? spec.groups
                : spec.suites;
        print_message("%s %d %s\n", cases[i].policy, cases[i].weak, any ? list : "");
        assert_int_equal(any, cases[i].item != NULL);
        if (any)
            assert_int_equal(list_has(list, cases[i].item), cases[i].is_offered);
        buf_fini(&strings);
    }
}

static void test_offers_by_key(void **state) {
    struct tls_offer_spec spec;
    struct buf strings;

    (void)state;
    buf_init(&strings, POLICY_OFFER_MAX_B);
    policy_offer_key(policy_find("bsi"), 2026, FACTS_KEY_RSA, &spec, &strings);
    check_offer(policy_find("bsi"), 2026, &spec);
    assert_true(list_has(spec.suites, "ECDHE-RSA-AES128-GCM-SHA256"));
    assert_null(strstr(spec.suites, "ECDSA"));
    assert_null(strstr(spec.schemes, "ecdsa"));
    assert_null(strstr(spec.schemes, "ed25519"));
    buf_reset(&strings);
    policy_offer_key(policy_find("bsi"), 2026, FACTS_KEY_EC, &spec, &strings);
    check_offer(policy_find("bsi"), 2026, &spec);
    assert_true(list_has(spec.suites, "ECDHE-ECDSA-AES128-GCM-SHA256"));
    assert_null(strstr(spec.suites, "-RSA-"));
    assert_null(strstr(spec.schemes, "rsa_"));
    buf_fini(&strings);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openssl_takes_the_offers),
        cmocka_unit_test(test_offers_go_by_the_year),
        cmocka_unit_test(test_offers_at_the_edges),
        cmocka_unit_test(test_weak_offers_hold_nothing_that_is_allowed),
        cmocka_unit_test(test_weak_offers),
        cmocka_unit_test(test_offers_by_key),
    };

    return cmocka_run_group_tests_name("policy offers", tests, NULL, NULL);
}
