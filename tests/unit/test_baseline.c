/* The comparison with an earlier run, and files that are none. */
#include "report/baseline.h"
#include "report/report.h"
#include "sample_run.h"
#include "unit.h"

enum { MAX_B = 1024 * 1024 };

static struct baseline *parse(const char *json) {
    struct baseline *baseline = NULL;
    struct err err = {""};

    if (baseline_parse(json, strlen(json), &baseline, &err) != 0)
        fail_msg("%s", err.text);
    return baseline;
}

/* The report of a run, taken as the baseline of that run: nothing has changed. */
static void a_run_against_itself(void **state) {
    struct run run = sample_run();
    struct report_style style = {0};
    struct buf json, out;
    struct baseline_outcome outcome;

    (void)state;
    buf_init(&json, MAX_B);
    buf_init(&out, MAX_B);
    report_json(&run, &style, &json);
    struct baseline *baseline = parse(buf_text(&json));
    baseline_compare(baseline, &run, &out, &outcome);
    assert_int_equal(outcome.worse, 0);
    assert_int_equal(outcome.better, 0);
    assert_string_equal(buf_text(&out),
                        "In the earlier run 2 verdicts were unclear, so a comparison is not "
                        "possible.\nCompared with the earlier run of 2026-11-23T20:00:00Z: nothing "
                        "changed.\n");
    assert_int_equal(baseline_exit_status(&outcome), 3);
    baseline_free(&baseline);
    assert_null(baseline);
    buf_fini(&json);
    buf_fini(&out);
    run_fini(&run);
}

/* What was not tried is not missed. */
static void an_interrupted_run(void **state) {
    struct run run = sample_run();
    struct report_style style = {0};
    struct buf json, out;
    struct baseline_outcome outcome;

    (void)state;
    buf_init(&json, MAX_B);
    buf_init(&out, MAX_B);
    report_json(&run, &style, &json);
    struct baseline *baseline = parse(buf_text(&json));
    run.signal = 15;
    run.planned = 12;
    result_reset(&run.results[--run.count]);
    baseline_compare(baseline, &run, &out, &outcome);
    assert_false(outcome.is_clear);
    assert_non_null(
        strstr(buf_text(&out), "This run was interrupted: only what was tried is compared.\n"));
    assert_non_null(strstr(buf_text(&out), ": nothing changed.\n"));
    baseline_free(&baseline);
    buf_fini(&json);
    buf_fini(&out);
    run_fini(&run);
}

static void changes(void **state) {
    enum { WORSE = 1, BETTER = -1, SAME = 0 };
    static const struct {
        const char *verdict, *exposure;
        enum verdict_kind kind;
        enum exposure now;
        int expected;
    } cases[] = {
        {"refused", "nothing", VERDICT_REFUSED, EXPOSURE_NOTHING, SAME},
        {"refused", "nothing", VERDICT_DELIVERED, EXPOSURE_NOTHING, SAME},
        {"refused", "nothing", VERDICT_FOOLED, EXPOSURE_MESSAGE, WORSE},
        {"refused", "nothing", VERDICT_UNCLEAR, EXPOSURE_NOTHING, WORSE},
        {"fooled", "message", VERDICT_LEAKED, EXPOSURE_MESSAGE, WORSE},
        {"fooled", "message", VERDICT_FOOLED, EXPOSURE_MESSAGE, SAME},
        {"fooled", "envelope", VERDICT_FOOLED, EXPOSURE_MESSAGE, WORSE},
        {"fooled", "message", VERDICT_FOOLED, EXPOSURE_ENVELOPE, BETTER},
        {"fooled", "message", VERDICT_REFUSED, EXPOSURE_NOTHING, BETTER},
        {"fooled", "message", VERDICT_TURNED_AWAY, EXPOSURE_NOTHING, BETTER},
        {"leaked", "envelope", VERDICT_FOOLED, EXPOSURE_MESSAGE, BETTER},
        {"delivered", "nothing", VERDICT_TURNED_AWAY, EXPOSURE_NOTHING, WORSE},
        /* A sender that stopped working is not healed. */
        {"fooled", "message", VERDICT_UNCLEAR, EXPOSURE_NOTHING, WORSE},
        {"leaked", "message", VERDICT_UNCLEAR, EXPOSURE_NOTHING, WORSE},
        {"unclear", "nothing", VERDICT_UNCLEAR, EXPOSURE_NOTHING, SAME},
        {"unclear", "nothing", VERDICT_REFUSED, EXPOSURE_NOTHING, BETTER},
        {"unclear", "nothing", VERDICT_FOOLED, EXPOSURE_MESSAGE, WORSE},
        /* Nor is one to which the fault no longer shows. */
        {"fooled", "message", VERDICT_NOT_SHOWN, EXPOSURE_NOTHING, WORSE},
        {"refused", "nothing", VERDICT_NOT_SHOWN, EXPOSURE_NOTHING, WORSE},
        {"unclear", "nothing", VERDICT_NOT_SHOWN, EXPOSURE_NOTHING, SAME},
        {"not-shown", "nothing", VERDICT_NOT_SHOWN, EXPOSURE_NOTHING, SAME},
        {"not-shown", "nothing", VERDICT_UNCLEAR, EXPOSURE_NOTHING, WORSE},
        {"not-shown", "nothing", VERDICT_REFUSED, EXPOSURE_NOTHING, SAME},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct result result = {.scenario = sample_scenario(2),
                                .verdict = {.kind = cases[i].kind, .exposure = cases[i].now}};
        struct run run = {.results = &result, .count = 1};
        struct baseline_outcome outcome;
        struct buf json, out;

        buf_init(&json, MAX_B);
        buf_init(&out, MAX_B);
        buf_printf(&json,
                   "{\"doormat\":\"1.0\",\"results\":[{\"fault\":\"expired\",\"verdict\":\"%s\","
                   "\"exposure\":\"%s\"}]}",
                   cases[i].verdict, cases[i].exposure);
        struct baseline *baseline = parse(buf_text(&json));
        baseline_compare(baseline, &run, &out, &outcome);
        if (outcome.worse != (cases[i].expected == WORSE) ||
            outcome.better != (cases[i].expected == BETTER))
            fail_msg("%s %s -> %s: %s", cases[i].verdict, cases[i].exposure,
                     verdict_name(cases[i].kind), buf_text(&out));
        baseline_free(&baseline);
        buf_fini(&json);
        buf_fini(&out);
    }
}

static void what_changed_is_said(void **state) {
    struct result results[] = {
        {.scenario = sample_scenario(0), .verdict = {.kind = VERDICT_DELIVERED}},
        {.scenario = sample_scenario(2),
         .verdict = {.kind = VERDICT_FOOLED, .exposure = EXPOSURE_MESSAGE}},
        {.scenario = sample_scenario(3), .verdict = {.kind = VERDICT_REFUSED}},
        {.scenario = sample_scenario(12),
         .verdict = {.kind = VERDICT_LEAKED, .exposure = EXPOSURE_ENVELOPE}},
    };
    struct run run = {.results = results, .count = ARRAY_LEN(results)};
    struct baseline_outcome outcome;
    struct buf out;

    (void)state;
    buf_init(&out, MAX_B);
    struct baseline *baseline =
        parse("{\"doormat\":\"0.9\",\"results\":["
              "{\"fault\":\"wrong-host\",\"verdict\":\"leaked\",\"exposure\":\"message\"},"
              "{\"fault\":\"control\",\"verdict\":\"delivered\",\"exposure\":\"nothing\"},"
              "{\"fault\":\"retired\\u001b[2J\",\"verdict\":\"refused\",\"exposure\":\"nothing\"},"
              "{\"fault\":\"expired\",\"verdict\":\"refused\",\"exposure\":\"nothing\"}]}");
    baseline_compare(baseline, &run, &out, &outcome);
    assert_int_equal(outcome.worse, 1);
    assert_int_equal(outcome.better, 1);
    assert_string_equal(
        buf_text(&out),
        "The earlier run was made by Doormat 0.9, this one by " DOORMAT_VERSION
        ".\nThe two runs tried different faults.\nCompared with the earlier run: 1 "
        "worse, 1 better, 1 new, 1 gone.\n  worse   expired              refused -> "
        "fooled (message)\n  better  wrong-host           leaked (message) -> "
        "refused\n  new     starttls-not-offered leaked (envelope)\n  gone    "
        "retired?[2J          refused\n");
    baseline_free(&baseline);
    buf_fini(&out);
}

/* What speaks against a comparison, and what `try` exits with. */
static void objections(void **state) {
    static const struct {
        const char *name, *head, *fault, *before;
        size_t scenario;
        enum verdict_kind now;
        const char *says;
        int status;
    } cases[] = {
        {"the same", "", "expired", "refused", 2, VERDICT_REFUSED, NULL, 0},
        {"worse", "", "expired", "refused", 2, VERDICT_FOOLED, NULL, 1},
        {"no longer known", "", "expired", "refused", 2, VERDICT_UNCLEAR, NULL, 3},
        {"crashed", "", "expired", "refused", 2, VERDICT_CRASHED, NULL, 1},
        {"never known", "", "expired", "unclear", 2, VERDICT_UNCLEAR, "1 verdict was unclear", 3},
        {"known at last", "", "expired", "unclear", 2, VERDICT_REFUSED, "1 verdict was unclear", 3},
        {"unknown before, fooled now", "", "expired", "unclear", 2, VERDICT_FOOLED,
         "1 verdict was unclear", 1},
        {"another policy", "\"policy\":\"bsi\",", "expired", "refused", 2, VERDICT_REFUSED,
         "by the policy bsi, this one by strict", 3},
        {"the same policy", "\"policy\":\"strict\",", "expired", "refused", 2, VERDICT_REFUSED,
         NULL, 0},
        {"another trust", "\"trust\":\"dane-ee\",", "expired", "refused", 2, VERDICT_REFUSED,
         "with --trust dane-ee, this one with pkix", 3},
        {"the same trust", "\"trust\":\"pkix\",", "expired", "refused", 2, VERDICT_REFUSED, NULL,
         0},
        {"another host", "\"host\":\"localhost\",", "expired", "fooled", 2, VERDICT_REFUSED,
         "with the host localhost, this one with mx.doormat.test", 3},
        {"the same host", "\"host\":\"MX.doormat.test\",", "expired", "refused", 2, VERDICT_REFUSED,
         NULL, 0},
        {"no longer shown", "", "expired", "fooled", 2, VERDICT_NOT_SHOWN, NULL, 3},
        {"other faults", "", "wrong-host", "refused", 2, VERDICT_REFUSED, "different faults", 3},
        {"a control that fails", "", "control", "delivered", 0, VERDICT_TURNED_AWAY, NULL, 3},
        {"a control that leaks", "", "control", "delivered", 0, VERDICT_LEAKED, NULL, 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct result result = {.scenario = sample_scenario(cases[i].scenario),
                                .verdict = {.kind = cases[i].now}};
        struct run run = {.results = &result,
                          .count = 1,
                          .policy = "strict",
                          .trust = "pkix",
                          .host = "mx.doormat.test"};
        struct baseline_outcome outcome;
        struct buf json, out;

        buf_init(&json, MAX_B);
        buf_init(&out, MAX_B);
        buf_printf(&json,
                   "{\"doormat\":\"" DOORMAT_VERSION "\",%s\"results\":[{\"fault\":\"%s\","
                   "\"verdict\":\"%s\",\"exposure\":\"nothing\"}]}",
                   cases[i].head, cases[i].fault, cases[i].before);
        struct baseline *baseline = parse(buf_text(&json));
        baseline_compare(baseline, &run, &out, &outcome);
        if (baseline_exit_status(&outcome) != cases[i].status ||
            outcome.is_clear != (cases[i].says == NULL) ||
            (cases[i].says != NULL && strstr(buf_text(&out), cases[i].says) == NULL))
            fail_msg("%s: %d: %s", cases[i].name, baseline_exit_status(&outcome), buf_text(&out));
        baseline_free(&baseline);
        buf_fini(&json);
        buf_fini(&out);
    }
}

#define RESULT "{\"fault\":\"a\",\"verdict\":\"refused\",\"exposure\":\"nothing\"}"

static void hostile_files_are_refused(void **state) {
    static const struct {
        const char *json, *error;
    } cases[] = {
        {"", "not JSON"},
        {"{", "not JSON"},
        {"[[[[[[[[", "not JSON"},
        {"{\"doormat\":\"1.0\",\"doormat\":\"1.0\",\"results\":[]}", "not JSON"},
        {"[]", "no result of"},
        {"{}", "no result of"},
        {"{\"results\":[]}", "no result of"},
        {"{\"doormat\":1,\"results\":[]}", "no result of"},
        {"{\"doormat\":\"1.0\",\"results\":{}}", "no result of"},
        {"{\"doormat\":\"1.0\",\"results\":[1]}", "no usable \"fault\""},
        {"{\"doormat\":\"1.0\",\"results\":[{\"fault\":7}]}", "no usable \"fault\""},
        {"{\"doormat\":\"1.0\",\"results\":[{\"fault\":\"a\"}]}", "\"verdict\" of a"},
        {"{\"doormat\":\"1.0\",\"results\":[{\"fault\":\"a\",\"verdict\":\"perfect\"}]}",
         "\"verdict\" of a"},
        {"{\"doormat\":\"1.0\",\"results\":[{\"fault\":\"a\",\"verdict\":\"refused\"}]}",
         "\"exposure\" of a"},
        {"{\"doormat\":\"1.0\",\"results\":[" RESULT "," RESULT "]}", "twice"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct baseline *baseline = NULL;
        struct err err = {""};

        assert_int_equal(baseline_parse(cases[i].json, strlen(cases[i].json), &baseline, &err), -1);
        assert_null(baseline);
        if (strstr(err.text, cases[i].error) == NULL)
            fail_msg("%s: %s", cases[i].json, err.text);
    }
}

static void assert_refused(const struct buf *json, const char *error) {
    struct baseline *baseline = NULL;
    struct err err = {""};

    assert_int_equal(baseline_parse(json->data, json->len, &baseline, &err), -1);
    assert_null(baseline);
    assert_non_null(strstr(err.text, error));
}

static void sizes_are_bounded(void **state) {
    struct buf json;

    (void)state;
    buf_init(&json, 4 * MAX_B);
    for (int i = 0; i < 100000; i++)
        buf_puts(&json, "[");
    assert_refused(&json, "not JSON");
    buf_reset(&json);
    buf_printf(&json, "{\"doormat\":\"1.0\",\"results\":[{\"fault\":\"%0600d\"}]}", 0);
    assert_refused(&json, "no usable");
    buf_reset(&json);
    buf_puts(&json, "{\"doormat\":\"1.0\",\"results\":[0");
    for (int i = 0; i < BASELINE_MAX_RESULTS; i++)
        buf_puts(&json, ",0");
    buf_puts(&json, "]}");
    assert_refused(&json, "more than 20000 results");
    buf_fini(&json);
}

static void a_missing_file_is_an_error(void **state) {
    struct baseline *baseline = NULL;
    struct err err = {""};

    (void)state;
    assert_int_equal(baseline_load("/nonexistent/baseline.json", &baseline, &err), -1);
    assert_non_null(strstr(err.text, "/nonexistent/baseline.json"));
    assert_int_equal(baseline_load("tests/snapshots/report.txt", &baseline, &err), -1);
    assert_non_null(strstr(err.text, "report.txt: it is not JSON"));
    assert_int_equal(baseline_load("tests/snapshots/report.json", &baseline, &err), 0);
    baseline_free(&baseline);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_against_itself),
        cmocka_unit_test(an_interrupted_run),
        cmocka_unit_test(changes),
        cmocka_unit_test(what_changed_is_said),
        cmocka_unit_test(objections),
        cmocka_unit_test(hostile_files_are_refused),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(a_missing_file_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
