/* Which path is taken where there are several, and what of the certificates that were sent is on it. */
#include "forged.h"

/* An authority that has expired, and the same with the same key that has not: whichever is met first. */
static void test_any_valid_path_will_do(void **state) {
    static const struct forge old = {
        .subject = "Middle", .extensions = {FORGE_CA}, .from_s = -9 * DAY_S, .until_s = -DAY_S};
    enum { LEAF, MIDDLE, OLD };
    static const struct {
        const char *name;
        bool old_is_stored;
        int sent[3];
        size_t count;
        const char *flaws;
        int path_sent[3]; /* of leaf, authority and root */
    } cases[] = {
        {"an old copy in the trust store", true, {LEAF, MIDDLE}, 2, "", {0, 1, -1}},
        {"an old copy there, and none sent", true, {LEAF}, 1, "expired 1", {0, -1}},
        {"an old copy is sent too", false, {LEAF, OLD, MIDDLE}, 3, "", {0, 2, -1}},
        {"... behind", false, {LEAF, MIDDLE, OLD}, 3, "", {0, 1, -1}},
        {"an old copy alone", false, {LEAF, OLD}, 2, "expired 1", {0, 1, -1}},
    };
    struct forged forged;

    (void)state;
    forge_chain(NULL, NULL, NULL, &forged);
    struct forge_issuer root = {forged.certs[2], forged.root_key};
    X509 *all[] = {forged.certs[0], forged.certs[1], forge_cert(&old, forged.middle_key, &root)};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct trust *trust = forge_trust(forged.certs[2]);
        struct facts_chain chain;
        X509 *certs[3];
        if (cases[i].old_is_stored)
            assert_int_equal(X509_STORE_add_cert(trust->store, all[OLD]), 1);
        for (size_t j = 0; j < cases[i].count; j++)
            certs[j] = all[cases[i].sent[j]];
        forge_judge(certs, cases[i].count, trust, &chain);
        check_flaws(cases[i].name, &chain, cases[i].flaws);
        for (size_t j = 0; j < chain.path_length; j++)
            if (chain.path_sent[j] != cases[i].path_sent[j])
                fail_msg("%s: %d at %zu", cases[i].name, chain.path_sent[j], j);
        bool is_stored = chain.path_length == 2;
        assert_int_equal(chain.stored_count, is_stored);
        if (is_stored) {
            assert_int_equal(chain.stored_depth[0], 1);
            assert_non_null(strstr(chain.stored[0].subject, "Middle"));
        }
        facts_chain_fini(&chain);
        trust_free(&trust);
    }
    X509_free(all[OLD]);
    forged_fini(&forged);
}

/* What is sent and not needed is not on the path, and has no part in it. */
static void test_strays_are_off_the_path(void **state) {
    static const struct forge stray = {
        .subject = "Stray", .extensions = {FORGE_CA}, .from_s = -9 * DAY_S, .until_s = -DAY_S};
    struct forged forged;
    struct facts_chain chain;

    (void)state;
    forge_chain(NULL, NULL, NULL, &forged);
    X509 *certs[] = {forged.certs[0], forge_cert(&stray, forged.root_key, NULL), forged.certs[1],
                     forged.certs[1]};
    struct trust *trust = forge_trust(forged.certs[2]);
    forge_judge(certs, ARRAY_LEN(certs), trust, &chain);
    check_flaws("a stray", &chain, "");
    assert_true(chain.certs[0].is_on_path);
    assert_false(chain.certs[1].is_on_path);
    assert_true(chain.certs[2].is_on_path);
    assert_true(chain.certs[3].is_on_path); /* the same again */
    assert_int_equal(chain.path_length, 3);
    assert_int_equal(chain.path_sent[1], 2);
    assert_int_equal(chain.path_sent[2], -1);
    facts_chain_fini(&chain);
    trust_free(&trust);
    X509_free(certs[1]);
    forged_fini(&forged);
}

/* "No issuer" has two causes, and people look for the one that is not. */
static void test_why_there_is_no_issuer(void **state) {
    static const struct forge foreign_key =
        FORGE("mx.test", FORGE_SKI, AKI_OF_NOBODY, FORGE_KU, FORGE_EKU, FORGE_SAN);
    static const struct {
        const struct forge *leaf;
        size_t count;
        const char *text;
    } cases[] = {
        {&foreign_key, 2, "no issuer with the key identifier that the certificate names"},
        {NULL, 1, "unable to get local issuer certificate"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct forged forged;
        struct facts_chain chain;
        forge_chain(cases[i].leaf, NULL, NULL, &forged);
        struct trust *trust = forge_trust(forged.certs[2]);
        forge_judge(forged.certs, cases[i].count, trust, &chain);
        assert_true(chain.path_count > 0);
        assert_int_equal(chain.path[0].flaw, FACTS_PATH_UNTRUSTED);
        assert_string_equal(chain.path[0].text, cases[i].text);
        facts_chain_fini(&chain);
        trust_free(&trust);
        forged_fini(&forged);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_valid_path_will_do),
        cmocka_unit_test(test_strays_are_off_the_path),
        cmocka_unit_test(test_why_there_is_no_issuer),
    };

    return cmocka_run_group_tests_name("path choice", tests, NULL, NULL);
}
