/* input - targets from a descriptor, one a line; blank lines and those that begin with '#' are skipped.
 *
 * Never waits: a descriptor that has nothing now says so (CHECK_NEXT_LATER), and after some reads without a target the caller
 * gets his turn (CHECK_NEXT_NONE), however much there is to skip.  Lines are bounded; one that is too long is a
 * bad target, whole.  When reading fails the input ends, and `cause` says
 * why.  Life: input_init -> input_next until CHECK_NEXT_END -> input_fini.  The descriptor stays the caller's. */
#ifndef DOORMAT_CHECK_INPUT_H
#define DOORMAT_CHECK_INPUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "check/check.h"

struct input {
    int fd;
    unsigned default_port;
    struct buf pending;       /* read, not yet handed out */
    int cause;                /* the errno value for which reading ended; 0: none */
    bool at_end, is_skipping; /* the rest of a line that is too long */
};

void input_init(struct input *input, int fd, unsigned default_port);
void input_fini(struct input *input);
enum check_next input_next(struct input *input, struct target *out, struct err *err);

#endif
