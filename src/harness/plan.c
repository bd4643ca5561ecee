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
