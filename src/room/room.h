/* room - where a sender meets a world of our making: namespaces of its own (namespaces(7)), joined to ours by one cable.
 *
 * The calling process moves into the world, a network namespace in which every address is its own (room_enter_world): a
 * listener on 0.0.0.0 and :: gets what is sent to any address, and getsockname(2) says to which.  A sender runs in the room
 * (`inside` of net/child.h, with room_process): it sees the machine's files, its own processes alone, and no network but the
 * world.  What it writes into /etc, /lib, /usr, /var, /run, /dev/shm and /tmp is gone with the room; other directories are
 * the machine's (layers.h).
 *
 * Life: room_enter_world once, before the first thread -> room_open -> commands, each freed by child_free -> room_close.  One
 * room at a time.  The room ends with the thread that opened it, even by SIGKILL. */
#ifndef DOORMAT_ROOM_ROOM_H
#define DOORMAT_ROOM_ROOM_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* The prefixes meant for the world's hosts; the sender has addresses outside them. */
#define ROOM_WORLD_IPV4       "198.18.0.0/15"
#define ROOM_WORLD_IPV6       "2001:db8:d00::/64"
#define ROOM_SENDER_IPV4      "192.0.2.2"
#define ROOM_SENDER_IPV6      "2001:db8:d01::2"
#define ROOM_SENDER_GATEWAY   "192.0.2.1" /* the world's end of the cable */
#define ROOM_SENDER_GATEWAY_6 "2001:db8:d01::1"

struct room;

struct room_setup {
    const char *hostname;    /* fully qualified; also in /etc/hosts */
    const char *nameserver;  /* numeric */
    const char *nameserver6; /* likewise, or NULL */
    const char *ca_file;     /* PEM: put behind the machine's CAs; or NULL */
    const char *ca_dir;      /* the same as files HASH.0, put into /etc/ssl/certs; or NULL */
    const char *anchor;      /* DNSSEC trust anchor, as the text of a zone file; or NULL */
    const char *hints;       /* root hints, likewise: for a sender that brings a resolver */
    const char *const
        *kept; /* paths that are the same inside and outside, NULL-terminated; or NULL */
};

/* The process is root of a user namespace of its own afterwards, unless it is root: with more users than one where
 * newuidmap(1) and /etc/subuid allow it.  On success the text is empty, or says why there is only one.  On failure it says
 * what to do, and the process is as it was. */
int room_enter_world(struct err *err) MUST_USE;

int room_open(const struct room_setup *setup, struct room **out, struct err *err) MUST_USE;

pid_t room_process(const struct room *room); /* its first process, for child_spec.inside */

/* What is less than it could be, in one sentence; NULL if nothing is. */
const char *room_note(const struct room *room);

/* How long room_open took. */
int64_t room_start_us(const struct room *room);

/* All processes in it are killed; they are gone when this returns, unless a child is not freed yet. */
void room_close(struct room **room);

#endif
