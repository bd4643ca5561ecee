/* try - runs a sender against every scenario of a list and judges it.
 *
 * The controls come first: a fault whose twin control was not delivered is not run, for nothing could be said about it.
 * Up to `jobs` commands run at a time.  A fault of which nothing can be said yet, since the sender did not come or did not
 * finish, is tried again as often as `retries` says.
 *
 * SIGINT, SIGTERM and SIGHUP (unless it is ignored, as under nohup) end all commands; try_run then returns TRY_INTERRUPTED,
 * and the run holds what was finished, and the signal.  The caller holds them by interrupt.h before and after. */
#ifndef DOORMAT_HARNESS_TRY_H
#define DOORMAT_HARNESS_TRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "harness/mta.h"
#include "report/result.h"

/* Called as faults are judged; name: the one that is under way. */
typedef void try_progress_fn(unsigned done, unsigned total, const char *name, void *arg);

struct try_options {
    const char *const *argv; /* the sender's command, with placeholders */
    const struct scenario_list *scenarios;
    const char *policy, *trust; /* for the report; the scenarios have what follows of them */
    const char *host, *from, *to, *helo;
    bool
        in_room; /* commands run in a sealed room, and each fault is a mail domain: stage_enter was called */
    bool once; /* a command that has ended makes room for the next one, whatever it waits for */
    /* What sh(1) runs in the room before the first fault, for twice timeout_ms at most; or NULL. */
    const char *setup;
    const char *const *addresses; /* to listen on; numeric, ending with NULL; NULL: loopback */
    unsigned jobs;
    int64_t timeout_ms, wait_ms, settle_ms;
    unsigned retries;
    bool keeps_transcripts; /* of every connection, for the report */
    /* A mail server of the machine's in place of the command: argv is its name, jobs how many messages are handed in at a
     * time, or, where it has no daemon, delivered; scenarios have the substitutes of controls among them. */
    const struct mta_class *mta; /* or NULL */
    const char *mta_program;     /* or NULL: the one in PATH */
    const char *mta_lines;       /* put on the copy of its configuration; "" for none */
    enum fault_severity fail_on; /* for the report */
    try_progress_fn *progress;   /* or NULL */
    void *arg;
};

enum try_outcome { TRY_DONE, TRY_FAILED /* err says why */, TRY_INTERRUPTED };

/* Fills *out (run_fini it in every case).  What options point to must outlive *out.  After TRY_INTERRUPTED the process is
 * meant to end: a thread may be making a key yet, and what it needs is not freed. */
enum try_outcome try_run(const struct try_options *options, struct run *out,
                         struct err *err) MUST_USE;

#endif
