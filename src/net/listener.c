#include "net/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/address.h"
#include "net/watch.h"

enum {
    LISTENER_BACKLOG = 1024,
    LISTENER_ACCEPTS_PER_TURN = 64,
    LISTENER_PORT_TRIES = 64,
    LISTENER_REST_MS = 100, /* without file descriptors, trying again at once would spin */
};

/* An event of the loop takes ten times as much memory as a bound socket: so all sockets share one, behind an epoll of their own. */
struct acceptor {
    struct loop *loop;
    int epoll;
    struct watch *watch; /* NULL while it rests */
    struct timer *rest;
};

struct bound_socket {
    int fd;
    struct listener *listener;
};

struct listener {
    struct acceptor *acceptor;
    accept_fn *fn;
    void *arg;
    unsigned port, open, max_open;
    unsigned count;
    struct bound_socket sockets[];
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

/* Closing alone would not do where a child process that is just being started has a copy of the socket. */
static void close_sockets(struct listener *listener) {
    for (size_t i = 0; i < listener->count; i++) {
        epoll_ctl(listener->acceptor->epoll, EPOLL_CTL_DEL, listener->sockets[i].fd, NULL);
        close(listener->sockets[i].fd);
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
        if (address_parse(*text, port, &address, &len) != 0)
            return err_set(err, "%s: not an IPv4 or IPv6 address", *text);
        int fd = bind_one(&address, len);
        if (fd < 0 && is_family_missing(errno) && (text[1] != NULL || listener->count > 0))
            continue;
        if (fd < 0 && errno == EADDRINUSE && chosen && listener->count > 0)
            return 1;
        if (fd < 0)
            return err_errno(err, "cannot listen on %s port %u", *text, port);
        listener->sockets[listener->count++] =
            (struct bound_socket){.fd = fd, .listener = listener};
        port = port_of(fd);
        if (port == 0)
            return err_errno(err, "the port of %s cannot be told", *text);
    }
    listener->port = port;
    return listener->count > 0 ? 0 : err_set(err, "no address to listen on");
}

static void watch_sockets(const struct listener *listener, bool on) {
    for (size_t i = 0; i < listener->count; i++) {
        struct epoll_event event = {.events = on ? EPOLLIN : 0,
                                    .data.ptr = (void *)&listener->sockets[i]};
        epoll_ctl(listener->acceptor->epoll, EPOLL_CTL_MOD, listener->sockets[i].fd, &event);
    }
}

static int add_sockets(struct listener *listener, struct err *err) {
    for (size_t i = 0; i < listener->count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listener->sockets[i]};

        if (epoll_ctl(listener->acceptor->epoll, EPOLL_CTL_ADD, listener->sockets[i].fd, &event) !=
            0)
            return err_errno(err, "cannot watch port %u", listener->port);
    }
    return 0;
}

static void rest(struct acceptor *acceptor) {
    watch_free(&acceptor->watch);
    timer_set(acceptor->rest, LISTENER_REST_MS);
}

static void accept_some(struct acceptor *acceptor, const struct bound_socket *bound) {
    struct listener *listener = bound->listener;

    for (int i = 0; i < LISTENER_ACCEPTS_PER_TURN && listener->open < listener->max_open; i++) {
        int fd = accept4(bound->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
            rest(acceptor);
        if (fd < 0)
            return;
        listener->open++;
        listener->fn(fd, listener->arg);
    }
    if (listener->open >= listener->max_open)
        watch_sockets(listener, false);
}

/* Of several sockets one a turn: the callback may close the others, and those who are connected have their turn between. */
static void on_incoming(void *arg) {
    struct acceptor *acceptor = arg;
    struct epoll_event event;

    if (epoll_wait(acceptor->epoll, &event, 1, 0) == 1)
        accept_some(acceptor, event.data.ptr);
}

static void wake(void *arg) {
    struct acceptor *acceptor = arg;

    acceptor->watch = watch_new(acceptor->loop, acceptor->epoll, on_incoming, acceptor);
}

int acceptor_new(struct loop *loop, struct acceptor **out, struct err *err) {
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    if (epoll < 0)
        return err_errno(err, "cannot watch ports");
    *out = mem_zalloc(sizeof **out);
    **out = (struct acceptor){.loop = loop, .epoll = epoll};
    (*out)->rest = timer_new(loop, wake, *out);
    wake(*out);
    return 0;
}

void acceptor_free(struct acceptor **acceptor) {
    if (*acceptor == NULL)
        return;
    timer_free(&(*acceptor)->rest);
    watch_free(&(*acceptor)->watch);
    close((*acceptor)->epoll);
    free(*acceptor);
    *acceptor = NULL;
}

static size_t count_of(const char *const *addresses) {
    size_t count = 0;

    while (addresses[count] != NULL)
        count++;
    return count;
}

int listener_open(struct acceptor *acceptor, const char *const *addresses, unsigned port,
                  unsigned max_open, accept_fn *fn, void *arg, struct listener **out,
                  struct err *err) {
    size_t size_b = sizeof(struct listener) + count_of(addresses) * sizeof(struct bound_socket);
    struct listener *listener = mem_zalloc(size_b);
    int rc = 1;

    *listener = (struct listener){.acceptor = acceptor, .max_open = max_open, .fn = fn, .arg = arg};
    for (int i = 0; rc == 1 && i < LISTENER_PORT_TRIES; i++) {
        close_sockets(listener);
        rc = bind_all(listener, addresses, port, err);
    }
    if (rc == 1)
        rc = err_set(err, "no port is free on all addresses");
    if (rc != 0 || add_sockets(listener, err) != 0) {
        listener_close(&listener);
        return -1;
    }
    *out = listener;
    return 0;
}

unsigned listener_port(const struct listener *listener) {
    return listener->port;
}

void listener_release(struct listener *listener) {
    listener->open--;
    if (listener->open + 1 == listener->max_open)
        watch_sockets(listener, true);
}

/* What has come already is read away, for what is unread at the end makes of it a reset, which overtakes the text. */
void listener_turn_away(struct listener *listener, int fd, const char *text) {
    char waste[4096];

    if (text != NULL && send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) > 0 &&
        shutdown(fd, SHUT_WR) == 0)
        (void)!recv(fd, waste, sizeof waste, MSG_DONTWAIT);
    close(fd);
    listener_release(listener);
}

void listener_close(struct listener **listener) {
    if (*listener == NULL)
        return;
    close_sockets(*listener);
    free(*listener);
    *listener = NULL;
}

int listener_probe(const char *text, bool *is_missing, struct err *err) {
    struct sockaddr_storage address;
    socklen_t len;

    *is_missing = false;
    if (address_parse(text, 0, &address, &len) != 0)
        return err_set(err, "%s: not an IPv4 or IPv6 address", text);
    int fd = bind_one(&address, len);
    if (fd < 0) {
        *is_missing = is_family_missing(errno);
        return err_errno(err, "cannot listen on %s", text);
    }
    close(fd);
    return 0;
}
