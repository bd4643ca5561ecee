/* baseline - the JSON result of an earlier run, and what has changed since.
 *
 * Verdicts are ordered by badness (verdict.h); the same verdict is worse when more was given away.  What can no longer be
 * said has got worse too, whatever it was: else a sender that stopped working would look healed, or to which the fault no
 * longer shows.  New and gone faults are
 * named, and count neither way.
 *
 * Two runs say little of each other if they differ in policy, in what is trusted, in the host, in version or in their faults, or if the earlier one did not
 * know a verdict itself: the comparison says so, and is not clear.
 *
 * Life: baseline_load or baseline_parse -> baseline_compare any number of times -> baseline_free.
 * The file is not trusted: its size, depth and number of results are bounded, and its names are
 * cleaned before they are shown. */
#ifndef DOORMAT_REPORT_BASELINE_H
#define DOORMAT_REPORT_BASELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "report/result.h"

enum { BASELINE_MAX_B = 64 * 1024 * 1024, BASELINE_MAX_RESULTS = 20000 };

struct baseline;

int baseline_load(const char *path, struct baseline **out, struct err *err) MUST_USE;
int baseline_parse(const void *json, size_t len, struct baseline **out, struct err *err) MUST_USE;
void baseline_free(struct baseline **baseline);

struct baseline_outcome {
    unsigned worse, better;
    unsigned lost; /* of those that are worse: nothing can be said any more, or a control failed */
    bool is_clear; /* the two runs can be compared */
};

/* Appends the comparison as lines of text, what speaks against it and a heading first. */
void baseline_compare(const struct baseline *baseline, const struct run *run, struct buf *out,
                      struct baseline_outcome *outcome);

/* What `try` exits with: 1 if something is proven to be worse, else 3 if nothing can be said of something, else 0. */
int baseline_exit_status(const struct baseline_outcome *outcome);

#endif
