#include "cmd/serve_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

enum { MODE = 0640 /* senders' addresses are nobody else's business */ };

/* Opened without waiting for the reader of a FIFO; written to with waiting, by a thread that has the time. */
static int open_file(const char *path, struct err *err) {
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, MODE);

    if (fd < 0 && errno == ENXIO)
        return err_set(err, "%s: nobody reads from it: start its reader first", path);
    if (fd < 0 || fcntl(fd, F_SETFL, O_APPEND) == 0)
        return fd >= 0 ? fd : err_errno(err, "%s", path);
    err_errno(err, "%s", path);
    close(fd);
    return -1;
}

int serve_log_open(struct serve_log *log, const char *path, struct err *err) {
    *log = (struct serve_log){.path = path, .fd = open_file(path, err)};
    return log->fd >= 0 ? 0 : -1;
}

/* The thread that writes knows the number alone: what is behind it changes between two lines. */
int serve_log_reopen(struct serve_log *log, struct err *err) {
    int fd = open_file(log->path, err);

    if (fd < 0)
        return -1;
    int rc = dup3(fd, log->fd, O_CLOEXEC) >= 0 ? 0 : err_errno(err, "%s", log->path);
    close(fd);
    return rc;
}

void serve_log_close(struct serve_log *log) {
    if (log->path != NULL)
        close(log->fd);
    *log = (struct serve_log){0};
}

int serve_log_write(const void *data, size_t len, void *arg, struct err *err) {
    const struct serve_log *log = arg;
    const uint8_t *at = data;

    while (len > 0) {
        ssize_t n = write(log->fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, "%s", log->path);
        at += n;
        len -= (size_t)n;
    }
    return 0;
}
