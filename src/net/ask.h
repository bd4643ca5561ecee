/* ask - a short command whose answer is waited for: `postconf -n`.  Not for the loop: it blocks. */
#ifndef DOORMAT_NET_ASK_H
#define DOORMAT_NET_ASK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends what the command prints on standard output, and on standard error too if `both`, to out, whose ceiling bounds it.
 * Returns its exit status (128 + signal as shells say it), or -1: it cannot be run, or took longer than 20 seconds and was
 * killed.  argv[0] is looked up in PATH; standard input is /dev/null. */
int ask_program(const char *const *argv, bool both, struct buf *out, struct err *err) MUST_USE;

#endif
