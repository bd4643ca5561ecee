#include "net/datagram.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/address.h"
#include "net/watch.h"

enum { CONTROL_SIZE_B = 128, RECEIVE_BUFFER_B = 1024 * 1024 };

struct port_socket {
    struct datagram *datagram;
    int fd;
    struct watch *watch;
};

struct datagram {
    struct loop *loop;
    datagram_fn *fn;
    void *arg;
    unsigned port;
    size_t count;
    struct port_socket sockets[];
};

/* The control message that came is also that which goes: the address that was asked becomes the source. */
struct datagram_route {
    int fd;
    struct sockaddr_storage peer;
    socklen_t peer_len;
    bool has_local;
    struct in_pktinfo local;
    struct in6_pktinfo local6;
};

/* --- one datagram in, one out --- */

static void note_local(struct msghdr *message, struct datagram_route *route) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            memcpy(&route->local, CMSG_DATA(c), sizeof route->local);
            route->has_local = true;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            memcpy(&route->local6, CMSG_DATA(c), sizeof route->local6);
            route->has_local = true;
        }
    }
}

/* True: there may be more. */
static bool receive_one(struct port_socket *from) {
    _Alignas(struct cmsghdr) uint8_t control[CONTROL_SIZE_B];
    uint8_t data[DATAGRAM_SIZE_B];
    struct datagram_route route = {.fd = from->fd};
    struct iovec part = {.iov_base = data, .iov_len = sizeof data};
    struct msghdr message = {.msg_name = &route.peer,
                             .msg_namelen = sizeof route.peer,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t len = recvmsg(from->fd, &message, MSG_DONTWAIT);

    if (len < 0) /* ICMP may have told of an answer that nobody took */
        return errno == ECONNREFUSED || errno == EINTR;
    route.peer_len = message.msg_namelen;
    note_local(&message, &route);
    if ((message.msg_flags & MSG_TRUNC) == 0)
        from->datagram->fn(data, (size_t)len, &route, from->datagram->arg);
    return true;
}

static void on_readable(void *arg) {
    for (int i = 0; i < DATAGRAM_PER_TURN && receive_one(arg); i++)
        continue;
}

static void put_control(struct msghdr *message, int level, int type, const void *data, size_t len) {
    struct cmsghdr *c = message->msg_control;

    *c = (struct cmsghdr){.cmsg_level = level, .cmsg_type = type, .cmsg_len = CMSG_LEN(len)};
    memcpy(CMSG_DATA(c), data, len);
    message->msg_controllen = CMSG_SPACE(len);
}

/* The interface is for the kernel to choose: the way back need not be the way here. */
static void set_source(const struct datagram_route *route, struct msghdr *message) {
    struct in_pktinfo source = {.ipi_spec_dst = route->local.ipi_addr};
    struct in6_pktinfo source6 = {.ipi6_addr = route->local6.ipi6_addr};

    if (IN6_IS_ADDR_LINKLOCAL(&source6.ipi6_addr))
        source6.ipi6_ifindex = route->local6.ipi6_ifindex;
    if (route->peer.ss_family == AF_INET)
        put_control(message, IPPROTO_IP, IP_PKTINFO, &source, sizeof source);
    else
        put_control(message, IPPROTO_IPV6, IPV6_PKTINFO, &source6, sizeof source6);
}

struct datagram_route *datagram_keep(const struct datagram_route *route) {
    struct datagram_route *kept = mem_zalloc(sizeof *kept);

    *kept = *route;
    return kept;
}

void datagram_answer(const struct datagram_route *route, const void *data, size_t len) {
    _Alignas(struct cmsghdr) uint8_t control[CONTROL_SIZE_B] = {0};
    struct iovec part = {.iov_base = (void *)data, .iov_len = len};
    struct msghdr message = {.msg_name = (void *)&route->peer,
                             .msg_namelen = route->peer_len,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control};

    if (route->has_local)
        set_source(route, &message);
    else
        message.msg_control = NULL;
    (void)!sendmsg(route->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* --- who, and where --- */

static const uint8_t *bytes_of(const struct sockaddr_storage *address) {
    return address->ss_family == AF_INET
               ? (const uint8_t *)&((const struct sockaddr_in *)address)->sin_addr
               : ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr;
}

size_t datagram_peer_bytes(const struct datagram_route *route, uint8_t out[NUMERIC_IPV6_B]) {
    size_t len = route->peer.ss_family == AF_INET ? NUMERIC_IPV4_B : NUMERIC_IPV6_B;

    memcpy(out, bytes_of(&route->peer), len);
    return len;
}

void datagram_describe_peer(const struct datagram_route *route, char out[PEER_SIZE_B]) {
    peer_format((const struct sockaddr *)&route->peer, out);
}

void datagram_describe_local(const struct datagram_route *route, char out[NUMERIC_SIZE_B]) {
    out[0] = '\0';
    if (!route->has_local)
        return;
    if (route->peer.ss_family == AF_INET)
        (void)!numeric_format((const uint8_t *)&route->local.ipi_addr, NUMERIC_IPV4_B, out);
    else
        (void)!numeric_format(route->local6.ipi6_addr.s6_addr, NUMERIC_IPV6_B, out);
}

/* --- the sockets --- */

static int set_options(int fd, int family) {
    int one = 1, size_b = RECEIVE_BUFFER_B;

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size_b, sizeof size_b); /* as much as may be */
    if (family == AF_INET)
        return setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
    if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) != 0)
        return -1;
    return setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof one);
}

/* A socket, or -1 with errno. */
static int bind_one(const struct sockaddr_storage *address, socklen_t len) {
    int fd = socket(address->ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (set_options(fd, address->ss_family) == 0 &&
        bind(fd, (const struct sockaddr *)address, len) == 0)
        return fd;
    int cause = errno;
    close(fd);
    errno = cause;
    return -1;
}

static int note_port(struct datagram *datagram, int fd, struct err *err) {
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return err_errno(err, "the port of a datagram socket cannot be told");
    datagram->port =
        ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                            : ((struct sockaddr_in *)&address)->sin_port);
    return 0;
}

static int add_socket(struct datagram *datagram, const char *text, bool *is_taken,
                      struct err *err) {
    struct port_socket *socket = &datagram->sockets[datagram->count];
    struct sockaddr_storage address;
    socklen_t len;

    if (address_parse(text, datagram->port, &address, &len) != 0)
        return err_set(err, "%s: not an IPv4 or IPv6 address", text);
    int fd = bind_one(&address, len);
    *is_taken = fd < 0 && errno == EADDRINUSE;
    if (fd < 0)
        return err_errno(err, "cannot take datagrams at %s port %u", text, datagram->port);
    *socket = (struct port_socket){.datagram = datagram, .fd = fd};
    datagram->count++;
    return note_port(datagram, fd, err);
}

static size_t count_of(const char *const *addresses) {
    size_t count = 0;

    while (addresses[count] != NULL)
        count++;
    return count;
}

int datagram_open(struct loop *loop, const char *const *addresses, unsigned port, datagram_fn *fn,
                  void *arg, struct datagram **out, bool *is_taken, struct err *err) {
    size_t count = count_of(addresses);
    struct datagram *datagram = mem_zalloc(sizeof *datagram + count * sizeof(struct port_socket));

    *datagram = (struct datagram){.loop = loop, .fn = fn, .arg = arg, .port = port};
    *is_taken = false;
    for (size_t i = 0; i < count; i++)
        if (add_socket(datagram, addresses[i], is_taken, err) != 0) {
            datagram_close(&datagram);
            return -1;
        }
    for (size_t i = 0; i < count; i++) {
        struct port_socket *socket = &datagram->sockets[i];
        socket->watch = watch_new(loop, socket->fd, on_readable, socket);
    }
    *out = datagram;
    return 0;
}

void datagram_close(struct datagram **datagram) {
    if (*datagram == NULL)
        return;
    for (size_t i = 0; i < (*datagram)->count; i++) {
        watch_free(&(*datagram)->sockets[i].watch);
        close((*datagram)->sockets[i].fd);
    }
    free(*datagram);
    *datagram = NULL;
}

unsigned datagram_port(const struct datagram *datagram) {
    return datagram->port;
}
