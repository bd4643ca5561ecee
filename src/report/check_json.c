#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "report/check_formats.h"
#include "report/shape.h"
#include "tls/iana.h"

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

static json_t *shape_whose(const struct finding *finding) {
    struct buf text;

    buf_init(&text, 256);
    check_describe_certificate(finding, &text);
    json_t *whose = shape_text_or_null(buf_text(&text));
    buf_fini(&text);
    return whose;
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
                        finding->depth >= 0 && finding->sent >= 0 ? json_integer(finding->sent)
                                                                  : json_null());
    json_object_set_new(object, "certificate_of", shape_whose(finding));
    json_object_set_new(object, "text", shape_text(finding->rule->title));
    return object;
}

static json_t *shape_unknown(const struct check_host *host) {
    json_t *list = json_array();

    for (size_t i = 0; host->facts.reached && i < VIEW_COUNT; i++) {
        if (host->views[i].look != LOOK_UNKNOWN)
            continue;
        json_t *object = json_object();
        json_object_set_new(object, "what", shape_text(check_view_text(i)));
        json_object_set_new(object, "why", shape_text(host->views[i].why));
        json_array_append_new(list, object);
    }
    return list;
}

/* null: nothing that was seen breaks it, and not all was seen. */
static json_t *shape_host_meets(const struct check_host *host) {
    if (host->facts.reached && !findings_meet(&host->findings))
        return json_false();
    return host->facts.reached && !check_host_has_gap(host) ? json_true() : json_null();
}

static json_t *shape_reason(enum check_reason reason) {
    const char *name = check_reason_name(reason);

    return name != NULL ? json_string(name) : json_null();
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
    json_object_set_new(object, "meets_policy", shape_host_meets(host));
    json_object_set_new(object, "unknown", shape_unknown(host));
    json_object_set_new(object, "grade",
                        facts->reached ? shape_text(grade_name(findings_grade(&host->findings)))
                                       : json_null());
    json_object_set_new(object, "negotiated", shape_negotiated(&facts->wide));
    json_object_set_new(object, "accepts", shape_accepts(facts));
    json_object_set_new(object, "chain", shape_chain(facts));
    json_object_set_new(object, "findings", findings);
    json_object_set_new(object, "error", shape_text_or_null(host->err.text));
    json_object_set_new(object, "reason", shape_reason(host->reason));
    json_object_set_new(object, "shared", json_boolean(host->is_shared));
    json_object_set_new(object, "connections", json_integer(host->connections));
    json_object_set_new(object, "seconds", shape_seconds(host->seconds));
    return object;
}

/* "mx.example.org (192.0.2.1): no connection: ...", "mx2.example.org: forbidden groups of TLSv1.3": what the verdict lacks. */
static void append_unknown(json_t *list, const struct check_host *host, const char *what) {
    struct buf text;

    buf_init(&text, 2048);
    check_describe_host(host, &text);
    buf_printf(&text, ": %s", what);
    json_array_append_new(list, shape_text(buf_text(&text)));
    buf_fini(&text);
}

static json_t *shape_unknown_hosts(const struct check_result *result) {
    json_t *list = json_array();
    char text[64];

    for (size_t i = 0; i < result->host_count; i++) {
        const struct check_host *host = &result->hosts[i];
        if (!host->facts.reached)
            append_unknown(list, host, host->err.text);
        for (size_t j = 0; host->facts.reached && j < VIEW_COUNT; j++)
            if (host->views[j].look == LOOK_UNKNOWN)
                append_unknown(list, host, check_view_text(j));
    }
    if (result->names_left_out > 0) {
        snprintf(text, sizeof text, "%zu more hosts", result->names_left_out);
        json_array_append_new(list, json_string(text));
    }
    return list;
}

static json_t *shape_tested(const struct check_result *result) {
    json_t *object = json_object(), *list = json_array(), *not_tested = json_array();

    for (size_t view = 0; view < VIEW_COUNT; view++)
        if (check_is_looked_at(result, view))
            json_array_append_new(list, shape_text(check_view_text(view)));
    for (size_t i = 0; check_not_tested[i] != NULL; i++)
        json_array_append_new(not_tested, json_string(check_not_tested[i]));
    json_object_set_new(object, "addresses", json_integer((json_int_t)result->host_count));
    json_object_set_new(object, "reached", json_integer((json_int_t)check_count_reached(result)));
    json_object_set_new(object, "addresses_left_out",
                        json_integer((json_int_t)result->addresses_left_out));
    json_object_set_new(object, "hosts_left_out", json_integer((json_int_t)result->names_left_out));
    json_object_set_new(object, "quick", json_boolean(result->is_quick));
    json_object_set_new(object, "views", list);
    json_object_set_new(object, "not", not_tested);
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
    json_object_set_new(object, "meets_policy",
                        result->verdict == CHECK_MEETS    ? json_true()
                        : result->verdict == CHECK_BREAKS ? json_false()
                                                          : json_null());
    json_object_set_new(object, "terms",
                        shape_text_or_null(result->terms != NULL ? result->terms : ""));
    json_object_set_new(object, "verdict", shape_text(check_verdict_name(result->verdict)));
    json_object_set_new(object, "unknown", shape_unknown_hosts(result));
    json_object_set_new(object, "tested", shape_tested(result));
    json_object_set_new(object, "route", shape_text(route_outcome_name(result->route)));
    json_object_set_new(object, "dnssec", json_boolean(result->security == ROUTE_SECURE));
    json_object_set_new(object, "error", shape_text_or_null(result->err.text));
    json_object_set_new(object, "reason", shape_reason(check_result_reason(result)));
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

/* An object of its own: the others were written when they were there. */
void check_end_json(bool is_cut, struct buf *out) {
    if (is_cut)
        buf_printf(out, "{\"interrupted\":true,\"text\":\"%s\"}\n", check_interrupted);
}
