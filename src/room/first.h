/* first - the first process of the room: it furnishes it, then reaps (pid_namespaces(7)).
 *
 * It has no files open and nothing to do, and is killed when the thread that opened the room ends.  With it ends the room. */
#ifndef DOORMAT_ROOM_FIRST_H
#define DOORMAT_ROOM_FIRST_H

#include <stdbool.h>
#include <stdnoreturn.h>

#include "room/files.h"
#include "room/link.h"
#include "room/room.h"

enum { FIRST_WORLD_END = 100, FIRST_ROOM_END = 101, FIRST_NOTE_SIZE_B = 256 };

struct first {
    const struct room_setup *setup;
    const struct files *files;
    struct link *world; /* of the world's network namespace */
    int report_fd;      /* where one struct first_report goes */
};

struct first_report {
    bool good;
    char note[FIRST_NOTE_SIZE_B]; /* layers_refused */
    struct err err;               /* if not good */
};

/* In new mount, network, PID, UTS and IPC namespaces, with one thread. */
noreturn void first_run(const struct first *first);

#endif
