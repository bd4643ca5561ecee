/* check_tally - how many targets of `check` came to which verdict, and the line that says so. */
#ifndef DOORMAT_REPORT_CHECK_TALLY_H
#define DOORMAT_REPORT_CHECK_TALLY_H

#include "base/buf.h"
#include "check/result.h"

enum { CHECK_VERDICT_COUNT = CHECK_NO_MAIL + 1 };

struct check_tally {
    size_t targets, by_verdict[CHECK_VERDICT_COUNT];
    size_t
        unlooked; /* of those that were not reached: nobody had asked for their private addresses */
};

void check_tally_note(struct check_tally *tally, const struct check_result *result);

void check_tally_add(struct check_tally *tally, enum check_verdict verdict, size_t count);

/* "497 targets: 400 meet the policy, 60 do not, 30 were not reached, 7 are unknown."; no newline. */
void check_tally_put(const struct check_tally *tally, struct buf *out);

#endif
