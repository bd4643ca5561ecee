/* What was agreed in the handshake: version, suite, group, signature, extensions. */
#include "base/mem.h"
#include "policy/judge.h"
#include "tls/iana.h"
#include "tls/seen.h"

enum { VERSION_COUNT = ARRAY_LEN(((struct host_facts *)0)->accepts_version) };

/* One kind of code point: where its rules stand, and what it is called. */
struct kind {
    const char *rule;
    const struct code_list *list;
    const struct code_name *(*name)(uint16_t code);
};

/* What the policy would have liked, the best first. */
static void want_codes(const struct judge *judge, const struct kind *kind,
                       struct finding *finding) {
    for (size_t i = 0; i < kind->list->count; i++) {
        const struct code_row *row = &kind->list->rows[i];
        const struct code_name *name = kind->name(row->code);
        if (name != NULL && code_row_holds(row, judge->handshake->version) &&
            (kind->name != suite_name ||
             suite_is_tls13(row->code) == (judge->handshake->version == TLS1_3)) &&
            finding_wants(finding, appraise(judge->policy, &row->as, judge->year)))
            text_join(finding->wanted, sizeof finding->wanted, name->name);
    }
}

/* Beside a strict client's choice: what is merely not good was not looked for there, and what is forbidden weighs as much as
 * the policy says.  False: nothing to be said. */
static bool weigh(const struct judge *judge, struct appraisal *appraisal) {
    unsigned expired = appraisal->expired;

    if (appraisal->is_good)
        return false;
    if (!judge->is_beside)
        return true;
    if (appraisal->severity < SEVERITY_FAIL)
        return false;
    if (appraisal->severity > judge->tables->accepts_beside)
        *appraisal = appraisal_of(judge->tables->accepts_beside);
    appraisal->expired = expired;
    return true;
}

static void see(const struct judge *judge, struct finding *finding, const char *what,
                struct appraisal appraisal) {
    char shown[sizeof finding->seen];

    text_set(shown, sizeof shown, "%s%s", judge->is_beside ? "also accepts " : "", what);
    finding_see(finding, shown, appraisal);
}

static void judge_code(const struct judge *judge, const struct kind *kind, uint16_t code,
                       const char *shown) {
    const struct code_row *row = code_find(kind->list, code, judge->handshake->version);
    const struct code_name *name = kind->name(code);
    struct appraisal appraisal =
        appraise(judge->policy, row != NULL ? &row->as : NULL, judge->year);
    char number[16];

    if (kind->list->count == 0 || !weigh(judge, &appraisal))
        return;
    struct finding finding = finding_of(kind->rule, appraisal, DEPTH_NONE, kind->list->source);
    snprintf(number, sizeof number, "0x%04x", code);
    if (*shown == '\0')
        shown = name != NULL ? name->name : number;
    see(judge, &finding, shown, appraisal);
    want_codes(judge, kind, &finding);
    findings_add(judge->out, &finding);
}

struct appraisal appraise_version(const struct judge *judge, uint16_t version) {
    const struct code_row *row = code_find(&judge->tables->versions, version, version);

    return appraise(judge->policy, row != NULL ? &row->as : NULL, judge->year);
}

static void want_versions(const struct judge *judge, struct finding *finding) {
    const struct code_list *versions = &judge->tables->versions;

    for (size_t i = 0; i < versions->count; i++)
        if (finding_wants(finding, appraise_version(judge, versions->rows[i].code)))
            text_join(finding->wanted, sizeof finding->wanted,
                      tls_version_name(versions->rows[i].code));
}

static void note_version(const struct judge *judge, struct appraisal appraisal, const char *prefix,
                         const char *versions) {
    struct finding finding =
        finding_of("tls-version", appraisal, DEPTH_NONE, judge->tables->versions.source);
    char shown[64];

    text_set(shown, sizeof shown, "%s%s", prefix, versions);
    finding_see(&finding, shown, appraisal);
    want_versions(judge, &finding);
    findings_add(judge->out, &finding);
}

static void judge_version(const struct judge *judge) {
    struct appraisal appraisal = appraise_version(judge, judge->handshake->version);

    if (!appraisal.is_good)
        note_version(judge, appraisal, "", tls_version_name(judge->handshake->version));
}

static struct appraisal appraise_accepted(const struct judge *judge, size_t i) {
    uint16_t version = (uint16_t)(TLS1_0 + i);

    if (!judge->facts->accepts_version[i] || version == judge->handshake->version)
        return (struct appraisal){.is_good = true};
    return appraise_version(judge, version);
}

/* The worst that the server takes beside what was agreed.  How bad that is, is the policy's to
 * say: it may care for the connection that a strict client gets, or for all that the server
 * would do. */
static void judge_accepted(const struct judge *judge) {
    struct appraisal worst = {.is_good = true};
    char versions[48] = "";

    if (findings_fail(judge->out, "tls-version"))
        return;
    for (size_t i = 0; i < VERSION_COUNT; i++) {
        struct appraisal appraisal = appraise_accepted(judge, i);
        if (appraisal.is_good || (!worst.is_good && appraisal.severity < worst.severity))
            continue;
        if (appraisal.severity > worst.severity)
            versions[0] = '\0';
        worst = appraisal;
        text_join(versions, sizeof versions, tls_version_name((uint16_t)(TLS1_0 + i)));
    }
    if (worst.severity > judge->tables->accepts)
        worst = appraisal_of(judge->tables->accepts);
    if (!worst.is_good)
        note_version(judge, worst, "also accepts ", versions);
}

/* True if there was something to say; then the group, which is the same thing by its name, is
 * not looked at. */
static bool judge_dh(const struct judge *judge) {
    const struct policy_tables *tables = judge->tables;
    unsigned bits = judge->handshake->dh_bits;
    struct appraisal appraisal =
        appraise_bits(judge, tables->dh.rows, tables->dh.count, FACTS_KEY_OTHER, bits);
    char shown[32];

    if (tables->dh.count == 0 || bits == 0 || !weigh(judge, &appraisal))
        return false;
    struct finding finding = finding_of("dh-size", appraisal, DEPTH_NONE, tables->dh.source);
    snprintf(shown, sizeof shown, "DH %u", bits);
    see(judge, &finding, shown, appraisal);
    WANTED(&finding, "DH %u",
           wanted_bits(judge, tables->dh.rows, tables->dh.count, FACTS_KEY_OTHER));
    findings_add(judge->out, &finding);
    return true;
}

static bool has_unpublished_group(const struct judge *judge) {
    return judge->tables->published_groups && judge->handshake->dh_bits != 0 &&
           judge->handshake->group == 0;
}

/* Who made the group up can read along, or else others can: no policy has an opinion on that.  True as with judge_dh. */
static bool judge_dh_group(const struct judge *judge) {
    static const char *const seen[DH_FLAW_COUNT] = {
        [DH_FLAW_COMPOSITE] = "a modulus that is no prime",
        [DH_FLAW_NO_SAFE_PRIME] = "a prime p for which (p - 1) / 2 is no prime",
        [DH_FLAW_GENERATOR] = "a generator of order 1 or 2",
    };
    const struct facts_handshake *handshake = judge->handshake;
    struct appraisal appraisal = appraisal_of(SEVERITY_FAIL);
    char shown[100];

    if (handshake->dh == DH_FLAW_NONE || !weigh(judge, &appraisal))
        return false;
    struct finding finding =
        finding_of("dh-unsound", appraisal, DEPTH_NONE, "RFC 7919, RFC 9325 4.5");
    text_set(shown, sizeof shown, "DH %u with %s", handshake->dh_bits, seen[handshake->dh]);
    see(judge, &finding, shown, appraisal);
    WANTED(&finding, "a group of RFC 7919");
    findings_add(judge->out, &finding);
    return true;
}

static bool lacks_encrypt_then_mac(const struct facts_handshake *handshake) {
    return suite_is_cbc(handshake->suite) && !handshake->encrypt_then_mac;
}

static bool lacks_extended_master_secret(const struct facts_handshake *handshake) {
    return handshake->version < TLS1_3 && !handshake->extended_master_secret;
}

static bool lacks_secure_renegotiation(const struct facts_handshake *handshake) {
    return handshake->version < TLS1_3 && !handshake->secure_renegotiation;
}

static bool has_compression(const struct facts_handshake *handshake) {
    return handshake->compression;
}

static bool has_early_data(const struct facts_handshake *handshake) {
    return handshake->early_data;
}

static const struct {
    const char *rule, *seen, *wanted;
    bool (*is_broken)(const struct facts_handshake *handshake);
} features[FEATURE_COUNT] = {
    [FEATURE_ENCRYPT_THEN_MAC] = {"encrypt-then-mac", "CBC without encrypt-then-MAC",
                                  "encrypt-then-MAC, or AES-GCM", lacks_encrypt_then_mac},
    [FEATURE_EXTENDED_MASTER_SECRET] = {"extended-master-secret", "no extended master secret",
                                        "the extension extended_master_secret",
                                        lacks_extended_master_secret},
    [FEATURE_RENEGOTIATION] = {"renegotiation", "no renegotiation_info",
                               "the extension renegotiation_info", lacks_secure_renegotiation},
    [FEATURE_COMPRESSION] = {"compression", "TLS compression", "none", has_compression},
    [FEATURE_EARLY_DATA] = {"early-data", "takes early data", "no early data", has_early_data},
};

static void judge_features(const struct judge *judge) {
    for (size_t i = 0; i < FEATURE_COUNT; i++) {
        const struct feature_row *row = &judge->tables->features[i];
        if (row->source == NULL || !features[i].is_broken(judge->handshake))
            continue;
        struct finding finding =
            finding_of(features[i].rule,
                       appraisal_of(judge->policy->is_lenient ? row->leniently : row->strictly),
                       DEPTH_NONE, row->source);
        SEEN(&finding, "%s", features[i].seen);
        WANTED(&finding, "%s", features[i].wanted);
        findings_add(judge->out, &finding);
    }
}

static void judge_suite(const struct judge *judge) {
    judge_code(judge, &(struct kind){"cipher", &judge->tables->suites, suite_name},
               judge->handshake->suite, judge->handshake->suite_name);
}

static void judge_group(const struct judge *judge) {
    const struct facts_handshake *handshake = judge->handshake;
    bool is_told = judge_dh_group(judge);

    if (!judge_dh(judge) && !is_told && (handshake->group != 0 || has_unpublished_group(judge)))
        judge_code(judge, &(struct kind){"group", &judge->tables->groups, group_name},
                   handshake->group, handshake->group_name);
}

/* In a version that is forbidden itself every ordinary suite is, and that has been said. */
static bool is_told_by_version(const struct judge *judge) {
    return appraise_version(judge, judge->handshake->version).severity == SEVERITY_FAIL &&
           !suite_is_bare(judge->handshake->suite);
}

void judge_beside(const struct judge *judge) {
    static void (*const rooms[POLICY_WEAK_COUNT])(const struct judge *judge) = {
        [POLICY_WEAK_SUITES] = judge_suite,   [POLICY_WEAK_SUITES13] = judge_suite,
        [POLICY_WEAK_GROUPS] = judge_group,   [POLICY_WEAK_GROUPS_ECDSA] = judge_group,
        [POLICY_WEAK_GROUPS13] = judge_group, [POLICY_WEAK_DHE] = judge_group,
    };

    for (size_t i = 0; i < POLICY_WEAK_COUNT; i++) {
        struct judge beside = *judge;
        beside.handshake = &judge->facts->weak[i];
        beside.is_beside = true;
        if (beside.handshake->handshake == TLS_HANDSHAKE_COMPLETED && !is_told_by_version(&beside))
            rooms[i](&beside);
    }
}

void judge_scheme(const struct judge *judge) {
    const struct facts_handshake *handshake = judge->handshake;

    if (handshake->scheme != 0 || *handshake->scheme_name != '\0')
        judge_code(judge,
                   &(struct kind){"handshake-signature", &judge->tables->schemes, scheme_name},
                   handshake->scheme, handshake->scheme_name);
}

void judge_handshake(const struct judge *judge) {
    judge_version(judge);
    judge_accepted(judge);
    judge_suite(judge);
    judge_group(judge);
    judge_scheme(judge);
    judge_features(judge);
}

bool judge_bad_signature(const struct judge *judge) {
    struct finding finding = finding_of("handshake-signature", appraisal_of(SEVERITY_FAIL),
                                        DEPTH_NONE, "RFC 8446 4.4.3, RFC 5246 7.4.3");

    if (!judge->facts->strict.bad_signature && !judge->facts->wide.bad_signature)
        return false;
    SEEN(&finding, "a signature that does not verify");
    WANTED(&finding, "one made with the certificate's own key");
    findings_add(judge->out, &finding);
    return true;
}
