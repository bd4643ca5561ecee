#include "net/connector.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/address.h"

struct connector {
    int fd;    /* -1: none, or handed over */
    int cause; /* why it failed at once */
    struct event *event;
    connector_fn *fn;
    void *arg;
};

static int socket_error(int fd) {
    int cause = 0;
    socklen_t len = sizeof cause;

    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &len) == 0 ? cause : errno;
}

static void on_event(evutil_socket_t fd, short what, void *arg) {
    struct connector *connector = arg;
    int cause = connector->cause;

    if (cause == 0)
        cause = (what & EV_WRITE) != 0 ? socket_error((int)fd) : ETIMEDOUT;
    if (cause != 0) {
        connector->fn(-1, cause, connector->arg);
        return;
    }
    connector->fd = -1;
    connector->fn((int)fd, 0, connector->arg);
}

/* errno, or 0 when the connection is under way. */
static int begin(struct connector *connector, const char *text, unsigned port) {
    struct sockaddr_storage address;
    socklen_t len;

    if (address_parse(text, port, &address, &len) != 0)
        return EINVAL;
    connector->fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connector->fd < 0)
        return errno;
    if (connect(connector->fd, (const struct sockaddr *)&address, len) != 0 && errno != EINPROGRESS)
        return errno;
    return 0;
}

struct connector *connector_new(struct loop *loop, const char *address, unsigned port,
                                int64_t timeout_ms, connector_fn *fn, void *arg) {
    struct connector *started = mem_zalloc(sizeof *started);
    struct timeval tv = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};

    *started = (struct connector){.fd = -1, .fn = fn, .arg = arg};
    started->cause = begin(started, address, port);
    started->event = event_new(loop_base(loop), started->cause == 0 ? started->fd : -1,
                               started->cause == 0 ? EV_WRITE : 0, on_event, started);
    if (started->event == NULL)
        abort();
    if (started->cause == 0 && event_add(started->event, &tv) != 0)
        started->cause = ENOMEM;
    if (started->cause != 0)
        event_active(started->event, EV_TIMEOUT, 0);
    return started;
}

bool connector_lacks_route(const struct connector *connector) {
    return connector->cause == ENETUNREACH || connector->cause == EAFNOSUPPORT;
}

void connector_free(struct connector **connector) {
    struct connector *dying = *connector;

    *connector = NULL;
    if (dying == NULL)
        return;
    event_free(dying->event);
    if (dying->fd >= 0)
        close(dying->fd);
    free(dying);
}

int connector_local(int fd, char out[NUMERIC_SIZE_B]) {
    union {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } address;
    socklen_t len = sizeof address;

    if (getsockname(fd, &address.any, &len) != 0)
        return -1;
    if (address.any.sa_family == AF_INET)
        return numeric_format((const uint8_t *)&address.ipv4.sin_addr, NUMERIC_IPV4_B, out);
    if (address.any.sa_family == AF_INET6)
        return numeric_format((const uint8_t *)&address.ipv6.sin6_addr, NUMERIC_IPV6_B, out);
    return -1;
}
