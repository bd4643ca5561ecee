/* A line for each host at an address (and for each target without one), so that a spreadsheet can filter, count and sort:
 * RFC 4180, with a header.  A line is written when its target is done. */
#include <string.h>

#include "base/clock.h"
#include "report/check_formats.h"
#include "report/plain.h"
#include "tls/iana.h"

static const char header[] =
    "target,verdict,meets_policy,policy,as_of,host,address,port,preference,reached,grade,tls_version,"
    "cipher_suite,group,key,certificate_until,failures,warnings,unknown,dnssec,error\r\n";

void check_begin_csv(struct buf *out) {
    buf_puts(out, header);
}

/* A field that a spreadsheet would take for a formula is led by an apostrophe. */
static void put_field(struct buf *out, const char *text, bool is_last) {
    struct buf clean;

    buf_init(&clean, 64 * 1024);
    plain_put(&clean, text, strlen(text));
    buf_puts(out, "\"");
    if (strchr("=+-@", buf_text(&clean)[0]) != NULL && clean.len > 0)
        buf_puts(out, "'");
    for (size_t i = 0; i < clean.len; i++)
        buf_printf(out, clean.data[i] == '"' ? "\"\"" : "%c", clean.data[i]);
    buf_puts(out, is_last ? "\"\r\n" : "\",");
    buf_fini(&clean);
}

static const char *meets(enum check_verdict verdict) {
    static const char *const words[] = {
        [CHECK_MEETS] = "true", [CHECK_BREAKS] = "false", [CHECK_UNDECIDED] = "",
        [CHECK_UNREACHED] = "", [CHECK_NO_MAIL] = "",
    };
    return words[verdict];
}

static void put_date(struct buf *out, int64_t wall_s) {
    char text[CLOCK_RFC3339_SIZE_B];

    clock_rfc3339(wall_s, text);
    text[strcspn(text, "T")] = '\0';
    put_field(out, text, false);
}

/* The rules of one severity, each once, a blank between. */
static void put_rules(const struct check_host *host, enum severity severity, struct buf *out) {
    struct buf list;

    buf_init(&list, 16 * 1024);
    for (size_t i = 0; host != NULL && i < host->findings.count; i++) {
        const struct finding *finding = &host->findings.items[i];
        bool is_new = finding->severity == severity;

        for (size_t j = 0; j < i; j++)
            is_new &= host->findings.items[j].severity != severity ||
                      host->findings.items[j].rule != finding->rule;
        if (is_new)
            buf_printf(&list, "%s%s", list.len > 0 ? " " : "", finding->rule->name);
    }
    put_field(out, buf_text(&list), false);
    buf_fini(&list);
}

static void put_unknown(const struct check_host *host, struct buf *out) {
    struct buf list;

    buf_init(&list, 16 * 1024);
    for (size_t i = 0; host != NULL && host->facts.reached && i < VIEW_COUNT; i++)
        if (host->views[i].look == LOOK_UNKNOWN)
            buf_printf(&list, "%s%s", list.len > 0 ? "; " : "", check_view_text(i));
    put_field(out, buf_text(&list), false);
    buf_fini(&list);
}

static void put_tls(const struct check_host *host, struct buf *out) {
    const struct facts_handshake *tls = &host->facts.wide;
    bool has_tls = tls->handshake == TLS_HANDSHAKE_COMPLETED,
         has_cert = host->facts.has_chain && host->facts.chain.cert_count > 0;
    char key[64] = "";

    if (has_cert)
        check_describe_key(&host->facts.chain.certs[0], key, sizeof key);
    put_field(out, has_tls ? tls_version_name(tls->version) : "", false);
    put_field(out, has_tls ? tls->suite_name : "", false);
    put_field(out, has_tls ? tls->group_name : "", false);
    put_field(out, key, false);
    if (has_cert)
        put_date(out, host->facts.chain.certs[0].not_after_s);
    else
        put_field(out, "", false);
}

static void put_host(const struct check_host *host, struct buf *out) {
    char number[2][24];

    snprintf(number[0], sizeof number[0], "%u", host->port);
    snprintf(number[1], sizeof number[1], "%u", host->preference);
    put_field(out, host->host, false);
    put_field(out, host->address, false);
    put_field(out, number[0], false);
    put_field(out, number[1], false);
    put_field(out, host->facts.reached ? "true" : "false", false);
    put_field(out, host->facts.reached ? grade_name(findings_grade(&host->findings)) : "", false);
    put_tls(host, out);
}

enum { FIELDS = 21, HOST_FIELDS = 11 };

static void put_line(const struct check_result *result, const struct check_host *host,
                     struct buf *out) {
    put_field(out, result->target.text, false);
    put_field(out, check_verdict_name(result->verdict), false);
    put_field(out, meets(result->verdict), false);
    put_field(out, policy_name(result->policy), false);
    put_date(out, result->date_s);
    for (size_t i = 0; host == NULL && i < HOST_FIELDS; i++)
        put_field(out, "", false);
    if (host != NULL)
        put_host(host, out);
    put_rules(host, SEVERITY_FAIL, out);
    put_rules(host, SEVERITY_WARN, out);
    put_unknown(host, out);
    put_field(out, result->security == ROUTE_SECURE ? "true" : "false", false);
    put_field(out, host != NULL ? host->err.text : result->err.text, true);
}

void check_put_csv(const struct check_result *result, bool first, const struct check_style *style,
                   struct buf *out) {
    (void)first, (void)style;
    for (size_t i = 0; i < result->host_count; i++)
        put_line(result, &result->hosts[i], out);
    if (result->host_count == 0)
        put_line(result, NULL, out);
}

/* A line without a target. */
void check_end_csv(bool is_cut, struct buf *out) {
    if (!is_cut)
        return;
    for (size_t i = 0; i < FIELDS - 1; i++)
        put_field(out, i == 1 ? "interrupted" : "", false);
    put_field(out, check_interrupted, true);
}
