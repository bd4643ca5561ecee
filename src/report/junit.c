/* JUnit's XML as Jenkins and GitLab read it: a suite for each layer, a case for each fault.  A
 * fault that fooled the sender is a <failure>, an unclear one and a failed control an <error>, one that could not show
 * itself is <skipped>.  A warning passes, with a note in <system-out>. */
#include <string.h>

#include "base/clock.h"
#include "report/explain.h"
#include "report/plain.h"
#include "report/report.h"
#include "report/summary.h"

static void put_time(struct buf *out, double seconds) {
    buf_printf(out, " time=\"%.3f\"", seconds);
}

/* The element that tells the outcome; NULL where the case passes. */
static const char *outcome_element(const struct run *run, const struct result *result) {
    if (run_failure(run, result) != FAILURE_NONE)
        return run_failure(run, result) == FAILURE_FAILURE ? "failure" : NULL;
    if (!result->verdict.as_expected)
        return "error";
    return result_outcome(result) == OUTCOME_NOT_SHOWN ? "skipped" : NULL;
}

static void put_outcome(const struct run *run, const struct result *result, const char *why,
                        struct buf *out) {
    const char *element = outcome_element(run, result);

    if (element == NULL)
        return;
    buf_printf(out, "   <%s", element);
    if (strcmp(element, "skipped") != 0)
        plain_put_xml_attribute(out, "type", verdict_name(result->verdict.kind));
    plain_put_xml_attribute(out, "message", why);
    buf_puts(out, ">"); /* GitLab shows the text, Jenkins the attribute too */
    plain_put_xml(out, why);
    buf_printf(out, "</%s>\n", element);
}

static void put_system_out(const struct run *run, const struct result *result,
                           const struct report_style *style, const char *why, struct buf *out) {
    struct buf lines;

    buf_init(&lines, 64 * 1024);
    if (run_failure(run, result) == FAILURE_WARNING)
        buf_printf(&lines, "warning (%s): ", fault_severity_name(result_severity(result)));
    buf_printf(&lines, "%s: %s\n", verdict_name(result->verdict.kind), why);
    if (plain_shows_output(result, style))
        plain_put_output(&lines, result, "| ", PLAIN_OUTPUT_WIDTH);
    if (style->verbose)
        plain_put_transcripts(&lines, result, "  ", PLAIN_OUTPUT_WIDTH);
    buf_puts(out, "   <system-out>");
    plain_put_xml(out, buf_text(&lines));
    buf_puts(out, "</system-out>\n");
    buf_fini(&lines);
}

static void put_case(const struct run *run, const struct result *result,
                     const struct report_style *style, struct buf *out) {
    struct buf why;

    buf_init(&why, 4096);
    explain_result(result, &why);
    buf_printf(out, "  <testcase classname=\"doormat.%s\"", layer_name(result->scenario->layer));
    plain_put_xml_attribute(out, "name", result->scenario->name);
    put_time(out, result->seconds);
    buf_puts(out, ">\n");
    put_outcome(run, result, buf_text(&why), out);
    put_system_out(run, result, style, buf_text(&why), out);
    buf_puts(out, "  </testcase>\n");
    buf_fini(&why);
}

struct totals {
    size_t tests;
    unsigned failures, errors, skipped;
    double seconds;
};

static struct totals count(const struct run *run, const struct result *const *rows, size_t n) {
    struct totals totals = {.tests = n};

    for (size_t i = 0; i < n; i++) {
        const char *element = outcome_element(run, rows[i]);

        totals.seconds += rows[i]->seconds;
        totals.errors += element != NULL && strcmp(element, "error") == 0;
        totals.failures += element != NULL && strcmp(element, "failure") == 0;
        totals.skipped += element != NULL && strcmp(element, "skipped") == 0;
    }
    return totals;
}

static void put_totals(struct buf *out, const struct totals *totals) {
    buf_printf(out, " tests=\"%zu\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"", totals->tests,
               totals->failures, totals->errors, totals->skipped);
    put_time(out, totals->seconds);
}

static void put_suite(const struct run *run, const struct result *const *rows, size_t n,
                      const struct report_style *style, struct buf *out) {
    struct totals totals = count(run, rows, n);
    char when[CLOCK_RFC3339_SIZE_B];

    clock_rfc3339(run->started_us / 1000000, when);
    when[strcspn(when, "Z")] = '\0'; /* the schema of Ant and Jenkins knows no time zone */
    buf_printf(out, " <testsuite name=\"%s\"", layer_name(rows[0]->scenario->layer));
    put_totals(out, &totals);
    plain_put_xml_attribute(out, "timestamp", when);
    buf_puts(out, ">\n");
    for (size_t i = 0; i < n; i++)
        put_case(run, rows[i], style, out);
    buf_puts(out, " </testsuite>\n");
}

/* A suite of one case, so that nobody takes a part for the whole. */
static void put_interrupted(const struct run *run, struct buf *out) {
    static const struct totals totals = {.tests = 1, .errors = 1};
    struct buf line;
    char why[128];

    if (run->signal == 0)
        return;
    buf_init(&line, sizeof why);
    summary_put_interrupted(run, &line);
    snprintf(why, sizeof why, "%.*s", (int)strcspn(buf_text(&line), "\n"), buf_text(&line));
    buf_fini(&line);
    buf_puts(out, " <testsuite name=\"run\"");
    put_totals(out, &totals);
    buf_puts(out,
             ">\n  <testcase classname=\"doormat.run\" name=\"all were tried\" time=\"0.000\">\n"
             "   <error type=\"interrupted\"");
    plain_put_xml_attribute(out, "message", why);
    buf_puts(out, "/>\n  </testcase>\n </testsuite>\n");
}

void report_junit(const struct run *run, const struct report_style *style, struct buf *out) {
    const struct result **rows = run_sorted(run);
    struct totals totals = count(run, rows, run->count);
    struct buf title;

    buf_init(&title, 256);
    plain_put_title(&title, run);
    totals.seconds = run->seconds;
    totals.tests += run->signal != 0;
    totals.errors += run->signal != 0;
    buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    plain_put_xml_attribute(out, "name", buf_text(&title));
    put_totals(out, &totals);
    buf_puts(out, ">\n");
    for (size_t i = 0, n; i < run->count; i += n) {
        n = result_same_layer(rows + i, run->count - i);
        put_suite(run, rows + i, n, style, out);
    }
    put_interrupted(run, out);
    settings_put_junit(run, out);
    buf_puts(out, "</testsuites>\n");
    buf_fini(&title);
    free(rows);
}
