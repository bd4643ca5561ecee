/* plan - completes a list of faults with the controls on which their verdicts rest.  Pure. */
#ifndef DOORMAT_HARNESS_PLAN_H
#define DOORMAT_HARNESS_PLAN_H

#include <stdbool.h>

#include "fault/compose.h"

/* Puts `control` and every scenario's twin in front, those that are not there yet, in the catalogue's order. */
int plan_add_controls(struct scenario_list *list, struct err *err) MUST_USE;

/* What is expected of each scenario under the policy: some faults are faults under stricter policies only (RSA 2048 is one
 * under bsi).  "strict" is what is a fault under every policy. */
void plan_set_policy(struct scenario_list *list, const char *policy);

/* For a sender that goes by the key of a TLSA record alone (DANE-EE, RFC 7671 5.1): where nothing but the certificate is
 * wrong, and its key is the sound server's, to deliver is as sound as to refuse. */
void plan_trust_key_alone(struct scenario_list *list);

/* The control that may stand in for one that a sender does not deliver to; NULL: there is none. */
const char *plan_substitute(const char *control);

/* Adds those that may be wanted, for a sender that must know of each beforehand. */
int plan_add_substitutes(struct scenario_list *list, struct err *err) MUST_USE;

/* The scenario on another control; its name stays what it was.  False where the two do not go together. */
bool plan_put_on(const struct scenario *scenario, const char *control, struct scenario *out);

#endif
