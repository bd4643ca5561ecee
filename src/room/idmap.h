/* idmap - a user namespace of our own, in which we are root (user_namespaces(7)). */
#ifndef DOORMAT_ROOM_IDMAP_H
#define DOORMAT_ROOM_IDMAP_H

#include "base/err.h"

enum idmap_kind {
    IDMAP_FULL,   /* all users there are, as far as newuidmap(1) and /etc/subuid allow */
    IDMAP_SINGLE, /* root alone: programs that change their user fail */
};

/* The calling process has one thread.  A failure may leave it in the new namespace, so a child tries first. */
int idmap_enter(enum idmap_kind kind, struct err *err) MUST_USE;

#endif
