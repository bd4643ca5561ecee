#include "cmd/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/terminal.h"

enum {
    LINE_SIZE_B = 256,
    NARROWEST = 20,
    ENOUGH_DONE = 10, /* before that no time is told */
    MINUTE_S = 60,
    HOUR_S = 3600,
};
static const int64_t enough_us = INT64_C(2000000);       /* nor before that */
static const int64_t plain_every_us = INT64_C(10000000); /* lines that stay */

void progress_init(struct progress *progress, bool is_wanted) {
    *progress = (struct progress){.is_on = is_wanted && isatty(STDERR_FILENO) == 1};
    progress->rewrites = terminal_takes_escapes(STDERR_FILENO);
    progress->width = terminal_width(STDERR_FILENO);
    progress->started_us = progress->told_us = clock_mono_us(clock_system());
}

/* All at one speed: how many run at a time is in it already. */
static int64_t left_s(unsigned done, unsigned total, int64_t elapsed_us) {
    if (done < ENOUGH_DONE || done >= total || elapsed_us < enough_us)
        return -1;
    return elapsed_us / done * (total - done) / 1000000 + 1;
}

static void put_time(char *out, size_t size_b, int64_t seconds) {
    if (seconds < 0)
        snprintf(out, size_b, "%s", "");
    else if (seconds < 2 * MINUTE_S)
        snprintf(out, size_b, ", %d s left", (int)seconds);
    else if (seconds < 2 * HOUR_S)
        snprintf(out, size_b, ", %d min left", (int)(seconds / MINUTE_S));
    else
        snprintf(out, size_b, ", %d h left", (int)(seconds / HOUR_S));
}

/* What there is no room for is cut from the name, which may be a long recipe. */
size_t progress_format(char *out, size_t size_b, unsigned width, unsigned done, unsigned total,
                       const char *name, int64_t elapsed_us) {
    char count[32], time[48];
    size_t room = width < size_b ? width : size_b - 1;

    snprintf(count, sizeof count, "%u/%u", done, total);
    put_time(time, sizeof time, left_s(done, total, elapsed_us));
    size_t taken = strlen(count) + strlen(time) + 1;
    size_t shown = room > taken ? room - taken : 0;
    if (done >= total || shown == 0)
        snprintf(out, room + 1, "%s%s", count, time);
    else
        snprintf(out, room + 1, "%s %.*s%s", count, (int)shown, name, time);
    return strlen(out);
}

static unsigned room_of(const struct progress *progress) {
    if (progress->width == 0)
        return TERMINAL_MIN_COLUMNS;
    return progress->width > NARROWEST ? progress->width - 1 : NARROWEST;
}

void progress_show(struct progress *progress, unsigned done, unsigned total, const char *name) {
    int64_t now_us = clock_mono_us(clock_system());
    char line[LINE_SIZE_B];

    if (!progress->is_on || (!progress->rewrites && now_us - progress->told_us < plain_every_us))
        return;
    progress_format(line, sizeof line, room_of(progress), done, total, name,
                    now_us - progress->started_us);
    fprintf(stderr, progress->rewrites ? "\r\033[K%s" : "%s\n", line);
    fflush(stderr);
    progress->told_us = now_us;
    progress->has_line = progress->rewrites;
}

void progress_clear(struct progress *progress) {
    if (progress->has_line)
        fputs("\r\033[K", stderr);
    progress->has_line = false;
}
