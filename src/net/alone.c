#include "net/alone.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/become.h"

/* In the child there are system calls alone until it is another program: we may have threads. */
static int become_first(const char *const *argv, const char *const *env, const char *input,
                        int output_fd) {
    int fd = become_open_input(input);

    if (fd < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return errno;
    return become_program(argv, env, fd, output_fd);
}

int alone_spawn(const char *const *argv, const char *const *env, const char *input, int output_fd,
                pid_t *pid) {
    int ends[2], cause = 0;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    *pid = (pid_t)syscall(SYS_clone, (unsigned long)(CLONE_NEWPID | SIGCHLD), NULL, NULL, NULL, 0L);
    if (*pid == 0) {
        cause = become_first(argv, env, input, output_fd);
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
