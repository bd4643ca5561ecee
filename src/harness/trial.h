/* trial - the state of a run of `try`, for try.c and for trial_mta.c, which does what is different where a mail server takes the
 * place of the commands. */
#ifndef DOORMAT_HARNESS_TRIAL_H
#define DOORMAT_HARNESS_TRIAL_H

#include "harness/job.h"
#include "harness/setup.h"
#include "harness/stage.h"
#include "harness/try.h"
#include "harness/with.h"
#include "net/loop.h"

struct trial {
    const struct try_options *options;
    struct run *run;
    struct loop *loop;
    struct site site;
    struct workdir workdir;
    struct stage *stage;   /* with --room */
    struct setup *starter; /* ... and --setup */
    struct job_setup setup;
    struct with_setup with_setup;
    struct with *with; /* NULL: a command for each fault */
    struct job **jobs; /* one per result, NULL when it is done */
    size_t *order;     /* indices of run->results: controls first */
    size_t next;       /* in order */
    size_t controls;   /* how many of order are controls */
    unsigned running, done;
    unsigned handing_in; /* messages into the mail server's queue */
    /* Indices that are to be tried again since the mail server crashed: the first, `careful`, one at a time. */
    size_t *again, again_count, again_next, careful;
    unsigned restarts;
    bool is_up, runs_alone;
    bool failed;
    struct err err;
};

/* Starts what may be started now; ends the loop where nothing is left. */
void trial_start_more(struct trial *trial);

/* Opens all ports and starts the mail server; the jobs begin once it is up. */
int trial_start_mta(struct trial *trial, struct err *err) MUST_USE;

/* trial_room.c: the room and what is told of it; then the command that --setup gives, behind which the jobs begin. */
int trial_open_room(struct trial *trial, struct err *err) MUST_USE;
int trial_start_setup(struct trial *trial, struct err *err) MUST_USE;

#endif
