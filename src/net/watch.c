#include "net/watch.h"

#include <event2/event.h>

#include "base/mem.h"

enum { WATCH_AGAIN_MS = 100 };

struct watch {
    struct event *event;
    struct timer *again; /* until the kernel takes it */
    watch_fn *fn;
    void *arg;
};

static void on_event(evutil_socket_t fd, short what, void *arg) {
    struct watch *watch = arg;

    (void)fd;
    (void)what;
    watch->fn(watch->arg);
}

/* The kernel may lack the memory; without the watch its owner would wait for ever. */
static void begin(void *arg) {
    struct watch *watch = arg;

    if (event_add(watch->event, NULL) != 0)
        timer_set(watch->again, WATCH_AGAIN_MS);
}

struct watch *watch_new(struct loop *loop, int fd, watch_fn *fn, void *arg) {
    struct watch *watch = mem_zalloc(sizeof *watch);

    watch->fn = fn;
    watch->arg = arg;
    watch->event = event_new(loop_base(loop), fd, EV_READ | EV_PERSIST, on_event, watch);
    if (watch->event == NULL)
        abort();
    watch->again = timer_new(loop, begin, watch);
    begin(watch);
    return watch;
}

void watch_free(struct watch **watch) {
    if (*watch == NULL)
        return;
    timer_free(&(*watch)->again);
    event_free((*watch)->event);
    free(*watch);
    *watch = NULL;
}
