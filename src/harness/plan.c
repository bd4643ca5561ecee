#include "harness/plan.h"

#include "base/mem.h"

enum { SCHEME_PSS_FROM = 0x0800 /* IANA, TLS SignatureScheme */ };

static bool has_scenario(const struct scenario_list *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return true;
    return false;
}

static bool is_twin(const struct scenario_list *list, const char *control) {
    for (size_t i = 0; i < list->count; i++)
        if (!scenario_is_control(&list->items[i]) && strcmp(list->items[i].twin, control) == 0)
            return true;
    return false;
}

static bool is_wanted(const struct scenario_list *list, const struct fault *row) {
    return fault_is_control(row) && !has_scenario(list, row->name) &&
           (row == &catalogue[0] || is_twin(list, row->name));
}

int plan_add_controls(struct scenario_list *list, struct err *err) {
    size_t added = 0;

    for (size_t i = 0; i < catalogue_count; i++) {
        if (!is_wanted(list, &catalogue[i]))
            continue;
        list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
        memmove(&list->items[added + 1], &list->items[added],
                (list->count - added) * sizeof *list->items);
        list->count++;
        if (scenario_parse(catalogue[i].name, &list->items[added++], err) != 0)
            return -1;
    }
    return 0;
}

void plan_set_policy(struct scenario_list *list, const char *policy) {
    for (size_t i = 0; i < list->count; i++)
        scenario_set_policy(&list->items[i], policy);
}

static bool is_in_certificate_alone(const struct recipe *changes) {
    for (size_t i = 0; i < recipe_knob_count; i++)
        if (recipe_knobs[i].offset >= offsetof(struct recipe, tls) &&
            recipe_knob_is_set(&recipe_knobs[i], changes))
            return false;
    return mint_has_sound_key(&changes->mint);
}

static bool is_hidden_by_pin(const struct scenario *scenario) {
    for (size_t i = 0; i < scenario->fault_count; i++)
        if (!fault_is_control(scenario->faults[i]) &&
            !is_in_certificate_alone(&scenario->faults[i]->changes))
            return false;
    return true;
}

void plan_trust_key_alone(struct scenario_list *list) {
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].expect == EXPECT_REFUSE && is_hidden_by_pin(&list->items[i]))
            list->items[i].expect = EXPECT_EITHER;
}

static const struct {
    const char *control, *substitute;
} substitutes[] = {{"control-rsa3072", "control-rsa3072-pkcs1"}};

const char *plan_substitute(const char *control) {
    for (size_t i = 0; i < ARRAY_LEN(substitutes); i++)
        if (strcmp(substitutes[i].control, control) == 0)
            return substitutes[i].substitute;
    return NULL;
}

int plan_add_substitutes(struct scenario_list *list, struct err *err) {
    for (size_t i = 0; i < ARRAY_LEN(substitutes); i++) {
        if (!is_twin(list, substitutes[i].control) || has_scenario(list, substitutes[i].substitute))
            continue;
        list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
        if (scenario_parse(substitutes[i].substitute, &list->items[list->count++], err) != 0)
            return -1;
    }
    return 0;
}

static bool is_changed_by_fault(const struct scenario *scenario, const struct recipe_knob *knob) {
    for (size_t i = 0; i < scenario->fault_count; i++)
        if (!fault_is_control(scenario->faults[i]) &&
            recipe_knob_is_set(knob, &scenario->faults[i]->changes))
            return true;
    return false;
}

/* A fault that is nothing against the other control would show nothing; and one in RSA-PSS itself shows nothing to those for
 * whom the other control is. */
static bool is_lost_on(const struct scenario *scenario, const struct recipe_knob *knob,
                       const struct recipe *control) {
    return recipe_knob_is_equal(knob, &scenario->recipe, control) ||
           scenario->recipe.mint.leaf.signature >= MINT_SIGNATURE_PSS_NO_SALT ||
           scenario->recipe.tls.scheme >= SCHEME_PSS_FROM;
}

bool plan_put_on(const struct scenario *scenario, const char *control, struct scenario *out) {
    const struct fault *from = catalogue_find(scenario->twin), *to = catalogue_find(control);

    *out = *scenario;
    out->twin = to->name;
    for (size_t i = 0; i < recipe_knob_count; i++) {
        const struct recipe_knob *knob = &recipe_knobs[i];

        if (recipe_knob_is_equal(knob, &from->changes, &to->changes))
            continue;
        if (!is_changed_by_fault(scenario, knob))
            recipe_take(knob, &out->recipe, &to->changes);
        else if (is_lost_on(scenario, knob, &to->changes))
            return false;
    }
    return out->recipe.tls.scheme < SCHEME_PSS_FROM;
}
