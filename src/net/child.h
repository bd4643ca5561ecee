/* child - a command run in a process group of its own, watched by the loop, and ended as a whole.
 *
 * Life: child_spawn -> on_exit once -> child_free.  child_kill ends the whole group (SIGTERM, then SIGKILL after
 * grace_ms).  The calling process becomes the reaper of orphans (PR_SET_CHILD_SUBREAPER), so that processes which leave the
 * group are found: child_escaped says how many outlived their command; they are ended too.
 * Output (stdout and stderr together, in order) is kept up to CHILD_OUTPUT_MAX_B; the rest is read and dropped. */
#ifndef DOORMAT_NET_CHILD_H
#define DOORMAT_NET_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/loop.h"

enum { CHILD_OUTPUT_MAX_B = 64 * 1024 };

struct child;
typedef void child_exit_fn(struct child *child, void *arg);

struct child_spec {
    const char *const *argv; /* argv[0] is looked up in PATH; NULL-terminated */
    const char *const *env;  /* "NAME=value", added to the environment; NULL-terminated */
    const char *stdin_path;  /* file on standard input; NULL: /dev/null */
    int64_t grace_ms;        /* between SIGTERM and SIGKILL */
    child_exit_fn
        *on_exit; /* the command has ended and its output is read to the end (or abandoned) */
    void *arg;
};

/* An argv[0] that cannot be run is an error here, not an exit status. */
int child_spawn(struct loop *loop, const struct child_spec *spec, struct child **out,
                struct err *err) MUST_USE;
void child_kill(struct child *child);
void child_free(struct child **child); /* kills what is left of the group first */

int child_status(const struct child *child); /* 0..255, or 128 + signal as a shell says it */
const struct buf *child_output(const struct child *child);
unsigned child_escaped(const struct child *child);
pid_t child_pid(const struct child *child);

#endif
