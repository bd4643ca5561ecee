/* work - threads for what would stall the loop (making keys), with the result back on the loop.
 * Life: work_new -> work_submit -> run() in a thread, then done() in the loop's thread, in order of completion ->
 * work_free, which lets what is running finish, runs nothing more, and calls done() for every job that is left, so that
 * none is lost: a job knows whether it was run. */
#ifndef DOORMAT_NET_WORK_H
#define DOORMAT_NET_WORK_H

#include "base/err.h"
#include "net/loop.h"

struct work;
typedef void work_fn(void *job);

unsigned work_core_count(void); /* 1 at least */

int work_new(struct loop *loop, unsigned threads, struct work **out, struct err *err) MUST_USE;
void work_submit(struct work *work, work_fn *run, work_fn *done, void *job);
void work_free(struct work **work);

#endif
