/* compose - names to recipes: "expired+sha1+tls10", and lists of them:
 * "@seed,-worst,rsa1024+tls10".
 *
 * A scenario is what an endpoint serves: one row of the catalogue, or several composed.  The order of
 * the names does not matter ("sha1+expired" is normalised to the catalogue's order), and a name
 * that is there twice counts once.
 *
 * Each fault brings its context (what its twin control changes, and what it needs) and its
 * own change.  Laid over each other come all contexts, then the controls' changes, then the
 * faults'.  Refused, with a message that names both and the knob, are two that change the same
 * thing; two whose contexts differ in it; and one that changes what the other relies on,
 * unless the change serves the other as well (recipe.h: TLS 1.0 serves who needs TLS 1.2 or
 * older). Refused is a fault that ends the dialogue before another can show.  Refused are also mixtures that no server can serve, or in which one of the faults could
 * not show (servable.h). A control beside a fault adds its change ("control-tls12+expired"), and is left out
 * where that changes nothing. */
#ifndef DOORMAT_FAULT_COMPOSE_H
#define DOORMAT_FAULT_COMPOSE_H

#include <stddef.h>

#include "fault/catalogue.h"

enum { COMPOSE_MAX_FAULTS = 16, COMPOSE_NAME_SIZE_B = 512, COMPOSE_MAX_LIST = 10000 };

struct scenario {
    char name[COMPOSE_NAME_SIZE_B];                 /* normalised */
    const struct fault *faults[COMPOSE_MAX_FAULTS]; /* in the catalogue's order */
    size_t fault_count;
    /* The control that must be delivered for a verdict to count: of several the last in the
     * catalogue, which differs most from `control`.  A control's own is itself. */
    const char *twin;
    enum layer layer;             /* the one layer, or LAYER_PRESET for a mixture */
    enum expect expect;           /* EXPECT_REFUSE if one is, else EXPECT_EITHER if one is */
    enum exposure harmless;       /* the least of those that make it so */
    enum fault_severity severity; /* the highest */
    unsigned decisive;            /* a bit for each of the faults that make it expect that */
    struct recipe recipe;
};

struct scenario_list {
    struct scenario *items;
    size_t count;
};

int scenario_parse(const char *recipe, struct scenario *out, struct err *err) MUST_USE;

/* What is expected under the policy, and what may be given away: some faults are faults under some policies only (RSA 2048
 * is one under bsi).  scenario_parse has it for "strict". */
void scenario_set_policy(struct scenario *scenario, const char *policy);

/* The same without the faults' changes: the spotless endpoint that differs in nothing else. */
void scenario_twin_recipe(const struct scenario *scenario, struct recipe *out);

bool scenario_is_control(const struct scenario *scenario);

/* Whether its fault of that index is one of those for which it expects what it expects.  An oddity beside a fault is not: who
 * met it alone has not met what is to be refused. */
bool scenario_is_decisive(const struct scenario *scenario, size_t i);

/* Whether all of them lie in STARTTLS. */
bool scenario_lies_in_starttls(const struct scenario *scenario);

bool scenario_alert_fits(const struct scenario *scenario,
                         const char *alert); /* any alert of the decisive ones */

/* LIST of names, recipes, @groups, and '-' in front of what is taken out, wherever it stands; in
 * the catalogue's order, recipes last, no name twice.  Blanks around an entry are skipped.  An
 * empty result is an error. */
int scenario_list_parse(const char *list, struct scenario_list *out, struct err *err) MUST_USE;

/* Whether a certificate of them names places of the web port. */
bool scenario_list_needs_web(const struct scenario_list *list);

/* The first that shows only in a world, where the sender asks our DNS; or NULL. */
const struct scenario *scenario_list_find_of_world(const struct scenario_list *list);

void scenario_list_fini(struct scenario_list *list);

#endif
