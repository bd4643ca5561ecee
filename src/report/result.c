#include "report/result.h"

#include <stdlib.h>

#include "base/mem.h"

static void result_fini(struct result *result) {
    for (size_t i = 0; i < result->attempt_count; i++)
        free(result->attempts[i]);
    free(result->attempts);
    free(result->not_served);
    free(result->own_dish);
    buf_fini(&result->output);
}

void result_reset(struct result *result) {
    result_fini(result);
    *result = (struct result){0};
}

void run_fini(struct run *run) {
    for (size_t i = 0; i < run->count; i++)
        result_fini(&run->results[i]);
    free(run->results);
    *run = (struct run){0};
}

void run_summarise(const struct run *run, struct run_summary *out) {
    *out = (struct run_summary){0};
    for (size_t i = 0; i < run->count; i++) {
        const struct result *result = &run->results[i];
        bool is_control = dish_is_control(result->dish);

        if (!is_control)
            out->total++;
        else if (!result->verdict.as_expected)
            out->controls_failed++;
        if (!is_control || result->verdict.kind == VERDICT_DELIVERED)
            out->by_verdict[result->verdict.kind]++;
    }
}

bool result_is_noticed(const struct result *result) {
    return result->verdict.kind == VERDICT_REFUSED && result->dish->expect == EXPECT_REFUSE;
}

int run_exit_status(const struct run *run) {
    struct run_summary sum;

    run_summarise(run, &sum);
    if (sum.by_verdict[VERDICT_FOOLED] + sum.by_verdict[VERDICT_LEAKED] +
            sum.by_verdict[VERDICT_TURNED_AWAY] + sum.by_verdict[VERDICT_CRASHED] >
        0)
        return 1;
    return sum.controls_failed + sum.by_verdict[VERDICT_UNCLEAR] > 0 ? 3 : 0;
}

static int compare(const void *a, const void *b) {
    const struct result *x = *(const struct result *const *)a;
    const struct result *y = *(const struct result *const *)b;
    unsigned x_bad = verdict_badness(x->verdict.kind), y_bad = verdict_badness(y->verdict.kind);

    if (x->dish->layer != y->dish->layer)
        return x->dish->layer < y->dish->layer ? -1 : 1;
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

    while (n < count && sorted[n]->dish->layer == sorted[0]->dish->layer)
        n++;
    return n;
}
