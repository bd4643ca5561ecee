#include "net/loop.h"

#include <assert.h>
#include <event2/event.h>

#include "base/mem.h"

enum { LOOP_MAX_SIGNALS = 8, LOOP_CALLBACKS_PER_LOOK = 64, LOOP_LOOK_US = 10 * 1000 };

struct signal_watch {
    struct event *event;
    signal_fn *fn;
    void *arg;
};

struct loop {
    struct event_base *base;
    const struct clock *clock;
    struct signal_watch signals[LOOP_MAX_SIGNALS];
    size_t signal_count;
};

struct timer {
    struct event *event;
    timer_fn *fn;
    void *arg;
};

/* libevent has no more memory than we have: without it the program ends (base/mem.h). */
static void *allocate(size_t size_b) {
    return mem_resize(NULL, 1, size_b);
}

static void *reallocate(void *old, size_t size_b) {
    return mem_resize(old, 1, size_b);
}

int loop_new(const struct clock *clock, struct loop **out, struct err *err) {
    struct loop *loop = mem_zalloc(sizeof *loop);

    event_set_mem_functions(allocate, reallocate, free);
    struct event_config *config = event_config_new();

    /* Timers that are exact to a millisecond cost nothing here, and one thread owns the loop: no locks. */
    if (config != NULL)
        event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    /* However much has come, the loop looks for signals, timers and newcomers now and then. */
    const struct timeval look = {0, LOOP_LOOK_US};
    if (config != NULL)
        event_config_set_max_dispatch_interval(config, &look, LOOP_CALLBACKS_PER_LOOK, 0);
    loop->clock = clock;
    loop->base = config != NULL ? event_base_new_with_config(config) : NULL;
    if (config != NULL)
        event_config_free(config);
    if (loop->base == NULL) {
        free(loop);
        return err_set(err, "the event loop does not start");
    }
    *out = loop;
    return 0;
}

void loop_free(struct loop **loop) {
    if (*loop == NULL)
        return;
    for (size_t i = 0; i < (*loop)->signal_count; i++)
        event_free((*loop)->signals[i].event);
    event_base_free((*loop)->base);
    free(*loop);
    *loop = NULL;
}

int loop_run(struct loop *loop, struct err *err) {
    if (event_base_dispatch(loop->base) < 0)
        return err_set(err, "the event loop failed");
    return 0;
}

void loop_stop(struct loop *loop) {
    event_base_loopbreak(loop->base);
}

const struct clock *loop_clock(const struct loop *loop) {
    return loop->clock;
}

struct event_base *loop_base(struct loop *loop) {
    return loop->base;
}

static void timer_fire(evutil_socket_t fd, short what, void *arg) {
    struct timer *timer = arg;

    (void)fd;
    (void)what;
    timer->fn(timer->arg);
}

struct timer *timer_new(struct loop *loop, timer_fn *fn, void *arg) {
    struct timer *timer = mem_zalloc(sizeof *timer);

    timer->fn = fn;
    timer->arg = arg;
    timer->event = event_new(loop->base, -1, 0, timer_fire, timer);
    if (timer->event == NULL)
        abort();
    return timer;
}

void timer_set(struct timer *timer, int64_t delay_ms) {
    struct timeval tv = {.tv_sec = delay_ms / 1000, .tv_usec = delay_ms % 1000 * 1000};

    assert(delay_ms >= 0);
    event_add(timer->event, &tv);
}

void timer_unset(struct timer *timer) {
    event_del(timer->event);
}

void timer_free(struct timer **timer) {
    if (*timer == NULL)
        return;
    event_free((*timer)->event);
    free(*timer);
    *timer = NULL;
}

static void signal_fire(evutil_socket_t signo, short what, void *arg) {
    struct signal_watch *watch = arg;

    (void)what;
    watch->fn((int)signo, watch->arg);
}

int loop_on_signal(struct loop *loop, int signo, signal_fn *fn, void *arg, struct err *err) {
    assert(loop->signal_count < LOOP_MAX_SIGNALS);
    struct signal_watch *watch = &loop->signals[loop->signal_count];

    *watch = (struct signal_watch){.fn = fn, .arg = arg};
    watch->event = evsignal_new(loop->base, signo, signal_fire, watch);
    if (watch->event == NULL || event_add(watch->event, NULL) != 0) {
        if (watch->event != NULL)
            event_free(watch->event);
        return err_set(err, "signal %d cannot be watched", signo);
    }
    loop->signal_count++;
    return 0;
}
