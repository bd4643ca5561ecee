/* alone - a command as the first process of a PID namespace (pid_namespaces(7)).
 *
 * When it ends, the kernel ends everything that it started before its end is reported; and it is killed when the thread that
 * started it ends.  So nothing outlives it, whatever sessions and users its children took.  It takes CAP_SYS_ADMIN. */
#ifndef DOORMAT_NET_ALONE_H
#define DOORMAT_NET_ALONE_H

#include <sys/types.h>

#include "base/err.h"

/* argv[0] is looked up in PATH; input becomes standard input, output_fd the two others; its process group is its own.
 * Returns 0, or an errno as posix_spawn(3) does, also where the command cannot be run. */
int alone_spawn(const char *const *argv, const char *const *env, const char *input, int output_fd,
                pid_t *pid) MUST_USE;

#endif
