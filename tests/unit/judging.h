/* judging - a recipe served in memory, looked at as `check` does under a policy. */
#ifndef DOORMAT_TESTS_JUDGING_H
#define DOORMAT_TESTS_JUDGING_H

#include "client_talk.h"
#include "policy/policy.h"

enum { YEAR = 2026 };

struct offers {
    struct tls_offer *strict, *wide;
};

static void make_offers(const struct policy *policy, struct offers *out) {
    struct tls_offer_spec spec;
    struct buf strings;
    struct err err = {.text = ""};

    buf_init(&strings, POLICY_OFFER_MAX_B);
    policy_offer(policy, YEAR, &spec, &strings);
    if (tls_offer_new(&spec, &out->strict, &err) != 0)
        fail_msg("%s: %s", policy_name(policy), err.text);
    buf_reset(&strings);
    policy_offer_wide(policy, YEAR, &spec, &strings);
    if (tls_offer_new(&spec, &out->wide, &err) != 0)
        fail_msg("%s: %s", policy_name(policy), err.text);
    buf_fini(&strings);
}

static void free_offers(struct offers *offers) {
    tls_offer_free(&offers->strict);
    tls_offer_free(&offers->wide);
}

static void probe(struct lab *lab, struct tls_offer *offer, const struct recipe *recipe,
                  struct facts_handshake *out, struct host_facts *facts) {
    struct talk talk;

    enum engine_result result = talk_through(&talk, lab, offer, recipe);
    if (result == ENGINE_OK)
        talk_hears(&talk);
    *out = talk.facts;
    if (result == ENGINE_OK && !facts->has_chain && talk.facts.scheme_name[0] != '\0') {
        assert_int_equal(tls_client_chain(talk.client, lab->trust, now_s, &facts->chain, NULL), 0);
        facts->has_chain = true;
    }
    struct dh_group *group = result == ENGINE_OK ? tls_client_group(talk.client) : NULL;
    if (group != NULL)
        out->dh = dh_group_judge(group, NULL);
    dh_group_free(&group);
    talk_fini(&talk);
}

/* As `check` does: what the policy allows, and everything if that is not taken. */
static void look(struct lab *lab, const struct offers *offers, const struct recipe *recipe,
                 struct host_facts *facts) {
    *facts = (struct host_facts){
        .reference = "localhost", .reached = true, .starttls = SMTP_CLIENT_STARTTLS_ACCEPTED};
    probe(lab, offers->strict, recipe, &facts->strict, facts);
    facts->wide = facts->strict;
    if (facts->strict.handshake != TLS_HANDSHAKE_COMPLETED)
        probe(lab, offers->wide, recipe, &facts->wide, facts);
}

/* Slow keys are the same row with other numbers; tests/unit/test_mint_flaws.c has them. */
static bool is_seen_in_tls(const struct fault *fault) {
    return !fault_needs_world(fault) && !fault_in_group(fault, "slow") &&
           fault->layer != LAYER_STARTTLS && fault->layer != LAYER_SMTP &&
           strcmp(fault->name, "worst") != 0;
}

#endif
