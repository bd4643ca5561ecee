#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/namespaces.h"
#include "net/own.h"
#include "room/idmap.h"
#include "room/link.h"
#include "room/room.h"
#include "room/why.h"

/* The ways into a network namespace, the best first. */
enum way { WAY_ROOT, WAY_FULL_MAP, WAY_SINGLE_MAP, WAY_COUNT };

/* Every address is this machine's: the world's prefixes, and all others, so that a sender with a name server of its own meets
 * ours.  Longer prefixes, as those of the cable, come first. */
static int add_local(struct link *link, struct err *err) {
    static const struct link_prefix v4[] = {{"198.18.0.0", 15}, {"0.0.0.0", 0}};
    static const struct link_prefix v6[] = {{"2001:db8:d00::", 64}, {"::", 0}};
    bool has_ipv6 = own_has("::");
    int rc = 0;

    for (size_t i = 0; i < ARRAY_LEN(v4) && rc == 0; i++)
        rc = link_add_local(link, v4[i], err);
    for (size_t i = 0; i < ARRAY_LEN(v6) && rc == 0 && has_ipv6; i++)
        rc = link_add_local(link, v6[i], err);
    return rc;
}

/* IPv6 lets nobody bind to an address of a prefix otherwise; who listens on all needs none of it, so it may fail. */
static void allow_binding(void) {
    int fd = open("/proc/sys/net/ipv6/ip_nonlocal_bind", O_WRONLY | O_CLOEXEC);

    if (fd >= 0 && write(fd, "1", 1) != 1)
        errno = 0;
    if (fd >= 0)
        close(fd);
}

static int set_up_world(struct err *err) {
    struct link *link = NULL;

    if (link_open(&link, err) != 0)
        return -1;
    int rc = link_up(link, LINK_LOOPBACK, err);
    if (rc == 0)
        rc = add_local(link, err);
    if (rc == 0)
        allow_binding();
    link_close(&link);
    return rc;
}

static int enter(enum way way, struct err *err) {
    if (way != WAY_ROOT && idmap_enter(way == WAY_FULL_MAP ? IDMAP_FULL : IDMAP_SINGLE, err) != 0)
        return -1;
    if (unshare(CLONE_NEWNET) != 0)
        return err_errno(err, "no network namespace");
    return set_up_world(err);
}

static int enter_and_open(enum way way, struct err *err) {
    static const struct room_setup setup = {.hostname = "localhost", .nameserver = "127.0.0.1"};
    struct room *room = NULL;

    if (enter(way, err) != 0 || room_open(&setup, &room, err) != 0)
        return -1;
    room_close(&room);
    return 0;
}

static int enter_by(const void *arg, struct err *err) {
    const enum way *way = arg;

    return enter_and_open(*way, err);
}

int room_enter_world(struct err *err) {
    enum way way = geteuid() == 0 ? WAY_ROOT : WAY_FULL_MAP;
    struct err refused = {""};
    int rc = namespaces_try_first(enter_by, &way, err);

    for (; rc != 0 && way + 1 < WAY_COUNT; rc = namespaces_try_first(enter_by, &way, err)) {
        refused = *err;
        way = way + 1;
    }
    if (rc != 0)
        return why_not(err);
    if (enter(way, err) != 0)
        return -1;
    err_set(err, "%s", "");
    if (way == WAY_SINGLE_MAP)
        err_set(err, "there is no other user than root, so senders that change theirs fail: %.300s",
                refused.text);
    return 0;
}
