#include "harness/apply.h"

#include <string.h>

#include "base/mem.h"

enum { LINES_MAX_B = 64 * 1024 };

static bool is_green(const struct run *run, const char *name) {
    for (size_t i = 0; i < run->count; i++) {
        const struct result *result = &run->results[i];

        if (strcmp(result->scenario->name, name) == 0)
            return result->verdict.kind != VERDICT_UNCLEAR &&
                   run_failure(run, result) == FAILURE_NONE;
    }
    return false;
}

static void judge_advice(const struct run *run, struct advice *advice) {
    for (size_t i = 0; i < advice->faults.count; i++) {
        if (is_green(run, advice->faults.items[i]))
            advice->turned++;
        else
            texts_add(&advice->stubborn, "%s", advice->faults.items[i]);
    }
}

/* The advice of the first run goes to the second, which says what became of it. */
static void hand_over(struct run *before, struct run *after) {
    struct run_settings *from = before->settings, *to = after->settings;

    settings_count_red(before, &to->before);
    to->applied = true;
    to->advice = from->advice;
    to->advice_count = from->advice_count;
    from->advice = NULL;
    from->advice_count = 0;
    for (size_t i = 0; i < to->advice_count; i++)
        judge_advice(after, &to->advice[i]);
    mta_find_beyond(after);
}

/* An interrupted second run says nothing; the first one stands, with lines that are not proven. */
static enum try_outcome run_again(const struct try_options *options, const char *lines,
                                  struct run *out, struct err *err) {
    struct try_options again = *options;
    struct run before = *out;

    again.mta_lines = lines;
    enum try_outcome outcome = try_run(&again, out, err);
    if (outcome == TRY_INTERRUPTED) {
        run_fini(out);
        *out = before;
        out->settings->cut_short = true;
        return outcome;
    }
    if (outcome == TRY_DONE) {
        out->fail_on = options->fail_on;
        hand_over(&before, out);
    }
    run_fini(&before);
    return outcome;
}

enum try_outcome apply_run(const struct try_options *options, bool apply, struct run *out,
                           struct err *err) {
    struct buf lines;
    enum try_outcome outcome = try_run(options, out, err);

    out->fail_on = options->fail_on;
    if (outcome != TRY_DONE)
        return outcome;
    buf_init(&lines, LINES_MAX_B);
    mta_advise(options->mta, out, &lines);
    if (apply && lines.len > 0)
        outcome = run_again(options, buf_text(&lines), out, err);
    buf_fini(&lines);
    return outcome;
}
