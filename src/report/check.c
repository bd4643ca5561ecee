#include "report/check.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/wrap.h"
#include "report/check_formats.h"
#include "report/plain.h"
#include "tls/iana.h"

enum { LIST_WIDTH = 26 /* of the names in the list of the rules */ };

const struct check_format check_formats[] = {
    {"text", NULL, check_put_text, check_end_text, NULL},
    {"json", NULL, check_put_json, check_end_json, NULL},
    {"jsonl", NULL, check_put_jsonl, check_end_json, NULL},
    {"junit", check_begin_junit, check_put_junit, check_end_junit, NULL},
    {"csv", check_begin_csv, check_put_csv, check_end_csv, NULL},
    {"markdown", NULL, NULL, NULL, &check_page_markdown},
    {"html", NULL, NULL, NULL, &check_page_html},
    {NULL, NULL, NULL, NULL, NULL},
};

const char check_interrupted[] =
    "The run was interrupted: targets that were not checked by then are missing.";

const struct check_format *check_format_find(const char *name) {
    for (const struct check_format *format = check_formats; format->name != NULL; format++)
        if (strcmp(format->name, name) == 0)
            return format;
    return NULL;
}

const char *check_verdict(const struct check_result *result) {
    static const char *const words[] = {
        [CHECK_MEETS] = "meets",
        [CHECK_BREAKS] = "does not meet",
        [CHECK_UNDECIDED] = "cannot tell whether it meets",
        [CHECK_UNREACHED] = "not reached",
        [CHECK_NO_MAIL] = "takes no mail",
    };
    if (check_result_reason(result) == CHECK_REASON_PRIVATE)
        return "not looked at";
    return words[result->verdict];
}

void check_describe_host(const struct check_host *host, struct buf *out) {
    plain_put(out, host->host, strlen(host->host));
    if (host->address[0] != '\0' && strcmp(host->host, host->address) != 0)
        buf_printf(out, " (%s)", host->address);
}

size_t check_count_reached(const struct check_result *result) {
    size_t count = 0;

    for (size_t i = 0; i < result->host_count; i++)
        count += result->hosts[i].facts.reached;
    return count;
}

bool check_is_looked_at(const struct check_result *result, size_t view) {
    bool any = false;

    for (size_t i = 0; i < result->host_count; i++) {
        const struct check_host *host = &result->hosts[i];
        if (!host->facts.reached)
            continue;
        if (host->views[view].look == LOOK_UNKNOWN)
            return false;
        any |= host->views[view].look == LOOK_DONE;
    }
    return any;
}

/* A version that was agreed on is known, whichever offer it came of. */
static void put_versions(const struct check_result *result, struct buf *out) {
    static const uint16_t versions[] = {0x0301, 0x0302, 0x0303, 0x0304};
    const char *between = "; ";

    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        bool all = true;
        for (size_t j = 0; j < result->host_count; j++)
            all &= !result->hosts[j].facts.reached || result->hosts[j].facts.tried_version[i];
        if (!all)
            continue;
        buf_printf(out, "%s%s", between, tls_version_name(versions[i]));
        between = ", ";
    }
}

void check_describe_tested(const struct check_result *result, struct buf *out) {
    buf_printf(out, "%zu of %zu address%s", check_count_reached(result), result->host_count,
               result->host_count == 1 ? "" : "es");
    if (result->addresses_left_out > 0)
        buf_printf(out, " (%zu more of the same hosts left out)", result->addresses_left_out);
    if (result->names_left_out > 0)
        buf_printf(out, ", and not %zu more hosts", result->names_left_out);
    if (result->target.kind != TARGET_ADDRESS)
        buf_puts(out, result->security == ROUTE_SECURE ? "; DNS answers validated"
                                                       : "; DNS answers not validated");
    put_versions(result, out);
    for (size_t view = VIEW_NO_SNI; view < VIEW_COUNT; view++)
        if (check_is_looked_at(result, view))
            buf_printf(out, "; %s", check_view_text(view));
    if (result->is_quick)
        buf_puts(out, "; only one offer (--quick)");
}

const char *const check_not_tested[] = {"DANE", "MTA-STS", "each cipher suite by itself", NULL};

void check_describe_key(const struct facts_cert *cert, char *out, size_t size_b) {
    static const char *const names[] = {
        [FACTS_KEY_OTHER] = "unknown", [FACTS_KEY_RSA] = "RSA", [FACTS_KEY_RSA_PSS] = "RSA-PSS",
        [FACTS_KEY_EC] = "ECDSA",      [FACTS_KEY_DSA] = "DSA", [FACTS_KEY_ED25519] = "Ed25519",
        [FACTS_KEY_ED448] = "Ed448",
    };

    if (cert->curve[0] != '\0')
        snprintf(out, size_b, "%s %s", names[cert->key], cert->curve);
    else if (cert->key == FACTS_KEY_ED25519 || cert->key == FACTS_KEY_ED448)
        snprintf(out, size_b, "%s", names[cert->key]);
    else
        snprintf(out, size_b, "%s %u", names[cert->key], cert->key_bits);
}

void check_describe_connection(const struct host_facts *facts, struct buf *out) {
    const struct facts_handshake *tls = &facts->wide;
    char key[64] = "";

    if (tls->handshake != TLS_HANDSHAKE_COMPLETED) {
        buf_puts(out,
                 facts->starttls == SMTP_CLIENT_STARTTLS_ACCEPTED ? "no TLS connection" : "no TLS");
        return;
    }
    buf_printf(out, "%s, ", tls_version_name(tls->version));
    plain_put(out, tls->suite_name, strlen(tls->suite_name));
    if (tls->group_name[0] != '\0')
        buf_printf(out, ", %s", tls->group_name);
    if (facts->has_chain && facts->chain.cert_count > 0) {
        check_describe_key(&facts->chain.certs[0], key, sizeof key);
        buf_printf(out, ", %s", key);
    }
}

static const char *doubt_of(const struct check_host *host) {
    if (!host->facts.reached)
        return host->err.text;
    for (size_t i = 0; i < VIEW_COUNT; i++)
        if (host->views[i].look == LOOK_UNKNOWN)
            return host->views[i].why;
    return "";
}

const char *check_describe_doubt(const struct check_result *result) {
    const char *text = result->err.text;

    for (size_t i = 0; *text == '\0' && i < result->host_count; i++)
        text = doubt_of(&result->hosts[i]);
    return text;
}

enum grade check_worst_grade(const struct check_result *result) {
    enum grade worst = GRADE_GOOD;

    for (size_t i = 0; i < result->host_count; i++)
        if (result->hosts[i].facts.reached && findings_grade(&result->hosts[i].findings) > worst)
            worst = findings_grade(&result->hosts[i].findings);
    return worst;
}

void check_describe_certificate(const struct finding *finding, struct buf *out) {
    if (finding->is_stray)
        buf_printf(out, "certificate %d as sent, which is not on the path", finding->sent + 1);
    else if (finding->depth > 0 && finding->sent < 0)
        buf_puts(out, "a CA in the trust store");
    else if (finding->depth > 0)
        buf_printf(out, "certificate %d as sent", finding->sent + 1);
    if (finding->is_of_other_key)
        buf_puts(out, out->len > 0 ? ", for clients that take no key like the first"
                                   : "the certificate for clients that take no key like the first");
    if (finding->is_of_other_connection)
        buf_puts(out, out->len > 0 ? ", in another connection"
                                   : "another certificate, which came in another connection");
    if (finding->of_version != 0)
        buf_printf(out, "%s for %s", out->len > 0 ? "," : "the certificate",
                   tls_version_name(finding->of_version));
}

static void put_section(struct buf *out, unsigned columns, const char *title, const char *text) {
    struct wrap wrap = {.column = 2, .indent = 2, .columns = columns};

    if (text == NULL)
        return;
    buf_printf(out, "\n%s\n", title);
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        buf_puts(out, "  ");
        wrap_put(out, &wrap, text, len);
        text += len + (text[len] == '\n');
    }
}

/* A name and the title behind it, which begins at that column. */
static void put_title(const struct rule *rule, unsigned column, unsigned columns, struct buf *out) {
    struct wrap wrap = {.column = column, .indent = column, .columns = columns};

    wrap_put(out, &wrap, rule->title, strlen(rule->title));
}

void check_explain(const struct rule *rule, unsigned columns, struct buf *out) {
    buf_printf(out, "%s - ", rule->name);
    put_title(rule, (unsigned)strlen(rule->name) + 3, columns, out);
    put_section(out, columns, "Why", rule->why);
    put_section(out, columns, "How to fix it", rule->fix);
    put_section(out, columns, "What others call it", rule->nss);
    put_section(out, columns, "In TLS reports (RFC 8460)", rule->tlsrpt);
}

void check_explain_briefly(const struct rule *rule, unsigned columns, struct buf *out) {
    buf_printf(out, "%-*s ", LIST_WIDTH, rule->name);
    put_title(rule, LIST_WIDTH + 1, columns, out);
}
