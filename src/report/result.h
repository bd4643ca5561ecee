/* result - what a run of `try` found, as plain data, before any format. */
#ifndef DOORMAT_REPORT_RESULT_H
#define DOORMAT_REPORT_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "fault/compose.h"
#include "verdict/verdict.h"

struct result {
    const struct dish *dish;
    struct dish *own_dish; /* the same, if the run made it for itself; else NULL */
    struct verdict verdict;
    struct attempt **attempts; /* owned, in order of arrival */
    size_t attempt_count;
    size_t attempts_seen; /* connections in all: of very many not all are kept, but the worst is */
    char *not_served;     /* why the server could not serve the recipe, owned; NULL: it could */
    int exit_status;      /* of the sender, 128 + signal as shells say it; -1 if it was not run */
    double seconds;
    unsigned escaped;  /* processes that outlived the sender */
    unsigned queries;  /* at the web port, whether the certificate is revoked */
    struct buf output; /* what it printed */
};

struct run {
    const char *const *sender; /* argv; NULL-terminated; borrowed */
    const char *policy;        /* "strict" */
    int64_t started_us;
    double seconds;
    struct result *results; /* controls first, then faults in the catalogue's order; owned */
    size_t count;
};

void run_fini(struct run *run);
void result_reset(struct result *result); /* as if it had never been tried; the dish goes too */

struct run_summary {
    unsigned total;                     /* faults, controls not counted */
    unsigned by_verdict[VERDICT_COUNT]; /* "delivered" counts controls too */
    unsigned controls_failed;
};
void run_summarise(const struct run *run, struct run_summary *out);

/* Refused, and rightly so: where an oddity was to be delivered, "refused" means that it was not offered. */
bool result_is_noticed(const struct result *result);

/* What `try` exits with.  1: a fault is proven to have fooled it, made it leak, or been turned
 * away; such a verdict stands on a twin that was delivered, whatever became of other controls.
 * Else 3: a control failed or a verdict stayed unclear. Else 0. */
int run_exit_status(const struct run *run);

/* The results by layer, worst first within a layer, else in their order; the array is the caller's
 * to free. */
const struct result **run_sorted(const struct run *run);

/* How many of the sorted results, one at least, are of the first one's layer. */
size_t result_same_layer(const struct result *const *sorted, size_t count);

#endif
