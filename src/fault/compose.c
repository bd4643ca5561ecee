#include "fault/compose.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "fault/servable.h"

enum { SHOWN_SIZE_B = 48 }; /* as much of a wrong name as an error repeats */

static int unknown_name(const char *name, size_t len, struct err *err) {
    char shown[SHOWN_SIZE_B];

    ascii_copy_clean(shown, sizeof shown, name, len);
    if (catalogue_has_group(shown))
        return err_set(err, "there is no fault '%s': did you mean the group '@%s'?", shown, shown);
    const char *near = catalogue_nearest(shown);
    if (near != NULL)
        return err_set(err, "there is no fault '%s': did you mean '%s'?", shown, near);
    return err_set(err, "there is no fault '%s': `doormat faults` lists them all", shown);
}

static const struct fault *find_name(const char *name, size_t len) {
    char text[SHOWN_SIZE_B];

    if (len >= sizeof text)
        return NULL;
    memcpy(text, name, len);
    text[len] = '\0';
    return strlen(text) == len ? catalogue_find(text) : NULL;
}

/* Keeps the faults in the catalogue's order, each once. */
static int add_fault(struct scenario *scenario, const struct fault *fault, struct err *err) {
    size_t at = 0;

    while (at < scenario->fault_count && scenario->faults[at] < fault)
        at++;
    if (at < scenario->fault_count && scenario->faults[at] == fault)
        return 0;
    if (scenario->fault_count == COMPOSE_MAX_FAULTS)
        return err_set(err, "a recipe holds at most %d faults", COMPOSE_MAX_FAULTS);
    memmove(&scenario->faults[at + 1], &scenario->faults[at],
            (scenario->fault_count - at) * sizeof scenario->faults[0]);
    scenario->faults[at] = fault;
    scenario->fault_count++;
    return 0;
}

static int add_names(struct scenario *scenario, const char *recipe, struct err *err) {
    for (const char *name = recipe;; name++) {
        size_t len = strcspn(name, "+");
        const struct fault *fault = find_name(name, len);

        if (len == 0)
            return err_set(err, "a recipe is names joined by '+', and one of them is empty");
        if (fault == NULL)
            return unknown_name(name, len, err);
        if (add_fault(scenario, fault, err) < 0)
            return -1;
        name += len;
        if (*name == '\0')
            return 0;
    }
}

/* --- controls beside faults --- */

static bool changes_nothing(const struct fault *fault) {
    for (size_t i = 0; i < recipe_knob_count; i++)
        if (recipe_knob_is_set(&recipe_knobs[i], &fault->changes))
            return false;
    return true;
}

static bool is_twin_of_any(const struct scenario *scenario, const struct fault *control) {
    for (size_t i = 0; i < scenario->fault_count; i++)
        if (scenario->faults[i]->twin != NULL &&
            strcmp(scenario->faults[i]->twin, control->name) == 0)
            return true;
    return false;
}

/* A control that is there anyway, as a twin or since it changes nothing, would be a second name
 * for the same endpoint. */
static void drop_idle_controls(struct scenario *scenario) {
    const struct scenario all = *scenario;

    memset(scenario->faults, 0, sizeof scenario->faults);
    scenario->fault_count = 0;
    for (size_t i = 0; i < all.fault_count; i++) {
        const struct fault *fault = all.faults[i];
        bool idle = is_twin_of_any(&all, fault) ||
                    (fault_is_control(fault) && changes_nothing(fault) && all.fault_count > 1);

        if (!idle)
            scenario->faults[scenario->fault_count++] = fault;
    }
}

/* --- conflicts --- */

static void context_of(const struct fault *fault, struct recipe *out) {
    *out = (struct recipe){0};
    if (fault->twin != NULL)
        recipe_apply(out, &catalogue_find(fault->twin)->changes);
    recipe_apply(out, &fault->needs);
}

static const struct recipe_knob *changed_by_both(const struct fault *a, const struct fault *b) {
    for (size_t i = 0; i < recipe_knob_count; i++)
        if (recipe_knob_is_set(&recipe_knobs[i], &a->changes) &&
            recipe_knob_is_set(&recipe_knobs[i], &b->changes))
            return &recipe_knobs[i];
    return NULL;
}

/* The first knob that a changes and b, with the context given, relies on to be otherwise. */
static const struct recipe_knob *change_hurts(const struct fault *a, const struct recipe *around) {
    for (size_t i = 0; i < recipe_knob_count; i++) {
        const struct recipe_knob *knob = &recipe_knobs[i];

        if (recipe_knob_is_set(knob, &a->changes) && recipe_knob_is_set(knob, around) &&
            !recipe_knob_is_served(knob, &a->changes, around))
            return knob;
    }
    return NULL;
}

static int change_conflict(const struct fault *changing, const struct fault *relying,
                           const struct recipe_knob *knob, struct err *err) {
    return err_set(err, "%s and %s cannot be served together: %s changes %s, on which %s relies",
                   changing->name, relying->name, changing->name, knob->what, relying->name);
}

static int check_pair(const struct fault *a, const struct fault *b, struct err *err) {
    const struct recipe_knob *knob = changed_by_both(a, b);
    struct recipe around_a, around_b;

    if (knob != NULL)
        return err_set(err, "%s and %s cannot be combined: both change %s", a->name, b->name,
                       knob->what);
    context_of(a, &around_a);
    context_of(b, &around_b);
    if ((knob = recipe_clash(&around_a, &around_b)) != NULL)
        return err_set(err,
                       "%s and %s cannot be served together: they differ in what they need of %s",
                       a->name, b->name, knob->what);
    if ((knob = change_hurts(a, &around_b)) != NULL)
        return change_conflict(a, b, knob, err);
    if ((knob = change_hurts(b, &around_a)) != NULL)
        return change_conflict(b, a, knob, err);
    return 0;
}

static int check_pairs(const struct scenario *scenario, struct err *err) {
    for (size_t i = 0; i < scenario->fault_count; i++)
        for (size_t j = i + 1; j < scenario->fault_count; j++)
            if (check_pair(scenario->faults[i], scenario->faults[j], err) < 0)
                return -1;
    return 0;
}

/* --- the scenario --- */

/* Names of faults are at most 31 bytes long (a test holds the catalogue to it), so the longest
 * recipe fits. */
static void write_name(struct scenario *scenario) {
    size_t len = 0;

    for (size_t i = 0; i < scenario->fault_count; i++)
        len += (size_t)snprintf(scenario->name + len, sizeof scenario->name - len, "%s%s",
                                i > 0 ? "+" : "", scenario->faults[i]->name);
}

static void apply_changes(const struct scenario *scenario, bool of_controls, struct recipe *out) {
    for (size_t i = 0; i < scenario->fault_count; i++)
        if (fault_is_control(scenario->faults[i]) == of_controls)
            recipe_apply(out, &scenario->faults[i]->changes);
}

static const char *last_control(const struct scenario *scenario) {
    const struct fault *last = NULL;

    for (size_t i = 0; i < scenario->fault_count; i++) {
        const struct fault *fault = scenario->faults[i];
        const struct fault *control = fault->twin != NULL ? catalogue_find(fault->twin) : fault;

        if (last == NULL || control > last)
            last = control;
    }
    return last->name;
}

/* Controls beside faults do not make a mixture. */
static enum layer layer_of(const struct scenario *scenario) {
    enum layer layer = LAYER_CONTROL;

    for (size_t i = 0; i < scenario->fault_count; i++) {
        enum layer next = scenario->faults[i]->layer;

        if (next == LAYER_CONTROL || next == layer)
            continue;
        if (layer != LAYER_CONTROL)
            return LAYER_PRESET;
        layer = next;
    }
    return layer;
}

/* Where a refusal is expected, oddities beside the faults decide nothing. */
static unsigned decisive_under(const struct scenario *scenario, const char *policy) {
    unsigned decisive = 0;

    for (size_t i = 0; i < scenario->fault_count; i++) {
        const struct fault *fault = scenario->faults[i];

        if (scenario->expect == EXPECT_REFUSE ? fault_is_fault_under(fault, policy)
                                              : !fault_is_control(fault))
            decisive |= 1U << i;
    }
    return decisive;
}

void scenario_set_policy(struct scenario *scenario, const char *policy) {
    scenario->expect = EXPECT_DELIVER;
    scenario->harmless = EXPOSURE_MESSAGE;
    scenario->severity = FAULT_UNRATED;
    for (size_t i = 0; i < scenario->fault_count; i++) {
        const struct fault *fault = scenario->faults[i];

        if (scenario->severity < fault->severity)
            scenario->severity = fault->severity;
        if (scenario->expect == EXPECT_DELIVER && fault->expect == EXPECT_EITHER)
            scenario->expect = EXPECT_EITHER;
        if (!fault_is_fault_under(fault, policy))
            continue;
        scenario->expect = EXPECT_REFUSE;
        if (fault->harmless < scenario->harmless)
            scenario->harmless = fault->harmless;
    }
    scenario->decisive = decisive_under(scenario, policy);
}

static int check_hiding(const struct fault *first, const struct fault *other, struct err *err) {
    struct recipe all;

    context_of(first, &all);
    recipe_apply(&all, &first->changes);
    if (fault_is_control(other) || !recipe_hides(&all, &other->changes))
        return 0;
    return err_set(err, "%s and %s cannot be combined: %s ends the dialogue before %s can show",
                   first->name, other->name, first->name, other->name);
}

static int check_all_hiding(const struct scenario *scenario, struct err *err) {
    for (size_t i = 0; i < scenario->fault_count; i++)
        for (size_t j = 0; j < scenario->fault_count; j++)
            if (i != j && check_hiding(scenario->faults[i], scenario->faults[j], err) < 0)
                return -1;
    return 0;
}

/* A row alone is sound; what a mixture of them makes may be none. */
static int check_mixture(const struct scenario *scenario, struct err *err) {
    struct recipe changes = {0};

    if (scenario->fault_count < 2)
        return 0;
    apply_changes(scenario, false, &changes);
    if (recipe_check(&scenario->recipe, &changes, err) != 0)
        return err_prefix(err, "%s cannot be served", scenario->name);
    return check_all_hiding(scenario, err);
}

int scenario_parse(const char *recipe, struct scenario *out, struct err *err) {
    *out = (struct scenario){0};
    if (add_names(out, recipe, err) < 0)
        return -1;
    drop_idle_controls(out);
    if (check_pairs(out, err) < 0)
        return -1;
    write_name(out);
    out->twin = last_control(out);
    out->layer = layer_of(out);
    scenario_set_policy(out, "strict");
    scenario_twin_recipe(out, &out->recipe);
    apply_changes(out, false, &out->recipe);
    return check_mixture(out, err);
}

void scenario_twin_recipe(const struct scenario *scenario, struct recipe *out) {
    struct recipe around;

    *out = (struct recipe){0};
    for (size_t i = 0; i < scenario->fault_count; i++) {
        context_of(scenario->faults[i], &around);
        recipe_apply(out, &around);
    }
    apply_changes(scenario, true, out);
}

bool scenario_is_control(const struct scenario *scenario) {
    return scenario->layer == LAYER_CONTROL;
}

bool scenario_is_decisive(const struct scenario *scenario, size_t i) {
    return (scenario->decisive >> i & 1) != 0;
}

bool scenario_lies_in_starttls(const struct scenario *scenario) {
    for (size_t i = 0; i < scenario->fault_count; i++)
        if (scenario_is_decisive(scenario, i) && scenario->faults[i]->layer != LAYER_STARTTLS)
            return false;
    return scenario->decisive != 0;
}

bool scenario_alert_fits(const struct scenario *scenario, const char *alert) {
    for (size_t i = 0; i < scenario->fault_count; i++)
        for (const char *const *fitting = scenario->faults[i]->alerts; *fitting != NULL; fitting++)
            if (scenario_is_decisive(scenario, i) && strcmp(*fitting, alert) == 0)
                return true;
    return false;
}
