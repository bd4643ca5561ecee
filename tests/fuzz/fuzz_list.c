/* Recipes and lists of them: any text, and what is accepted must mean the same when it is read
 * back. */
#include <assert.h>
#include <stdint.h>

#include "base/mem.h"
#include "fault/compose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_scenario(const struct scenario *scenario) {
    struct scenario again;

    assert(scenario->fault_count > 0 && scenario->fault_count <= COMPOSE_MAX_FAULTS);
    assert(strlen(scenario->name) < sizeof scenario->name);
    assert(catalogue_find(scenario->twin) != NULL &&
           fault_is_control(catalogue_find(scenario->twin)));
    assert(scenario_parse(scenario->name, &again, NULL) == 0);
    assert(strcmp(scenario->name, again.name) == 0 && strcmp(scenario->twin, again.twin) == 0);
    assert(memcmp(scenario->faults, again.faults, sizeof again.faults) == 0);
    for (size_t i = 0; i < recipe_knob_count; i++)
        assert(recipe_knob_is_equal(&recipe_knobs[i], &scenario->recipe, &again.recipe));
}

static void check_list(const char *text) {
    struct scenario_list list;
    struct err err = {""};

    if (scenario_list_parse(text, &list, &err) < 0) {
        assert(list.items == NULL && err.text[0] != '\0');
        return;
    }
    assert(list.count > 0 && list.count <= COMPOSE_MAX_LIST);
    for (size_t i = 0; i < list.count; i++) {
        check_scenario(&list.items[i]);
        assert(i == 0 || strcmp(list.items[i - 1].name, list.items[i].name) != 0);
    }
    scenario_list_fini(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = mem_strndup((const char *)data, size);
    struct scenario scenario;

    if (scenario_parse(text, &scenario, NULL) == 0)
        check_scenario(&scenario);
    check_list(text);
    free(text);
    return 0;
}
