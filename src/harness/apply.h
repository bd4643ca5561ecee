/* apply - a run with a mail server, and what its administrator can do: the lines that help; and, if they are to be tried, a
 * second run with them on the copy of his configuration. */
#ifndef DOORMAT_HARNESS_APPLY_H
#define DOORMAT_HARNESS_APPLY_H

#include "harness/try.h"

/* As try_run, of which it makes one or two; options->mta is set.  *out is the last run; its settings have the advice, and
 * what was red before.  Without a line that helps there is no second run. */
enum try_outcome apply_run(const struct try_options *options, bool apply, struct run *out,
                           struct err *err) MUST_USE;

#endif
