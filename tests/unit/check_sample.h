/* check_sample - what `check` found, built by hand: a good host, one with every severity, one not reached, and hostile bytes.
 * Call sample_NAME() for a result, which check_result_free releases. */
#ifndef DOORMAT_TESTS_CHECK_SAMPLE_H
#define DOORMAT_TESTS_CHECK_SAMPLE_H

#include "base/mem.h"
#include "check/result.h"

enum { SAMPLE_DATE_S = 1795392000 /* 2026-11-23 */, TLS10 = 0x0301, TLS13 = 0x0304 };

static inline struct check_result *sample_result(const char *target) {
    struct check_result *result = mem_zalloc(sizeof *result);

    snprintf(result->target.text, sizeof result->target.text, "%s", target);
    result->target.port = 25;
    result->policy = policy_find("bsi");
    result->date_s = SAMPLE_DATE_S;
    result->seconds = 0.25;
    return result;
}

static inline struct check_host *sample_host(struct check_result *result, const char *name,
                                             const char *address) {
    result->hosts = mem_resize(result->hosts, result->host_count + 1, sizeof *result->hosts);
    struct check_host *host = &result->hosts[result->host_count++];

    *host = (struct check_host){.port = 25, .preference = 10, .connections = 5, .seconds = 0.125};
    snprintf(host->host, sizeof host->host, "%s", name);
    snprintf(host->address, sizeof host->address, "%s", address);
    findings_init(&host->findings);
    return host;
}

static inline void sample_agree(struct check_host *host, uint16_t version, const char *suite) {
    struct facts_handshake *tls = &host->facts.wide;

    host->facts.reached = true;
    host->facts.starttls = SMTP_CLIENT_STARTTLS_ACCEPTED;
    *tls = (struct facts_handshake){.handshake = TLS_HANDSHAKE_COMPLETED,
                                    .alert_read = TLS_NO_ALERT,
                                    .version = version,
                                    .secure_renegotiation = version < TLS13};
    snprintf(tls->suite_name, sizeof tls->suite_name, "%s", suite);
    snprintf(tls->group_name, sizeof tls->group_name, "secp256r1");
    snprintf(tls->scheme_name, sizeof tls->scheme_name, "ecdsa_secp256r1_sha256");
    host->facts.accepts_version[version - TLS10] = true;
}

static inline void sample_name(struct facts_cert *cert, const char *name) {
    cert->names = mem_zalloc(sizeof *cert->names);
    cert->names[0] = (struct facts_name){FACTS_NAME_DNS, strlen(name), mem_strdup(name), false};
    cert->name_count = cert->names_seen = 1;
}

static inline void sample_chain(struct check_host *host, enum facts_key key, unsigned bits,
                                const char *curve) {
    struct facts_chain *chain = &host->facts.chain;

    host->facts.has_chain = true;
    chain->certs = mem_zalloc(2 * sizeof *chain->certs);
    chain->cert_count = chain->certs_seen = 2;
    for (size_t i = 0; i < chain->cert_count; i++) {
        struct facts_cert *cert = &chain->certs[i];
        *cert = (struct facts_cert){.key = key,
                                    .key_bits = bits,
                                    .not_before_s = SAMPLE_DATE_S - 86400,
                                    .not_after_s = SAMPLE_DATE_S + 7776000};
        snprintf(cert->subject, sizeof cert->subject, "CN=%.200s", i == 0 ? host->host : "Lab CA");
        snprintf(cert->issuer, sizeof cert->issuer, "CN=%s", i == 0 ? "Lab CA" : "Lab Root");
        snprintf(cert->curve, sizeof cert->curve, "%s", curve);
        snprintf(cert->serial, sizeof cert->serial, "%zu", 17 + i);
        snprintf(cert->sha256, sizeof cert->sha256, "%064zu", i);
        snprintf(cert->signature.name, sizeof cert->signature.name, "ecdsa-with-SHA384");
    }
    sample_name(&chain->certs[0], host->host);
}

static inline void sample_find(struct check_host *host, const char *rule, enum severity severity,
                               int depth, const char *seen, const char *wanted) {
    static const enum grade grades[] = {GRADE_GOOD, GRADE_PHASE_OUT, GRADE_INSUFFICIENT};
    struct findings *list = &host->findings;

    list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
    struct finding *finding = &list->items[list->count++];
    *finding = (struct finding){.rule = rule_find(rule),
                                .severity = severity,
                                .grade = grades[severity],
                                .depth = depth,
                                .sent = depth};
    snprintf(finding->seen, sizeof finding->seen, "%s", seen);
    snprintf(finding->wanted, sizeof finding->wanted, "%s", wanted);
    snprintf(finding->source, sizeof finding->source, "TR-02102-2 3.6.1");
}

static inline struct check_result *sample_good(void) {
    struct check_result *result = sample_result("good.test");
    struct check_host *host = sample_host(result, "mx.good.test", "2001:db8::25");

    result->reached = true;
    result->verdict = CHECK_MEETS;
    result->security = ROUTE_SECURE;
    sample_agree(host, TLS13, "TLS_AES_128_GCM_SHA256");
    sample_chain(host, FACTS_KEY_EC, 256, "secp256r1");
    return result;
}

static inline struct check_result *sample_bad(void) {
    struct check_result *result = sample_result("bad.test");
    struct check_host *first = sample_host(result, "mx1.bad.test", "192.0.2.1");
    struct check_host *second = sample_host(result, "mx2.bad.test", "192.0.2.2");

    first = &result->hosts[0];
    result->reached = true;
    result->verdict = CHECK_BREAKS;
    sample_agree(first, TLS10, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA");
    sample_chain(first, FACTS_KEY_RSA, 1024, "");
    sample_find(first, "key-size", SEVERITY_FAIL, 0, "RSA 1024", "RSA 3000");
    sample_find(first, "cert-signature", SEVERITY_FAIL, 1, "sha1WithRSAEncryption", "SHA-256");
    sample_find(first, "tls-version", SEVERITY_WARN, -1, "TLSv1",
                "TLSv1.3, or TLSv1.2 with one of the cipher suites that the guideline recommends");
    sample_find(first, "cipher", SEVERITY_INFO, -1, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "");
    second->preference = 20;
    err_set(&second->err, "no connection: Connection refused");
    return result;
}

/* Nothing that was seen is wrong, and not all was seen. */
static inline struct check_result *sample_undecided(void) {
    struct check_result *result = sample_result("busy.test");
    struct check_host *host = sample_host(result, "mx.busy.test", "192.0.2.4");
    struct check_host *nowhere = sample_host(result, "mx2.busy.test", "");

    host = &result->hosts[0];
    result->reached = true;
    result->verdict = CHECK_UNDECIDED;
    result->names_left_out = 2;
    result->addresses_left_out = 1;
    sample_agree(host, TLS13, "TLS_AES_128_GCM_SHA256");
    sample_chain(host, FACTS_KEY_EC, 256, "secp256r1");
    for (size_t i = 0; i < 4; i++)
        host->facts.tried_version[i] = i != 1;
    host->views[VIEW_STRICT].look = host->views[VIEW_NO_SNI].look = LOOK_DONE;
    host->views[VIEW_TLS11].look = LOOK_UNKNOWN;
    snprintf(host->views[VIEW_TLS11].why, CHECK_WHY_SIZE_B,
             "the server refuses the client: 421 busy");
    sample_find(host, "cert-signature", SEVERITY_INFO, 2, "sha1WithRSAEncryption", "SHA-256");
    host->findings.items[0].is_stray = true;
    sample_find(host, "cert-expired", SEVERITY_WARN, 1, "certificate has expired",
                "a valid certificate");
    host->findings.items[1].sent = -1;
    sample_find(host, "key-size", SEVERITY_WARN, 0, "RSA 2000", "RSA 3000");
    host->findings.items[2].is_of_other_key = true;
    err_set(&nowhere->err, "A of mx2.busy.test: SERVFAIL");
    return result;
}

static inline struct check_result *sample_unreached(void) {
    struct check_result *result = sample_result("null.test");

    result->route = ROUTE_NULL_MX;
    result->verdict = CHECK_NO_MAIL;
    err_set(&result->err, "null.test: the domain takes no mail (null MX, RFC 7505)");
    return result;
}

#define SAMPLE_HOSTILE "\033[31m<b>&\"']]>\r\n\177"

static inline struct check_result *sample_hostile(void) {
    struct check_result *result = sample_result(SAMPLE_HOSTILE);
    struct check_host *host = sample_host(result, "mx.test", "192.0.2.3");

    result->reached = true;
    result->verdict = CHECK_BREAKS;
    sample_agree(host, TLS13, SAMPLE_HOSTILE);
    sample_chain(host, FACTS_KEY_OTHER, 0, "");
    snprintf(host->facts.chain.certs[0].subject, FACTS_DN_SIZE_B, "%s", SAMPLE_HOSTILE);
    sample_find(host, "cert-name", SEVERITY_FAIL, 0, SAMPLE_HOSTILE, SAMPLE_HOSTILE);
    err_set(&host->err, "%s", SAMPLE_HOSTILE);
    return result;
}

#endif
