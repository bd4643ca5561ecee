/* The judge against the catalogue, over handshakes in memory: under bsi each fault shows its clue
 * and nothing else, a control nothing, and the worst server the six flaws that it was built for. */
#include "judging.h"

static void judge(struct lab *lab, const struct offers *offers, const struct policy *policy,
                  const struct recipe *recipe, struct buf *out) {
    struct host_facts facts;
    struct findings findings;

    look(lab, offers, recipe, &facts);
    findings_init(&findings);
    policy_judge(policy, &facts, now_s, &findings);
    buf_reset(out);
    for (size_t i = 0; i < findings.count; i++) {
        const struct finding *f = &findings.items[i];
        print_message("  %d %s: seen %s, wanted %s [%s]\n", f->depth, f->rule->name, f->seen,
                      f->wanted, f->source);
        buf_printf(out, "%s%s %s", i > 0 ? ", " : "", severity_name(f->severity), f->rule->name);
    }
    findings_fini(&findings);
    facts_chain_fini(&facts.chain);
}

static void expect_recipe(struct lab *lab, const struct offers *offers, const struct policy *policy,
                          const char *name, const struct recipe *recipe, const char *expected) {
    struct buf found;

    buf_init(&found, 4096);
    judge(lab, offers, policy, recipe, &found);
    if (strcmp(buf_text(&found), expected) != 0)
        fail_msg("%s under %s: found '%s', not '%s'", name, policy_name(policy), buf_text(&found),
                 expected);
    buf_fini(&found);
}

static void expect(struct lab *lab, const struct offers *offers, const struct policy *policy,
                   const char *name, const char *expected) {
    struct scenario scenario;
    struct err err = {.text = ""};

    if (scenario_parse(name, &scenario, &err) != 0)
        fail_msg("%s: %s", name, err.text);
    expect_recipe(lab, offers, policy, name, &scenario.recipe, expected);
}

/* Nothing is fetched over HTTP. */
static bool is_beyond_policies(const struct fault *fault) {
    return mint_needs_web(&fault->changes.mint) || mint_needs_web(&fault->needs.mint);
}

/* Where the judge sees something else than the clue alone. */
static const struct {
    const char *fault, *findings;
} deviations[] = {
    /* The name that is none is outside the root's constraints, too. */
    {"nul-in-cn", "fail cert-name, fail cert-name-constraints"},
    {"nul-in-san", "fail cert-name, warn cert-encoding"},
    /* libcrypto takes no certificate for issued that it cannot read. */
    {"duplicate-extension", "fail cert-trust, fail cert-encoding"},
    {"malformed-extension", "fail cert-trust, fail cert-encoding"},
    {"v1-intermediate", "fail cert-chain, fail cert-encoding"},
    /* Once for the authority's subject, once for the leaf's issuer. */
    {"empty-issuer", "fail cert-encoding, fail cert-encoding"},
    {"address-as-dns-name", "fail cert-name, warn cert-encoding"},
    /* Without its issuer's identifier the leaf cannot have it either. */
    {"no-authority-ski", "fail cert-encoding, fail cert-encoding"},
    {"ed25519-key", "fail key-type, fail handshake-signature"},
    {"ed448-key", "fail key-type, fail handshake-signature"},
    /* What stands in for control-rsa3072 with senders that know no PSS, for which BSI asks. */
    {"control-rsa3072-pkcs1", "fail cert-signature"},
    {"serial-zero", "warn cert-encoding"},
    {"serial-negative", "warn cert-encoding"},
    {"serial-long", "warn cert-encoding"},
    /* Without must-staple such a staple proves nothing, either way. */
    {"ocsp-staple-unknown", "warn cert-revocation-unknown"},
    {"ocsp-staple-expired", "warn cert-revocation-unknown"},
    {"ocsp-staple-not-yet-valid", "warn cert-revocation-unknown"},
    {"ocsp-staple-wrong-cert", "warn cert-revocation-unknown"},
    {"ocsp-staple-bad-signature", "warn cert-revocation-unknown"},
    {"ocsp-staple-wrong-signer", "warn cert-revocation-unknown"},
    {"ocsp-staple-self-signed", "warn cert-revocation-unknown"},
    {"ocsp-staple-trylater", "warn cert-revocation-unknown"},
    {"ocsp-staple-garbage", "warn cert-revocation-unknown"},
    {"empty-san", "fail cert-name, fail cert-encoding"},
    {"eku-any", "warn cert-eku"}, /* whoever verifies may take it (RFC 5280 4.2.1.12) */
    {"malformed-san", "fail cert-trust, fail cert-name, fail cert-encoding"},
    {"san-u-label", "fail cert-encoding"},
    /* libcrypto is content with the first of two ways up. */
    {"second-path-sha1", "fail cert-signature"},
    {"address-as-dns-name", "fail cert-name, warn cert-encoding"},
    /* One key alone does not show that another has the same prime. */
    {"rsa-shared-prime", ""},
};

/* What a sender may bear is a flaw of the server's all the same, where it has a clue. */
static bool is_flaw(const struct fault *fault) {
    return fault_is_fault_under(fault, "bsi") ||
           (fault->expect == EXPECT_EITHER && fault->clue != NULL);
}

static void expected_of(const struct fault *fault, char *out, size_t size_b) {
    out[0] = '\0';
    if (is_flaw(fault) && !is_beyond_policies(fault))
        snprintf(out, size_b, "fail %s", fault->clue);
    for (size_t i = 0; i < ARRAY_LEN(deviations); i++)
        if (strcmp(deviations[i].fault, fault->name) == 0)
            snprintf(out, size_b, "%s", deviations[i].findings);
}

static void test_every_fault_shows_its_clue(void **state) {
    const struct policy *bsi = policy_find("bsi");
    struct offers offers;

    make_offers(bsi, &offers);
    for (size_t i = 0; i < catalogue_count; i++) {
        char expected[64];
        if (!is_seen_in_tls(&catalogue[i]))
            continue;
        expected_of(&catalogue[i], expected, sizeof expected);
        expect(*state, &offers, bsi, catalogue[i].name, expected);
    }
    free_offers(&offers);
}

/* Cipher suites that exist only together with something else that BSI does not list: these faults and what is left of them
 * without their change break the same rule, by different suites. */
static const char *const in_bad_company[] = {"null-md5", "null-sha256", "anon-ecdh"};

static bool is_in_bad_company(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(in_bad_company); i++)
        if (strcmp(in_bad_company[i], name) == 0)
            return true;
    return false;
}

static uint16_t suite_of(struct lab *lab, const struct offers *offers,
                         const struct recipe *recipe) {
    struct host_facts facts;

    look(lab, offers, recipe, &facts);
    facts_chain_fini(&facts.chain);
    return facts.wide.suite;
}

static void expect_neutral(struct lab *lab, const struct offers *offers,
                           const struct policy *policy, const struct fault *fault) {
    struct scenario scenario;
    struct recipe neutral;
    bool is_bad = is_in_bad_company(fault->name);

    assert_int_equal(scenario_parse(fault->name, &scenario, NULL), 0);
    scenario_twin_recipe(&scenario, &neutral);
    expect_recipe(lab, offers, policy, fault->name, &neutral, is_bad ? "fail cipher" : "");
    if (is_bad)
        assert_int_not_equal(suite_of(lab, offers, &neutral),
                             suite_of(lab, offers, &scenario.recipe));
}

/* The row neutralised: all that a fault brings along, but not its change.  So it is the change that shows the clue, and
 * the test above would notice a row that changes nothing. */
static void test_no_fault_shows_without_its_change(void **state) {
    const struct policy *bsi = policy_find("bsi");
    struct offers offers;

    make_offers(bsi, &offers);
    for (size_t i = 0; i < catalogue_count; i++)
        if (!fault_is_control(&catalogue[i]) && is_seen_in_tls(&catalogue[i]))
            expect_neutral(*state, &offers, bsi, &catalogue[i]);
    free_offers(&offers);
}

static void test_the_worst_shows_six_flaws(void **state) {
    const struct policy *bsi = policy_find("bsi");
    struct offers offers;

    make_offers(bsi, &offers);
    expect(*state, &offers, bsi, "worst",
           "fail tls-version, fail cert-trust, fail cert-expired, fail cert-name, "
           "fail cert-signature, fail key-size");
    free_offers(&offers);
}

static const struct {
    const char *policy, *recipe, *expected;
} cases[] = {
    {"bsi", "tls10+dhe1024", "fail tls-version, fail dh-size"},
    {"bsi", "expired+wrong-host", "fail cert-expired, fail cert-name"},
    {"bsi", "rsa1024+sha1", "fail cert-signature, fail key-size"},
    {"bsi", "null-cipher+expired", "fail cert-expired, fail cipher"},
    {"bsi-lenient", "control", ""},
    {"bsi-lenient", "control-rsa3072", ""},
    {"bsi-lenient", "tls10", "fail tls-version"},
    {"nist", "control", ""},
    {"nist", "control-rsa3072", ""},
    {"nist", "dhe1024", "fail dh-size"},
    {"rfc9325", "control", ""},
    {"rfc9325", "control-rsa3072", ""},
    {"rfc9325", "dhe512", "fail dh-size, warn cipher"},
    {"mozilla-intermediate", "control", ""},
    {"mozilla-intermediate", "tls11", "fail tls-version"},
    {"mozilla-modern", "control", ""},
    {"mozilla-modern", "control-tls12", "fail tls-version"},
    {"mozilla-intermediate", "sha1-intermediate", "fail cert-signature"},
    {"nist", "rsa-e-3", "fail key-weak"},
    {"ncsc-nl", "dhe-own-prime", "fail group, warn cipher, info tls-version"},
    {"ncsc-nl", "control-tls12",
     "info tls-version, info key-type, info key-type, info cipher, info group"},
    {"ncsc-nl", "wrong-host",
     "info cert-name, info key-type, info key-type, info cipher, info group"},
};

static void test_other_policies(void **state) {
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct policy *policy = policy_find(cases[i].policy);
        struct offers offers;

        make_offers(policy, &offers);
        expect(*state, &offers, policy, cases[i].recipe, cases[i].expected);
        free_offers(&offers);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_fault_shows_its_clue),
        cmocka_unit_test(test_no_fault_shows_without_its_change),
        cmocka_unit_test(test_the_worst_shows_six_flaws),
        cmocka_unit_test(test_other_policies),
    };

    return cmocka_run_group_tests_name("isolation", tests, set_up, tear_down);
}
