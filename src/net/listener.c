#include "net/listener.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/address.h"

enum {
    LISTENER_MAX_ADDRESSES = 8,
    LISTENER_BACKLOG = 1024,
    LISTENER_ACCEPTS_PER_TURN = 64,
    LISTENER_PORT_TRIES = 64,
    LISTENER_REST_MS = 100, /* without file descriptors, trying again at once would spin */
};

struct door {
    int fd;
    struct event *event;
    struct listener *listener;
};

struct listener {
    struct door doors[LISTENER_MAX_ADDRESSES];
    size_t count;
    struct timer *rest;
    unsigned port, open, max_open;
    accept_fn *fn;
    void *arg;
};

static unsigned port_of(int fd) {
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return 0;
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

/* A listening socket, or -1 with errno. */
static int bind_one(const struct sockaddr_storage *address, socklen_t len) {
    int one = 1;
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (address->ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)address, len) == 0 && listen(fd, LISTENER_BACKLOG) == 0)
        return fd;
    int cause = errno;
    close(fd);
    errno = cause;
    return -1;
}

static void close_doors(struct listener *listener) {
    for (size_t i = 0; i < listener->count; i++) {
        if (listener->doors[i].event != NULL)
            event_free(listener->doors[i].event);
        close(listener->doors[i].fd);
    }
    listener->count = 0;
}

static bool is_family_missing(int cause) {
    return cause == EAFNOSUPPORT || cause == EADDRNOTAVAIL || cause == EPROTONOSUPPORT;
}

/* Binds every address at one port.  1: a port that was free on the first address is taken on another. */
static int bind_all(struct listener *listener, const char *const *addresses, unsigned port,
                    struct err *err) {
    struct sockaddr_storage address;
    socklen_t len;
    bool chosen = port == 0;

    for (const char *const *text = addresses; *text != NULL; text++) {
        if (listener->count == LISTENER_MAX_ADDRESSES)
            return err_set(err, "%s: more than %d addresses", *text, LISTENER_MAX_ADDRESSES);
        if (address_parse(*text, port, &address, &len) != 0)
            return err_set(err, "%s: not an IPv4 or IPv6 address", *text);
        int fd = bind_one(&address, len);
        if (fd < 0 && is_family_missing(errno) && (text[1] != NULL || listener->count > 0))
            continue;
        if (fd < 0 && errno == EADDRINUSE && chosen && listener->count > 0)
            return 1;
        if (fd < 0)
            return err_errno(err, "cannot listen on %s port %u", *text, port);
        listener->doors[listener->count++] = (struct door){.fd = fd, .listener = listener};
        port = port_of(fd);
    }
    listener->port = port;
    return listener->count > 0 ? 0 : err_set(err, "no address to listen on");
}

static void watch_doors(struct listener *listener, bool on) {
    for (size_t i = 0; i < listener->count; i++)
        if (on)
            event_add(listener->doors[i].event, NULL);
        else
            event_del(listener->doors[i].event);
}

static void wake(void *arg) {
    struct listener *listener = arg;

    watch_doors(listener, listener->open < listener->max_open);
}

static void on_connection(evutil_socket_t door_fd, short what, void *arg) {
    struct listener *listener = ((struct door *)arg)->listener;

    (void)what;
    for (int i = 0; i < LISTENER_ACCEPTS_PER_TURN && listener->open < listener->max_open; i++) {
        int fd = accept4(door_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
            watch_doors(listener, false);
            timer_set(listener->rest, LISTENER_REST_MS);
        }
        if (fd < 0)
            return;
        listener->open++;
        listener->fn(fd, listener->arg);
    }
    if (listener->open >= listener->max_open)
        watch_doors(listener, false);
}

int listener_open(struct loop *loop, const char *const *addresses, unsigned port, unsigned max_open,
                  accept_fn *fn, void *arg, struct listener **out, struct err *err) {
    struct listener *listener = mem_zalloc(sizeof *listener);
    int rc = 1;

    *listener = (struct listener){.max_open = max_open, .fn = fn, .arg = arg};
    for (int i = 0; rc == 1 && i < LISTENER_PORT_TRIES; i++) {
        close_doors(listener);
        rc = bind_all(listener, addresses, port, err);
    }
    if (rc == 1)
        rc = err_set(err, "no port is free on all addresses");
    if (rc != 0) {
        close_doors(listener);
        free(listener);
        return -1;
    }
    listener->rest = timer_new(loop, wake, listener);
    for (size_t i = 0; i < listener->count; i++) {
        struct door *door = &listener->doors[i];
        door->event =
            event_new(loop_base(loop), door->fd, EV_READ | EV_PERSIST, on_connection, door);
        if (door->event == NULL)
            abort();
    }
    watch_doors(listener, true);
    *out = listener;
    return 0;
}

unsigned listener_port(const struct listener *listener) {
    return listener->port;
}

void listener_release(struct listener *listener) {
    listener->open--;
    if (listener->open + 1 == listener->max_open)
        watch_doors(listener, true);
}

void listener_close(struct listener **listener) {
    if (*listener == NULL)
        return;
    timer_free(&(*listener)->rest);
    close_doors(*listener);
    free(*listener);
    *listener = NULL;
}
