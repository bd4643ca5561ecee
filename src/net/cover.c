#include "net/cover.h"

#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>

#include "base/log.h"

int cover_with(const char *ours, const char *theirs, struct err *err) {
    if (unshare(CLONE_NEWNS) != 0)
        return err_errno(err, "no mount namespace");
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
        return err_errno(err, "mounts cannot be made private");
    if (mount(ours, theirs, NULL, MS_BIND, NULL) != 0)
        return err_errno(err, "nothing can be mounted over %s", theirs);
    return 0;
}

void cover_undo(const char *theirs) {
    if (umount2(theirs, MNT_DETACH) != 0)
        log_debug("%s stays covered", theirs);
}
