/* file - whole files, read with a bound and written so that a crash leaves the old one or the new one, never half.
 * Paths are NUL-terminated.  Errors name the path. */
#ifndef DOORMAT_BASE_FILE_H
#define DOORMAT_BASE_FILE_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends the file to buf; a file longer than the buffer's ceiling is an error. */
int file_read(const char *path, struct buf *buf, struct err *err) MUST_USE;

/* Likewise of a regular file that belongs to this user and that nobody else may write, at the path itself; anything else is an
 * error.  Opens neither what a link names nor what would wait for a writer. */
int file_read_own(const char *path, struct buf *buf, struct err *err) MUST_USE;

/* Writes a temporary file beside path, fsyncs it, renames it over path and fsyncs the directory. */
int file_write(const char *path, const void *data, size_t len, mode_t mode,
               struct err *err) MUST_USE;

/* Makes the directory and the missing ones above it, with the given mode; one that exists is left as it is. */
int file_make_dir(const char *path, mode_t mode, struct err *err) MUST_USE;

/* A new empty directory under $TMPDIR or /tmp, mode 0700; *path is the caller's to free. */
int file_temp_dir(char **path, struct err *err) MUST_USE;

/* Removes a directory and what is in it (two levels at most: what Doormat itself makes).  Best effort. */
void file_remove_dir(const char *path);

/* The same for what programs made in a directory of ours, however deep.  Follows no symbolic link. */
void file_remove_tree(const char *path);

/* Writes the file in place, without fsync: for what nobody needs after a crash. */
int file_write_plain(const char *path, const void *data, size_t len, mode_t mode,
                     struct err *err) MUST_USE;

#endif
