/* sink - output through a thread of its own and a queue with a bound, so that a reader who stops never stops who writes.
 *
 * What is put is written whole and in order, one call of the write function for each.  Between callers and the thread there is
 * nothing but the queue: `sink_put` never waits.  When the queue holds `most_b` or more the sink is full: sink_offer then takes nothing, and
 * sink_put still takes what cannot be dropped, so that its caller stops making more.
 *
 * A failure of the write function is remembered, that record is lost, and the next one is tried.
 *
 * Life: sink_new -> sink_put, sink_offer, from any thread -> sink_finish, which waits for what is queued -> sink_free, which
 * waits for nothing: what is left is dropped, and a write that nobody ends is left to itself (its `arg` is not touched by
 * the sink any more). */
#ifndef DOORMAT_BASE_SINK_H
#define DOORMAT_BASE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct sink;

/* In the thread.  May wait for ever. */
typedef int sink_write_fn(const void *data, size_t len, void *arg, struct err *err);

int sink_new(size_t most_b, sink_write_fn *fn, void *arg, struct sink **out,
             struct err *err) MUST_USE;
void sink_free(struct sink **sink);

void sink_put(struct sink *sink, const void *data, size_t len);
bool sink_offer(struct sink *sink, const void *data, size_t len);
bool sink_is_full(const struct sink *sink);
bool sink_await(
    struct sink *sink); /* true: something is not written yet, and the bell will ring when all is */

/* How many offers were not taken since the last call. */
size_t sink_take_dropped(struct sink *sink);

/* How many records failed; if any did, err says why the first did. */
size_t sink_failures(const struct sink *sink, struct err *err);

/* A descriptor that can be read once a sink that was full is empty again, and after each failure, until sink_answer. */
int sink_bell(const struct sink *sink);
void sink_answer(const struct sink *sink);

enum { SINK_FOR_EVER = -1 };
/* 0 when all that was put is written or has failed; -1 if it is not after `patience_ms`. */
int sink_finish(struct sink *sink, int64_t patience_ms);

/* Write functions, which take no argument. */
int sink_write_stdout(const void *data, size_t len, void *arg, struct err *err);
int sink_write_stderr(const void *data, size_t len, void *arg, struct err *err);

#endif
