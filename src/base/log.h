/* log - one line a message on the log sink, "doormat: text".
 *
 * The sink is standard error unless log_to names another stream (tests do); the level is LOG_WARN until log_level says otherwise.
 * Safe to call from worker threads: a message is one write. */
#ifndef DOORMAT_BASE_LOG_H
#define DOORMAT_BASE_LOG_H

#include <stdio.h>

#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_to(FILE *sink);
void log_level(enum log_level most);
void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
