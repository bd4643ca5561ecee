#include "report/result.h"

#include <stdlib.h>

#include "base/mem.h"

static void result_fini(struct result *result) {
    for (size_t i = 0; i < result->attempt_count; i++)
        attempt_free(&result->attempts[i]);
    free(result->attempts);
    free(result->not_served);
    free(result->own_scenario);
    free(result->questions);
    free(result->fetches);
    buf_fini(&result->output);
}

void result_reset(struct result *result) {
    result_fini(result);
    *result = (struct result){0};
}

void result_forget_try(struct result *result) {
    struct result kept = {.scenario = result->scenario,
                          .own_scenario = result->own_scenario,
                          .fetches = result->fetches,
                          .fetch_count = result->fetch_count,
                          .retries = result->retries + 1};

    result->own_scenario = NULL;
    result->fetches = NULL;
    result_fini(result);
    *result = kept;
}

bool result_has_asked(const struct result *result, unsigned type) {
    for (size_t i = 0; i < result->question_count; i++)
        if (result->questions[i].type == type)
            return true;
    return false;
}

bool result_has_policy(const struct result *result) {
    for (size_t i = 0; i < result->fetch_count; i++)
        if (result->fetches[i].is_policy)
            return true;
    return false;
}

bool result_is_fetching(const struct result *result) {
    for (size_t i = 0; i < result->fetch_count; i++)
        if (result->fetches[i].is_cut)
            return true;
    return false;
}

void run_fini(struct run *run) {
    for (size_t i = 0; i < run->count; i++)
        result_fini(&run->results[i]);
    free(run->results);
    settings_free(&run->settings);
    *run = (struct run){0};
}

const char *failure_name(enum failure failure) {
    static const char *const names[] = {
        [FAILURE_NONE] = "none", [FAILURE_WARNING] = "warning", [FAILURE_FAILURE] = "failure"};

    return names[failure];
}

/* Which verdicts are failures: their severity at least, and that of a fault without one. */
static const struct {
    bool is_failure;
    enum fault_severity least, unrated;
} weights[VERDICT_COUNT] = {
    [VERDICT_FOOLED] = {true, FAULT_UNRATED, FAULT_HIGH},
    [VERDICT_LEAKED] = {true, FAULT_CRITICAL, FAULT_CRITICAL},
    [VERDICT_TURNED_AWAY] = {true, FAULT_UNRATED, FAULT_HIGH},
    [VERDICT_CRASHED] = {true, FAULT_HIGH, FAULT_HIGH},
};

enum fault_severity result_severity(const struct result *result) {
    enum verdict_kind kind = result->verdict.kind;
    enum fault_severity severity = result->scenario->severity;

    if (!weights[kind].is_failure ||
        (scenario_is_control(result->scenario) && kind != VERDICT_LEAKED))
        return FAULT_UNRATED;
    if (severity == FAULT_UNRATED)
        severity = weights[kind].unrated;
    return severity > weights[kind].least ? severity : weights[kind].least;
}

enum fault_severity run_fail_on(const struct run *run) {
    return run->fail_on != FAULT_UNRATED ? run->fail_on : FAULT_HIGH;
}

enum failure run_failure(const struct run *run, const struct result *result) {
    enum fault_severity severity = result_severity(result);

    if (severity == FAULT_UNRATED)
        return FAILURE_NONE;
    return severity >= run_fail_on(run) ? FAILURE_FAILURE : FAILURE_WARNING;
}

bool result_is_fault(const struct result *result) {
    return result->scenario->expect == EXPECT_REFUSE;
}

static enum outcome refused_outcome(const struct result *result) {
    static const enum outcome outcomes[] = {[EXPECT_REFUSE] = OUTCOME_NOTICED,
                                            [EXPECT_DELIVER] = OUTCOME_NOT_OFFERED,
                                            [EXPECT_EITHER] = OUTCOME_EITHER};

    return outcomes[result->scenario->expect];
}

enum outcome result_outcome(const struct result *result) {
    switch (result->verdict.kind) {
    case VERDICT_REFUSED:
        return refused_outcome(result);
    case VERDICT_DELIVERED:
        return result_is_fault(result) ? OUTCOME_HARMLESS : OUTCOME_ACCEPTED;
    case VERDICT_NOT_SHOWN:
        return OUTCOME_NOT_SHOWN;
    case VERDICT_UNCLEAR:
        return OUTCOME_UNCLEAR;
    default:
        return OUTCOME_FAILED;
    }
}

static void count_outcome(const struct result *result, struct run_summary *out) {
    enum outcome outcome = result_outcome(result);

    out->total++;
    out->by_outcome[outcome]++;
    if (outcome == OUTCOME_NOTICED || (outcome == OUTCOME_FAILED && result_is_fault(result)))
        out->faults++;
    else if (outcome == OUTCOME_ACCEPTED || outcome == OUTCOME_FAILED)
        out->oddities++;
}

void run_summarise(const struct run *run, struct run_summary *out) {
    *out = (struct run_summary){0};
    for (size_t i = 0; i < run->count; i++) {
        const struct result *result = &run->results[i];
        enum failure failure = run_failure(run, result);

        out->warnings += failure == FAILURE_WARNING;
        out->failures += failure == FAILURE_FAILURE;
        if (scenario_is_control(result->scenario)) {
            out->controls++;
            out->controls_failed += !result->verdict.as_expected;
        } else {
            count_outcome(result, out);
        }
        if (!scenario_is_control(result->scenario) || result->verdict.kind == VERDICT_DELIVERED)
            out->by_verdict[result->verdict.kind]++;
    }
}

bool run_lacks_required(const struct run *run) {
    for (size_t i = 0; i < run->count; i++)
        if (run->results[i].verdict.reason == REASON_NOT_USED &&
            (run->required & 1u << run->results[i].scenario->layer) != 0)
            return true;
    return false;
}

int run_exit_status(const struct run *run) {
    struct run_summary sum;

    run_summarise(run, &sum);
    if (sum.failures > 0 || run_lacks_required(run))
        return 1;
    return sum.controls_failed + sum.by_outcome[OUTCOME_UNCLEAR] > 0 ? 3 : 0;
}

static int compare(const void *a, const void *b) {
    const struct result *x = *(const struct result *const *)a;
    const struct result *y = *(const struct result *const *)b;
    unsigned x_bad = verdict_badness(x->verdict.kind), y_bad = verdict_badness(y->verdict.kind);

    if (x->scenario->layer != y->scenario->layer)
        return x->scenario->layer < y->scenario->layer ? -1 : 1;
    if (x_bad != y_bad)
        return x_bad > y_bad ? -1 : 1;
    return x < y ? -1 : x > y; /* both in one array: their order there */
}

const struct result **run_sorted(const struct run *run) {
    const struct result **sorted = mem_resize(NULL, run->count, sizeof(*sorted));

    for (size_t i = 0; i < run->count; i++)
        sorted[i] = &run->results[i];
    qsort(sorted, run->count, sizeof(*sorted), compare);
    return sorted;
}

size_t result_same_layer(const struct result *const *sorted, size_t count) {
    size_t n = 1;

    while (n < count && sorted[n]->scenario->layer == sorted[0]->scenario->layer)
        n++;
    return n;
}
