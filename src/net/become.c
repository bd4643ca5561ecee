#include "net/become.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

int become_open_input(const char *path) {
    return open(path, O_RDONLY);
}

int become_program(const char *const *argv, const char *const *env, int input_fd, int output_fd) {
    static const int defaults[] = {SIGPIPE, SIGINT, SIGTERM};

    if (input_fd < 0 || dup2(input_fd, STDIN_FILENO) < 0 || dup2(output_fd, STDOUT_FILENO) < 0 ||
        dup2(output_fd, STDERR_FILENO) < 0)
        return errno;
    if (input_fd > STDERR_FILENO)
        close(input_fd);
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        signal(defaults[i], SIG_DFL);
    if (setpgid(0, 0) != 0)
        return errno;
    execvpe(argv[0], (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
    return errno;
}
