/* namespaces - what all who enter namespaces need (namespaces(7)): a line for the kernel, and a trial beforehand. */
#ifndef DOORMAT_NET_NAMESPACES_H
#define DOORMAT_NET_NAMESPACES_H

#include "base/err.h"

/* Writes the line into a file of the kernel's, such as /proc/self/uid_map, at one go. */
int namespaces_tell_kernel(const char *path, const char *line, struct err *err) MUST_USE;

typedef int namespaces_enter_fn(const void *arg, struct err *err);

/* What fails half-way cannot be taken back, so a child does it first and ends: 0, or -1 with the text of its error.  The calling
 * process has one thread. */
int namespaces_try_first(namespaces_enter_fn *enter, const void *arg, struct err *err) MUST_USE;

#endif
