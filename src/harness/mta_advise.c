/* Which lines of a mail server's configuration turn which results green: its table (mta_class.h), put to a run. */
#include <string.h>

#include "base/mem.h"
#include "harness/mta_class.h"
#include "report/settings.h"

static bool is_named(const char *const *names, const char *name) {
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        size_t len = strlen(names[i]);

        if (len > 0 && names[i][len - 1] == '*' ? strncmp(names[i], name, len - 1) == 0
                                                : strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* Every fault of a mixture has to be one: else another of them stays. */
static bool is_claimed(const struct mta_advice *row, const struct scenario *scenario) {
    size_t claimed = 0, faults = 0;

    for (size_t i = 0; i < scenario->fault_count; i++) {
        const struct fault *fault = scenario->faults[i];

        if (fault_is_control(fault))
            continue;
        faults++;
        claimed += !is_named(row->but, fault->name) &&
                   ((row->layers >> fault->layer & 1) != 0 || is_named(row->names, fault->name));
    }
    return faults > 0 && claimed == faults;
}

static bool is_red(const struct run *run, const struct result *result) {
    return run_failure(run, result) != FAILURE_NONE;
}

/* Nothing could be said since the control went out in plaintext, or over no TLS: then what helps the control may help it. */
static bool is_untold(const struct result *result) {
    return result->verdict.kind == VERDICT_UNCLEAR &&
           result->verdict.reason == REASON_CONTROL_FAILED;
}

static bool has_leaked_control(const struct run *run) {
    for (size_t i = 0; i < run->count; i++)
        if (scenario_is_control(run->results[i].scenario) &&
            run->results[i].verdict.kind == VERDICT_LEAKED)
            return true;
    return false;
}

static bool helps(const struct mta_advice *row, const struct run *run, const struct result *result,
                  bool leaks) {
    enum verdict_kind kind = result->verdict.kind;

    if (scenario_is_control(result->scenario))
        return false;
    if (leaks && is_untold(result)) {
        struct mta_advice wide = *row;

        wide.layers |= row->stops_leaks ? 1U << LAYER_STARTTLS : 0;
        return result_is_fault(result) && is_claimed(&wide, result->scenario);
    }
    if (!is_red(run, result))
        return false;
    if (kind == VERDICT_LEAKED && row->stops_leaks)
        return true;
    return (row->verdicts >> kind & 1) != 0 && is_claimed(row, result->scenario);
}

static bool claims_any(const struct mta_advice *row, const struct run *run, bool leaks) {
    for (size_t i = 0; i < run->count; i++)
        if (helps(row, run, &run->results[i], leaks))
            return true;
    return false;
}

/* What leaks alone does not want more than a row that stops leaks. */
static bool is_claimed_but_leaks(const struct mta_advice *row, const struct run *run, bool leaks) {
    struct mta_advice rest = *row;

    rest.stops_leaks = false;
    return claims_any(&rest, run, leaks);
}

/* Whether a row that makes this one needless is wanted, or this one is such a row and not wanted for more than the other. */
static bool is_needless(const struct mta_class *class, const struct mta_advice *row,
                        const struct run *run, bool leaks) {
    if (row->replaces != NULL)
        return !is_claimed_but_leaks(row, run, leaks);
    for (const struct mta_advice *other = class->advice; other->lines != NULL; other++)
        if (other->replaces != NULL && strcmp(other->replaces, row->lines) == 0 &&
            is_claimed_but_leaks(other, run, leaks))
            return true;
    return false;
}

/* For what it claims itself. */
static bool is_wanted_itself(const struct mta_class *class, const struct mta_advice *row,
                             const struct run *run, bool leaks) {
    return claims_any(row, run, leaks) && !is_needless(class, row, run, leaks);
}

static bool brings(const struct mta_advice *row, const char *lines) {
    for (size_t i = 0; i < MTA_MAX_BRINGS; i++)
        if (row->brings[i] != NULL && strcmp(row->brings[i], lines) == 0)
            return true;
    return false;
}

/* Whether another one that is wanted brings it, or leads into plaintext without it. */
static bool is_wanted_by(const struct mta_class *class, const struct mta_advice *row,
                         const struct run *run, bool leaks) {
    bool stops = row->stops_leaks && row->replaces == NULL && run->settings->opportunistic;

    for (const struct mta_advice *other = class->advice; other->lines != NULL; other++) {
        if ((brings(other, row->lines) || (stops && other->needs_tls)) &&
            is_wanted_itself(class, other, run, leaks))
            return !is_needless(class, row, run, leaks);
    }
    return false;
}

static bool has_text(const struct texts *texts, const char *text) {
    for (size_t i = 0; i < texts->count; i++)
        if (strcmp(texts->items[i], text) == 0)
            return true;
    return false;
}

static bool is_advised(const struct run_settings *settings, const char *name) {
    for (size_t i = 0; i < settings->advice_count; i++)
        if (has_text(&settings->advice[i].faults, name))
            return true;
    return false;
}

static bool fits_library(const struct mta_advice *row, const struct run_settings *settings) {
    return row->library == NULL ||
           (settings->library != NULL && strcmp(row->library, settings->library) == 0);
}

static const struct mta_advice *row_of(const struct mta_class *class, const char *lines) {
    for (const struct mta_advice *row = class->advice; lines != NULL && row->lines != NULL; row++)
        if (strcmp(row->lines, lines) == 0)
            return row;
    return NULL;
}

static void advise(const struct mta_class *class, const struct mta_advice *row, struct run *run,
                   bool leaks) {
    struct advice *advice = settings_add_advice(run->settings, row->lines, row->why);

    const struct mta_advice *milder = row_of(class, row->replaces);

    advice->milder = row->replaces;
    for (size_t i = 0; i < run->count; i++) {
        const struct result *result = &run->results[i];

        /* What an earlier line helps needs no other. */
        if (!helps(row, run, result, leaks) || is_advised(run->settings, result->scenario->name))
            continue;
        texts_add(&advice->faults, "%s", result->scenario->name);
        if (!is_red(run, result))
            texts_add(&advice->unclear, "%s", result->scenario->name);
        if (milder != NULL && helps(milder, run, result, leaks))
            texts_add(&advice->by_milder, "%s", result->scenario->name);
    }
}

void mta_find_beyond(struct run *run) {
    for (size_t i = 0; i < run->count; i++) {
        const struct result *result = &run->results[i];

        if (!scenario_is_control(result->scenario) && is_red(run, result) &&
            !is_advised(run->settings, result->scenario->name))
            texts_add(&run->settings->beyond, "%s", result->scenario->name);
    }
}

void mta_advise(const struct mta_class *class, struct run *run, struct buf *lines) {
    bool leaks = has_leaked_control(run);

    for (const struct mta_advice *row = class->advice; row->lines != NULL; row++)
        if (fits_library(row, run->settings) &&
            (is_wanted_itself(class, row, run, leaks) || is_wanted_by(class, row, run, leaks)))
            advise(class, row, run, leaks);
    for (size_t i = 0; i < run->settings->advice_count; i++)
        buf_puts(lines, run->settings->advice[i].lines);
    mta_find_beyond(run);
}
