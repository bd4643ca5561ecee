/* setup - a command that is run in the room once, before the first fault: it starts what the sender consists of, a mail server or a
 * resolver, and ends when that is ready.  What it leaves running goes on until the room is closed.
 *
 * Life: setup_start -> on_done once, from the loop -> setup_free, behind the jobs and before the stage. */
#ifndef DOORMAT_HARNESS_SETUP_H
#define DOORMAT_HARNESS_SETUP_H

#include "harness/stage.h"
#include "harness/workdir.h"

struct setup;

typedef void setup_done_fn(const struct err *err, void *arg); /* err NULL: it is ready */

enum { SETUP_TIMES = 2 }; /* as long as the sender has for a fault */

struct setup_spec {
    const char *
        shell; /* what sh(1) runs, with DOORMAT_CA, DOORMAT_CA_DIR and DOORMAT_DOMAIN in its environment */
    int64_t time_ms; /* after which it has failed */
    const struct stage *stage;
    const struct workdir *workdir;
    setup_done_fn *on_done;
    void *arg;
};

int setup_start(struct loop *loop, const struct setup_spec *spec, struct setup **out,
                struct err *err) MUST_USE;
void setup_free(struct setup **setup);

#endif
