/* layers - the machine's directories as the room sees them: with files of ours in place of some, and with all that is written
 * kept apart and forgotten.
 *
 * Over /etc, /lib, /usr, /var, /run, /dev/shm and /tmp lies an overlay each, whose upper directory is in memory
 * (overlayfs).  A Unix socket below an overlay can be seen and not connected to.  Where the kernel refuses an overlay (other
 * file systems are mounted below, in a user namespace), each directory in it gets one and the rest is read-only; /tmp, /run
 * and /dev/shm are empty then.  Mounts below these directories are treated alike.
 *
 * Life: layers_new -> layers_put... -> layers_mount -> layers_free, in a mount namespace of its own, with CAP_SYS_ADMIN. */
#ifndef DOORMAT_ROOM_LAYERS_H
#define DOORMAT_ROOM_LAYERS_H

#include <stddef.h>

#include "base/err.h"

struct layers;

/* Nothing that is mounted from here on is seen outside.  Hides /tmp until layers_mount.
 * kept: paths that are the same inside and outside; NULL-terminated, or NULL. */
int layers_new(const char *const *kept, struct layers **out, struct err *err) MUST_USE;
void layers_free(struct layers **layers);

/* A file at this path in the room, in place of what is there.  Links in the directory's path are followed, and what is
 * missing of it is made.  Where no overlay is, a file has to be there already, else nothing is put. */
int layers_put(struct layers *layers, const char *path, const void *data, size_t len,
               struct err *err) MUST_USE;

int layers_mount(struct layers *layers, struct err *err) MUST_USE;

/* Which directories could not be overlaid as a whole, "/etc, /tmp"; "" for none. */
const char *layers_refused(const struct layers *layers);

#endif
