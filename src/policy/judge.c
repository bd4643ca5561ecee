#include "policy/judge.h"

#include <assert.h>

#include "base/mem.h"
#include "tls/seen.h"

static bool is_completed(const struct facts_handshake *handshake) {
    return handshake->handshake == TLS_HANDSHAKE_COMPLETED;
}

static int year_of(int64_t date_s) {
    time_t date = (time_t)date_s;
    struct tm tm;

    return gmtime_r(&date, &tm) != NULL ? tm.tm_year + 1900 : 0;
}

/* False: what is not encrypted needs no further judging. */
static bool judge_starttls(const struct judge *judge) {
    enum smtp_client_starttls starttls = judge->facts->starttls;
    struct finding finding =
        finding_of("starttls", appraisal_of(SEVERITY_FAIL), DEPTH_NONE, "RFC 3207 4");

    if (starttls != SMTP_CLIENT_STARTTLS_REFUSED && starttls != SMTP_CLIENT_STARTTLS_NOT_OFFERED)
        return true;
    SEEN(&finding, "%s",
         starttls == SMTP_CLIENT_STARTTLS_REFUSED ? "STARTTLS is offered and refused"
                                                  : "STARTTLS is not offered");
    WANTED(&finding, "STARTTLS");
    findings_add(judge->out, &finding);
    return false;
}

static void judge_injection(const struct judge *judge) {
    struct finding finding = finding_of("starttls-injection", appraisal_of(SEVERITY_FAIL),
                                        DEPTH_NONE, "RFC 3207 4.2, CVE-2011-0411");

    if (judge->facts->behind_starttls_b == 0)
        return;
    SEEN(&finding, "%zu bytes in plaintext after the reply to STARTTLS",
         judge->facts->behind_starttls_b);
    WANTED(&finding, "nothing but the handshake");
    findings_add(judge->out, &finding);
}

/* Who comes again must find it again: else the mail waits, or goes in plaintext. */
static void judge_lapses(const struct judge *judge) {
    struct finding finding =
        finding_of("starttls", appraisal_of(SEVERITY_FAIL), DEPTH_NONE, "RFC 3207 4");

    if (judge->facts->starttls_lapses == 0)
        return;
    SEEN(&finding, "no STARTTLS in %u of the later connections", judge->facts->starttls_lapses);
    WANTED(&finding, "STARTTLS in each");
    findings_add(judge->out, &finding);
}

static void judge_auth(const struct judge *judge) {
    struct finding finding = finding_of("auth-plaintext", appraisal_of(SEVERITY_WARN), DEPTH_NONE,
                                        "RFC 4954 4, RFC 8314 3");

    if (!judge->facts->offers_auth)
        return;
    SEEN(&finding, "AUTH is offered before TLS");
    WANTED(&finding, "AUTH only within TLS");
    findings_add(judge->out, &finding);
}

static void judge_dialogue(const struct judge *judge) {
    struct finding finding = finding_of("tls-dialogue", appraisal_of(SEVERITY_WARN), DEPTH_NONE,
                                        "RFC 3207 4.2, RFC 5321 4.1.1.1");

    if (*judge->facts->within_tls == '\0')
        return;
    SEEN(&finding, "%.120s", judge->facts->within_tls);
    WANTED(&finding, "a reply to EHLO within TLS");
    findings_add(judge->out, &finding);
}

/* What explains that an offer within the policy was turned down. */
static bool is_explained(const struct findings *findings) {
    static const char *const names[] = {
        "tls-version",         "cipher",   "group",    "dh-size",
        "handshake-signature", "key-size", "key-type", "cert-signature"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (findings_fail(findings, names[i]))
            return true;
    return false;
}

/* The server took the wide offer only, and what it chose of it is all right: it cannot be had
 * together. */
static void judge_refusal(const struct judge *judge) {
    const struct facts_handshake *strict = &judge->facts->strict;
    struct finding finding = finding_of("no-common-parameters", appraisal_of(SEVERITY_FAIL),
                                        DEPTH_NONE, judge->tables->suites.source);
    char alert[40];

    if (strict->handshake == TLS_HANDSHAKE_NONE || is_completed(strict) || is_explained(judge->out))
        return;
    if (strict->alert_read != TLS_NO_ALERT)
        SEEN(&finding, "an offer within the policy was answered with the alert %s",
             alert_text(strict->alert_read, alert, sizeof alert));
    else
        SEEN(&finding, "an offer within the policy was rejected");
    findings_add(judge->out, &finding);
}

static bool has_foreign_version(const struct judge *judge) {
    return appraise_version(judge, judge->handshake->version).severity == SEVERITY_FAIL;
}

static bool has_ordinary_suite_of_foreign_version(const struct judge *judge) {
    return has_foreign_version(judge) && !suite_is_bare(judge->handshake->suite);
}

static bool has_leaf_too_short_for_pss(const struct judge *judge) {
    enum { PSS_SHA256_MIN_BITS = 528 /* RFC 8017 9.1.1: 8 * (2 * 32 + 2) */ };
    const struct facts_chain *chain = judge->chain;

    return chain != NULL && chain->certs[0].key == FACTS_KEY_RSA &&
           chain->certs[0].key_bits < PSS_SHA256_MIN_BITS;
}

static bool has_leaf_before_v3(const struct judge *judge) {
    return judge->chain != NULL && judge->chain->certs[0].version < 3;
}

static bool has_differing_algorithms(const struct judge *judge) {
    for (size_t i = 0; judge->chain != NULL && i < judge->chain->cert_count; i++)
        if (judge->chain->certs[i].signature_algorithms_differ)
            return true;
    return false;
}

static bool always(const struct judge *judge) {
    (void)judge;
    return true;
}

/* A finding that could not be otherwise, given another one, says nothing new.  In an old version
 * there is no other suite than such with SHA-1, none but MD5 and SHA-1 in the handshake's
 * signature, and so on; to mend the version mends them. */
static const struct implication {
    const char *by, *implied;
    bool (*where)(const struct judge *judge);
} implications[] = {
    {"tls-version", "cipher", has_ordinary_suite_of_foreign_version},
    {"tls-version", "handshake-signature", has_foreign_version},
    {"tls-version", "encrypt-then-mac", has_foreign_version},
    {"tls-version", "extended-master-secret", has_foreign_version},
    {"cipher", "encrypt-then-mac", always},
    {"key-size", "handshake-signature", has_leaf_too_short_for_pss},
    {"cert-encoding", "cert-name", has_leaf_before_v3}, /* extensions, and names in them: v3 only */
    {"cert-encoding", "cert-bad-signature", has_differing_algorithms}, /* none can be right */
};

void judge_drop_implied(const struct judge *judge) {
    bool dropped[ARRAY_LEN(implications)];

    for (size_t i = 0; i < ARRAY_LEN(implications); i++)
        dropped[i] = judge->handshake != NULL && findings_fail(judge->out, implications[i].by) &&
                     implications[i].where(judge);
    for (size_t i = 0; i < ARRAY_LEN(implications); i++)
        if (dropped[i])
            findings_drop(judge->out, implications[i].implied);
}

static const struct facts_handshake *pick(const struct host_facts *facts) {
    if (is_completed(&facts->strict))
        return &facts->strict;
    return is_completed(&facts->wide) ? &facts->wide : NULL;
}

void policy_judge(const struct policy *policy, const struct host_facts *facts, int64_t date_s,
                  struct findings *out) {
    struct judge judge = {
        .policy = policy,
        .tables = policy->tables,
        .facts = facts,
        .handshake = pick(facts),
        .chain = facts->has_chain && facts->chain.cert_count > 0 ? &facts->chain : NULL,
        .year = year_of(date_s),
        .out = out,
    };

    if (!facts->reached || !judge_starttls(&judge))
        return;
    judge_injection(&judge);
    judge_lapses(&judge);
    judge_auth(&judge);
    if (judge.handshake != NULL) {
        judge_dialogue(&judge);
        judge_handshake(&judge);
        if (judge.chain != NULL)
            judge_chain(&judge);
        judge_drop_implied(&judge);
        judge_bad_signature(&judge);
        judge_refusal(&judge);
        judge_beside(&judge);
        judge_others(&judge);
    } else if (!judge_bad_signature(&judge)) {
        judge_failure(&judge);
    }
    findings_sort(out);
}
