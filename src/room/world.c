#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
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

/* What fails half-way cannot be taken back, so a child tries it first, with a room; it sends the error's text. */
static void try_in_child(enum way way, int fd) {
    struct err err = {""};

    if (enter_and_open(way, &err) != 0 && write(fd, err.text, strlen(err.text)) < 0)
        _exit(EXIT_FAILURE);
    _exit(err.text[0] == '\0' ? EXIT_SUCCESS : EXIT_FAILURE);
}

static int try_first(enum way way, struct err *err) {
    int ends[2], status = -1;
    char text[ERR_TEXT_SIZE_B] = "";

    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_errno(err, "pipe");
    pid_t pid = fork();
    if (pid == 0)
        try_in_child(way, ends[1]);
    close(ends[1]);
    ssize_t n = pid > 0 ? read(ends[0], text, sizeof text - 1) : -1;
    close(ends[0]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return err_errno(err, "fork");
    if (status == 0)
        return 0;
    return err_set(err, "%s", n > 0 ? text : "it cannot be tried");
}

int room_enter_world(struct err *err) {
    enum way way = geteuid() == 0 ? WAY_ROOT : WAY_FULL_MAP;
    int rc = try_first(way, err);

    for (; rc != 0 && way + 1 < WAY_COUNT; rc = try_first(way, err))
        way = way + 1;
    if (rc != 0)
        return why_not(err);
    return enter(way, err);
}
