/* The baseline of an earlier run: any bytes, and whatever is accepted must compare without harm and
 * print as plain lines of ASCII. */
#include <assert.h>

#include "base/ascii.h"
#include "report/baseline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct scenario scenario = {.name = "expired", .layer = LAYER_CERTIFICATE};
    struct result result = {.scenario = &scenario, .verdict = {.kind = VERDICT_FOOLED}};
    struct run run = {.results = &result, .count = 1};
    struct baseline *baseline = NULL;
    struct err err = {""};
    struct baseline_outcome outcome;
    struct buf out;

    if (baseline_parse(data, size, &baseline, &err) != 0) {
        assert(baseline == NULL && err.text[0] != '\0');
        return 0;
    }
    buf_init(&out, 16 * 1024 * 1024);
    baseline_compare(baseline, &run, &out, &outcome);
    assert(outcome.worse + outcome.better <= 1 && outcome.lost <= outcome.worse &&
           strlen(buf_text(&out)) == out.len);
    for (size_t i = 0; i < out.len; i++)
        assert(out.data[i] == '\n' || ascii_is_print(out.data[i]));
    buf_fini(&out);
    baseline_free(&baseline);
    return 0;
}
