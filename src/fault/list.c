/* Lists of scenarios, "@seed,-worst,rsa1024+tls10". */
#include "base/ascii.h"
#include "base/mem.h"
#include "fault/compose.h"

enum { SHOWN_SIZE_B = 48 };

struct entry {
    const char *text;
    size_t len;
};

struct growing {
    struct scenario_list list;
    size_t room;
};

static int append(struct growing *to, const struct scenario *scenario, struct err *err) {
    if (to->list.count == COMPOSE_MAX_LIST)
        return err_set(err, "a list holds at most %d entries", COMPOSE_MAX_LIST);
    if (to->list.count == to->room) {
        to->room = to->room > 0 ? 2 * to->room : 16;
        to->list.items = mem_resize(to->list.items, to->room, sizeof *to->list.items);
    }
    to->list.items[to->list.count++] = *scenario;
    return 0;
}

static int unknown_group(const char *group, struct err *err) {
    const char *near = catalogue_nearest_group(group);

    if (catalogue_find(group) != NULL)
        return err_set(err, "there is no group '@%s': a fault is named without '@'", group);
    if (near != NULL)
        return err_set(err, "there is no group '@%s': did you mean '@%s'?", group, near);
    return err_set(err,
                   "there is no group '@%s': @all, @core, @seed, @slow, @legal, or a layer's name "
                   "as in @certificate",
                   group);
}

static int add_group(struct growing *to, const struct entry *entry, struct err *err) {
    char group[SHOWN_SIZE_B];
    struct scenario scenario;

    ascii_copy_clean(group, sizeof group, entry->text + 1, entry->len - 1);
    if (!catalogue_has_group(group))
        return unknown_group(group, err);
    for (size_t i = 0; i < catalogue_count; i++)
        if (fault_in_group(&catalogue[i], group) &&
            (scenario_parse(catalogue[i].name, &scenario, err) < 0 ||
             append(to, &scenario, err) < 0))
            return -1;
    return 0;
}

static int add_recipe(struct growing *to, const struct entry *entry, struct err *err) {
    char *recipe = mem_strndup(entry->text, entry->len);
    struct scenario scenario;
    int rc = scenario_parse(recipe, &scenario, err);

    free(recipe);
    return rc < 0 ? -1 : append(to, &scenario, err);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

static struct entry trim(const char *text, size_t len) {
    while (len > 0 && is_blank(text[0])) {
        text++;
        len--;
    }
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    return (struct entry){text, len};
}

static int add_entry(struct growing *in, struct growing *out, struct entry entry, struct err *err) {
    struct growing *to = in;

    if (entry.len > 0 && entry.text[0] == '-') {
        to = out;
        entry = (struct entry){entry.text + 1, entry.len - 1};
    }
    if (entry.len == 0)
        return err_set(err, "a list is names separated by commas, and one of them is empty");
    return entry.text[0] == '@' ? add_group(to, &entry, err) : add_recipe(to, &entry, err);
}

static int add_entries(const char *text, struct growing *in, struct growing *out, struct err *err) {
    for (const char *entry = text;; entry++) {
        size_t len = strcspn(entry, ",");

        if (add_entry(in, out, trim(entry, len), err) < 0)
            return -1;
        entry += len;
        if (*entry == '\0')
            return 0;
    }
}

/* Single rows first, in the catalogue's order; then the composed ones, by their faults in that
 * order. */
static int compare(const void *left, const void *right) {
    const struct scenario *a = left, *b = right;

    if ((a->fault_count > 1) != (b->fault_count > 1))
        return a->fault_count > 1 ? 1 : -1;
    for (size_t i = 0; i < a->fault_count && i < b->fault_count; i++)
        if (a->faults[i] != b->faults[i])
            return a->faults[i] < b->faults[i] ? -1 : 1;
    return (a->fault_count > b->fault_count) - (a->fault_count < b->fault_count);
}

static void sort(struct scenario_list *list) {
    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, compare);
}

static bool has(const struct scenario_list *list, const struct scenario *scenario) {
    return list->count > 0 &&
           bsearch(scenario, list->items, list->count, sizeof *list->items, compare) != NULL;
}

/* Both lists are sorted, so what is there twice stands side by side. */
static void keep_each_once(struct scenario_list *list, const struct scenario_list *without) {
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct scenario *scenario = &list->items[i];
        bool is_repeated = kept > 0 && compare(&list->items[kept - 1], scenario) == 0;

        if (is_repeated || has(without, scenario))
            continue;
        if (kept != i)
            list->items[kept] = *scenario;
        kept++;
    }
    list->count = kept;
}

int scenario_list_parse(const char *list, struct scenario_list *out, struct err *err) {
    struct growing in = {0}, taken_out = {0};
    char shown[SHOWN_SIZE_B];
    int rc = -1;

    *out = (struct scenario_list){0};
    if (add_entries(list, &in, &taken_out, err) < 0)
        goto out;
    sort(&in.list);
    sort(&taken_out.list);
    keep_each_once(&in.list, &taken_out.list);
    if (in.list.count == 0) {
        ascii_copy_clean(shown, sizeof shown, list, strlen(list));
        err_set(err,
                "no fault is left in '%s': to take some out, name what to start from, as in "
                "@all,-worst",
                shown);
        goto out;
    }
    *out = in.list;
    in.list = (struct scenario_list){0};
    rc = 0;
out:
    scenario_list_fini(&in.list);
    scenario_list_fini(&taken_out.list);
    return rc;
}

static bool needs_world(const struct scenario *scenario) {
    for (size_t i = 0; i < scenario->fault_count; i++)
        if (fault_needs_world(scenario->faults[i]))
            return true;
    return false;
}

const struct scenario *scenario_list_find_of_world(const struct scenario_list *list) {
    for (size_t i = 0; i < list->count; i++)
        if (needs_world(&list->items[i]))
            return &list->items[i];
    return NULL;
}

bool scenario_list_needs_web(const struct scenario_list *list) {
    for (size_t i = 0; i < list->count; i++)
        if (mint_needs_web(&list->items[i].recipe.mint))
            return true;
    return false;
}

void scenario_list_fini(struct scenario_list *list) {
    free(list->items);
    *list = (struct scenario_list){0};
}
