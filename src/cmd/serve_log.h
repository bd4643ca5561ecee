/* serve_log - the file of `serve --log`: a line per connection is appended, and on SIGHUP the file is opened anew, so that
 * logrotate(8) may move it away.
 *
 * Life: serve_log_open -> serve_log_write, from the sink's thread; serve_log_reopen, from the loop's -> serve_log_close. */
#ifndef DOORMAT_CMD_SERVE_LOG_H
#define DOORMAT_CMD_SERVE_LOG_H

#include <stddef.h>

#include "base/err.h"

struct serve_log {
    const char *path; /* borrowed */
    int fd;
};

/* Makes the file (mode 0640) if it is not there. */
int serve_log_open(struct serve_log *log, const char *path, struct err *err) MUST_USE;
/* Where the path cannot be opened, the file that is open stays the log. */
int serve_log_reopen(struct serve_log *log, struct err *err) MUST_USE;
void serve_log_close(struct serve_log *log);

/* A sink_write_fn; arg is a struct serve_log. */
int serve_log_write(const void *data, size_t len, void *arg, struct err *err);

#endif
