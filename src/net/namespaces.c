#include "net/namespaces.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

int namespaces_tell_kernel(const char *path, const char *line, struct err *err) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line);
    int rc = good ? 0 : err_errno(err, "%s", path);

    if (fd >= 0)
        close(fd);
    return rc;
}

/* It sends the error's text. */
static void try_in_child(namespaces_enter_fn *enter, const void *arg, int fd) {
    struct err err = {""};

    if (enter(arg, &err) != 0 && write(fd, err.text, strlen(err.text)) < 0)
        _exit(EXIT_FAILURE);
    _exit(err.text[0] == '\0' ? EXIT_SUCCESS : EXIT_FAILURE);
}

int namespaces_try_first(namespaces_enter_fn *enter, const void *arg, struct err *err) {
    int ends[2], status = -1;
    char text[ERR_TEXT_SIZE_B] = "";

    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_errno(err, "pipe");
    pid_t pid = fork();
    if (pid == 0)
        try_in_child(enter, arg, ends[1]);
    close(ends[1]);
    ssize_t n = pid > 0 ? read(ends[0], text, sizeof text - 1) : -1;
    close(ends[0]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return err_errno(err, "fork");
    if (status == 0)
        return 0;
    return err_set(err, "%s", n > 0 ? text : "it cannot be tried");
}
