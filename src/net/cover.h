/* cover - a file or directory of ours laid over one of the machine's, for the calling thread and the processes that it starts
 * alone (mount_namespaces(7)): programs that have a path built in find ours there.  It takes CAP_SYS_ADMIN. */
#ifndef DOORMAT_NET_COVER_H
#define DOORMAT_NET_COVER_H

#include "base/err.h"

/* Both have to exist, and both are files or both directories. */
int cover_with(const char *ours, const char *theirs, struct err *err) MUST_USE;
void cover_undo(const char *theirs); /* the last cover of it; for this thread and later processes */

#endif
