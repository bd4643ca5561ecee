#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

enum { MODE = 0644 };

struct output {
    int fd;
    char *path;  /* "standard output" for messages */
    char *place; /* where it is put at last; NULL: nowhere, it is written to as it comes */
    char *temp;  /* until then */
    bool is_stdout;
    bool is_emptied_first; /* a file of old content that is written over */
};

static void output_free(struct output **output) {
    struct output *closing = *output;

    *output = NULL;
    free(closing->path);
    free(closing->place);
    free(closing->temp);
    free(closing);
}

/* old: the file that will be replaced; NULL: there is none.  The owner first, for a change of it may take bits of the mode. */
static int open_beside(struct output *output, const struct stat *old, struct err *err) {
    mode_t mode = old != NULL ? old->st_mode & 07777 : MODE;

    output->temp = mem_printf("%s.XXXXXX", output->place);
    output->fd = mkostemp(output->temp, O_CLOEXEC);
    if (output->fd < 0)
        return err_errno(err, "%s", output->path);
    if ((old == NULL || fchown(output->fd, old->st_uid, old->st_gid) == 0) &&
        fchmod(output->fd, mode) == 0)
        return 0;
    err_errno(err, "%s", output->path);
    unlink(output->temp);
    close(output->fd);
    return -1;
}

static int open_itself(struct output *output, int flags, struct err *err) {
    free(output->place);
    output->place = NULL;
    output->fd = open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY | flags);
    return output->fd < 0 ? err_errno(err, "%s", output->path) : 0;
}

/* Names of what is open already, by this process or another: others may write to it as well. */
static bool is_name_of_open_file(const char *path) {
    return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
}

/* A file that nobody may write to is not replaced either. */
static int open_regular(struct output *output, const struct stat *old, struct err *err) {
    char *real = realpath(output->path, NULL);

    if (real == NULL || access(output->path, W_OK) != 0) {
        err_errno(err, "%s", output->path);
        free(real);
        return -1;
    }
    output->place = mem_strdup(real);
    free(real);
    if (open_beside(output, old, err) == 0)
        return 0;
    output->is_emptied_first = true;
    return open_itself(output, 0, err);
}

/* What a link leads to is what is replaced; a link that leads nowhere is an error. */
static int open_path(struct output *output, struct err *err) {
    struct stat status;
    bool is_there = stat(output->path, &status) == 0;

    if (!is_there && errno == ENOENT && lstat(output->path, &status) == 0)
        return err_set(err, "%s is a symbolic link to a file that is not there", output->path);
    if (!is_there && errno != ENOENT)
        return err_errno(err, "%s", output->path);
    if (!is_there) {
        output->place = mem_strdup(output->path);
        return open_beside(output, NULL, err);
    }
    if (S_ISREG(status.st_mode) && !is_name_of_open_file(output->path))
        return open_regular(output, &status, err);
    return open_itself(output, S_ISREG(status.st_mode) ? O_APPEND : 0, err);
}

static bool names_stdout(const char *path) {
    return path == NULL || strcmp(path, "-") == 0;
}

bool output_may_wait(const char *path) {
    struct stat status;

    return !names_stdout(path) && stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
}

int output_open(const char *path, struct output **out, struct err *err) {
    struct output *output = mem_zalloc(sizeof *output);

    output->is_stdout = names_stdout(path);
    output->path = mem_strdup(output->is_stdout ? "standard output" : path);
    output->fd = STDOUT_FILENO;
    *out = output;
    if (output->is_stdout || open_path(output, err) == 0)
        return 0;
    output_free(out);
    return -1;
}

void output_hold_standard(void) {
    for (int wanted = STDOUT_FILENO; wanted <= STDERR_FILENO; wanted++) {
        if (fcntl(wanted, F_GETFD) >= 0)
            continue;
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (fd == wanted || fd < 0)
            continue;
        (void)!dup2(fd, wanted);
        close(fd);
    }
}

bool output_is_stdout(const struct output *output) {
    return output->is_stdout;
}

int output_write(struct output *output, const void *data, size_t len, struct err *err) {
    const char *at = data;

    if (output->is_emptied_first && ftruncate(output->fd, 0) != 0)
        return err_errno(err, "%s", output->path);
    output->is_emptied_first = false;
    while (len > 0) {
        ssize_t n = write(output->fd, at, len);
        if (n < 0 && errno == EAGAIN) /* who shares it has made it so */
            poll(&(struct pollfd){.fd = output->fd, .events = POLLOUT}, 1, -1);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n < 0 && errno == EPIPE && output->is_stdout)
            return 0; /* whoever read it, such as head(1), has read enough */
        if (n < 0)
            return err_errno(err, "%s", output->path);
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

/* The rename is on disk only when the directory is. */
static int sync_dir_of(const char *path) {
    char *copy = mem_strdup(path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : fsync(fd);

    if (fd >= 0)
        close(fd);
    free(copy);
    return rc;
}

static int put_in_place(const struct output *output, struct err *err) {
    if (fsync(output->fd) != 0 || rename(output->temp, output->place) != 0 ||
        sync_dir_of(output->place) != 0)
        return err_errno(err, "%s", output->path);
    return 0;
}

int output_close(struct output **output, bool is_kept, struct err *err) {
    struct output *closing = *output;
    int rc = 0;

    if (closing == NULL)
        return 0;
    if (closing->place != NULL && is_kept)
        rc = put_in_place(closing, err);
    if (closing->place != NULL && (!is_kept || rc != 0))
        unlink(closing->temp);
    if (!closing->is_stdout && close(closing->fd) != 0 && rc == 0)
        rc = err_errno(err, "%s", closing->path);
    output_free(output);
    return rc;
}
