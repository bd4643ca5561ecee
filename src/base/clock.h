/* clock - the time, through a seam that tests replace.
 *
 * A struct clock is passed to whoever needs the time; clock_system() is the real one.  Wall time is Unix time, UTC, in
 * microseconds; monotonic time has no epoch and only serves differences. */
#ifndef DOORMAT_BASE_CLOCK_H
#define DOORMAT_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct clock {
    int64_t (*wall_us)(const struct clock *clock);
    int64_t (*mono_us)(const struct clock *clock);
    int64_t fake_us; /* what a fake clock shows; unused by the system's */
};

const struct clock *clock_system(void);
struct clock clock_fake(int64_t wall_us); /* stands still; move it by changing fake_us */

static inline int64_t clock_wall_us(const struct clock *clock) {
    return clock->wall_us(clock);
}
static inline int64_t clock_mono_us(const struct clock *clock) {
    return clock->mono_us(clock);
}
static inline int64_t clock_wall_s(const struct clock *clock) {
    return clock->wall_us(clock) / 1000000;
}

enum { CLOCK_RFC3339_SIZE_B = 32 };

/* RFC 3339 in UTC, "2026-11-23T20:00:00Z", into out; returns out.  Years outside 0..9999 print as "-". */
const char *clock_rfc3339(int64_t wall_s, char out[CLOCK_RFC3339_SIZE_B]);

#endif
