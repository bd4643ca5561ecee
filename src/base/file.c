#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

enum { MAX_TREE_LEVELS = 16 };

static int read_all(int fd, const char *path, struct buf *buf, struct err *err) {
    char chunk[16384];
    ssize_t n;

    while ((n = read(fd, chunk, sizeof chunk)) > 0)
        if (buf_append(buf, chunk, (size_t)n) != 0)
            return err_set(err, "%s: longer than %zu bytes", path, buf->max);
    return n < 0 ? err_errno(err, "%s", path) : 0;
}

int file_read(const char *path, struct buf *buf, struct err *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return err_errno(err, "%s", path);
    int rc = read_all(fd, path, buf, err);
    close(fd);
    return rc;
}

static int check_own(int fd, const char *path, struct err *err) {
    struct stat st;

    if (fstat(fd, &st) != 0)
        return err_errno(err, "%s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, "%s: not a regular file", path);
    if (st.st_uid != geteuid())
        return err_set(err, "%s: belongs to another user", path);
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return err_set(err, "%s: others may write it (chmod 600 helps)", path);
    return 0;
}

int file_read_own(const char *path, struct buf *buf, struct err *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0)
        return err_errno(err, "%s", path);
    int rc = check_own(fd, path, err);
    if (rc == 0)
        rc = read_all(fd, path, buf, err);
    close(fd);
    return rc;
}

static int write_all(int fd, const uint8_t *data, size_t len) {
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
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

int file_write(const char *path, const void *data, size_t len, mode_t mode, struct err *err) {
    char *temp = mem_printf("%s.XXXXXX", path);
    int rc = -1;
    int fd = mkostemp(temp, O_CLOEXEC);

    if (fd < 0) {
        err_errno(err, "%s", path);
        free(temp);
        return -1;
    }
    if (fchmod(fd, mode) != 0 || write_all(fd, data, len) != 0 || fsync(fd) != 0) {
        err_errno(err, "%s", path);
        goto out;
    }
    if (rename(temp, path) != 0 || sync_dir_of(path) != 0) {
        err_errno(err, "%s", path);
        goto out;
    }
    rc = 0;
out:
    close(fd);
    if (rc != 0)
        unlink(temp);
    free(temp);
    return rc;
}

int file_make_dir(const char *path, mode_t mode, struct err *err) {
    char *copy = mem_strdup(path);
    int rc = 0;

    for (char *slash = copy + 1; rc == 0; slash++) {
        slash = strchrnul(slash, '/');
        char kept = *slash;
        *slash = '\0';
        if (mkdir(copy, mode) != 0 && errno != EEXIST)
            rc = err_errno(err, "%s", copy);
        *slash = kept;
        if (kept == '\0')
            break;
    }
    free(copy);
    return rc;
}

int file_temp_dir(char **path, struct err *err) {
    const char *base = getenv("TMPDIR");

    *path = mem_printf("%s/doormat.XXXXXX", base != NULL && *base != '\0' ? base : "/tmp");
    if (mkdtemp(*path) != NULL)
        return 0;
    err_errno(err, "%s: no temporary directory can be made there (TMPDIR says where)", *path);
    free(*path);
    *path = NULL;
    return -1;
}

static void remove_dir(const char *path, int levels) {
    DIR *dir = opendir(path);
    struct dirent *entry;

    if (dir == NULL && errno != ENOENT && errno != ENOTDIR)
        log_warn("%s is left, remove it: %s", path, strerror(errno));
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *inner = mem_printf("%s/%s", path, entry->d_name);
        if (unlink(inner) != 0 && levels > 1)
            remove_dir(inner, levels - 1);
        free(inner);
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(path);
}

void file_remove_dir(const char *path) {
    remove_dir(path, 2);
}

void file_remove_tree(const char *path) {
    remove_dir(path, MAX_TREE_LEVELS);
}

int file_write_plain(const char *path, const void *data, size_t len, mode_t mode, struct err *err) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    int rc = 0;

    if (fd < 0)
        return err_errno(err, "%s", path);
    if (fchmod(fd, mode) != 0 || write_all(fd, data, len) != 0)
        rc = err_errno(err, "%s", path);
    close(fd);
    return rc;
}
