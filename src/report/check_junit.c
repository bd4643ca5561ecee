/* One suite: a case per host and address; a failed rule is a <failure>, a target not reached, and what could
 * not be looked at, an <error>.  Hosts beyond those that are looked at have a case of their own. */
#include "report/check_formats.h"
#include "report/plain.h"

void check_begin_junit(struct buf *out) {
    buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
                  " <testsuite name=\"doormat check\">\n");
}

void check_end_junit(struct buf *out) {
    buf_puts(out, " </testsuite>\n</testsuites>\n");
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
    buf_puts(&text, "not all could be looked at:");
    for (size_t i = 0; i < VIEW_COUNT; i++)
        if (host->views[i].look == LOOK_UNKNOWN)
            buf_printf(&text, " %s (%s);", check_view_text(i), host->views[i].why);
    put_error(buf_text(&text), out);
    buf_fini(&text);
}

static void put_host(const struct check_result *result, const struct check_host *host,
                     struct buf *out) {
    struct buf name;

    buf_init(&name, 1024);
    bool is_ipv6 = strchr(host->address, ':') != NULL;
    buf_printf(&name, is_ipv6 ? "%s via %s [%s]:%u" : "%s via %s %s:%u", result->target.text,
               host->host, host->address, host->port);
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

void check_put_junit(const struct check_result *result, bool first, const struct check_style *style,
                     struct buf *out) {
    (void)first, (void)style;
    for (size_t i = 0; i < result->host_count; i++)
        put_host(result, &result->hosts[i], out);
    if (result->names_left_out > 0)
        put_left_out(result, out);
    if (result->host_count > 0)
        return;
    begin_case(result, result->target.text, result->seconds, out);
    if (result->verdict != CHECK_NO_MAIL)
        put_error(result->err.text, out);
    buf_puts(out, "  </testcase>\n");
}
