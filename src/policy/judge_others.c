/* What other clients get: those that take another kind of key, another TLS version, or send no SNI. */
#include <string.h>

#include "base/mem.h"
#include "policy/judge.h"
#include "tls/iana.h"

enum { VERSION_COUNT = ARRAY_LEN(((struct host_facts *)0)->of_version) };

static bool is_same_leaf(const struct facts_chain *a, const struct facts_chain *b) {
    return a->cert_count > 0 && b->cert_count > 0 &&
           strcmp(a->certs[0].sha256, b->certs[0].sha256) == 0;
}

/* Judged like the first certificate, for it is the one that some senders get.  `whose` says of which in each finding. */
static void judge_other_chain(const struct judge *judge, const struct facts_chain *chain,
                              const struct finding *whose) {
    struct findings apart;
    struct judge other = *judge;

    if (chain->cert_count == 0)
        return;
    findings_init(&apart);
    other.chain = chain;
    other.out = &apart;
    judge_chain(&other);
    judge_drop_implied(&other);
    for (size_t i = 0; i < apart.count; i++) {
        apart.items[i].is_of_other_key = whose->is_of_other_key;
        apart.items[i].of_version = whose->of_version;
        apart.items[i].is_of_other_connection = whose->is_of_other_connection;
        findings_add(judge->out, &apart.items[i]);
    }
    findings_fini(&apart);
}

/* The offer held more than the policy allows, behind what it does: what the server chose weighs as what it takes beside. */
static void judge_signature_in(const struct judge *judge, uint16_t version) {
    struct findings apart;
    struct judge other = *judge;

    findings_init(&apart);
    other.handshake = &judge->facts->of_version[version - TLS1_0];
    other.out = &apart;
    other.is_beside = true;
    judge_scheme(&other);
    for (size_t i = 0; i < apart.count; i++) {
        struct finding *finding = &apart.items[i];
        size_t len = strlen(finding->seen);
        text_set(finding->seen + len, sizeof finding->seen - len, " in %s",
                 tls_version_name(version));
        findings_add(judge->out, finding);
    }
    findings_fini(&apart);
}

static void judge_client_cert(const struct judge *judge, uint16_t version) {
    struct finding finding = finding_of("tls-handshake", appraisal_of(SEVERITY_FAIL), DEPTH_NONE,
                                        "RFC 8446 4.3.2, RFC 5246 7.4.4");

    SEEN(&finding, "the server asks for a client certificate (%s)", tls_version_name(version));
    WANTED(&finding, "a handshake without one, as a mail sender has none");
    findings_add(judge->out, &finding);
}

/* What a version that is forbidden shows is told by that. */
static void judge_version_apart(const struct judge *judge, uint16_t version) {
    const struct host_facts *facts = judge->facts;
    const struct facts_handshake *handshake = &facts->of_version[version - TLS1_0];
    const struct facts_chain *chain = &facts->chain_of_version[version - TLS1_0];
    struct finding whose = {.of_version = version};

    if (appraise_version(judge, version).severity == SEVERITY_FAIL)
        return;
    if (policy_wants_client_cert(handshake))
        judge_client_cert(judge, version);
    if (handshake->handshake != TLS_HANDSHAKE_COMPLETED)
        return;
    judge_signature_in(judge, version);
    if (!is_same_leaf(chain, &facts->chain) &&
        !is_same_leaf(chain, &facts->others[POLICY_OTHER_KEY]))
        judge_other_chain(judge, chain, &whose);
}

/* Those who come without SNI have asked for nothing better: it is told, and weighs nothing. */
static void judge_without_sni(const struct judge *judge) {
    const struct facts_chain *chain = &judge->facts->others[POLICY_OTHER_SNI];
    struct finding finding = finding_of("cert-sni", appraisal_of(SEVERITY_INFO), DEPTH_NONE,
                                        "RFC 8461 4.1, RFC 7672 8.1");

    if (judge->facts->needs_sni)
        SEEN(&finding, "no handshake for clients without SNI");
    else if (chain->cert_count > 0)
        SEEN(&finding, "another certificate for clients without SNI: %.64s",
             chain->certs[0].subject);
    else
        return;
    WANTED(&finding, "the same");
    findings_add(judge->out, &finding);
}

static bool is_judged_already(const struct host_facts *facts, const struct facts_chain *chain) {
    for (size_t i = 0; i < VERSION_COUNT; i++)
        if (is_same_leaf(chain, &facts->chain_of_version[i]))
            return true;
    return is_same_leaf(chain, &facts->others[POLICY_OTHER_KEY]);
}

/* Any sender may be the one that gets it. */
static void judge_strays(const struct judge *judge) {
    const struct host_facts *facts = judge->facts;
    struct finding whose = {.is_of_other_connection = true};

    for (size_t i = 0; i < facts->stray_count; i++)
        if (appraise_version(judge, facts->strays[i].version).severity != SEVERITY_FAIL &&
            !is_judged_already(facts, &facts->strays[i].chain))
            judge_other_chain(judge, &facts->strays[i].chain, &whose);
}

void judge_others(const struct judge *judge) {
    struct finding whose = {.is_of_other_key = true};

    judge_other_chain(judge, &judge->facts->others[POLICY_OTHER_KEY], &whose);
    for (size_t i = 0; i < VERSION_COUNT; i++)
        judge_version_apart(judge, (uint16_t)(TLS1_0 + i));
    judge_strays(judge);
    judge_without_sni(judge);
}
