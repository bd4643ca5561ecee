#include "net/watch.h"

#include <event2/event.h>

#include "base/mem.h"

struct watch {
    struct event *event;
    watch_fn *fn;
    void *arg;
};

static void on_event(evutil_socket_t fd, short what, void *arg) {
    struct watch *watch = arg;

    (void)fd;
    (void)what;
    watch->fn(watch->arg);
}

struct watch *watch_new(struct loop *loop, int fd, watch_fn *fn, void *arg) {
    struct watch *watch = mem_zalloc(sizeof *watch);

    watch->fn = fn;
    watch->arg = arg;
    watch->event = event_new(loop_base(loop), fd, EV_READ | EV_PERSIST, on_event, watch);
    if (watch->event == NULL)
        abort();
    event_add(watch->event, NULL);
    return watch;
}

void watch_free(struct watch **watch) {
    if (*watch == NULL)
        return;
    event_free((*watch)->event);
    free(*watch);
    *watch = NULL;
}
