/* outlet - what a subcommand with a loop writes its output and its log through: a reader of either who stops does not stop the loop.
 *
 * Life: outlet_open -> sink_put and sink_offer on `out`; what is logged goes through `log` -> outlet_close. */
#ifndef DOORMAT_CMD_OUTLET_H
#define DOORMAT_CMD_OUTLET_H

#include "base/sink.h"

enum { OUTLET_HASTE_MS = 500 }; /* for who is told to stop */

struct outlet {
    struct sink *out, *log;
};

/* fn writes the output: sink_write_stdout, or one's own. */
int outlet_open(struct outlet *outlet, sink_write_fn *fn, void *arg, struct err *err) MUST_USE;
/* Waits for both as long as is said (sink_finish), drops the rest, and frees. */
void outlet_close(struct outlet *outlet, int64_t patience_ms);

#endif
