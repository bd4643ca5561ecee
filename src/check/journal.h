/* journal - results kept in a file as they come, so that an interrupted run goes on where it stopped.
 *
 * The file holds one JSON object a line (check --jsonl), each with its "target".  journal_open reads what is there, drops a
 * last line that was cut off, and appends from then on; a file that holds anything else is left as it is, and so is one that
 * holds results by another policy or on other terms, or that another process has open.  What is no regular file is refused, and so is a line of more than 16 MiB.  A target is done once its line is
 * whole in the file: after an interruption, and after a full disk, the file ends with a whole line or with the beginning of
 * one.  What was not reached, or not wholly looked at, is not done: it is checked again, and its last line counts.
 * Memory: 18 to 36 bytes a target. */
#ifndef DOORMAT_CHECK_JOURNAL_H
#define DOORMAT_CHECK_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct journal;

/* policy: the name of the one that judges; terms: what else the results depend on, as in their "terms".  Both are kept by
 * reference. */
int journal_open(const char *path, const char *policy, const char *terms, struct journal **out,
                 struct err *err) MUST_USE;
void journal_close(struct journal **journal);

/* True once for each target that is not in the file, or has no clear result there: whoever is told so checks it. */
bool journal_claim(struct journal *journal, const char *target);

struct journal_tally {
    size_t targets, failed,
        unclear; /* failed: does not meet the policy; unclear: as yet unknown whether it does */
    size_t met, unreached, no_mail; /* unreached ones are unclear as well */
};
struct journal_tally journal_found(
    const struct journal *journal); /* what is there, but for those that were claimed since */

/* Appends one line, with its newline; what could not be written whole is taken back. */
int journal_append(struct journal *journal, const void *line, size_t len, struct err *err) MUST_USE;

#endif
