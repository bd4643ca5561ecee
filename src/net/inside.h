/* inside - a command in the namespaces of another process: what a process does there, it does there (namespaces(7)).
 *
 * The command is a child of ours nevertheless, under the number that it has here: it is waited for, watched and killed as any
 * other.  Its own children are not: when one loses its parent, it goes to the first process of that PID namespace. */
#ifndef DOORMAT_NET_INSIDE_H
#define DOORMAT_NET_INSIDE_H

#include <sys/types.h>

#include "base/err.h"

/* As alone_spawn, in the mount, network, PID, UTS and IPC namespaces of the process `place`.  input is the path outside.  The
 * working directory is the one of the same name there, else "/".  It takes CAP_SYS_ADMIN in the user namespace that owns them. */
int inside_spawn(pid_t place, const char *const *argv, const char *const *env, const char *input,
                 int output_fd, pid_t *pid) MUST_USE;

#endif
