#include "report/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/wrap.h"
#include "report/plain.h"
#include "report/result.h"
#include "report/shape.h"

void texts_add(struct texts *texts, const char *fmt, ...) {
    struct buf text;
    va_list args;

    buf_init(&text, 4096);
    va_start(args, fmt);
    char *whole = NULL;
    if (vasprintf(&whole, fmt, args) < 0)
        abort();
    va_end(args);
    buf_fini(&text);
    texts->items = mem_resize(texts->items, texts->count + 1, sizeof *texts->items);
    texts->items[texts->count++] = whole;
}

void texts_fini(struct texts *texts) {
    for (size_t i = 0; i < texts->count; i++)
        free(texts->items[i]);
    free(texts->items);
    *texts = (struct texts){0};
}

struct run_settings *settings_new(const char *title) {
    struct run_settings *settings = mem_zalloc(sizeof *settings);

    settings->title = mem_strdup(title);
    return settings;
}

void settings_free(struct run_settings **settings) {
    struct run_settings *dying = *settings;

    *settings = NULL;
    if (dying == NULL)
        return;
    for (size_t i = 0; i < dying->advice_count; i++) {
        texts_fini(&dying->advice[i].faults);
        texts_fini(&dying->advice[i].stubborn);
    }
    free(dying->advice);
    texts_fini(&dying->changed);
    texts_fini(&dying->seen);
    texts_fini(&dying->beyond);
    free(dying->title);
    free(dying->version);
    free(dying->where);
    free(dying);
}

struct advice *settings_add_advice(struct run_settings *settings, const char *lines,
                                   const char *why) {
    settings->advice =
        mem_resize(settings->advice, settings->advice_count + 1, sizeof *settings->advice);
    settings->advice[settings->advice_count] = (struct advice){.lines = lines, .why = why};
    return &settings->advice[settings->advice_count++];
}

void settings_count_red(const struct run *run, struct red *out) {
    *out = (struct red){0};
    for (size_t i = 0; i < run->count; i++) {
        const struct result *result = &run->results[i];

        if (run_failure(run, result) != FAILURE_NONE)
            out->by_severity[result_severity(result)]++;
        out->failures += run_failure(run, result) == FAILURE_FAILURE;
        out->unjudged += result->verdict.kind == VERDICT_UNCLEAR;
    }
}
