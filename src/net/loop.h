/* loop - the event loop, its timers and signals, over libevent.
 *
 * Life: loop_new -> timers, signals, streams, listeners, children -> loop_run (returns after loop_stop) -> loop_free when
 * all that hangs on it is gone.  One thread owns a loop and everything on it; only work.h crosses threads. */
#ifndef DOORMAT_NET_LOOP_H
#define DOORMAT_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct loop;
struct timer;

int loop_new(const struct clock *clock, struct loop **out, struct err *err) MUST_USE;
void loop_free(struct loop **loop);
int loop_run(struct loop *loop, struct err *err) MUST_USE;
void loop_stop(struct loop *loop); /* loop_run returns after the callback that is running */
const struct clock *loop_clock(const struct loop *loop);
struct event_base *loop_base(struct loop *loop); /* for the other files of src/net */

/* A timer calls back once per timer_set; timer_set again moves it, timer_unset stops it. */
typedef void timer_fn(void *arg);
struct timer *timer_new(struct loop *loop, timer_fn *fn, void *arg);
void timer_set(struct timer *timer, int64_t delay_ms);
void timer_unset(struct timer *timer);
void timer_free(struct timer **timer);

/* Calls fn in the loop when the signal arrives, for the life of the loop. */
typedef void signal_fn(int signo, void *arg);
int loop_on_signal(struct loop *loop, int signo, signal_fn *fn, void *arg,
                   struct err *err) MUST_USE;

#endif
