/* A suite for each target, which is written when that is done: a case per host and address; a failed rule is a <failure>, a
 * target not reached, and what could not be looked at, an <error>.  Hosts beyond those that are looked at have a case of their
 * own, and so has the end of a run that was interrupted. */
#include "report/check_formats.h"
#include "report/plain.h"

void check_begin_junit(struct buf *out) {
    buf_puts(out,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"doormat check\">\n");
}

/* Of cases, as others count: one that has failures is no error as well. */
struct totals {
    size_t tests, failures, errors;
};

static struct totals count(const struct check_result *result) {
    size_t left_out = result->names_left_out > 0;
    struct totals totals = {.tests = result->host_count + left_out, .errors = left_out};

    for (size_t i = 0; i < result->host_count; i++) {
        const struct check_host *host = &result->hosts[i];
        bool has_failed = host->facts.reached && !findings_meet(&host->findings);

        totals.failures += has_failed;
        totals.errors += !has_failed && (!host->facts.reached || check_host_has_gap(host));
    }
    if (result->host_count == 0) {
        totals.tests++;
        totals.errors += result->verdict != CHECK_NO_MAIL;
    }
    return totals;
}

static void begin_suite(const char *name, struct totals totals, double seconds, struct buf *out) {
    buf_puts(out, " <testsuite");
    plain_put_xml_attribute(out, "name", name);
    buf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\" time=\"%.3f\">\n",
               totals.tests, totals.failures, totals.errors, seconds);
}

void check_end_junit(bool is_cut, struct buf *out) {
    if (is_cut) {
        begin_suite("run", (struct totals){.tests = 1, .errors = 1}, 0, out);
        buf_printf(
            out,
            "  <testcase classname=\"run\" name=\"all were checked\" time=\"0.000\">\n"
            "   <error type=\"interrupted\" message=\"%s\"/>\n  </testcase>\n </testsuite>\n",
            check_interrupted);
    }
    buf_puts(out, "</testsuites>\n");
}

static void begin_case(const struct check_result *result, const char *name, double seconds,
                       struct buf *out) {
    buf_puts(out, "  <testcase");
    plain_put_xml_attribute(out, "classname", policy_name(result->policy));
    plain_put_xml_attribute(out, "name", name);
    buf_printf(out, " time=\"%.3f\">\n", seconds);
}

static void put_error(const char *text, struct buf *out) {
    buf_puts(out, "   <error");
    plain_put_xml_attribute(out, "message", text);
    buf_puts(out, "/>\n");
}

static void put_finding(const struct finding *finding, struct buf *out) {
    if (finding->severity != SEVERITY_FAIL)
        return;
    buf_puts(out, "   <failure");
    plain_put_xml_attribute(out, "type", finding->rule->name);
    plain_put_xml_attribute(out, "message", finding->seen);
    buf_puts(out, ">");
    plain_put_xml(out, finding->rule->title);
    buf_puts(out, ": wanted ");
    plain_put_xml(out, finding->wanted);
    buf_puts(out, " (");
    plain_put_xml(out, finding->source);
    buf_puts(out, ")</failure>\n");
}

/* What could not be looked at is no failure, and no success either. */
static void put_unknown(const struct check_host *host, struct buf *out) {
    struct buf text;

    if (!host->facts.reached || !check_host_has_gap(host))
        return;
    buf_init(&text, 8192);
    buf_puts(&text, "not all could be looked at");
    for (size_t i = 0, count = 0; i < VIEW_COUNT; i++)
        if (host->views[i].look == LOOK_UNKNOWN)
            buf_printf(&text, "%s %s (%s)", count++ == 0 ? ":" : ";", check_view_text(i),
                       host->views[i].why);
    put_error(buf_text(&text), out);
    buf_fini(&text);
}

/* The target, and what is not said by it: "example.org via mx.example.org 192.0.2.1:25", "mx.example.org:25 at 192.0.2.1:25". */
static void put_name(const struct check_result *result, const struct check_host *host,
                     struct buf *out) {
    bool is_ipv6 = strchr(host->address, ':') != NULL;

    buf_puts(out, result->target.text);
    if (result->target.kind == TARGET_ADDRESS)
        return;
    if (result->target.kind == TARGET_DOMAIN)
        buf_printf(out, " via %s", host->host);
    if (host->address[0] != '\0')
        buf_printf(out, is_ipv6 ? "%s [%s]:%u" : "%s %s:%u",
                   result->target.kind == TARGET_DOMAIN ? "" : " at", host->address, host->port);
}

static void put_host(const struct check_result *result, const struct check_host *host,
                     struct buf *out) {
    struct buf name;

    buf_init(&name, 1024);
    put_name(result, host, &name);
    begin_case(result, buf_text(&name), host->seconds, out);
    buf_fini(&name);
    if (!host->facts.reached)
        put_error(host->err.text, out);
    put_unknown(host, out);
    for (size_t i = 0; i < host->findings.count; i++)
        put_finding(&host->findings.items[i], out);
    buf_puts(out, "  </testcase>\n");
}

static void put_left_out(const struct check_result *result, struct buf *out) {
    char text[64];

    snprintf(text, sizeof text, "%zu more hosts were not looked at", result->names_left_out);
    begin_case(result, result->target.text, result->seconds, out);
    put_error(text, out);
    buf_puts(out, "  </testcase>\n");
}

static void put_none(const struct check_result *result, struct buf *out) {
    begin_case(result, result->target.text, result->seconds, out);
    if (result->verdict != CHECK_NO_MAIL)
        put_error(result->err.text, out);
    buf_puts(out, "  </testcase>\n");
}

void check_put_junit(const struct check_result *result, bool first, const struct check_style *style,
                     struct buf *out) {
    (void)first, (void)style;
    begin_suite(result->target.text, count(result), result->seconds, out);
    for (size_t i = 0; i < result->host_count; i++)
        put_host(result, &result->hosts[i], out);
    if (result->names_left_out > 0)
        put_left_out(result, out);
    if (result->host_count == 0)
        put_none(result, out);
    buf_puts(out, " </testsuite>\n");
}
