/* compose - names to recipes: "expired+sha1+tls10", and lists of them: "@seed,-worst,rsa1024+tls10".
 *
 * A dish is what an endpoint serves: one row of the catalogue, or several composed.  The order of the names does not matter
 * ("sha1+expired" is normalised to the catalogue's order).  Two faults that change the same thing are refused with a
 * message that names both and the thing. */
#ifndef DOORMAT_FAULT_COMPOSE_H
#define DOORMAT_FAULT_COMPOSE_H

#include <stddef.h>

#include "fault/catalogue.h"

enum { COMPOSE_MAX_FAULTS = 16, COMPOSE_NAME_SIZE_B = 512, COMPOSE_MAX_LIST = 10000 };

struct dish {
    char name[COMPOSE_NAME_SIZE_B];                 /* normalised */
    const struct fault *faults[COMPOSE_MAX_FAULTS]; /* in the catalogue's order */
    size_t fault_count;
    const char *twin;   /* the control that must be delivered for a verdict to count */
    enum layer layer;   /* the one layer, or LAYER_PRESET for a mixture */
    enum expect expect; /* EXPECT_DELIVER only if all are */
    struct recipe recipe;
};

struct dish_list {
    struct dish *items;
    size_t count;
};

int dish_parse(const char *recipe, struct dish *out, struct err *err) MUST_USE;

/* The same without the faults' changes: the spotless endpoint that differs in nothing else. */
void dish_twin_recipe(const struct dish *dish, struct recipe *out);

bool dish_is_control(const struct dish *dish);
bool dish_alert_fits(const struct dish *dish, const char *alert); /* any of its faults' alerts */

/* LIST of names, recipes, @groups, and '-' in front of what is taken out; in the catalogue's order, recipes last, no name
 * twice.  An empty result is an error. */
int dish_list_parse(const char *list, struct dish_list *out, struct err *err) MUST_USE;
void dish_list_fini(struct dish_list *list);

#endif
