#include "room/first.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/own.h"
#include "room/layers.h"

/* Signals as they are at first, so that none reaches a handler of doormat's; the kernel lets no signal end a first process but
 * SIGKILL from outside.  Children that nobody waits for are reaped by the kernel. */
static void settle(void) {
    sigset_t none;

    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    signal(SIGCHLD, SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    prctl(PR_SET_NAME, "doormat-room");
}

static int mount_proc(struct err *err) {
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
        return err_errno(err, "/proc cannot be mounted in the room");
    return 0;
}

/* The machine's log, where it is a socket and no link into /run. */
static int hide_log(struct err *err) {
    struct stat st;

    if (lstat("/dev/log", &st) != 0 || !S_ISSOCK(st.st_mode))
        return 0;
    if (mount("/dev/null", "/dev/log", NULL, MS_BIND, NULL) != 0)
        return err_errno(err, "/dev/log cannot be hidden in the room");
    return 0;
}

static int furnish(const struct first *first, struct first_report *report, struct err *err) {
    struct layers *layers = NULL;

    if (layers_new(first->setup->kept, &layers, err) != 0)
        return -1;
    int rc = files_put(first->files, layers, err);
    if (rc == 0)
        rc = layers_mount(layers, err);
    snprintf(report->note, sizeof report->note, "%s", layers_refused(layers));
    layers_free(&layers);
    return rc;
}

/* The room's end of the cable and what is behind it. */
static int connect_room(struct link *room, struct err *err) {
    const struct link_prefix v4 = {ROOM_SENDER_IPV4, 30}, v6 = {ROOM_SENDER_IPV6, 64};

    if (link_up(room, LINK_LOOPBACK, err) != 0 || link_up(room, FIRST_ROOM_END, err) != 0 ||
        link_add_address(room, FIRST_ROOM_END, v4, err) != 0 ||
        link_add_default(room, FIRST_ROOM_END, ROOM_SENDER_GATEWAY, err) != 0)
        return -1;
    if (!own_has("::"))
        return 0;
    if (link_add_address(room, FIRST_ROOM_END, v6, err) != 0 ||
        link_add_default(room, FIRST_ROOM_END, ROOM_SENDER_GATEWAY_6, err) != 0)
        return -1;
    return 0;
}

static int connect_world(struct link *world, struct err *err) {
    const struct link_prefix v4 = {ROOM_SENDER_GATEWAY, 30}, v6 = {ROOM_SENDER_GATEWAY_6, 64};

    if (link_up(world, FIRST_WORLD_END, err) != 0 ||
        link_add_address(world, FIRST_WORLD_END, v4, err) != 0 ||
        link_add_beyond(world, FIRST_WORLD_END, ROOM_SENDER_IPV4, err) != 0)
        return -1;
    if (!own_has("::"))
        return 0;
    if (link_add_address(world, FIRST_WORLD_END, v6, err) != 0 ||
        link_add_beyond(world, FIRST_WORLD_END, ROOM_SENDER_IPV6, err) != 0)
        return -1;
    return 0;
}

/* The cable is laid from the world; a number of its own for each end, since the kernel takes time over equal ones. */
static int connect_both(struct link *world, struct err *err) {
    const struct link_end there = {"room", FIRST_WORLD_END}, here = {"eth0", FIRST_ROOM_END};
    struct link *room = NULL;
    int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return err_errno(err, "/proc/self/ns/net");
    int rc = link_open(&room, err);
    if (rc == 0)
        rc = link_add_pair(world, there, here, fd, err);
    if (rc == 0)
        rc = connect_world(world, err);
    if (rc == 0)
        rc = connect_room(room, err);
    link_close(&room);
    close(fd);
    return rc;
}

static int build(const struct first *first, struct first_report *report, struct err *err) {
    const char *hostname = first->setup->hostname;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return err_errno(err, "the room would outlive doormat");
    if (sethostname(hostname, strlen(hostname)) != 0)
        return err_errno(err, "the room's name cannot be %s", hostname);
    if (furnish(first, report, err) != 0 || mount_proc(err) != 0 || hide_log(err) != 0)
        return -1;
    return connect_both(first->world, err);
}

void first_run(const struct first *first) {
    struct first_report report = {.good = false};

    settle();
    report.good = build(first, &report, &report.err) == 0;
    /* Who opened the room may be gone by now. */
    if (write(first->report_fd, &report, sizeof report) != (ssize_t)sizeof report || !report.good)
        _exit(EXIT_FAILURE);
    if (chdir("/") != 0 || close_range(0, ~0U, 0) != 0)
        _exit(EXIT_FAILURE);
    for (;;)
        pause();
}
