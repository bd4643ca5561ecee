/* turns - a share of the loop for what takes long: one piece at a time, in the order of asking, and rests between them, so that
 * all pieces together take 4 milliseconds of 10 however many there are.
 *
 * A kind of work (struct turns_kind, one for each endpoint) is quick until a piece of it has taken TURNS_SLOW_US; from then on
 * it has to wait for its turns.  What a piece costs is measured in the time of this thread's core, so that a busy machine makes
 * nothing slow.
 * Life: turns_new -> turn_ask ... -> its function is called once, from the loop, or turn_cancel -> turns_free. */
#ifndef DOORMAT_NET_TURNS_H
#define DOORMAT_NET_TURNS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "net/loop.h"

enum { TURNS_SLOW_US = 4000 };

struct turns;

struct turns_kind {
    struct turns *turns;
    bool is_slow;
};

typedef void turn_fn(void *arg);

struct turn { /* all-zero: it does not wait */
    struct turns *turns;
    TAILQ_ENTRY(turn) link;
    turn_fn *fn;
    void *arg;
};

struct turns *turns_new(struct loop *loop);
void turns_free(struct turns **turns); /* nobody waits any more */

/* The turn's storage is the caller's. */
void turn_ask(struct turns *turns, struct turn *turn, turn_fn *fn, void *arg);
void turn_cancel(struct turn *turn);

/* Around a piece of work: turns_measure is called before and after, and their difference noted. */
int64_t turns_measure(void);
void turns_note(struct turns_kind *kind, int64_t cost_us);

#endif
