/* files - what the room's /etc says of names, and whom it trusts: resolv.conf(5), hosts(5), nsswitch.conf(5), the CAs, the
 * anchor and the root hints of DNS. */
#ifndef DOORMAT_ROOM_FILES_H
#define DOORMAT_ROOM_FILES_H

#include "base/err.h"
#include "room/layers.h"
#include "room/room.h"

/* ca_file and ca_dir are read outside, so before layers_new hides /tmp: hence in two steps. */
struct files;

int files_read(const struct room_setup *setup, struct files **out, struct err *err) MUST_USE;
int files_put(const struct files *files, struct layers *layers, struct err *err) MUST_USE;
void files_free(struct files **files);

#endif
