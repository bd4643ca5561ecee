#include "room/room.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "room/files.h"
#include "room/first.h"
#include "room/link.h"

enum { ROOM_END_WAIT_MS = 5000, ROOM_US_PER_S = 1000000, ROOM_NS_PER_US = 1000 };

struct room {
    pid_t first;
    struct link *world;
    char *note;
    int64_t start_us;
};

static int64_t now_us(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * ROOM_US_PER_S + now.tv_nsec / ROOM_NS_PER_US;
}

/* In a process between: a PID namespace is for children.  CLONE_PARENT makes the first process a child of our parent. */
static void fork_first(const struct first *first, int pid_fd) {
    struct first_report report = {.good = false};

    if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC) != 0) {
        err_errno(&report.err, "no namespaces for the room");
        _exit(write(first->report_fd, &report, sizeof report) < 0);
    }
    pid_t pid =
        (pid_t)syscall(SYS_clone, (unsigned long)(CLONE_PARENT | SIGCHLD), NULL, NULL, NULL, 0L);
    if (pid == 0)
        first_run(first);
    if (pid > 0)
        _exit(write(pid_fd, &pid, sizeof pid) < 0);
    err_errno(&report.err, "no process for the room");
    _exit(write(first->report_fd, &report, sizeof report) < 0);
}

static bool read_whole(int fd, void *out, size_t len) {
    ssize_t n;

    do
        n = read(fd, out, len);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)len;
}

/* Both pipes are one: the pid comes by the first, the report by the second. */
static int start_first(struct room *room, const struct first *first, const int pids[2],
                       struct err *err) {
    pid_t helper = fork();

    if (helper == 0)
        fork_first(first, pids[1]);
    int cause = errno;
    close(pids[1]);
    close(first->report_fd);
    if (helper < 0) {
        errno = cause;
        return err_errno(err, "fork");
    }
    if (!read_whole(pids[0], &room->first, sizeof room->first))
        room->first = 0;
    while (waitpid(helper, NULL, 0) < 0 && errno == EINTR)
        ;
    return 0;
}

static int read_report(struct room *room, int fd, struct err *err) {
    struct first_report report;

    if (!read_whole(fd, &report, sizeof report))
        return err_set(err, "the room's first process ended at once");
    if (!report.good)
        return err_set(err, "%s", report.err.text);
    if (report.note[0] != '\0')
        room->note = mem_printf("what a sender writes into some directories fails or is not seen "
                                "there, since the kernel refuses an overlay: %s",
                                report.note);
    return 0;
}

static int open_with(struct room *room, const struct room_setup *setup, const struct files *files,
                     struct err *err) {
    struct first first = {.setup = setup, .files = files, .world = room->world};
    int pids[2], reports[2];

    if (pipe2(pids, O_CLOEXEC) != 0)
        return err_errno(err, "pipe");
    if (pipe2(reports, O_CLOEXEC) != 0) {
        err_errno(err, "pipe");
        close(pids[0]);
        close(pids[1]);
        return -1;
    }
    first.report_fd = reports[1];
    int rc = start_first(room, &first, pids, err);
    if (rc == 0)
        rc = read_report(room, reports[0], err);
    close(pids[0]);
    close(reports[0]);
    return rc;
}

int room_open(const struct room_setup *setup, struct room **out, struct err *err) {
    struct room *room = mem_zalloc(sizeof *room);
    struct files *files = NULL;
    int64_t begun_us = now_us();

    int rc = link_open(&room->world, err);
    if (rc == 0)
        rc = files_read(setup, &files, err);
    if (rc == 0)
        rc = open_with(room, setup, files, err);
    files_free(&files);
    room->start_us = now_us() - begun_us;
    if (rc != 0)
        room_close(&room);
    *out = room;
    return rc;
}

pid_t room_process(const struct room *room) {
    return room->first;
}

const char *room_note(const struct room *room) {
    return room->note;
}

int64_t room_start_us(const struct room *room) {
    return room->start_us;
}

/* The kernel takes the first process's end only after all others are reaped; a child that is not freed would let us wait for
 * ever. */
static void end_first(pid_t pid) {
    struct pollfd end = {.fd = pidfd_open(pid, 0), .events = POLLIN};

    kill(pid, SIGKILL);
    bool over = end.fd < 0 || poll(&end, 1, ROOM_END_WAIT_MS) == 1;
    if (end.fd >= 0)
        close(end.fd);
    if (over)
        waitpid(pid, NULL, 0);
    else
        log_warn("processes of the room are left");
}

/* The kernel takes its time over an empty network namespace; the cable goes at once. */
void room_close(struct room **room) {
    struct room *dying = *room;
    struct err err;

    *room = NULL;
    if (dying == NULL)
        return;
    if (dying->first > 0)
        end_first(dying->first);
    if (dying->world != NULL && link_delete(dying->world, FIRST_WORLD_END, &err) != 0)
        log_debug("%s", err.text);
    link_close(&dying->world);
    free(dying->note);
    free(dying);
}
