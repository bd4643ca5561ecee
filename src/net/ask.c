#include "net/ask.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { ASK_LIMIT_MS = 20000 };

/* Each of these returns 0 or the errno of its failure. */
static int direct(posix_spawn_file_actions_t *actions, bool both, int fd) {
    int cause = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

    if (cause == 0)
        cause = posix_spawn_file_actions_adddup2(actions, fd, STDOUT_FILENO);
    if (cause != 0)
        return cause;
    return both
               ? posix_spawn_file_actions_adddup2(actions, fd, STDERR_FILENO)
               : posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
}

static int start(const char *const *argv, bool both, int fd, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    int cause = posix_spawn_file_actions_init(&actions);

    if (cause != 0)
        return cause;
    cause = direct(&actions, both, fd);
    if (cause == 0)
        cause = posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return cause;
}

static int64_t now_ms(void) {
    return clock_mono_us(clock_system()) / 1000;
}

/* To its end; false if the time is up.  What is more than fits is read and dropped. */
static bool read_all(int fd, struct buf *out) {
    int64_t until_ms = now_ms() + ASK_LIMIT_MS;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    char chunk[4096];

    for (int64_t left; (left = until_ms - now_ms()) > 0;) {
        if (poll(&wait, 1, (int)left) != 1)
            continue;
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n <= 0)
            return true;
        size_t room = out->max - out->len;
        buf_append(out, chunk, (size_t)n < room ? (size_t)n : room);
    }
    return false;
}

int ask_program(const char *const *argv, bool both, struct buf *out, struct err *err) {
    int ends[2], status = 0;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_errno(err, "%s", argv[0]);
    int cause = start(argv, both, ends[1], &pid);
    close(ends[1]);
    if (cause != 0) {
        close(ends[0]);
        return err_set(err, "%s cannot be run: %s", argv[0], strerror(cause));
    }
    bool good = read_all(ends[0], out);
    close(ends[0]);
    if (!good)
        kill(pid, SIGKILL);
    if (waitpid(pid, &status, 0) != pid)
        return err_errno(err, "%s", argv[0]);
    if (!good)
        return err_set(err, "%s took longer than %d s", argv[0], ASK_LIMIT_MS / 1000);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
