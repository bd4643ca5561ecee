#include <jansson.h>
#include <string.h>

#include "report/cause.h"
#include "report/explain.h"
#include "report/plain.h"
#include "report/report.h"
#include "report/sentence.h"
#include "report/shape.h"

/* {"alert": ..., "fits": ...} where there was one; else {"kind": ...}. */
static json_t *reason(const struct verdict *verdict) {
    json_t *object;

    if (verdict->reason == REASON_NONE)
        return json_null();
    object = json_object();
    json_object_set_new(object, "kind", shape_text(reason_name(verdict->reason)));
    if (verdict->reason == REASON_ALERT) {
        json_object_set_new(object, "alert", shape_alert(verdict->alert));
        json_object_set_new(object, "fits", json_boolean(verdict->fits));
    }
    return object;
}

static json_t *explanation(const struct result *result) {
    struct buf why;

    buf_init(&why, 4096);
    explain_result(result, &why);
    json_t *string = shape_text(buf_text(&why));
    buf_fini(&why);
    return string;
}

static json_t *output(const struct result *result) {
    struct buf lines;

    buf_init(&lines, 64 * 1024);
    plain_put_output(&lines, result, "", PLAIN_OUTPUT_LINE_B);
    json_t *string = shape_text(buf_text(&lines));
    buf_fini(&lines);
    return string;
}

/* How much it matters, and who can make the sender notice; a mixture has no one family. */
static void set_weight(json_t *object, const struct run *run, const struct result *result) {
    const struct scenario *scenario = result->scenario;
    enum failure failure = run_failure(run, result);
    bool is_control = scenario_is_control(scenario);

    json_object_set_new(object, "severity", shape_text(fault_severity_name(scenario->severity)));
    json_object_set_new(object, "failure",
                        failure != FAILURE_NONE ? shape_text(failure_name(failure)) : json_null());
    json_object_set_new(object, "remedy",
                        is_control ? json_null() : shape_text(remedy_name(cause_remedy(result))));
    json_object_set_new(object, "family", shape_text_or_null(cause_family(result)));
}

static json_t *questions(const struct result *result) {
    json_t *list = json_array();

    for (size_t i = 0; i < result->question_count; i++)
        json_array_append_new(list, shape_question(&result->questions[i]));
    return list;
}

static json_t *fetches(const struct result *result) {
    json_t *list = json_array();

    for (size_t i = 0; i < result->fetch_count; i++)
        json_array_append_new(list, shape_fetch(&result->fetches[i]));
    return list;
}

static json_t *one_result(const struct run *run, const struct result *result,
                          const struct report_style *style) {
    const struct verdict *verdict = &result->verdict;
    json_t *object = json_object(), *attempts = json_array();

    for (size_t i = 0; i < result->attempt_count; i++)
        json_array_append_new(attempts, shape_attempt(result->attempts[i]));
    json_object_set_new(object, "fault", shape_text(result->scenario->name));
    json_object_set_new(object, "layer", shape_text(layer_name(result->scenario->layer)));
    json_object_set_new(object, "expect", shape_text(expect_name(result->scenario->expect)));
    json_object_set_new(
        object, "twin",
        shape_text_or_null(scenario_is_control(result->scenario) ? NULL : result->scenario->twin));
    json_object_set_new(object, "verdict", shape_text(verdict_name(verdict->kind)));
    json_object_set_new(object, "as_expected", json_boolean(verdict->as_expected));
    json_object_set_new(object, "reason", reason(verdict));
    json_object_set_new(object, "exposure", shape_text(exposure_name(verdict->exposure)));
    set_weight(object, run, result);
    json_object_set_new(object, "explanation", explanation(result));
    json_object_set_new(object, "exit_status", json_integer(result->exit_status));
    json_object_set_new(object, "seconds", shape_seconds(result->seconds));
    json_object_set_new(object, "tries", json_integer(result->retries + 1));
    json_object_set_new(object, "timed_out", json_boolean(result->limit_s > 0));
    json_object_set_new(object, "escaped", json_integer(result->escaped));
    json_object_set_new(object, "revocation_queries", json_integer(result->queries));
    json_object_set_new(object, "questions_seen", json_integer((json_int_t)result->questions_seen));
    json_object_set_new(object, "questions", questions(result));
    if (plain_shows_output(result, style))
        json_object_set_new(object, "output", output(result));
    json_object_set_new(object, "fetches", fetches(result));
    json_object_set_new(object, "attempts", attempts);
    return object;
}

/* Of a run that was interrupted fewer were tried than planned. */
static void set_planned(json_t *object, const struct run *run, const struct run_summary *sum) {
    json_object_set_new(object, "planned",
                        json_integer(run->signal != 0 ? run->planned : sum->total));
}

static json_t *summary(const struct run *run) {
    json_t *object = json_object();
    struct run_summary sum;

    run_summarise(run, &sum);
    json_object_set_new(object, "total", json_integer(sum.total));
    set_planned(object, run, &sum);
    for (int kind = 0; kind < VERDICT_COUNT; kind++)
        json_object_set_new(object, verdict_name(kind), json_integer(sum.by_verdict[kind]));
    json_object_set_new(object, "controls", json_integer(sum.controls));
    json_object_set_new(object, "controls_failed", json_integer(sum.controls_failed));
    json_object_set_new(object, "failures", json_integer(sum.failures));
    json_object_set_new(object, "warnings", json_integer(sum.warnings));
    json_object_set_new(object, "faults", json_integer(sum.faults));
    json_object_set_new(object, "noticed", json_integer(sum.by_outcome[OUTCOME_NOTICED]));
    json_object_set_new(object, "oddities", json_integer(sum.oddities));
    json_object_set_new(object, "accepted", json_integer(sum.by_outcome[OUTCOME_ACCEPTED]));
    return object;
}

static json_t *sentence(const struct run *run) {
    struct buf text;

    buf_init(&text, 4096);
    sentence_put(run, &text);
    json_t *string = shape_text(buf_text(&text));
    buf_fini(&text);
    return string;
}

static json_t *sender(const struct run *run) {
    json_t *argv = json_array();

    for (size_t i = 0; run->sender != NULL && run->sender[i] != NULL; i++)
        json_array_append_new(argv, shape_text(run->sender[i]));
    return argv;
}

static int append(const char *data, size_t len, void *out) {
    return buf_append(out, data, len);
}

void report_json(const struct run *run, const struct report_style *style, struct buf *out) {
    json_t *object = json_object(), *results = json_array();

    for (size_t i = 0; i < run->count; i++)
        json_array_append_new(results, one_result(run, &run->results[i], style));
    json_object_set_new(object, "doormat", shape_text(DOORMAT_VERSION));
    json_object_set_new(object, "sender", sender(run));
    json_object_set_new(object, "policy", shape_text(run->policy));
    json_object_set_new(object, "trust", shape_text_or_null(run->trust));
    json_object_set_new(object, "host", shape_text_or_null(run->host));
    json_object_set_new(object, "started_at", shape_time_us(run->started_us));
    json_object_set_new(object, "seconds", shape_seconds(run->seconds));
    json_object_set_new(
        object, "interrupted",
        json_boolean(run->signal != 0 || (run->settings != NULL && run->settings->cut_short)));
    json_object_set_new(object, "lacks_required", json_boolean(run_lacks_required(run)));
    json_object_set_new(object, "fail_on", shape_text(fault_severity_name(run_fail_on(run))));
    json_object_set_new(object, "sentence", sentence(run));
    json_object_set_new(object, "summary", summary(run));
    if (run->settings != NULL)
        json_object_set_new(object, "settings", settings_json(run));
    json_object_set_new(object, "results", results);
    if (json_dump_callback(object, append, out, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) == 0)
        buf_puts(out, "\n");
    json_decref(object);
}
