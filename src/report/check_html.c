/* The page of `check`: the sum in a sentence, which rules are broken and how that is fixed, every target, and what was seen of
 * each.  On paper the last part is left out, unless the reader wants all of it. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypto/library.h"
#include "report/check_formats.h"
#include "report/page.h"
#include "report/plain.h"

enum {
    TEXT_MAX_B = 64 * 1024,
    RULES_PRINTED = 8, /* they fit on three sheets with the targets */
    TARGETS_PRINTED = 30,
};

static const enum page_look looks[CHECK_VERDICT_COUNT] = {
    [CHECK_MEETS] = PAGE_GOOD,     [CHECK_BREAKS] = PAGE_BAD,   [CHECK_UNDECIDED] = PAGE_OPEN,
    [CHECK_UNREACHED] = PAGE_OPEN, [CHECK_NO_MAIL] = PAGE_GOOD,
};

static const struct {
    enum page_look look;
    const char *word;
} severities[] = {
    [SEVERITY_INFO] = {PAGE_GOOD, "note"},
    [SEVERITY_WARN] = {PAGE_WARN, "warning"},
    [SEVERITY_FAIL] = {PAGE_BAD, "failure"},
};

/* --- a target in the overview --- */

static void put_rule_link(const struct rule *rule, const char *between, struct buf *out) {
    buf_printf(out, "%s<a class=\"id\" href=\"#rule-%s\">%s</a>", between, rule->name, rule->name);
}

static size_t put_broken(const struct check_result *result, enum severity severity,
                         const char *title, struct buf *out) {
    size_t count = 0;

    for (size_t i = 0; i < result->host_count; i++)
        for (size_t j = 0; j < result->hosts[i].findings.count; j++) {
            const struct finding *finding = &result->hosts[i].findings.items[j];

            if (finding->severity == severity && check_page_is_first(result, i, j))
                put_rule_link(finding->rule, count++ == 0 ? title : ", ", out);
        }
    return count;
}

static void put_row(const struct check_result *result, size_t number, struct buf *out) {
    enum page_look look = looks[result->verdict];
    bool is_graded = result->reached && result->verdict != CHECK_UNDECIDED;

    buf_printf(out, "<tr class=\"%s\">\n<td class=\"c-1\">", page_class(look));
    page_put_mark(out, look);
    buf_printf(out, "<a class=\"id\" href=\"#target-%zu\">", number);
    plain_put_xml(out, result->target.text);
    buf_printf(out, "</a></td>\n<td class=\"c-2 v\">%s</td>\n<td class=\"c-3\">%s</td>\n<td>",
               result->verdict == CHECK_UNDECIDED ? "unknown" : check_verdict(result),
               is_graded ? grade_name(check_worst_grade(result)) : "");
    size_t broken = put_broken(result, SEVERITY_FAIL, "", out);
    size_t warned =
        put_broken(result, SEVERITY_WARN, broken > 0 ? "; warnings: " : "warnings: ", out);
    if (broken + warned == 0)
        plain_put_xml(out, check_describe_doubt(result));
    buf_puts(out, "</td>\n</tr>\n");
}

/* --- what was seen of it --- */

static void put_finding(const struct finding *finding, struct buf *out) {
    struct buf whose;

    buf_printf(out, "<tr class=\"%s\">\n<td class=\"c-1\">",
               page_class(severities[finding->severity].look));
    if (finding->severity != SEVERITY_INFO)
        page_put_mark(out, severities[finding->severity].look);
    if (finding->severity != SEVERITY_INFO)
        put_rule_link(finding->rule, "", out);
    else
        buf_printf(out, "<span class=\"id\">%s</span>", finding->rule->name);
    buf_printf(out, "</td>\n<td class=\"c-2 v\">%s</td>\n<td class=\"c-3\">%s</td>\n<td>",
               severities[finding->severity].word, grade_name(finding->grade));
    plain_put_xml(out, finding->seen);
    if (finding->wanted[0] != '\0') {
        buf_puts(out, "; wanted: ");
        plain_put_xml(out, finding->wanted);
    }
    buf_init(&whose, 1024);
    check_describe_certificate(finding, &whose);
    if (whose.len > 0)
        buf_puts(out, " (");
    plain_put_xml(out, buf_text(&whose));
    buf_puts(out, whose.len > 0 ? ")" : "");
    buf_fini(&whose);
    if (finding->source[0] != '\0')
        buf_puts(out, " <span class=\"source\">[");
    plain_put_xml(out, finding->source);
    buf_puts(out, finding->source[0] != '\0' ? "]</span>" : "");
    buf_puts(out, "</td>\n</tr>\n");
}

static void put_unknown(const struct check_host *host, struct buf *out) {
    for (size_t i = 0; host->facts.reached && i < VIEW_COUNT; i++) {
        if (host->views[i].look != LOOK_UNKNOWN)
            continue;
        buf_puts(out, "<tr class=\"open\">\n<td class=\"c-1\">");
        page_put_mark(out, PAGE_OPEN);
        plain_put_xml(out, check_view_text(i));
        buf_puts(out, "</td>\n<td class=\"c-2 v\">unknown</td>\n<td class=\"c-3\"></td>\n<td>");
        plain_put_xml(out, host->views[i].why);
        buf_puts(out, "</td>\n</tr>\n");
    }
}

static void put_host(const struct check_host *host, struct buf *out) {
    struct buf text;

    buf_init(&text, TEXT_MAX_B);
    check_describe_host(host, &text);
    buf_printf(&text, " port %u: ", host->port);
    if (host->facts.reached)
        check_describe_connection(&host->facts, &text);
    else
        plain_put(&text, host->err.text, strlen(host->err.text));
    buf_puts(out, "<tr class=\"host\"><td colspan=\"4\">");
    plain_put_xml(out, buf_text(&text));
    buf_puts(out, "</td></tr>\n");
    buf_fini(&text);
    for (size_t i = 0; i < host->findings.count; i++)
        put_finding(&host->findings.items[i], out);
    put_unknown(host, out);
}

static void put_tested(const struct check_result *result, struct buf *out) {
    struct buf text;

    buf_init(&text, TEXT_MAX_B);
    if (result->reached) {
        buf_puts(&text, "tested: ");
        check_describe_tested(result, &text);
        buf_puts(&text, ".");
    } else if (result->host_count == 0) {
        plain_put(&text, result->err.text, strlen(result->err.text));
    }
    if (text.len > 0) {
        buf_puts(out, "<tr class=\"fix\"><td colspan=\"4\">");
        plain_put_xml(out, buf_text(&text));
        buf_puts(out, "</td></tr>\n");
    }
    buf_fini(&text);
}

static void put_details(const struct check_result *result, size_t number, struct buf *out) {
    buf_printf(out,
               "<tbody id=\"target-%zu\" class=\"%s\">\n<tr class=\"group\"><th colspan=\"4\" "
               "scope=\"rowgroup\">",
               number, page_class(looks[result->verdict]));
    page_put_mark(out, looks[result->verdict]);
    plain_put_xml(out, result->target.text);
    buf_printf(out, ": %s", check_verdict(result));
    buf_puts(out, "</th></tr>\n");
    for (size_t i = 0; i < result->host_count; i++)
        put_host(&result->hosts[i], out);
    put_tested(result, out);
    buf_puts(out, "</tbody>\n");
}

/* --- the page --- */

static void begin_table(const char *const *columns, struct buf *out) {
    buf_puts(out, "<table>\n<colgroup><col class=\"c1\"><col class=\"c2\"><col class=\"c3\"><col>"
                  "</colgroup>\n<thead><tr>");
    for (size_t i = 0; i < 4; i++)
        buf_printf(out, "<th scope=\"col\">%s</th>", columns[i]);
    buf_puts(out, "</tr></thead>\n");
}

static enum page_look look_of_all(const struct check_tally *tally) {
    if (tally->by_verdict[CHECK_BREAKS] > 0)
        return PAGE_BAD;
    return tally->by_verdict[CHECK_UNREACHED] + tally->by_verdict[CHECK_UNDECIDED] > 0 ||
                   tally->targets == 0
               ? PAGE_OPEN
               : PAGE_GOOD;
}

static void put_bar(const struct check_tally *tally, struct buf *out) {
    const size_t *n = tally->by_verdict;
    const struct page_part parts[] = {
        {PAGE_BAD, n[CHECK_BREAKS], "does not meet the policy", "do not meet the policy"},
        {PAGE_OPEN, n[CHECK_UNDECIDED], "is unknown", "are unknown"},
        {PAGE_OPEN, n[CHECK_UNREACHED] - tally->unlooked, "was not reached", "were not reached"},
        {PAGE_OPEN, tally->unlooked, "was not looked at", "were not looked at"},
        {PAGE_GOOD, n[CHECK_MEETS], "meets the policy", "meet the policy"},
        {PAGE_GOOD, n[CHECK_NO_MAIL], "takes no mail", "take no mail"},
    };

    if (tally->targets > 1)
        page_put_bar(out, parts, ARRAY_LEN(parts));
}

static void put_head(const struct check_page *page, struct buf *out) {
    char date[CLOCK_RFC3339_SIZE_B];
    struct buf text;

    buf_init(&text, TEXT_MAX_B);
    check_page_put_title(page, &text);
    page_begin(out, buf_text(&text));
    buf_puts(out, "<p class=\"sub\">Checked by Doormat " DOORMAT_VERSION);
    if (page->policy != NULL)
        buf_printf(out, ", by the values that hold on %.10s", clock_rfc3339(page->date_s, date));
    buf_puts(out, "</p>\n");
    buf_reset(&text);
    check_page_put_sentence(page, &text);
    page_put_verdict(out, look_of_all(&page->tally), buf_text(&text));
    put_bar(&page->tally, out);
    page_put_print_choice(out, "print what was seen of each target too",
                          "Left out on paper: what was seen of each target. The page on the screen "
                          "has it, and prints it on request.");
    buf_fini(&text);
}

static void put_rule(const struct check_page *page, const struct rule *rule, bool is_printed,
                     struct buf *out) {
    bool is_broken = page->failed[rule - rules] > 0;
    enum page_look look = is_broken ? PAGE_BAD : PAGE_WARN;
    struct buf count;

    buf_init(&count, 256);
    check_page_put_count(page, rule, &count);
    buf_printf(out, "<tbody id=\"rule-%s\" class=\"%s%s\">\n<tr><td class=\"c-1\">", rule->name,
               page_class(look), is_printed ? "" : " screen");
    page_put_mark(out, look);
    buf_printf(out,
               "<span class=\"id\">%s</span></td>\n<td class=\"c-2 v\">%s</td>\n"
               "<td class=\"c-3\">%s</td>\n<td>",
               rule->name, is_broken ? "broken" : "warned of", buf_text(&count));
    plain_put_xml(out, rule->title);
    buf_puts(out, "</td>\n</tr>\n<tr class=\"fix\"><td colspan=\"4\">"
                  "<details><summary>why, and how to fix it</summary>");
    page_put_lines(out, rule->why, "p");
    page_put_lines(out, rule->fix, "p");
    buf_puts(out, "</details></td>\n</tr>\n</tbody>\n");
    buf_fini(&count);
}

static void put_rules(const struct check_page *page, struct buf *out) {
    static const char *const columns[] = {"rule", "verdict", "count", "what it asks"};
    const struct rule **found = check_page_rules(page);
    size_t count = 0;

    while (found[count] != NULL)
        count++;
    if (count > 0) {
        buf_puts(out, "<section>\n<h2>What breaks the policy, and how to fix it</h2>\n");
        begin_table(columns, out);
        for (size_t i = 0; i < count; i++)
            put_rule(page, found[i], i < RULES_PRINTED, out);
        buf_puts(out, "</table>\n");
        if (count > RULES_PRINTED)
            buf_printf(out,
                       "<p class=\"paper\">%zu more rules stand on the page on the screen.</p>\n",
                       count - RULES_PRINTED);
        buf_puts(out, "</section>\n");
    }
    free(found);
}

/* The rows one after another; those behind the first some are marked as for the screen alone. */
static size_t put_rows(const struct buf *rows, size_t told, struct buf *out) {
    static const char start[] = "<tr class=\"";
    const char *text = buf_text(rows), *next;

    for (; *text != '\0'; text = next, told++) {
        next = strstr(text + 1, start);
        next = next != NULL ? next : text + strlen(text);
        buf_puts(out, start);
        buf_puts(out, told < TARGETS_PRINTED ? "" : "screen ");
        buf_append(out, text + strlen(start), (size_t)(next - text) - strlen(start));
    }
    return told;
}

static void put_targets(const struct check_page *page, struct buf *out) {
    static const char *const columns[] = {"target", "verdict", "grade", "what breaks the policy"};
    struct buf text;
    size_t told = 0;

    if (page->tally.targets == 0)
        return;
    buf_puts(out, "<section>\n<h2>Targets</h2>\n");
    begin_table(columns, out);
    buf_puts(out, "<tbody>\n");
    for (size_t i = 0; i < CHECK_VERDICT_COUNT; i++)
        told = put_rows(&page->rows[check_page_order[i]], told, out);
    buf_puts(out, "</tbody>\n</table>\n");
    buf_init(&text, 1024);
    check_page_put_left_out(page, &text);
    if (text.len > 0)
        buf_printf(out, "<p>%s</p>\n", buf_text(&text));
    if (told > TARGETS_PRINTED)
        buf_printf(out,
                   "<p class=\"paper\">%zu more targets stand on the page on the screen.</p>\n",
                   told - TARGETS_PRINTED);
    buf_puts(out, "</section>\n");
    buf_fini(&text);
}

static void put_all_details(const struct check_page *page, struct buf *out) {
    static const char *const columns[] = {"rule", "verdict", "grade", "what was seen"};

    if (page->tally.targets == 0)
        return;
    buf_puts(out, "<section class=\"long\">\n<h2>What was seen of each</h2>\n");
    begin_table(columns, out);
    for (size_t i = 0; i < CHECK_VERDICT_COUNT; i++)
        buf_puts(out, buf_text(&page->details[check_page_order[i]]));
    buf_puts(out, "</table>\n</section>\n");
}

static void put_how(const struct check_page *page, struct buf *out) {
    struct buf text;

    buf_init(&text, TEXT_MAX_B);
    buf_puts(out, "<section>\n<h2>How this was checked</h2>\n<dl>\n");
    if (page->policy != NULL) {
        page_put_fact(out, "policy", policy_title(page->policy));
        page_put_fact(out, "terms", page->terms);
    }
    for (size_t i = 0; check_not_tested[i] != NULL; i++)
        buf_printf(&text, "%s%s", i > 0 ? ", " : "", check_not_tested[i]);
    page_put_fact(out, "not tested", buf_text(&text));
    buf_reset(&text);
    buf_printf(&text, "Doormat %s, %s", DOORMAT_VERSION, tls_library_text());
    page_put_fact(out, "versions", buf_text(&text));
    buf_puts(out, "</dl>\n</section>\n");
    buf_fini(&text);
}

static void write_page(const struct check_page *page, struct buf *out) {
    put_head(page, out);
    put_rules(page, out);
    put_targets(page, out);
    put_how(page, out);
    put_all_details(page, out);
    page_end(out);
}

const struct check_page_format check_page_html = {put_row, put_details, write_page};
