/* output - where a report goes: standard output, or a file that is opened before the work and holds the whole report or
 * nothing of it.
 *
 * A regular file, or one that is not there yet, is written beside its place and put there by output_close: until then an older
 * report stays as it was.  What is no regular file (a device, a pipe) is written to as it comes, and never replaced.  A
 * symbolic link stays one: what it leads to is replaced.  Mode and owner stay; where they cannot, or the directory takes no
 * new file, the file itself is written over at its first byte.  So it is with what /dev and /proc name: /dev/stderr may be a
 * file that others write to, and is written to at its end.
 *
 * A reader of standard output that has gone, as head(1) does, is no failure.
 *
 * Life: output_open -> output_write ... -> output_close.  Errors name the path. */
#ifndef DOORMAT_BASE_OUTPUT_H
#define DOORMAT_BASE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Once, before anything is opened: standard output and error that are closed become descriptors that nobody can write to.  Else
 * the next file or socket would get the number, and what is meant for a reader. */
void output_hold_standard(void);

struct output;

/* Whether output_open would wait there: for the reader of a FIFO, as long as it takes. */
bool output_may_wait(const char *path);

/* NULL and "-" are standard output.  On failure *out is NULL. */
int output_open(const char *path, struct output **out, struct err *err) MUST_USE;
bool output_is_stdout(const struct output *output);
int output_write(struct output *output, const void *data, size_t len, struct err *err) MUST_USE;

/* Puts the file in its place if it is to be kept, else takes back what was written; frees in either case.  NULL behind the
 * pointer: nothing. */
int output_close(struct output **output, bool is_kept, struct err *err) MUST_USE;

#endif
