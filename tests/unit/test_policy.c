/* The judge, rule by rule: a scene is a spotless server with something changed, and what each
 * policy says of it at a date. */
#include "policy/policy_tables.h"
#include "scene.h"

#define TLS12(suite_code) .version = TLS1_2, .suite = (suite_code)
#define TLS12_GCM         TLS12(TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)
#define WIDE              .strict_alert = 40
#define EC_LEAF(curve, n) .key = FACTS_KEY_EC, .bits = (n), .curve_name = (curve)
#define RSA_LEAF(n)       .key = FACTS_KEY_RSA, .bits = (n)
#define SIGNED(k, pad, h)                                                                          \
    .signer = FACTS_KEY_##k, .padding = FACTS_PADDING_##pad, .hash = FACTS_HASH_##h
#define PATH(flaw, depth)                                                                          \
    { FACTS_PATH_##flaw, (depth), 0, "as libcrypto says" }

static const struct test_case {
    const char *name, *policy;
    int year;
    struct scene scene;
    const char *expected;
} cases[] = {
/* clang-format off */
#include "policy_cases.inc"
    /* clang-format on */
};

static void judge(const struct test_case *c, struct findings *out) {
    struct stage stage;

    stage_set(&stage, &c->scene);
    findings_init(out);
    policy_judge(policy_find(c->policy), &stage.facts, date_in(c->year), out);
}

static void print(const struct findings *findings, struct buf *out) {
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *f = &findings->items[i];
        buf_printf(out, "%s%s %s", i > 0 ? ", " : "", severity_name(f->severity), f->rule->name);
        if (f->depth > 0)
            buf_printf(out, "@%d", f->depth);
    }
}

static void test_cases(void **state) {
    int wrong = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct findings findings;
        struct buf found;

        buf_init(&found, 4096);
        judge(&cases[i], &findings);
        print(&findings, &found);
        if (strcmp(buf_text(&found), cases[i].expected) != 0) {
            print_error("%s: '%s', not '%s'\n", cases[i].name, buf_text(&found), cases[i].expected);
            wrong++;
        }
        wrong += findings_meet(&findings) != (strstr(cases[i].expected, "fail") == NULL);
        findings_fini(&findings);
        buf_fini(&found);
    }
    assert_int_equal(wrong, 0);
}

static const struct {
    const char *policy;
    int year;
    struct scene scene;
    const char *seen, *wanted, *source;
} texts[] = {
    {"bsi", 2026, {RSA_LEAF(1024)}, "RSA 1024", "RSA 3000", "TR-02102-2 3.6.1"},
    {"bsi",
     2026,
     {RSA_LEAF(2048)},
     "RSA 2048, recommended until 2023",
     "RSA 3000",
     "TR-02102-2 3.6.1"},
    {"bsi", 2026, {EC_LEAF("secp192r1", 192)}, "EC secp192r1", "EC 250", "TR-02102-2 3.6.1"},
    {"bsi",
     2026,
     {EC_LEAF("secp256k1", 256)},
     "secp256k1",
     "secp256r1, secp384r1, secp521r1, brainpoolP256r1, brainpoolP384r1, brainpoolP512r1",
     "TR-02102-2 3.4.3"},
    {"bsi",
     2026,
     {.key = FACTS_KEY_ED25519, .bits = 256},
     "Ed25519 256",
     "EC 250, RSA 3000, DSA 3000",
     "TR-02102-2 3.6.1"},
    {"bsi",
     2026,
     {.group = x25519},
     "x25519",
     "secp256r1, secp384r1, secp521r1, brainpoolP256r1tls13, brainpoolP384r1tls13, "
     "brainpoolP512r1tls13, ffdhe3072, ffdhe4096",
     "TR-02102-2 3.3.2 and 3.4.2"},
    {"bsi",
     2026,
     {TLS12_GCM, .scheme = rsa_pkcs1_sha256},
     "rsa_pkcs1_sha256, recommended until 2025",
     "ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384, ecdsa_secp521r1_sha512, "
     "rsa_pss_rsae_sha256, rsa_pss_rsae_sha384, ...",
     "TR-02102-2 3.3.3 and 3.4.3"},
    {"bsi",
     2026,
     {.accepts = {true, true, true, true}},
     "also accepts TLSv1, TLSv1.1",
     "TLSv1.3, TLSv1.2",
     "TR-02102-2 3.2"},
    {"bsi",
     2026,
     {SIGNED(RSA, PKCS1, SHA1)},
     "a signature",
     "RSA-PSS SHA-256, RSA-PSS SHA-384, RSA-PSS SHA-512",
     "TR-02102-2 3.4.3"},
    {"bsi",
     2026,
     {SIGNED(OTHER, NONE, OTHER)},
     "a signature",
     "ECDSA SHA-256, ECDSA SHA-384, ECDSA SHA-512",
     "TR-02102-2 3.4.3"},
    {"bsi",
     2026,
     {.path = {PATH(EXPIRED, 0)}},
     "expired at 2026-07-19T00:00:00Z",
     "a valid certificate",
     "RFC 5280 4.1.2.5 and 6.1.3"},
    {"bsi",
     2026,
     {.path = {PATH(NOT_YET_VALID, 0)}},
     "valid from 2026-05-01T00:00:00Z on",
     "a valid certificate",
     "RFC 5280 4.1.2.5 and 6.1.3"},
    {"bsi",
     2026,
     {.path = {PATH(EXPIRED, 1)}},
     "as libcrypto says",
     "a valid certificate",
     "RFC 5280 4.1.2.5 and 6.1.3"},
    {"bsi",
     2026,
     {.san = "a.test"},
     "is for DNS:a.test",
     "DNS:mx.test",
     "RFC 9525 6, RFC 8461 4.2"},
    {"bsi",
     2026,
     {.san = ""},
     "no subjectAltName; the common name mx.test does not count",
     "DNS:mx.test",
     "RFC 9525 6, RFC 8461 4.2"},
    {"bsi",
     2026,
     {WIDE},
     "an offer within the policy was answered with the alert handshake_failure",
     "",
     "TR-02102-2 3.3.1 and 3.4.4"},
    {"bsi",
     2026,
     {.fails = true, .strict_alert = 80},
     "the handshake broke off (alert internal_error)",
     "a complete handshake",
     "RFC 8446 4"},
    {"bsi",
     2026,
     {.san = "192.0.2.1", .san_kind = FACTS_NAME_IP},
     "is for IP:192.0.2.1",
     "DNS:mx.test",
     "RFC 9525 6, RFC 8461 4.2"},
    {"rfc9325",
     2026,
     {.weak = {{TLS1_2, TLS_RSA_WITH_NULL_SHA256}}},
     "also accepts TLS_RSA_WITH_NULL_SHA256",
     "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "
     "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, ...",
     "RFC 9325 4.1 and 4.2"},
    {"bsi",
     2026,
     {.fails = true, .strict_alert = 254},
     "the handshake broke off (alert 254)",
     "a complete handshake",
     "RFC 8446 4"},
    {"bsi",
     2026,
     {.fails = true, .strict_alert = 116, .wants_client_cert = true, .failed_suite = 0x1301},
     "the server asks for a client certificate (alert certificate_required)",
     "a handshake without one, as a mail sender has none",
     "RFC 8446 4.3.2, RFC 5246 7.4.4"},
    {"bsi",
     2026,
     {.behind_b = 12},
     "12 bytes in plaintext after the reply to STARTTLS",
     "nothing but the handshake",
     "RFC 3207 4.2, CVE-2011-0411"},
    {"bsi",
     2026,
     {.starttls = SMTP_CLIENT_STARTTLS_REFUSED},
     "STARTTLS is offered and refused",
     "STARTTLS",
     "RFC 3207 4"},
};

static void test_texts(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct test_case c = {
            .policy = texts[i].policy, .year = texts[i].year, .scene = texts[i].scene};
        struct findings findings;

        judge(&c, &findings);
        assert_true(findings.count > 0);
        assert_string_equal(findings.items[0].seen, texts[i].seen);
        assert_string_equal(findings.items[0].wanted, texts[i].wanted);
        assert_string_equal(findings.items[0].source, texts[i].source);
        findings_fini(&findings);
    }
}

static void test_grades(void **state) {
    static const struct {
        const char *policy;
        struct scene scene;
        enum grade grade;
    } grades[] = {
        {"bsi", {0}, GRADE_GOOD},
        {"bsi", {.early_data = true}, GRADE_PHASE_OUT},
        {"bsi", {RSA_LEAF(1024)}, GRADE_INSUFFICIENT},
        {"ncsc-nl",
         {.suite = TLS_AES_256_GCM_SHA384, .group = X25519MLKEM768, RSA_LEAF(3072)},
         GRADE_GOOD},
        {"ncsc-nl",
         {.suite = TLS_AES_256_GCM_SHA384,
          .group = X25519MLKEM768,
          RSA_LEAF(3072),
          .path = {PATH(UNTRUSTED, 0)}},
         GRADE_GOOD},
        {"ncsc-nl", {TLS12_GCM}, GRADE_SUFFICIENT},
        {"ncsc-nl", {RSA_LEAF(2048)}, GRADE_PHASE_OUT},
        {"ncsc-nl", {RSA_LEAF(1024)}, GRADE_INSUFFICIENT},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(grades); i++) {
        struct test_case c = {.policy = grades[i].policy, .year = 2026, .scene = grades[i].scene};
        struct findings findings;

        judge(&c, &findings);
        assert_int_equal(findings_grade(&findings), grades[i].grade);
        findings_fini(&findings);
    }
}

/* As NSS has it, which tells the leaf from its issuers. */
static void test_nss_names(void **state) {
    struct finding finding = {.rule = rule_find("cert-expired")};

    (void)state;
    assert_string_equal(finding_nss(&finding), "SEC_ERROR_EXPIRED_CERTIFICATE");
    finding.depth = 1;
    assert_string_equal(finding_nss(&finding), "SEC_ERROR_EXPIRED_ISSUER_CERTIFICATE");
    finding.rule = rule_find("key-size");
    assert_string_equal(finding_nss(&finding), "MOZILLA_PKIX_ERROR_INADEQUATE_KEY_SIZE");
    finding.rule = rule_find("starttls");
    assert_null(finding_nss(&finding));
}

/* A chain in which everything is wrong: bounded, cut, and the worst is kept. */
static void test_findings_are_bounded(void **state) {
    struct facts_cert certs[FACTS_MAX_CERTS];
    struct stage stage;
    struct findings findings;

    (void)state;
    stage_set(&stage, &(struct scene){0});
    for (size_t i = 0; i < FACTS_MAX_CERTS; i++) {
        certs[i] = stage.certs[0];
        certs[i].key_bits = 1;
        certs[i].signature.hash = FACTS_HASH_MD2;
        certs[i].has_unknown_critical = certs[i].has_duplicate_extension = true;
    }
    for (size_t i = 0; i < FACTS_MAX_PATH_FLAWS; i++)
        stage.facts.chain.path[i] =
            (struct facts_path_entry){FACTS_PATH_EXPIRED, (int)i, 0, "expired"};
    stage.facts.chain.certs = certs;
    stage.facts.chain.cert_count = FACTS_MAX_CERTS;
    for (size_t i = 0; i < FACTS_MAX_CERTS; i++)
        stage.facts.chain.path_sent[i] = (int)i;
    stage.facts.chain.path_length = FACTS_MAX_CERTS;
    stage.facts.chain.path_count = FACTS_MAX_PATH_FLAWS;
    findings_init(&findings);
    policy_judge(policy_find("bsi"), &stage.facts, date_in(2026), &findings);
    assert_int_equal(findings.count, FACTS_MAX_PATH_FLAWS + 4 * FACTS_MAX_CERTS);
    assert_false(findings.cut);
    while (!findings.cut)
        policy_judge(policy_find("bsi-lenient"), &stage.facts, date_in(2026), &findings);
    assert_int_equal(findings.count, FINDINGS_MAX);
    assert_int_equal(findings.items[0].severity, SEVERITY_FAIL);
    findings_fini(&findings);
}

/* A date before 1970, or beyond what struct tm holds, is a year like any other. */
static void test_any_date(void **state) {
    static const int64_t dates[] = {INT64_MIN, -1, 0, INT64_MAX};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
        struct stage stage;
        struct findings findings;

        stage_set(&stage, &(struct scene){.path = {PATH(EXPIRED, 0)}});
        stage.certs[0].not_after_s = dates[i];
        stage.certs[0].not_before_s = dates[ARRAY_LEN(dates) - 1 - i];
        for (size_t j = 0; policy_at(j) != NULL; j++) {
            findings_init(&findings);
            policy_judge(policy_at(j), &stage.facts, dates[i], &findings);
            assert_true(findings_have_rule(&findings, "cert-expired"));
            findings_fini(&findings);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),    cmocka_unit_test(test_texts),
        cmocka_unit_test(test_grades),   cmocka_unit_test(test_nss_names),
        cmocka_unit_test(test_any_date), cmocka_unit_test(test_findings_are_bounded),
    };

    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
