/* The Test Anything Protocol, version 13: what prove(1) and its kin read. */
#include "report/explain.h"
#include "report/plain.h"
#include "report/report.h"
#include "report/summary.h"

/* In a description '#' begins a directive, and a backslash escapes. */
static void put_description(struct buf *out, const char *text) {
    plain_put_escaped(out, text, "#\\");
}

/* A YAML string in double quotes, which needs no more than this for printable ASCII. */
static void put_yaml(struct buf *out, const char *key, const char *value) {
    buf_printf(out, "  %s: \"", key);
    plain_put_escaped(out, value, "\"\\");
    buf_puts(out, "\"\n");
}

static void put_diagnostics(const struct result *result, const struct report_style *style,
                            const char *why, struct buf *out) {
    const struct verdict *verdict = &result->verdict;
    bool output = plain_shows_output(result, style);
    bool transcripts = style->verbose && plain_has_transcripts(result);

    if (verdict->as_expected && !output && !transcripts)
        return;
    buf_puts(out, "  ---\n");
    put_yaml(out, "layer", layer_name(result->scenario->layer));
    put_yaml(out, "expect", expect_name(result->scenario->expect));
    put_yaml(out, "verdict", verdict_name(verdict->kind));
    put_yaml(out, "severity", fault_severity_name(result_severity(result)));
    put_yaml(out, "exposure", exposure_name(verdict->exposure));
    put_yaml(out, "explanation", why);
    buf_printf(out, "  exit_status: %d\n", result->exit_status);
    if (output) {
        buf_puts(out, "  output: |\n");
        plain_put_output(out, result, "    | ", PLAIN_OUTPUT_WIDTH);
    }
    if (transcripts) {
        buf_puts(out, "  transcript: |\n");
        plain_put_transcripts(out, result, "    ", PLAIN_OUTPUT_WIDTH);
    }
    buf_puts(out, "  ...\n");
}

/* Whether a program that reads it must count the test as failed: a warning is none. */
static bool is_ok(const struct run *run, const struct result *result) {
    return result->verdict.as_expected || run_failure(run, result) == FAILURE_WARNING;
}

static void put_case(const struct run *run, size_t index, const struct report_style *style,
                     struct buf *out) {
    const struct result *result = &run->results[index];
    struct buf why;

    buf_init(&why, 4096);
    explain_result(result, &why);
    buf_printf(out, "%sok %zu - ", is_ok(run, result) ? "" : "not ", index + 1);
    put_description(out, result->scenario->name);
    buf_printf(out, ": %s, ", verdict_name(result->verdict.kind));
    put_description(out, buf_text(&why));
    buf_puts(out, result_outcome(result) == OUTCOME_NOT_SHOWN ? " # SKIP the fault did not show\n"
                                                              : "\n");
    put_diagnostics(result, style, buf_text(&why), out);
    if (run_failure(run, result) == FAILURE_WARNING)
        buf_printf(out, "# warning: severity %s\n", fault_severity_name(result_severity(result)));
    buf_fini(&why);
}

/* Whoever reads it must not take a part for the whole. */
static void put_interrupted(const struct run *run, struct buf *out) {
    if (run->signal != 0)
        buf_puts(out, "Bail out! ");
    summary_put_interrupted(run, out);
}

void report_tap(const struct run *run, const struct report_style *style, struct buf *out) {
    buf_printf(out, "TAP version 13\n1..%zu\n# ", run->count);
    plain_put_title(out, run);
    buf_puts(out, "\n");
    for (size_t i = 0; i < run->count; i++)
        put_case(run, i, style, out);
    put_interrupted(run, out);
    settings_put_tap(run, out);
}
