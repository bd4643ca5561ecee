/* Recipes and lists of them: any text, and what is accepted must mean the same when it is read
 * back. */
#include <assert.h>
#include <stdint.h>

#include "base/mem.h"
#include "fault/compose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_dish(const struct dish *dish) {
    struct dish again;

    assert(dish->fault_count > 0 && dish->fault_count <= COMPOSE_MAX_FAULTS);
    assert(strlen(dish->name) < sizeof dish->name);
    assert(catalogue_find(dish->twin) != NULL && fault_is_control(catalogue_find(dish->twin)));
    assert(dish_parse(dish->name, &again, NULL) == 0);
    assert(strcmp(dish->name, again.name) == 0 && strcmp(dish->twin, again.twin) == 0);
    assert(memcmp(dish->faults, again.faults, sizeof again.faults) == 0);
    for (size_t i = 0; i < recipe_knob_count; i++)
        assert(recipe_knob_is_equal(&recipe_knobs[i], &dish->recipe, &again.recipe));
}

static void check_list(const char *text) {
    struct dish_list list;
    struct err err = {""};

    if (dish_list_parse(text, &list, &err) < 0) {
        assert(list.items == NULL && err.text[0] != '\0');
        return;
    }
    assert(list.count > 0 && list.count <= COMPOSE_MAX_LIST);
    for (size_t i = 0; i < list.count; i++) {
        check_dish(&list.items[i]);
        assert(i == 0 || strcmp(list.items[i - 1].name, list.items[i].name) != 0);
    }
    dish_list_fini(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = mem_strndup((const char *)data, size);
    struct dish dish;

    if (dish_parse(text, &dish, NULL) == 0)
        check_dish(&dish);
    check_list(text);
    free(text);
    return 0;
}
