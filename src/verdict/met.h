/* met - whether a sender came so far that a fault could show to it.  Who left before has noticed nothing.  Pure. */
#ifndef DOORMAT_VERDICT_MET_H
#define DOORMAT_VERDICT_MET_H

#include <stdbool.h>

#include "fault/compose.h"
#include "verdict/attempt.h"

/* Where the first of the scenario's faults shows, oddities beside them left out; SHOWS_AT_ONCE for a control. */
enum knob_shows scenario_shows(const struct scenario *scenario);

/* Whether the connection reached that place. */
bool attempt_met(const struct attempt *attempt, enum knob_shows shows);

/* Not a byte came: it was opened and closed, as by a port scanner, or by who tries several addresses at once. */
bool attempt_is_silent(const struct attempt *attempt);

#endif
