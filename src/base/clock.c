#include "base/clock.h"

static int64_t read_us(clockid_t id) {
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t system_wall_us(const struct clock *clock) {
    (void)clock;
    return read_us(CLOCK_REALTIME);
}

static int64_t system_mono_us(const struct clock *clock) {
    (void)clock;
    return read_us(CLOCK_MONOTONIC);
}

static int64_t fake_us(const struct clock *clock) {
    return clock->fake_us;
}

const struct clock *clock_system(void) {
    static const struct clock real = {.wall_us = system_wall_us, .mono_us = system_mono_us};

    return &real;
}

struct clock clock_fake(int64_t wall_us) {
    return (struct clock){.wall_us = fake_us, .mono_us = fake_us, .fake_us = wall_us};
}

const char *clock_rfc3339(int64_t wall_s, char out[CLOCK_RFC3339_SIZE_B]) {
    time_t t = (time_t)wall_s;
    struct tm tm;

    if (gmtime_r(&t, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 8099 ||
        strftime(out, CLOCK_RFC3339_SIZE_B, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        snprintf(out, CLOCK_RFC3339_SIZE_B, "-");
    return out;
}
