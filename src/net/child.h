/* child - a command run in a process group of its own, watched by the loop, and ended as a whole.
 *
 * Life: child_spawn -> on_exit once -> child_end -> child_free.  child_end ends every process that the command left
 * behind, inside its group and outside: the calling process becomes the reaper of orphans (PR_SET_CHILD_SUBREAPER), and
 * knows its own by the first variable of `env`, which therefore has to differ from child to child.
 * A command that we may not end, since it runs as another user by now (setuid), is left alone after a while: on_exit comes all
 * the same, its status is CHILD_LOST, and child_end counts it among those that outlived it.
 * Output (stdout and stderr together, in order) is kept up to CHILD_OUTPUT_MAX_B; the rest is read and dropped.
 * A command that is `alone` is the first process of a PID namespace (pid_namespaces(7)): with it end all that it started, in
 * whatever group or session, and it ends with us.  That takes CAP_SYS_ADMIN.
 * A command that runs `inside` leaves its orphans to the first process of that PID namespace, which has to be the one that
 * `inside` names; child_end finds them there.  Others there are left alone.  It cannot be `alone` as well. */
#ifndef DOORMAT_NET_CHILD_H
#define DOORMAT_NET_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/loop.h"

enum { CHILD_OUTPUT_MAX_B = 64 * 1024, CHILD_LOST = -1 };

struct child;
typedef void child_exit_fn(struct child *child, void *arg);
typedef void child_output_fn(const char *data, size_t len, void *arg);

struct child_spec {
    const char *const *argv;    /* argv[0] is looked up in PATH; NULL-terminated */
    const char *const *env;     /* "NAME=value", put before the environment; NULL-terminated */
    const char *stdin_path;     /* file on standard input; NULL: /dev/null */
    int64_t grace_ms;           /* between SIGTERM and SIGKILL when it is asked to stop */
    bool alone;                 /* in a PID namespace of its own */
    pid_t inside;               /* in the namespaces of this process (inside.h); 0: in ours */
    child_exit_fn *on_exit;     /* the command has ended, and what it printed is read */
    child_output_fn *on_output; /* what it prints, as it comes, before it is kept; or NULL */
    void *arg;
};

/* An argv[0] that cannot be run is an error here, not an exit status. */
int child_spawn(struct loop *loop, const struct child_spec *spec, struct child **out,
                struct err *err) MUST_USE;

void child_stop(
    struct child *child); /* SIGTERM to the group, SIGKILL after the grace; on_exit follows */
unsigned
child_end(struct child *child); /* SIGKILL to all that is left; how many outlived the command */
void child_free(struct child **child); /* child_end included */

int child_status(
    const struct child *child); /* 0..255, or 128 + signal as a shell says it; CHILD_LOST */
const struct buf *child_output(const struct child *child);

#endif
