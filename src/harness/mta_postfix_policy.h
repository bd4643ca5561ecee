/* mta_postfix_policy - what Postfix' smtp_tls_policy_maps say of the destination that is tried: the test hosts get the same
 * entry.  The destination is the domain of --to, else relayhost, under which the machine's own mail is looked up. */
#ifndef DOORMAT_HARNESS_MTA_POSTFIX_POLICY_H
#define DOORMAT_HARNESS_MTA_POSTFIX_POLICY_H

#include "harness/mta_class.h"

/* The value of a setting with what it names put in: the caller's to free; NULL: err. */
typedef char *postfix_ask_fn(const struct mta *mta, const char *option, const char *name,
                             struct err *err);

/* Writes the table `tls_policy`; *found: there is one to be used. */
int postfix_write_policy(const struct mta *mta, postfix_ask_fn *ask, bool *found,
                         struct err *err) MUST_USE;

#endif
