#include "room/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "net/ask.h"
#include "net/namespaces.h"

enum { IDMAP_MAX_B = 1024 * 1024, IDMAP_NUMBER_SIZE_B = 24 };

struct range {
    unsigned long first, count;
};

/* "name:100000:65536", where name may be the user's number. */
static bool read_range(const char *line, const char *name, const char *number, struct range *out) {
    size_t len = strcspn(line, ":\n");
    bool is_ours = (strlen(name) == len && strncmp(line, name, len) == 0) ||
                   (strlen(number) == len && strncmp(line, number, len) == 0);
    char *end;

    if (!is_ours || line[len] != ':')
        return false;
    out->first = strtoul(line + len + 1, &end, 10);
    out->count = *end == ':' ? strtoul(end + 1, NULL, 10) : 0;
    return out->count > 0;
}

static int find_range(const char *path, struct range *out, struct err *err) {
    const struct passwd *user = getpwuid(geteuid());
    const char *name;
    char number[IDMAP_NUMBER_SIZE_B];
    struct buf text;
    bool found = false;

    snprintf(number, sizeof number, "%u", (unsigned)geteuid());
    name = user != NULL ? user->pw_name : number;
    buf_init(&text, IDMAP_MAX_B);
    if (file_read(path, &text, err) != 0)
        buf_reset(&text);
    for (const char *line = buf_text(&text); *line != '\0' && !found;) {
        found = read_range(line, name, number, out);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    buf_fini(&text);
    return found ? 0 : err_set(err, "%s needs a line such as %.64s:100000:65536", path, name);
}

/* Ours is 0 in there, the range follows. */
static int run_mapper(const char *program, pid_t pid, unsigned own, struct range range,
                      struct err *err) {
    char texts[4][IDMAP_NUMBER_SIZE_B];
    const char *const argv[] = {program, texts[0], "0",      texts[1], "1",
                                "1",     texts[2], texts[3], NULL};
    struct buf said;

    snprintf(texts[0], sizeof texts[0], "%d", (int)pid);
    snprintf(texts[1], sizeof texts[1], "%u", own);
    snprintf(texts[2], sizeof texts[2], "%lu", range.first);
    snprintf(texts[3], sizeof texts[3], "%lu", range.count);
    buf_init(&said, ERR_TEXT_SIZE_B);
    int status = ask_program(argv, true, &said, err);
    if (status < 0)
        err_set(err, "%s cannot be run, which is in the package uidmap", program);
    else if (status > 0)
        err_set(err, "%s: %.*s", program, (int)strcspn(buf_text(&said), "\n"), buf_text(&said));
    buf_fini(&said);
    return status == 0 ? 0 : -1;
}

static int map_all(pid_t pid, struct err *err) {
    struct range users, groups;

    if (find_range("/etc/subuid", &users, err) != 0 || find_range("/etc/subgid", &groups, err) != 0)
        return -1;
    if (run_mapper("newuidmap", pid, geteuid(), users, err) != 0)
        return -1;
    return run_mapper("newgidmap", pid, getegid(), groups, err);
}

/* The process that stays outside and maps: the kernel takes such a map from outside alone. */
struct mapper {
    pid_t pid;
    int go[2]; /* a byte: the namespace is there */
    int told[2];
};

static void serve(const struct mapper *mapper, pid_t client) {
    struct err err = {""};
    char byte;

    close(mapper->go[1]); /* else it would wait for itself */
    if (read(mapper->go[0], &byte, 1) != 1)
        _exit(EXIT_FAILURE);
    if (map_all(client, &err) == 0)
        err.text[0] = '\0';
    _exit(write(mapper->told[1], &err, sizeof err) < 0);
}

static int start_mapper(struct mapper *mapper, struct err *err) {
    pid_t client = getpid();

    if (pipe2(mapper->go, O_CLOEXEC) != 0)
        return err_errno(err, "pipe");
    if (pipe2(mapper->told, O_CLOEXEC) != 0) {
        err_errno(err, "pipe");
        close(mapper->go[0]);
        close(mapper->go[1]);
        return -1;
    }
    mapper->pid = fork();
    if (mapper->pid == 0)
        serve(mapper, client);
    close(mapper->go[0]);
    close(mapper->told[1]);
    if (mapper->pid > 0)
        return 0;
    err_errno(err, "fork");
    close(mapper->go[1]);
    close(mapper->told[0]);
    return -1;
}

static int await_map(const struct mapper *mapper, struct err *err) {
    struct err said;

    if (write(mapper->go[1], "", 1) != 1 ||
        read(mapper->told[0], &said, sizeof said) != (ssize_t)sizeof said)
        return err_set(err, "the users cannot be mapped");
    return said.text[0] == '\0' ? 0 : err_set(err, "%s", said.text);
}

/* It ends at the latest when nobody can say "go" any more. */
static void end_mapper(const struct mapper *mapper) {
    close(mapper->go[1]);
    close(mapper->told[0]);
    waitpid(mapper->pid, NULL, 0);
}

static int enter_full(struct err *err) {
    struct mapper mapper;

    if (start_mapper(&mapper, err) != 0)
        return -1;
    int rc =
        unshare(CLONE_NEWUSER) == 0 ? await_map(&mapper, err) : err_errno(err, "no user namespace");
    end_mapper(&mapper);
    return rc;
}

static int map_one(const char *path, unsigned id, struct err *err) {
    char line[IDMAP_NUMBER_SIZE_B + 8];

    snprintf(line, sizeof line, "0 %u 1", id);
    return namespaces_tell_kernel(path, line, err);
}

static int enter_single(struct err *err) {
    unsigned user = geteuid(), group = getegid();

    if (unshare(CLONE_NEWUSER) != 0)
        return err_errno(err, "no user namespace");
    if (namespaces_tell_kernel("/proc/self/setgroups", "deny", err) != 0 ||
        map_one("/proc/self/uid_map", user, err) != 0 ||
        map_one("/proc/self/gid_map", group, err) != 0)
        return -1;
    return 0;
}

int idmap_enter(enum idmap_kind kind, struct err *err) {
    if ((kind == IDMAP_FULL ? enter_full(err) : enter_single(err)) != 0)
        return -1;
    if (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0)
        return err_errno(err, "no root in the user namespace");
    return 0;
}
