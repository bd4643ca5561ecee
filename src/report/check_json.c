#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "report/check_formats.h"
#include "report/shape.h"

static json_t *shape_date(int64_t wall_s) {
    char text[CLOCK_RFC3339_SIZE_B];

    clock_rfc3339(wall_s, text);
    return json_stringn(text, strcspn(text, "T"));
}

static json_t *shape_time_s(int64_t wall_s) {
    char text[CLOCK_RFC3339_SIZE_B];

    return json_string(clock_rfc3339(wall_s, text));
}

static json_t *shape_negotiated(const struct facts_handshake *tls) {
    json_t *object = json_object();

    if (tls->handshake != TLS_HANDSHAKE_COMPLETED) {
        json_decref(object);
        return json_null();
    }
    json_object_set_new(object, "version", shape_text(tls_version_name(tls->version)));
    json_object_set_new(object, "cipher", shape_text_or_null(tls->suite_name));
    json_object_set_new(object, "group", shape_text_or_null(tls->group_name));
    json_object_set_new(object, "signature_scheme", shape_text_or_null(tls->scheme_name));
    json_object_set_new(object, "extended_master_secret",
                        json_boolean(tls->extended_master_secret));
    json_object_set_new(object, "encrypt_then_mac", json_boolean(tls->encrypt_then_mac));
    json_object_set_new(object, "secure_renegotiation", json_boolean(tls->secure_renegotiation));
    return object;
}

static json_t *shape_accepts(const struct host_facts *facts) {
    static const uint16_t versions[] = {0x0301, 0x0302, 0x0303, 0x0304};
    json_t *object = json_object(), *list = json_array();

    for (size_t i = 0; i < ARRAY_LEN(versions); i++)
        if (facts->accepts_version[i])
            json_array_append_new(list, shape_text(tls_version_name(versions[i])));
    json_object_set_new(object, "versions", list);
    return object;
}

static json_t *shape_cert(const struct facts_cert *cert) {
    json_t *object = json_object(), *names = json_array();
    char key[64];

    check_describe_key(cert, key, sizeof key);
    for (size_t i = 0; i < cert->name_count; i++)
        json_array_append_new(names, shape_text(cert->names[i].text));
    json_object_set_new(object, "subject", shape_text(cert->subject));
    json_object_set_new(object, "issuer", shape_text(cert->issuer));
    json_object_set_new(object, "names", names);
    json_object_set_new(object, "key", shape_text(key));
    json_object_set_new(object, "signature", shape_text(cert->signature.name));
    json_object_set_new(object, "not_before", shape_time_s(cert->not_before_s));
    json_object_set_new(object, "not_after", shape_time_s(cert->not_after_s));
    json_object_set_new(object, "serial", shape_text(cert->serial));
    json_object_set_new(object, "sha256", shape_text(cert->sha256));
    return object;
}

static json_t *shape_chain(const struct host_facts *facts) {
    json_t *list = json_array();

    for (size_t i = 0; facts->has_chain && i < facts->chain.cert_count; i++)
        json_array_append_new(list, shape_cert(&facts->chain.certs[i]));
    return list;
}

static json_t *shape_finding(const struct finding *finding) {
    json_t *object = json_object();

    json_object_set_new(object, "rule", shape_text(finding->rule->name));
    json_object_set_new(object, "severity", shape_text(severity_name(finding->severity)));
    json_object_set_new(object, "grade", shape_text(grade_name(finding->grade)));
    json_object_set_new(object, "nss", shape_text_or_null(finding_nss(finding)));
    json_object_set_new(object, "short", shape_text_or_null(finding->rule->short_nss));
    json_object_set_new(object, "tlsrpt", shape_text_or_null(finding->rule->tlsrpt));
    json_object_set_new(object, "seen", shape_text(finding->seen));
    json_object_set_new(object, "wanted", shape_text(finding->wanted));
    json_object_set_new(object, "source", shape_text(finding->source));
    json_object_set_new(object, "certificate",
                        finding->depth >= 0 ? json_integer(finding->depth) : json_null());
    json_object_set_new(object, "text", shape_text(finding->rule->title));
    return object;
}

static json_t *shape_host(const struct check_host *host) {
    const struct host_facts *facts = &host->facts;
    json_t *object = json_object(), *findings = json_array();

    for (size_t i = 0; i < host->findings.count; i++)
        json_array_append_new(findings, shape_finding(&host->findings.items[i]));
    json_object_set_new(object, "host", shape_text(host->host));
    json_object_set_new(object, "address", shape_text(host->address));
    json_object_set_new(object, "port", json_integer(host->port));
    json_object_set_new(object, "preference", json_integer(host->preference));
    json_object_set_new(object, "reached", json_boolean(facts->reached));
    json_object_set_new(object, "starttls", shape_text(smtp_client_starttls_name(facts->starttls)));
    json_object_set_new(object, "meets_policy",
                        json_boolean(facts->reached && findings_meet(&host->findings)));
    json_object_set_new(object, "grade",
                        facts->reached ? shape_text(grade_name(findings_grade(&host->findings)))
                                       : json_null());
    json_object_set_new(object, "negotiated", shape_negotiated(&facts->wide));
    json_object_set_new(object, "accepts", shape_accepts(facts));
    json_object_set_new(object, "chain", shape_chain(facts));
    json_object_set_new(object, "findings", findings);
    json_object_set_new(object, "error", shape_text_or_null(host->err.text));
    json_object_set_new(object, "connections", json_integer(host->connections));
    json_object_set_new(object, "seconds", shape_seconds(host->seconds));
    return object;
}

static json_t *shape_result(const struct check_result *result) {
    json_t *object = json_object(), *hosts = json_array();

    for (size_t i = 0; i < result->host_count; i++)
        json_array_append_new(hosts, shape_host(&result->hosts[i]));
    json_object_set_new(object, "target", shape_text(result->target.text));
    json_object_set_new(object, "policy", shape_text(policy_name(result->policy)));
    json_object_set_new(object, "as_of", shape_date(result->date_s));
    json_object_set_new(object, "reached", json_boolean(result->reached));
    json_object_set_new(object, "meets_policy", json_boolean(result->meets_policy));
    json_object_set_new(object, "route", shape_text(route_outcome_name(result->route)));
    json_object_set_new(object, "dnssec", json_boolean(result->security == ROUTE_SECURE));
    json_object_set_new(object, "error", shape_text_or_null(result->err.text));
    json_object_set_new(object, "seconds", shape_seconds(result->seconds));
    json_object_set_new(object, "hosts", hosts);
    return object;
}

static int append(const char *data, size_t len, void *out) {
    return buf_append(out, data, len);
}

static void put(const struct check_result *result, size_t flags, struct buf *out) {
    json_t *object = shape_result(result);

    if (json_dump_callback(object, append, out, flags | JSON_REAL_PRECISION(9)) == 0)
        buf_puts(out, "\n");
    json_decref(object);
}

void check_put_json(const struct check_result *result, bool first, const struct check_style *style,
                    struct buf *out) {
    (void)first, (void)style;
    put(result, JSON_INDENT(1), out);
}

void check_put_jsonl(const struct check_result *result, bool first, const struct check_style *style,
                     struct buf *out) {
    (void)first, (void)style;
    put(result, JSON_COMPACT, out);
}
