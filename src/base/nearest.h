/* nearest - the name that was meant, for "did you mean 'x'?".  Pure.
 *
 * Offer every candidate, then ask for the word:
 *     struct nearest near;
 *     nearest_init(&near, "expird");
 *     nearest_offer(&near, "expired");
 *     nearest_found(&near) */
#ifndef DOORMAT_BASE_NEAREST_H
#define DOORMAT_BASE_NEAREST_H

/* Damerau's and Levenshtein's distance: letters to put in, to take out, to change, and neighbours to exchange, each of
 * them once at most in a place.  Upper and lower case are alike.  A text of more characters is as far off as can be. */
enum { NEAREST_MAX_CHARS = 40 };
unsigned nearest_distance(const char *a, const char *b);

struct nearest {
    const char *word, *best; /* both the caller's */
    unsigned distance; /* of the best; before there is one, too much for a slip of the finger */
};

void nearest_init(struct nearest *near, const char *word);
/* Of equals the first wins.  A word that is the beginning of the candidate is two slips away at most. */
void nearest_offer(struct nearest *near, const char *candidate);
const char *nearest_found(const struct nearest *near); /* NULL if none is near */

#endif
