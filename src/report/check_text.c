/* The page for people: a line for the target, one per host, the findings worst first, and where to read on. */
#include "base/wrap.h"
#include "report/check_formats.h"
#include "report/plain.h"
#include "tls/iana.h"

enum { DEFAULT_COLUMNS = 100, RULE_WIDTH = 24, HOST_INDENT = 6 };

static const struct {
    char mark;
    const char *colour;
} looks[] = {
    [SEVERITY_INFO] = {' ', "0"}, [SEVERITY_WARN] = {'!', "33"}, [SEVERITY_FAIL] = {'x', "31;1"}};

static unsigned columns_of(const struct check_style *style) {
    return style->columns != 0 ? style->columns : DEFAULT_COLUMNS;
}

static void put_coloured(const struct check_style *style, const char *colour, const char *text,
                         struct buf *out) {
    if (style->colour)
        buf_printf(out, "\033[%sm%s\033[0m", colour, text);
    else
        buf_puts(out, text);
}

static void put_whose(const struct finding *finding, struct buf *out) {
    struct buf whose;

    buf_init(&whose, 256);
    check_describe_certificate(finding, &whose);
    if (whose.len > 0)
        buf_printf(out, " (%s)", buf_text(&whose));
    buf_fini(&whose);
}

static void put_finding(const struct check_style *style, const struct finding *finding,
                        struct buf *out) {
    struct buf text;
    struct wrap wrap = {
        .column = RULE_WIDTH + 6, .indent = RULE_WIDTH + 6, .columns = columns_of(style)};

    buf_init(&text, 4096);
    plain_put(&text, finding->seen, strlen(finding->seen));
    if (finding->wanted[0] != '\0') {
        buf_puts(&text, "; wanted: ");
        plain_put(&text, finding->wanted, strlen(finding->wanted));
    }
    put_whose(finding, &text);
    if (finding->source[0] != '\0')
        buf_printf(&text, " [%s]", finding->source);
    buf_printf(out, "    %c ", looks[finding->severity].mark);
    put_coloured(style, looks[finding->severity].colour, finding->rule->name, out);
    buf_printf(out, "%*s", (int)(RULE_WIDTH - strlen(finding->rule->name)), "");
    wrap_put(out, &wrap, buf_text(&text), text.len);
    buf_fini(&text);
}

static void put_unknown(const struct check_style *style, const struct check_host *host,
                        struct buf *out) {
    for (size_t i = 0; host->facts.reached && i < VIEW_COUNT; i++) {
        struct wrap wrap = {
            .column = RULE_WIDTH + 6, .indent = RULE_WIDTH + 6, .columns = columns_of(style)};
        struct buf text;
        if (host->views[i].look != LOOK_UNKNOWN)
            continue;
        buf_init(&text, 1024);
        buf_printf(&text, "%s: ", check_view_text(i));
        plain_put(&text, host->views[i].why, strlen(host->views[i].why));
        buf_puts(out, "    ? ");
        put_coloured(style, "33", "unknown", out);
        buf_printf(out, "%*s", RULE_WIDTH - 7, "");
        wrap_put(out, &wrap, buf_text(&text), text.len);
        buf_fini(&text);
    }
}

static void put_host(const struct check_style *style, const struct check_host *host,
                     struct buf *out) {
    struct wrap wrap = {.column = 2, .indent = HOST_INDENT, .columns = columns_of(style)};
    struct buf text;

    buf_init(&text, 4096);
    check_describe_host(host, &text);
    buf_printf(&text, " port %u: ", host->port);
    if (host->facts.reached)
        check_describe_connection(&host->facts, &text);
    else
        plain_put(&text, host->err.text, strlen(host->err.text));
    buf_puts(out, "  ");
    wrap_put(out, &wrap, buf_text(&text), text.len);
    buf_fini(&text);
    for (size_t i = 0; i < host->findings.count; i++)
        put_finding(style, &host->findings.items[i], out);
    put_unknown(style, host, out);
}

/* What was looked at, so that nobody takes the verdict for more. */
static void put_tested(const struct check_style *style, const struct check_result *result,
                       struct buf *out) {
    struct wrap wrap = {.column = 2, .indent = 10, .columns = columns_of(style)};
    struct buf text;

    if (!result->reached)
        return;
    buf_init(&text, 4096);
    buf_puts(&text, "tested: ");
    check_describe_tested(result, &text);
    buf_puts(&text, ". Not tested: ");
    for (size_t i = 0; check_not_tested[i] != NULL; i++)
        buf_printf(&text, "%s%s", i > 0 ? ", " : "", check_not_tested[i]);
    buf_puts(&text, ".");
    buf_puts(out, "  ");
    wrap_put(out, &wrap, buf_text(&text), text.len);
    buf_fini(&text);
}

/* The rules that are broken, each once, worst first within a host: where to read on. */
static size_t put_broken(const struct check_result *result, struct buf *out) {
    size_t count = 0;

    for (size_t i = 0; i < result->host_count; i++)
        for (size_t j = 0; j < result->hosts[i].findings.count; j++) {
            const struct finding *finding = &result->hosts[i].findings.items[j];

            if (finding->severity == SEVERITY_FAIL && check_page_is_first(result, i, j))
                buf_printf(out, "%s%s", count++ > 0 ? "," : "", finding->rule->name);
        }
    return count;
}

static void put_where_to_read(const struct check_style *style, const struct check_result *result,
                              struct buf *out) {
    struct wrap wrap = {.column = 2, .indent = 2, .columns = columns_of(style)};
    struct buf text, names;

    buf_init(&names, 4096);
    buf_init(&text, 8192);
    size_t count = put_broken(result, &names);
    buf_printf(&text, "`doormat check --explain %s` says how to fix %s.", buf_text(&names),
               count == 1 ? "it" : "them");
    buf_puts(out, count > 0 ? "  " : "");
    if (count > 0)
        wrap_put(out, &wrap, buf_text(&text), text.len);
    buf_fini(&names);
    buf_fini(&text);
}

/* Why there is no host to tell of. */
static void put_cause(const struct check_style *style, const struct check_result *result,
                      struct buf *out) {
    struct wrap wrap = {.column = 2, .indent = 2, .columns = columns_of(style)};
    struct buf text;

    buf_init(&text, 1024);
    plain_put(&text, result->err.text, strlen(result->err.text));
    buf_puts(out, "  ");
    wrap_put(out, &wrap, buf_text(&text), text.len);
    buf_fini(&text);
}

void check_put_text(const struct check_result *result, bool first, const struct check_style *style,
                    struct buf *out) {
    static const char *const colours[] = {
        [CHECK_MEETS] = "32;1",     [CHECK_BREAKS] = "31;1", [CHECK_UNDECIDED] = "33;1",
        [CHECK_UNREACHED] = "31;1", [CHECK_NO_MAIL] = "0",
    };

    struct wrap wrap = {.indent = HOST_INDENT, .columns = columns_of(style), .goes_on = true};
    struct buf text;

    buf_puts(out, first ? "" : "\n");
    plain_put_name(out, result->target.text);
    buf_puts(out, ": ");
    put_coloured(style, colours[result->verdict], check_verdict(result), out);
    wrap.column =
        (unsigned)(strlen(result->target.text) + strlen(": ") + strlen(check_verdict(result)));
    buf_init(&text, 1024);
    if (result->reached)
        buf_puts(&text, policy_title(result->policy));
    if (result->reached && result->verdict != CHECK_UNDECIDED)
        buf_printf(&text, " (%s)", grade_name(check_worst_grade(result)));
    wrap_put(out, &wrap, buf_text(&text), text.len);
    buf_fini(&text);
    for (size_t i = 0; i < result->host_count; i++)
        put_host(style, &result->hosts[i], out);
    if (result->host_count == 0)
        put_cause(style, result, out);
    put_tested(style, result, out);
    put_where_to_read(style, result, out);
}

void check_end_text(bool is_cut, struct buf *out) {
    if (is_cut)
        buf_printf(out, "\n%s\n", check_interrupted);
}
