/* with - the jobs of a run and the mail server that serves them all: its routes, its ports, what its log says of each.
 *
 * Life: with_new -> with_open for each job, and again for one that took another's place -> with_start -> with_free. */
#ifndef DOORMAT_HARNESS_WITH_H
#define DOORMAT_HARNESS_WITH_H

#include "harness/job.h"
#include "harness/mta.h"

struct with;

struct with_events {
    void (*on_ready)(void *arg);                                     /* messages may be handed in */
    void (*on_end)(const struct err *err, bool may_help, void *arg); /* as in mta.h */
};

struct with_setup { /* borrowed, until with_free */
    const struct mta_class *class;
    const char *program, *lines; /* as in struct mta_setup */
    const char *host, *from, *to, *helo;
    struct loop *loop;
    const struct workdir *workdir;
    struct run *run;         /* whose results the jobs fill, in the same order */
    struct job *const *jobs; /* one per result, NULL when it is done */
    const struct with_events *events;
    void *arg;
};

struct with *with_new(const struct with_setup *setup);
void with_free(struct with **with); /* ends the mail server */

int with_open(struct with *with, size_t index, struct err *err) MUST_USE;
int with_start(struct with *with, struct err *err) MUST_USE;
int with_restart(struct with *with,
                 struct err *err) MUST_USE;            /* with an empty queue; on_ready follows */
const char *const *with_argv(const struct with *with); /* after each start */

#endif
