/* Keys and signatures of certificates, against the lists. */
#include "base/mem.h"
#include "policy/judge.h"

/* A certificate with the OID id-RSASSA-PSS has an RSA key that is bound to PSS. */
static enum facts_key kind_of(enum facts_key key) {
    return key == FACTS_KEY_RSA_PSS ? FACTS_KEY_RSA : key;
}

/* Of two that are equally bad, the one that was good for longer says more. */
static bool is_better(struct appraisal a, struct appraisal b) {
    if (a.is_good || b.is_good)
        return !b.is_good;
    return a.severity < b.severity || (a.severity == b.severity && a.expired > b.expired);
}

struct appraisal appraise_bits(const struct judge *judge, const struct key_row *rows, size_t count,
                               enum facts_key key, unsigned bits) {
    struct appraisal best = appraise(judge->policy, NULL, judge->year);

    for (size_t i = 0; i < count; i++) {
        struct appraisal appraisal = appraise(judge->policy, &rows[i].as, judge->year);
        if (rows[i].key == key && bits >= rows[i].bits && is_better(appraisal, best))
            best = appraisal;
    }
    return best;
}

unsigned wanted_bits(const struct judge *judge, const struct key_row *rows, size_t count,
                     enum facts_key key) {
    unsigned least = 0;

    for (size_t i = 0; i < count; i++)
        if (rows[i].key == key &&
            appraise(judge->policy, &rows[i].as, judge->year).severity < SEVERITY_WARN &&
            (least == 0 || rows[i].bits < least))
            least = rows[i].bits;
    return least;
}

static void key_text(const struct facts_cert *cert, char *out, size_t size_b) {
    if (*cert->curve != '\0')
        text_set(out, size_b, "EC %.31s", cert->curve);
    else if (cert->key_bits > 0 && cert->key != FACTS_KEY_OTHER)
        text_set(out, size_b, "%s %u", facts_key_text(cert->key), cert->key_bits);
    else
        text_set(out, size_b, "%s", facts_key_text(cert->key));
}

static void want_kinds(const struct judge *judge, struct finding *finding) {
    const struct policy_tables *tables = judge->tables;

    for (size_t i = 0; i < tables->keys.count; i++) {
        const struct key_row *row = &tables->keys.rows[i];
        char text[32];
        if (!finding_wants(finding, appraise(judge->policy, &row->as, judge->year)))
            continue;
        text_set(text, sizeof text, row->bits > 0 ? "%s %u" : "%s", facts_key_text(row->key),
                 row->bits);
        text_join(finding->wanted, sizeof finding->wanted, text);
    }
}

static void note_key(const struct judge *judge, const char *rule, const struct facts_cert *cert,
                     struct appraisal appraisal, int depth) {
    const struct policy_tables *tables = judge->tables;
    struct finding finding = finding_of(rule, appraisal, depth, tables->keys.source);
    unsigned wanted = wanted_bits(judge, tables->keys.rows, tables->keys.count, kind_of(cert->key));
    char shown[64];

    key_text(cert, shown, sizeof shown);
    finding_see(&finding, shown, appraisal);
    if (wanted > 0 && cert->key_bits < wanted)
        WANTED(&finding, "%s %u", facts_key_text(kind_of(cert->key)), wanted);
    else
        want_kinds(judge, &finding);
    findings_add(judge->out, &finding);
}

/* An EC key that is long enough lies on a curve that is listed; parameters of its own are a
 * curve without a name, and a well-known trap (CVE-2020-0601). */
static void judge_curve(const struct judge *judge, const struct facts_cert *cert, int depth) {
    const struct policy_tables *tables = judge->tables;
    const struct standing *as = NULL;
    struct finding finding;

    for (size_t i = 0; i < tables->curves.count; i++)
        if (strcmp(tables->curves.rows[i].name, cert->curve) == 0)
            as = &tables->curves.rows[i].as;
    struct appraisal appraisal = appraise(judge->policy, as, judge->year);
    if (!cert->has_explicit_curve && (tables->curves.count == 0 || appraisal.is_good))
        return;
    if (cert->has_explicit_curve) {
        finding = finding_of("key-type", appraisal_of(SEVERITY_FAIL), depth, "RFC 5480 2.1.1");
        SEEN(&finding, "EC with explicit parameters");
    } else {
        finding = finding_of("key-type", appraisal, depth, tables->curves.source);
        finding_see(&finding, *cert->curve != '\0' ? cert->curve : "an unnamed curve", appraisal);
    }
    for (size_t i = 0; i < tables->curves.count; i++)
        if (finding_wants(&finding,
                          appraise(judge->policy, &tables->curves.rows[i].as, judge->year)))
            text_join(finding.wanted, sizeof finding.wanted, tables->curves.rows[i].name);
    findings_add(judge->out, &finding);
}

/* With an exponent of 1 whatever is to come out is its own signature; with an even one there is no private half. */
static void judge_exponent(const struct judge *judge, const struct facts_cert *cert, int depth) {
    unsigned least = judge->tables->rsa_exponent.least;
    bool does_nothing = cert->rsa_exponent == 1 || cert->rsa_exponent % 2 == 0;
    struct finding finding =
        finding_of("key-weak", appraisal_of(SEVERITY_FAIL), depth,
                   does_nothing ? "RFC 8017 3.1" : judge->tables->rsa_exponent.source);

    if (cert->rsa_exponent == 0 || (!does_nothing && cert->rsa_exponent >= least))
        return;
    SEEN(&finding, "RSA with the exponent %u", cert->rsa_exponent);
    WANTED(&finding, "an odd exponent of %u or more", least > 0 ? least : 3);
    findings_add(judge->out, &finding);
}

static bool is_listed_kind(const struct judge *judge, enum facts_key key) {
    const struct policy_tables *tables = judge->tables;

    for (size_t i = 0; i < tables->keys.count; i++)
        if (tables->keys.rows[i].key == key &&
            (judge->policy->is_lenient || !tables->keys.rows[i].as.is_unlisted))
            return true;
    return false;
}

void judge_key(const struct judge *judge, const struct facts_cert *cert, int depth) {
    const struct policy_tables *tables = judge->tables;
    enum facts_key key = kind_of(cert->key);
    struct appraisal appraisal =
        appraise_bits(judge, tables->keys.rows, tables->keys.count, key, cert->key_bits);

    if (tables->keys.count == 0)
        return;
    if (!is_listed_kind(judge, key))
        note_key(judge, "key-type", cert, appraisal, depth);
    else if (!appraisal.is_good)
        note_key(judge, "key-size", cert, appraisal, depth);
    judge_exponent(judge, cert, depth);
    if (key == FACTS_KEY_EC && appraisal.severity < SEVERITY_WARN)
        judge_curve(judge, cert, depth);
}

static const struct {
    const char *seen, *source;
} flaws[FACTS_KEY_FLAW_COUNT] = {
    [FACTS_KEY_FLAW_ROCA] = {"the structure of ROCA", "CVE-2017-15361"},
    [FACTS_KEY_FLAW_CLOSE_PRIMES] = {"primes close together", "CVE-2022-26320"},
};

/* A key that anybody can break is none, whatever the policy lists. */
void judge_key_flaw(const struct judge *judge, const struct facts_cert *cert, int depth) {
    if (cert->key_flaw == FACTS_KEY_FLAW_NONE)
        return;
    struct finding finding =
        finding_of("key-weak", appraisal_of(SEVERITY_FAIL), depth, flaws[cert->key_flaw].source);
    SEEN(&finding, "RSA %u with %s", cert->key_bits, flaws[cert->key_flaw].seen);
    WANTED(&finding, "a key from another generator");
    findings_add(judge->out, &finding);
}

static void want_signatures(const struct judge *judge, enum facts_key key,
                            struct finding *finding) {
    const struct policy_tables *tables = judge->tables;

    for (size_t i = 0; i < tables->signatures.count; i++) {
        const struct signature_row *row = &tables->signatures.rows[i];
        char text[48];
        if (row->key != key ||
            !finding_wants(finding, appraise(judge->policy, &row->as, judge->year)))
            continue;
        text_set(text, sizeof text, "%s%s%s%s",
                 row->key == FACTS_KEY_EC ? "ECDSA" : facts_key_text(row->key),
                 row->padding == FACTS_PADDING_PSS ? "-PSS" : "",
                 row->hash != FACTS_HASH_NONE ? " " : "", facts_hash_text(row->hash));
        text_join(finding->wanted, sizeof finding->wanted, text);
    }
}

static void note_signature(const struct judge *judge, const struct facts_signature *signature,
                           struct appraisal appraisal, int depth) {
    struct finding finding =
        finding_of("cert-signature", appraisal, depth, judge->tables->signatures.source);

    finding_see(&finding, signature->name, appraisal);
    want_signatures(judge, kind_of(signature->key), &finding);
    if (*finding.wanted == '\0')
        want_signatures(judge, FACTS_KEY_EC, &finding);
    findings_add(judge->out, &finding);
}

/* What the lists have of RSA-PSS is what TLS has of it; a salt that is longer hurts nobody but readers that insist. */
static void note_odd_pss(const struct judge *judge, const struct facts_signature *signature,
                         int depth) {
    enum severity severity = signature->pss == FACTS_PSS_LONG_SALT ? SEVERITY_WARN : SEVERITY_FAIL;
    struct finding finding =
        finding_of("cert-signature", appraisal_of(severity), depth, "RFC 8446 4.2.3, RFC 4055 3.1");

    SEEN(&finding, "%s", signature->name);
    WANTED(&finding, "one digest for all, and a salt of its length");
    findings_add(judge->out, &finding);
}

void judge_signature(const struct judge *judge, const struct facts_cert *cert, int depth) {
    const struct facts_signature *signature = &cert->signature;
    const struct policy_tables *tables = judge->tables;
    const struct standing *as = NULL;
    enum facts_key key = kind_of(signature->key);

    for (size_t i = 0; i < tables->signatures.count; i++) {
        const struct signature_row *row = &tables->signatures.rows[i];
        if (row->key == key && row->hash == signature->hash && row->padding == signature->padding)
            as = &row->as;
    }
    struct appraisal appraisal = appraise(judge->policy, as, judge->year);
    if (tables->signatures.count > 0 && appraisal.severity < SEVERITY_FAIL &&
        signature->pss != FACTS_PSS_USUAL)
        note_odd_pss(judge, signature, depth);
    else if (tables->signatures.count > 0 && !appraisal.is_good)
        note_signature(judge, signature, appraisal, depth);
}
