#include "net/alone.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child there are system calls alone until it is another program: we may have threads. */
static int become(const char *const *argv, const char *const *env, const char *input,
                  int output_fd) {
    static const int defaults[] = {SIGPIPE, SIGINT, SIGTERM};
    int fd = open(input, O_RDONLY);

    if (fd < 0 || dup2(fd, STDIN_FILENO) < 0 || dup2(output_fd, STDOUT_FILENO) < 0 ||
        dup2(output_fd, STDERR_FILENO) < 0)
        return errno;
    if (fd > STDERR_FILENO)
        close(fd);
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        signal(defaults[i], SIG_DFL);
    if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return errno;
    execvpe(argv[0], (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
    return errno;
}

int alone_spawn(const char *const *argv, const char *const *env, const char *input, int output_fd,
                pid_t *pid) {
    int ends[2], cause = 0;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    *pid = (pid_t)syscall(SYS_clone, (unsigned long)(CLONE_NEWPID | SIGCHLD), NULL, NULL, NULL, 0L);
    if (*pid == 0) {
        cause = become(argv, env, input, output_fd);
        _exit(write(ends[1], &cause, sizeof cause) < 0 ? 1 : 127);
    }
    if (*pid < 0)
        cause = errno;
    close(ends[1]);
    /* The pipe closes when the command has taken over; what comes before is why it could not. */
    if (*pid > 0 && read(ends[0], &cause, sizeof cause) == (ssize_t)sizeof cause)
        waitpid(*pid, NULL, 0);
    close(ends[0]);
    return cause;
}
