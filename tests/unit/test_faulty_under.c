/* The catalogue against all policies: a row says for itself under which of them it is a fault, and the judge must agree.
 *
 * Where every policy objects, if only by a warning, the row is a fault whatever the policy, and has no list.  Otherwise its
 * list holds those that it makes a host fail, and no other; a legal oddity without a clue makes it fail under none. */
#include "judging.h"

enum { POLICY_COUNT = 7 };

/* What the policies say of one row. */
struct say {
    bool objects[POLICY_COUNT]; /* by whatever is told of the sound twin not as well */
    bool fails[POLICY_COUNT];
};

/* Findings that make the clue unsaid, or say it in other words: what TLS 1.2 alone brings along is left out where that
 * version is none; without finite-field Diffie-Hellman its size is no matter; and a client that keeps to its policy finds
 * nothing in common. */
static const struct {
    const char *clue, *others[3];
} stand_ins[] = {
    {"cipher", {"tls-version"}},
    {"group", {"tls-version", "cipher"}},
    {"dh-size", {"tls-version", "cipher"}},
    {"handshake-signature", {"tls-version", "no-common-parameters"}},
    {"encrypt-then-mac", {"tls-version", "cipher"}},
    {"extended-master-secret", {"tls-version"}},
    {"key-size", {"key-type"}},
    {"key-type", {"key-size", "no-common-parameters"}},
    {"key-weak", {"key-type"}},
};

/* Faults by the nature of TLS, and not all policies' to find: they lie where a policy does not look; and one key alone does
 * not show that another shares its prime. */
static const char *const beyond_policies[] = {
    "rsa-shared-prime", "ske-sha1", "san-u-label",
    /* Legal, and a way up is left; libcrypto is content with the first, which rests on SHA-1. */
    "second-path-sha1"};

/* To be learnt at the web port alone, where `check` does not go. */
static bool is_elsewhere(const struct fault *fault) {
    return mint_needs_web(&fault->changes.mint) || mint_needs_web(&fault->needs.mint);
}

static bool is_beyond(const struct fault *fault) {
    if (is_elsewhere(fault))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(beyond_policies); i++)
        if (strcmp(beyond_policies[i], fault->name) == 0)
            return true;
    return false;
}

static int worst_of(const struct findings *findings, const char *rule) {
    int worst = -1;

    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->items[i].rule->name, rule) == 0 &&
            (int)findings->items[i].severity > worst)
            worst = (int)findings->items[i].severity;
    return worst;
}

/* The clue's severity, or that it must fail by another name. */
static int worst_of_clue(const struct findings *findings, const char *clue) {
    for (size_t i = 0; i < ARRAY_LEN(stand_ins); i++)
        for (size_t j = 0; strcmp(stand_ins[i].clue, clue) == 0 && j < 3; j++)
            if (stand_ins[i].others[j] != NULL &&
                worst_of(findings, stand_ins[i].others[j]) == SEVERITY_FAIL)
                return SEVERITY_FAIL;
    return worst_of(findings, clue);
}

static bool has_new_failure(const struct findings *findings, const struct findings *twin) {
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].severity == SEVERITY_FAIL &&
            worst_of(twin, findings->items[i].rule->name) < SEVERITY_FAIL)
            return true;
    return false;
}

static void find(struct lab *lab, const struct offers *offers, const struct policy *policy,
                 const struct recipe *recipe, struct findings *out) {
    struct host_facts facts;

    look(lab, offers, recipe, &facts);
    findings_init(out);
    policy_judge(policy, &facts, now_s, out);
    facts_chain_fini(&facts.chain);
}

/* What is merely told, as ncsc-nl tells of paths, counts where the twin has nothing of it. */
static void ask(struct lab *lab, const struct offers *offers, size_t policy,
                const struct fault *fault, struct say *say) {
    struct scenario scenario;
    struct recipe neutral;
    struct findings found, of_twin;

    assert_int_equal(scenario_parse(fault->name, &scenario, NULL), 0);
    scenario_twin_recipe(&scenario, &neutral);
    find(lab, offers, policy_at(policy), &scenario.recipe, &found);
    int worst = fault->clue != NULL ? worst_of_clue(&found, fault->clue) : -1;
    say->objects[policy] = worst >= SEVERITY_WARN;
    say->fails[policy] = worst == SEVERITY_FAIL;
    if (fault->clue == NULL || worst == SEVERITY_INFO) {
        find(lab, offers, policy_at(policy), &neutral, &of_twin);
        if (fault->clue == NULL)
            say->fails[policy] = has_new_failure(&found, &of_twin);
        else
            say->objects[policy] = worst_of(&of_twin, fault->clue) < worst;
        findings_fini(&of_twin);
    }
    findings_fini(&found);
}

static bool all_object(const struct say *say) {
    for (size_t i = 0; i < POLICY_COUNT; i++)
        if (!say->objects[i])
            return false;
    return true;
}

/* A server's breach of a rule to which each policy objects may still be one that a sender may bear. */
static bool is_right(const struct fault *fault, const struct say *say) {
    if (fault->clue != NULL && all_object(say))
        return fault->faulty_under[0] == NULL && fault->expect != EXPECT_DELIVER;
    if (fault->expect == EXPECT_REFUSE)
        return false;
    for (size_t i = 0; i < POLICY_COUNT; i++)
        if (fault_is_fault_under(fault, policy_name(policy_at(i))) != say->fails[i])
            return false;
    return true;
}

static void print_say(const struct fault *fault, const struct say *say) {
    print_error("%s is %s. Failing under:", fault->name,
                all_object(say) ? "a fault under every policy" : "no fault under every policy");
    for (size_t i = 0; i < POLICY_COUNT; i++)
        if (say->fails[i] || say->objects[i])
            print_error(" \"%s\"%s", policy_name(policy_at(i)), say->fails[i] ? "," : " (warned)");
    print_error("\n");
}

/* A row that says otherwise of one policy would not pass. */
static void expect_no_mutant_passes(const struct fault *fault, const struct say *say) {
    for (size_t i = 0; i < POLICY_COUNT; i++) {
        struct fault mutant = *fault;
        size_t count = 0;

        memset(mutant.faulty_under, 0, sizeof mutant.faulty_under);
        mutant.expect = EXPECT_DELIVER;
        for (size_t j = 0; j < POLICY_COUNT; j++)
            if (fault_is_fault_under(fault, policy_name(policy_at(j))) != (i == j))
                mutant.faulty_under[count++] = policy_name(policy_at(j));
        assert_false(is_right(&mutant, say));
    }
}

static void test_rows_say_what_policies_say(void **state) {
    if (is_slow())
        skip();

    struct say *says = mem_zalloc(catalogue_count * sizeof *says);
    size_t wrong = 0;

    assert_null(policy_at(POLICY_COUNT));
    for (size_t i = 0; i < POLICY_COUNT; i++) {
        struct offers offers;
        make_offers(policy_at(i), &offers);
        for (size_t j = 0; j < catalogue_count; j++)
            if (is_seen_in_tls(&catalogue[j]) && !fault_is_control(&catalogue[j]))
                ask(*state, &offers, i, &catalogue[j], &says[j]);
        free_offers(&offers);
    }
    for (size_t j = 0; j < catalogue_count; j++) {
        const struct fault *fault = &catalogue[j];
        if (!is_seen_in_tls(fault) || fault_is_control(fault))
            continue;
        if (is_beyond(fault) ? all_object(&says[j]) : !is_right(fault, &says[j])) {
            print_say(fault, &says[j]);
            wrong++;
        } else if (!is_beyond(fault)) {
            expect_no_mutant_passes(fault, &says[j]);
        }
    }
    free(says);
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows_say_what_policies_say)};

    return cmocka_run_group_tests_name("faulty_under", tests, set_up, tear_down);
}
