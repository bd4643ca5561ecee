#include "base/log.h"

static FILE *sink;
static struct sink *queue;
static enum log_level most_verbose = LOG_WARN;

void log_to(FILE *to) {
    sink = to;
}

void log_level(enum log_level most) {
    most_verbose = most;
}

void log_through(struct sink *to) {
    queue = to;
}

static void offer(const char *text) {
    char line[1100];
    size_t dropped = sink_is_full(queue) ? 0 : sink_take_dropped(queue);

    if (dropped > 0) {
        int len = snprintf(line, sizeof line,
                           "doormat: %zu messages were dropped, since nobody read them\n", dropped);
        sink_put(queue, line, (size_t)len);
    }
    sink_offer(queue, line, (size_t)snprintf(line, sizeof line, "doormat: %s\n", text));
}

static void PRINTF_LIKE(2, 0) log_line(enum log_level level, const char *fmt, va_list ap) {
    char text[1024];

    if (level > most_verbose)
        return;
    vsnprintf(text, sizeof text, fmt, ap);
    if (queue != NULL) {
        offer(text);
        return;
    }
    fprintf(sink != NULL ? sink : stderr, "doormat: %s\n", text);
}

#define LOG_FUNCTION(name, level)                                                                  \
    void name(const char *fmt, ...) {                                                              \
        va_list ap;                                                                                \
        va_start(ap, fmt);                                                                         \
        log_line(level, fmt, ap);                                                                  \
        va_end(ap);                                                                                \
    }

LOG_FUNCTION(log_error, LOG_ERROR)
LOG_FUNCTION(log_warn, LOG_WARN)
LOG_FUNCTION(log_info, LOG_INFO)
LOG_FUNCTION(log_debug, LOG_DEBUG)
