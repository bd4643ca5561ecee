/* The page for people: a line for the target, one per host, the findings worst first, and where to read on. */
#include "base/wrap.h"
#include "report/check_formats.h"
#include "report/plain.h"

enum { COLUMNS = 100, RULE_WIDTH = 24 };

static const struct {
    char mark;
    const char *colour;
} looks[] = {
    [SEVERITY_INFO] = {' ', "0"}, [SEVERITY_WARN] = {'!', "33"}, [SEVERITY_FAIL] = {'x', "31;1"}};

static void put_coloured(const struct check_style *style, const char *colour, const char *text,
                         struct buf *out) {
    if (style->colour)
        buf_printf(out, "\033[%sm%s\033[0m", colour, text);
    else
        buf_puts(out, text);
}

static void put_finding(const struct check_style *style, const struct finding *finding,
                        struct buf *out) {
    struct buf text;
    struct wrap wrap = {.column = RULE_WIDTH + 6, .indent = RULE_WIDTH + 6, .columns = COLUMNS};

    buf_init(&text, 4096);
    plain_put(&text, finding->seen, strlen(finding->seen));
    if (finding->wanted[0] != '\0') {
        buf_puts(&text, "; wanted: ");
        plain_put(&text, finding->wanted, strlen(finding->wanted));
    }
    if (finding->depth > 0)
        buf_printf(&text, " (certificate %d of the chain)", finding->depth + 1);
    if (finding->source[0] != '\0')
        buf_printf(&text, " [%s]", finding->source);
    buf_printf(out, "    %c ", looks[finding->severity].mark);
    put_coloured(style, looks[finding->severity].colour, finding->rule->name, out);
    buf_printf(out, "%*s", (int)(RULE_WIDTH - strlen(finding->rule->name)), "");
    wrap_put(out, &wrap, buf_text(&text), text.len);
    buf_fini(&text);
}

static void put_connection(const struct host_facts *facts, struct buf *out) {
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

static void put_host(const struct check_style *style, const struct check_host *host,
                     struct buf *out) {
    buf_puts(out, "  ");
    plain_put(out, host->host, strlen(host->host));
    if (strcmp(host->host, host->address) != 0)
        buf_printf(out, " (%s)", host->address);
    buf_printf(out, " port %u: ", host->port);
    if (host->facts.reached)
        put_connection(&host->facts, out);
    else
        plain_put(out, host->err.text, strlen(host->err.text));
    buf_puts(out, "\n");
    for (size_t i = 0; i < host->findings.count; i++)
        put_finding(style, &host->findings.items[i], out);
}

/* The worst finding's rule: where to read on. */
static const struct rule *worst_rule(const struct check_result *result) {
    for (size_t i = 0; i < result->host_count; i++)
        if (result->hosts[i].findings.count > 0 && !findings_meet(&result->hosts[i].findings))
            return result->hosts[i].findings.items[0].rule;
    return NULL;
}

static enum grade worst_grade(const struct check_result *result) {
    enum grade worst = GRADE_GOOD;

    for (size_t i = 0; i < result->host_count; i++)
        if (result->hosts[i].facts.reached && findings_grade(&result->hosts[i].findings) > worst)
            worst = findings_grade(&result->hosts[i].findings);
    return worst;
}

void check_put_text(const struct check_result *result, bool first, const struct check_style *style,
                    struct buf *out) {
    const struct rule *rule = worst_rule(result);

    buf_puts(out, first ? "" : "\n");
    plain_put(out, result->target.text, strlen(result->target.text));
    buf_puts(out, ": ");
    put_coloured(style, result->meets_policy ? "32;1" : "31;1", check_verdict(result), out);
    if (result->reached)
        buf_printf(out, " %s (%s)", policy_title(result->policy), grade_name(worst_grade(result)));
    buf_puts(out, "\n");
    for (size_t i = 0; i < result->host_count; i++)
        put_host(style, &result->hosts[i], out);
    if (result->host_count == 0) {
        buf_puts(out, "  ");
        plain_put(out, result->err.text, strlen(result->err.text));
        buf_puts(out, "\n");
    }
    if (rule != NULL)
        buf_printf(out, "  `doormat check --explain %s` says how to mend it.\n", rule->name);
}
