/* progress - how far a run of `try` is, on a terminal at standard error: how many of how many, the fault that is under way,
 * and the time left.
 *
 * A terminal that takes escape sequences has one line, which is written over.  Any other gets a line of its own now and
 * then, and nothing where the run is short.  Life: progress_init -> progress_show ... -> progress_clear. */
#ifndef DOORMAT_CMD_PROGRESS_H
#define DOORMAT_CMD_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool is_on, rewrites;
    bool has_line;      /* there is one to be cleared */
    unsigned width;     /* of the terminal; 0: unknown */
    int64_t started_us; /* monotonic */
    int64_t told_us;    /* when the last line of its own was written */
};

/* Off where standard error is no terminal, or it is not wanted. */
void progress_init(struct progress *progress, bool is_wanted);

/* done and total count servers; name: the one that is under way. */
void progress_show(struct progress *progress, unsigned done, unsigned total, const char *name);
void progress_clear(struct progress *progress);

/* The line as it is shown: "120/462 wrong-host, 3 min left", in at most `width` columns.  The time is there once it can be
 * told from what is done.  Pure; returns its length. */
size_t progress_format(char *out, size_t size_b, unsigned width, unsigned done, unsigned total,
                       const char *name, int64_t elapsed_us);

#endif
