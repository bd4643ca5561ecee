/* orphans - processes that a command left behind, found and ended.
 *
 * They are known by the process group, or by a variable of their environment that differs from command to command.  A process
 * whose parent ends gets another one, and there they are looked for: with the keeper.  That is the calling process, which is a
 * reaper of orphans (PR_SET_CHILD_SUBREAPER), or the first process of the command's PID namespace. */
#ifndef DOORMAT_NET_ORPHANS_H
#define DOORMAT_NET_ORPHANS_H

#include <sys/types.h>

struct orphans {
    pid_t command;      /* also its process group; it is none of them itself */
    const char *marker; /* "NAME=value" */
    pid_t keeper;       /* 0: the calling process */
};

/* Ends them and what they leave in turn; how many there were that had not ended by themselves. */
unsigned orphans_end(const struct orphans *orphans);

#endif
