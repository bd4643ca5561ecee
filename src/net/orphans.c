#include "net/orphans.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"

enum {
    ORPHANS_MAX_B = 256 * 1024,
    ORPHANS_ROUNDS = 200,
    ORPHANS_EXEC_WAIT_MS = 100,
    ORPHANS_KILL_WAIT_MS = 1000, /* until a process that was killed is dead */
};

/* Whether a process was started with the marker in its environment.  In the midst of execve the kernel shows none at all:
 * then nothing can be said yet. */
enum marked { MARKED_NO, MARKED_YES, MARKED_UNKNOWN };

static enum marked is_marked(pid_t pid, const char *marker) {
    enum marked marked = MARKED_NO;
    struct buf environment;
    struct err err;
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    buf_init(&environment, ORPHANS_MAX_B);
    if (file_read(path, &environment, &err) == 0 && environment.len == 0)
        marked = MARKED_UNKNOWN;
    for (size_t at = 0; at < environment.len && marked == MARKED_NO;) {
        const char *entry = buf_text(&environment) + at;
        marked = strcmp(entry, marker) == 0 ? MARKED_YES : MARKED_NO;
        at += strlen(entry) + 1;
    }
    buf_fini(&environment);
    return marked;
}

/* Whether the process has ended, without taking its end; waits for that as long as it is told to. */
static bool is_over(int pidfd, int wait_ms) {
    struct pollfd end = {.fd = pidfd, .events = POLLIN};

    return poll(&end, 1, wait_ms) == 1;
}

static bool is_orphan(const struct orphans *orphans, pid_t pid, int pidfd) {
    enum marked marked = MARKED_UNKNOWN;

    if (getpgid(pid) == orphans->command)
        return true;
    for (int i = 0; i < ORPHANS_EXEC_WAIT_MS && marked == MARKED_UNKNOWN && !is_over(pidfd, 0);
         i++) {
        if (i > 0)
            poll(NULL, 0, 1);
        marked = is_marked(pid, orphans->marker);
    }
    return marked == MARKED_YES;
}

/* Ends one; false if it had ended by itself, or cannot be ended.  The keeper takes its end: if that is us, here. */
static bool end(const struct orphans *orphans, pid_t pid, int pidfd) {
    bool over = is_over(pidfd, 0);

    pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
    if (!over && !is_over(pidfd, ORPHANS_KILL_WAIT_MS))
        return false;
    if (orphans->keeper == 0)
        waitpid(pid, NULL, 0);
    return !over;
}

/* The descriptor names the process even if its number is another's by now. */
static bool end_if_orphan(const struct orphans *orphans, pid_t pid) {
    int pidfd = pidfd_open(pid, 0);
    bool ended = pidfd >= 0 && is_orphan(orphans, pid, pidfd) && end(orphans, pid, pidfd);

    if (pidfd >= 0)
        close(pidfd);
    return ended;
}

/* The children of one thread of the keeper, as the kernel lists them: "12 15 ". */
static void read_children(const char *tasks, const char *tid, struct buf *out) {
    char path[96];
    struct err err;

    snprintf(path, sizeof path, "%s/%.16s/children", tasks, tid);
    if (file_read(path, out, &err) != 0)
        log_debug("%s", err.text);
}

static void read_all_children(pid_t keeper, struct buf *out) {
    char path[64] = "/proc/self/task";
    struct dirent *entry;

    if (keeper != 0)
        snprintf(path, sizeof path, "/proc/%d/task", (int)keeper);
    DIR *tasks = opendir(path);
    while (tasks != NULL && (entry = readdir(tasks)) != NULL)
        if (entry->d_name[0] != '.')
            read_children(path, entry->d_name, out);
    if (tasks != NULL)
        closedir(tasks);
}

static unsigned end_round(const struct orphans *orphans) {
    struct buf pids;
    unsigned count = 0;

    buf_init(&pids, ORPHANS_MAX_B);
    read_all_children(orphans->keeper, &pids);
    char *at = pids.len > 0 ? (char *)pids.data : NULL;
    for (long pid; at != NULL && (pid = strtol(at, &at, 10)) > 0;)
        if (pid != orphans->command)
            count += end_if_orphan(orphans, (pid_t)pid);
    buf_fini(&pids);
    return count;
}

unsigned orphans_end(const struct orphans *orphans) {
    unsigned total = 0, found = 1;

    /* When a process ends, its own children come to the keeper: go on until none does. */
    for (int round = 0; found > 0 && round < ORPHANS_ROUNDS; round++) {
        found = end_round(orphans);
        total += found;
    }
    return total;
}
