/* mounts - what is mounted where, as the kernel lists it (/proc/self/mountinfo, proc(5)). */
#ifndef DOORMAT_ROOM_MOUNTS_H
#define DOORMAT_ROOM_MOUNTS_H

#include "base/err.h"

typedef void mounts_fn(const char *path, void *arg);

/* Calls back for each mount of a file system that holds files of the machine, those above first.  File systems that only
 * containers, the kernel or remote users have are left out. */
int mounts_list(mounts_fn *each, void *arg, struct err *err) MUST_USE;

#endif
