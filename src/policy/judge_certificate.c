/* The chain: what path building found, what the leaf says of itself, names, keys and signatures. */
#include "base/mem.h"
#include "policy/judge.h"
#include "policy/names.h"

#define DAY_S UINT64_C(86400)

enum {
    X509_EC_KEY_EXPLICIT_PARAMS = 94, /* libcrypto's number */
    SERIAL_MAX_DIGITS = 40,           /* 20 bytes */
    DATE_SIZE_B = 32
};

static void date_text(int64_t date_s, char out[DATE_SIZE_B]) {
    time_t date = (time_t)date_s;
    struct tm tm;

    if (gmtime_r(&date, &tm) == NULL || strftime(out, DATE_SIZE_B, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        text_set(out, DATE_SIZE_B, "an impossible date");
}

static bool has_flaw(const struct facts_chain *chain, enum facts_path_flaw flaw, int depth) {
    for (size_t i = 0; i < chain->path_count; i++)
        if (chain->path[i].flaw == flaw && chain->path[i].depth == depth)
            return true;
    return false;
}

static bool is_trusted(const struct facts_chain *chain) {
    for (size_t i = 0; i < chain->path_count; i++)
        if (chain->path[i].flaw <= FACTS_PATH_SELF_SIGNED_ROOT)
            return false;
    return true;
}
_Static_assert(FACTS_PATH_UNTRUSTED < FACTS_PATH_SELF_SIGNED_LEAF &&
                   FACTS_PATH_SELF_SIGNED_LEAF < FACTS_PATH_SELF_SIGNED_ROOT &&
                   FACTS_PATH_SELF_SIGNED_ROOT < FACTS_PATH_EXPIRED,
               "the three ways of not being trusted come first");

struct remark {
    const char *rule, *source, *wanted;
    bool is_soft; /* at most a warning */
};

#define HARD(rule, source, wanted)                                                                 \
    { rule, source, wanted, false }
#define SOFT(rule, source, wanted)                                                                 \
    { rule, source, wanted, true }

/* A flaw of the path as a rule.  Soft where the world is not so far: of few hosts is revocation
 * to be learnt at all. */
static const struct remark path_remarks[FACTS_PATH_FLAW_COUNT] = {
    [FACTS_PATH_UNTRUSTED] = HARD("cert-trust", "RFC 5280 6.1", "a chain to a trust anchor"),
    [FACTS_PATH_SELF_SIGNED_LEAF] = HARD("cert-trust", "RFC 5280 6.1", "a chain to a trust anchor"),
    [FACTS_PATH_SELF_SIGNED_ROOT] = HARD("cert-trust", "RFC 5280 6.1", "a chain to a trust anchor"),
    [FACTS_PATH_EXPIRED] =
        HARD("cert-expired", "RFC 5280 4.1.2.5 and 6.1.3", "a valid certificate"),
    [FACTS_PATH_NOT_YET_VALID] =
        HARD("cert-not-yet-valid", "RFC 5280 4.1.2.5 and 6.1.3", "a valid certificate"),
    [FACTS_PATH_BAD_TIME] = HARD("cert-encoding", "RFC 5280 4.1.2.5", "dates that can be read"),
    [FACTS_PATH_BAD_SIGNATURE] =
        HARD("cert-bad-signature", "RFC 5280 6.1.3", "a signature by the issuer's key"),
    [FACTS_PATH_NOT_A_CA] = HARD("cert-chain", "RFC 5280 6.1.4", "an issuer that is a CA"),
    [FACTS_PATH_LENGTH] =
        HARD("cert-path-length", "RFC 5280 4.2.1.9", "a path as long as is allowed"),
    [FACTS_PATH_KEY_USAGE] = HARD("cert-key-usage", "RFC 5280 4.2.1.3", "keyCertSign in an issuer"),
    [FACTS_PATH_PURPOSE] = HARD("cert-eku", "RFC 5280 4.2.1.12", "serverAuth"),
    [FACTS_PATH_ANY_PURPOSE] =
        SOFT("cert-eku", "RFC 5280 4.2.1.12", "serverAuth, which every sender takes"),
    [FACTS_PATH_NAME_CONSTRAINTS] =
        HARD("cert-name-constraints", "RFC 5280 4.2.1.10", "names within the constraints"),
    [FACTS_PATH_UNKNOWN_CRITICAL] =
        HARD("cert-critical-extension", "RFC 5280 4.2", "no unknown critical extension"),
    [FACTS_PATH_ENCODING] =
        HARD("cert-encoding", "RFC 5280 4.1 and 4.2", "a certificate as RFC 5280 has it"),
    [FACTS_PATH_REVOKED] =
        HARD("cert-revoked", "RFC 5280 6.3", "a certificate that is not revoked"),
    [FACTS_PATH_REVOCATION_UNKNOWN] =
        SOFT("cert-revocation-unknown", "RFC 5280 6.3", "word on revocation"),
    [FACTS_PATH_OTHER] = HARD("cert-path", "RFC 5280 6.1", "a valid path"),
};

static void note(const struct judge *judge, const struct remark *remark, int depth,
                 const char *seen) {
    enum severity severity = judge->tables->path;

    if (remark->is_soft && severity == SEVERITY_FAIL)
        severity = SEVERITY_WARN;
    if (findings_have(judge->out, remark->rule, depth))
        return;
    struct finding finding =
        finding_of(remark->rule, appraisal_of(severity), depth, remark->source);
    SEEN(&finding, "%s", seen);
    WANTED(&finding, "%s", remark->wanted);
    findings_add(judge->out, &finding);
}

/* Which of those that were sent stands at a depth of the path; -1: none, it is from the trust store. */
static int sent_at(const struct facts_chain *chain, int depth) {
    return depth >= 0 && (size_t)depth < chain->path_length ? chain->path_sent[depth] : depth;
}

static bool is_ca(const struct facts_chain *chain, int depth) {
    int sent = sent_at(chain, depth);

    return sent >= 0 && (size_t)sent < chain->cert_count && chain->certs[sent].is_ca;
}

/* libcrypto looks at a thing from several sides; we say it once, and where it belongs. */
static bool is_said_elsewhere(const struct facts_chain *chain, size_t index) {
    const struct facts_path_entry *entry = &chain->path[index];
    bool has_both = has_flaw(chain, FACTS_PATH_NOT_A_CA, entry->depth) &&
                    has_flaw(chain, FACTS_PATH_KEY_USAGE, entry->depth);

    switch (entry->flaw) {
    case FACTS_PATH_UNTRUSTED: /* once for the chain, however many links are missing */
    case FACTS_PATH_SELF_SIGNED_LEAF:
    case FACTS_PATH_SELF_SIGNED_ROOT:
        for (size_t i = 0; i < index; i++)
            if (chain->path[i].flaw <= FACTS_PATH_SELF_SIGNED_ROOT)
                return true;
        return false;
    case FACTS_PATH_KEY_USAGE: /* of the leaf: judge_leaf_usage */
        return entry->depth == 0 || (has_both && !is_ca(chain, entry->depth));
    case FACTS_PATH_NOT_A_CA:
        return has_both && is_ca(chain, entry->depth);
    case FACTS_PATH_ENCODING: /* key-type */
        return entry->code == X509_EC_KEY_EXPLICIT_PARAMS;
    default:
        return false;
    }
}

/* The dates where they say more than libcrypto; of the leaf, whose place in path and chain is
 * the same. */
static void path_text(const struct facts_chain *chain, const struct facts_path_entry *entry,
                      char *out, size_t size_b) {
    char date[DATE_SIZE_B];

    text_set(out, size_b, "%s", entry->text);
    if (entry->depth == 0 && entry->flaw == FACTS_PATH_EXPIRED) {
        date_text(chain->certs[0].not_after_s, date);
        text_set(out, size_b, "expired at %s", date);
    } else if (entry->depth == 0 && entry->flaw == FACTS_PATH_NOT_YET_VALID) {
        date_text(chain->certs[0].not_before_s, date);
        text_set(out, size_b, "valid from %s on", date);
    }
}

static void judge_path(const struct judge *judge, const struct facts_chain *chain) {
    char text[sizeof chain->path[0].text];

    for (size_t i = 0; i < chain->path_count; i++) {
        if (is_said_elsewhere(chain, i))
            continue;
        path_text(chain, &chain->path[i], text, sizeof text);
        note(judge, &path_remarks[chain->path[i].flaw], chain->path[i].depth, text);
    }
}

/* A certificate that is its own issuer says CA:TRUE with some right: `openssl req -x509` writes
 * it so, and whoever pins it needs it.  Whether anybody trusts it is another question, and
 * answered there. */
static void judge_leaf_as_ca(const struct judge *judge, const struct facts_cert *leaf) {
    static const struct remark remark = HARD("cert-ca", "RFC 5280 4.2.1.9", "CA:FALSE");

    if (leaf->is_ca && !leaf->is_self_issued)
        note(judge, &remark, 0, "the server's certificate is a CA certificate");
}

/* No extension at all allows everything (RFC 5280 4.2.1.3, 4.2.1.12). */
static void judge_leaf_usage(const struct judge *judge, const struct facts_cert *leaf) {
    static const struct remark no_signature =
                                   HARD("cert-key-usage", "RFC 5280 4.2.1.3", "digitalSignature"),
                               no_encipherment =
                                   HARD("cert-key-usage", "RFC 5280 4.2.1.3", "keyEncipherment"),
                               cert_sign = HARD("cert-key-usage", "RFC 5280 4.2.1.3",
                                                "keyCertSign only in a CA certificate"),
                               no_server = HARD("cert-eku", "RFC 5280 4.2.1.12", "serverAuth");
    bool encrypts = suite_is_static_rsa(judge->handshake->suite);
    unsigned needed = encrypts ? FACTS_KU_KEY_ENCIPHERMENT : FACTS_KU_DIGITAL_SIGNATURE;

    if (leaf->has_key_usage && (leaf->key_usage & needed) == 0)
        note(judge, encrypts ? &no_encipherment : &no_signature, 0, "key usage for something else");
    else if (leaf->has_key_usage && (leaf->key_usage & FACTS_KU_CERT_SIGN) != 0 && !leaf->is_ca)
        note(judge, &cert_sign, 0, "keyCertSign");
    if (leaf->has_eku && !leaf->eku_server_auth && !leaf->eku_any)
        note(judge, &no_server, 0, "extended key usage for something else");
}

static void judge_staple(const struct judge *judge, const struct facts_chain *chain) {
    static const struct remark revoked = HARD("cert-revoked", "RFC 6960 2.2",
                                              "a certificate that is not revoked"),
                               missing = HARD("cert-must-staple", "RFC 7633 4.2.3",
                                              "a good OCSP staple, as promised"),
                               useless = SOFT("cert-revocation-unknown", "RFC 6960 3.2",
                                              "a good OCSP staple, or none");
    static const char *const seen[] = {
        [FACTS_STAPLE_NONE] = "no OCSP staple",
        [FACTS_STAPLE_REVOKED] = "the OCSP staple says that it is revoked",
        [FACTS_STAPLE_UNKNOWN] = "an OCSP staple that says \"unknown\"",
        [FACTS_STAPLE_INVALID] = "an OCSP staple that is too old or not from the CA",
    };

    if (chain->staple == FACTS_STAPLE_GOOD)
        return;
    if (chain->staple == FACTS_STAPLE_REVOKED)
        note(judge, &revoked, 0, seen[chain->staple]);
    else if (chain->certs[0].must_staple)
        note(judge, &missing, 0, seen[chain->staple]);
    else if (chain->staple != FACTS_STAPLE_NONE)
        note(judge, &useless, 0, seen[chain->staple]);
}

static void judge_validity(const struct judge *judge, const struct facts_cert *leaf) {
    const struct policy_tables *tables = judge->tables;
    uint64_t validity_s = (uint64_t)leaf->not_after_s - (uint64_t)leaf->not_before_s;

    if (tables->validity.source == NULL || leaf->not_after_s < leaf->not_before_s ||
        validity_s <= (uint64_t)tables->validity.days * DAY_S)
        return;
    struct finding finding =
        finding_of("cert-validity-period", appraisal_of(tables->validity.severity), 0,
                   tables->validity.source);
    SEEN(&finding, "valid for %llu days", (unsigned long long)(validity_s / DAY_S));
    WANTED(&finding, "%u days at most", tables->validity.days);
    findings_add(judge->out, &finding);
}

static const char *const name_kinds[] = {
    [FACTS_NAME_DNS] = "DNS:", [FACTS_NAME_IP] = "IP:",   [FACTS_NAME_EMAIL] = "email:",
    [FACTS_NAME_URI] = "URI:", [FACTS_NAME_SRV] = "SRV:", [FACTS_NAME_OTHER] = "",
};

static void judge_name(const struct judge *judge, const struct facts_cert *leaf) {
    char seen[sizeof((struct finding *)0)->seen] = "", wanted[sizeof seen], name[300];
    struct remark remark = HARD("cert-name", "RFC 9525 6, RFC 8461 4.2", wanted);

    if (names_match(leaf, judge->facts->reference))
        return;
    text_set(wanted, sizeof wanted, "%s%.100s",
             name_kinds[names_is_address(judge->facts->reference) ? FACTS_NAME_IP : FACTS_NAME_DNS],
             judge->facts->reference);
    for (size_t i = 0; i < leaf->name_count; i++) {
        text_set(name, sizeof name, "%s%s%s", i == 0 ? "is for " : "",
                 name_kinds[leaf->names[i].kind], leaf->names[i].text);
        text_join(seen, sizeof seen, name);
    }
    if (leaf->name_count == 0 && *leaf->common_name != '\0')
        text_set(seen, sizeof seen, "no subjectAltName; the common name %.64s does not count",
                 leaf->common_name);
    else if (leaf->name_count == 0)
        text_set(seen, sizeof seen, "no name at all");
    note(judge, &remark, 0, seen);
}

/* Some software cannot even read a certificate with a name that is no IA5String.  The other flaws make a name useless. */
static void judge_name_encoding(const struct judge *judge, const struct facts_cert *leaf) {
    static const struct remark not_ascii = HARD("cert-encoding", "RFC 5280 4.2.1.6 and 7.2",
                                                "names in ASCII, with A-labels (xn--...)"),
                               no_name = SOFT("cert-encoding", "RFC 5280 4.2.1.6, RFC 9525 6.1",
                                              "only host names as DNS names");
    char seen[sizeof((struct finding *)0)->seen];
    const char *flaw;

    for (size_t i = 0; i < leaf->name_count; i++)
        if (leaf->names[i].has_non_ascii) {
            text_set(seen, sizeof seen, "a name that is not ASCII: %.90s", leaf->names[i].text);
            note(judge, &not_ascii, 0, seen);
        }
    for (size_t i = 0; i < leaf->name_count; i++)
        if ((flaw = names_flaw(&leaf->names[i])) != NULL) {
            text_set(seen, sizeof seen, "%s as a DNS name: %.80s", flaw, leaf->names[i].text);
            note(judge, &no_name, 0, seen);
        }
}

static bool has_differing_algorithms(const struct facts_cert *cert, int depth) {
    (void)depth;
    return cert->signature_algorithms_differ;
}

static bool has_duplicate_extension(const struct facts_cert *cert, int depth) {
    (void)depth;
    return cert->has_duplicate_extension;
}

static bool has_no_issuer(const struct facts_cert *cert, int depth) {
    (void)depth;
    return *cert->issuer == '\0';
}

/* An authority before version 3 is none: cert-chain. */
static bool is_old_leaf(const struct facts_cert *cert, int depth) {
    return depth == 0 && cert->version < 3;
}

static bool has_bad_serial(const struct facts_cert *cert, int depth) {
    (void)depth;
    return *cert->serial == '-' || cert->serial[strspn(cert->serial, "0")] == '\0' ||
           strlen(cert->serial) > SERIAL_MAX_DIGITS;
}

static bool has_unknown_critical(const struct facts_cert *cert, int depth) {
    (void)depth;
    return cert->has_unknown_critical;
}

static bool has_odd_length(const struct facts_cert *cert, int depth) {
    (void)depth;
    return cert->has_odd_length;
}

static bool has_odd_boolean(const struct facts_cert *cert, int depth) {
    (void)depth;
    return cert->has_odd_boolean;
}

static bool writes_default(const struct facts_cert *cert, int depth) {
    (void)depth;
    return cert->writes_default;
}

static bool writes_not_ca(const struct facts_cert *cert, int depth) {
    (void)depth;
    return cert->writes_not_ca;
}

static bool has_idle_constraints(const struct facts_cert *cert, int depth) {
    return depth == 0 && cert->has_name_constraints && !cert->is_ca;
}

/* A flaw in the encoding, with what it breaks; the first is told. */
static const struct encoding {
    bool (*is_broken)(const struct facts_cert *cert, int depth);
    const char *seen;
    struct remark remark;
} encodings[] = {
    {has_differing_algorithms, "the inner and outer signature algorithms differ",
     HARD("cert-encoding", "RFC 5280 4.1.1.2", "the same twice")},
    {has_duplicate_extension, "an extension twice",
     HARD("cert-encoding", "RFC 5280 4.2", "each once")},
    {has_no_issuer, "no issuer", HARD("cert-encoding", "RFC 5280 4.1.2.4", "the issuer's name")},
    {is_old_leaf, "not version 3", HARD("cert-encoding", "RFC 5280 4.1.2.1", "version 3")},
    {has_odd_length, "a length that is not DER's", HARD("cert-encoding", "X.690 10.1", "DER")},
    {has_odd_boolean, "a TRUE that is not DER's", HARD("cert-encoding", "X.690 11.1", "DER")},
    {writes_default, "a default value that is encoded", HARD("cert-encoding", "X.690 11.5", "DER")},
    {writes_not_ca, "CA:FALSE that is encoded", SOFT("cert-encoding", "X.690 11.5", "DER")},
    {has_bad_serial, "a serial number that is zero, negative or longer than 20 bytes",
     SOFT("cert-encoding", "RFC 5280 4.1.2.2", "a positive number of 20 bytes at most")},
    {has_idle_constraints, "name constraints in a server's certificate",
     HARD("cert-encoding", "RFC 5280 4.2.1.10", "none but in a CA's")},
    {has_unknown_critical, "an unknown critical extension",
     HARD("cert-critical-extension", "RFC 5280 4.2", "no unknown critical extension")},
};

static void judge_encoding(const struct judge *judge, const struct facts_cert *cert, int depth) {
    for (size_t i = 0; i < ARRAY_LEN(encodings); i++)
        if (encodings[i].is_broken(cert, depth))
            note(judge, &encodings[i].remark, depth, encodings[i].seen);
}

/* As with an offer: where the policy has no opinion, RFC 9325 has. */
static struct judge judge_of_issuers(const struct judge *judge) {
    struct judge other = *judge;

    if (judge->tables->leaf_alone) {
        other.policy = &policy_rfc9325;
        other.tables = policy_rfc9325.tables;
    }
    return other;
}

/* A root that is sent along proves nothing and need not: it is trusted, or is not, for what it
 * is.  A leaf that signed itself is judged in all, unless it is the trust anchor: then its
 * signature is such a root's. */
static void judge_cert(const struct judge *judge, const struct facts_cert *cert, int depth) {
    const struct judge by = depth > 0 ? judge_of_issuers(judge) : *judge;

    judge_encoding(judge, cert, depth);
    judge_key_flaw(judge, cert, depth);
    judge_key(&by, cert, depth);
    if (!cert->is_self_issued || !is_trusted(judge->chain))
        judge_signature(&by, cert, depth);
}

/* Of what was sent and is not on the path nothing depends (RFC 5280 6.1, RFC 8446 4.4.2): it is told, and weighs nothing. */
static void judge_stray(const struct judge *judge, const struct facts_cert *cert, int sent) {
    struct findings apart;
    struct judge stray = *judge;

    findings_init(&apart);
    stray.out = &apart;
    judge_cert(&stray, cert, sent);
    for (size_t i = 0; i < apart.count; i++) {
        struct finding *finding = &apart.items[i];
        finding->severity = SEVERITY_INFO;
        finding->grade = GRADE_GOOD;
        finding->is_stray = true;
        findings_add(judge->out, finding);
    }
    findings_fini(&apart);
}

static int depth_of(const struct facts_chain *chain, int sent) {
    for (size_t depth = 0; depth < chain->path_length; depth++)
        if (chain->path_sent[depth] == sent)
            return (int)depth;
    return -1;
}

static void judge_certs(const struct judge *judge) {
    const struct facts_chain *chain = judge->chain;

    for (size_t i = 0; i < chain->cert_count; i++) {
        const struct facts_cert *cert = &chain->certs[i];
        int depth = depth_of(chain, (int)i);
        if (i > 0 && cert->is_self_issued)
            continue;
        if (!cert->is_on_path)
            judge_stray(judge, cert, (int)i);
        else if (depth >= 0) /* else it was sent twice */
            judge_cert(judge, cert, depth);
    }
    for (size_t i = 0; i < chain->stored_count; i++)
        judge_cert(judge, &chain->stored[i], chain->stored_depth[i]);
}

/* The findings know the depth; which certificate that is the reader wants to know. */
static void place(const struct judge *judge) {
    for (size_t i = 0; i < judge->out->count; i++) {
        struct finding *finding = &judge->out->items[i];
        if (!finding->is_stray)
            finding->sent = sent_at(judge->chain, finding->depth);
    }
}

/* Trusted because it stands in the trust store itself, as a certificate that a distribution makes for each machine does:
 * who has another store does not trust it. */
static void judge_own_anchor(const struct judge *judge) {
    const struct facts_chain *chain = judge->chain;
    struct finding finding =
        finding_of("cert-trust", appraisal_of(SEVERITY_INFO), 0, "RFC 5280 6.1");

    if (chain->path_length != 1 || !is_trusted(chain) || findings_have(judge->out, "cert-trust", 0))
        return;
    SEEN(&finding, "no CA signed it: it is in the trust store itself");
    findings_add(judge->out, &finding);
}

void judge_chain(const struct judge *judge) {
    const struct facts_cert *leaf = &judge->chain->certs[0];

    judge_path(judge, judge->chain);
    judge_own_anchor(judge);
    judge_name(judge, leaf);
    judge_name_encoding(judge, leaf);
    judge_leaf_as_ca(judge, leaf);
    judge_leaf_usage(judge, leaf);
    judge_staple(judge, judge->chain);
    judge_validity(judge, leaf);
    judge_certs(judge);
    place(judge);
}
