#include "harness/plan.h"

#include "base/mem.h"

static bool has_dish(const struct dish_list *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return true;
    return false;
}

static bool is_twin(const struct dish_list *list, const char *control) {
    for (size_t i = 0; i < list->count; i++)
        if (!dish_is_control(&list->items[i]) && strcmp(list->items[i].twin, control) == 0)
            return true;
    return false;
}

static bool is_wanted(const struct dish_list *list, const struct fault *row) {
    return fault_is_control(row) && !has_dish(list, row->name) &&
           (row == &catalogue[0] || is_twin(list, row->name));
}

int plan_add_controls(struct dish_list *list, struct err *err) {
    size_t added = 0;

    for (size_t i = 0; i < catalogue_count; i++) {
        if (!is_wanted(list, &catalogue[i]))
            continue;
        list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
        memmove(&list->items[added + 1], &list->items[added],
                (list->count - added) * sizeof *list->items);
        list->count++;
        if (dish_parse(catalogue[i].name, &list->items[added++], err) != 0)
            return -1;
    }
    return 0;
}

void plan_set_policy(struct dish_list *list, const char *policy) {
    for (size_t i = 0; i < list->count; i++)
        dish_set_policy(&list->items[i], policy);
}

static bool is_in_certificate_alone(const struct recipe *changes) {
    for (size_t i = 0; i < recipe_knob_count; i++)
        if (recipe_knobs[i].offset >= offsetof(struct recipe, tls) &&
            recipe_knob_is_set(&recipe_knobs[i], changes))
            return false;
    return mint_has_sound_key(&changes->mint);
}

static bool is_hidden_by_pin(const struct dish *dish) {
    for (size_t i = 0; i < dish->fault_count; i++)
        if (!fault_is_control(dish->faults[i]) &&
            !is_in_certificate_alone(&dish->faults[i]->changes))
            return false;
    return true;
}

void plan_trust_key_alone(struct dish_list *list) {
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].expect == EXPECT_REFUSE && is_hidden_by_pin(&list->items[i]))
            list->items[i].expect = EXPECT_EITHER;
}
