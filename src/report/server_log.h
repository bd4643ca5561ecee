/* server_log - what the log of a mail server says is wrong: each text once, and how often it came.
 *
 * Life: all-zero -> server_log_add -> server_log_fini.  Texts that differ in digits alone are one: ports, process ids. */
#ifndef DOORMAT_REPORT_SERVER_LOG_H
#define DOORMAT_REPORT_SERVER_LOG_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"

enum { SERVER_LOG_MAX = 64 };

struct server_log {
    struct {
        char *text;
        unsigned times;
    } lines[SERVER_LOG_MAX]; /* in the order in which they first came; more are dropped */
    size_t count;
};

void server_log_add(struct server_log *log, const char *text, size_t len);
void server_log_fini(struct server_log *log);

/* The three that came most often, a line each behind the prefix: a setting that is wrong spoils each delivery. */
void server_log_put(const struct server_log *log, const char *prefix, struct buf *out);
json_t *server_log_json(
    const struct server_log *log); /* an array of texts, those first that came most often */

#endif
