/* servable - what no server can do at once, whatever the knobs: a key of one kind and a signature of another, a cipher suite
 * that does not exist, a certificate that is never shown.  Where knobs merely differ, composition finds that by itself. */
#ifndef DOORMAT_FAULT_SERVABLE_H
#define DOORMAT_FAULT_SERVABLE_H

#include "base/err.h"
#include "fault/recipe.h"

/* recipe: all that is served; changes: what the faults of a mixture change in it, each of which must be able to show.  Fails,
 * and says why. */
int recipe_check(const struct recipe *recipe, const struct recipe *changes,
                 struct err *err) MUST_USE;

/* Whether a server with the recipe ends the dialogue, for nearly every sender, before the other's changes can show.  What lies
 * in TLS shows by what the sender gives away, from MAIL on. */
bool recipe_hides(const struct recipe *recipe, const struct recipe *other);

#endif
