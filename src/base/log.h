/* log - one line a message on the log sink, "doormat: text".
 *
 * The sink is standard error unless log_to names another stream (tests do); the level is LOG_WARN until log_level says otherwise.
 * A program with a loop gives a sink (sink.h) with log_through: a reader of the log who stops then stops nobody, and how many
 * messages were dropped meanwhile is told afterwards.
 *
 * Safe to call from worker threads: a message is one write. */
#ifndef DOORMAT_BASE_LOG_H
#define DOORMAT_BASE_LOG_H

#include <stdio.h>

#include "base/err.h"
#include "base/sink.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_to(FILE *sink);
void log_through(
    struct sink *queue); /* NULL: no longer; the caller's, before any worker thread and after all */
void log_level(enum log_level most);
void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
