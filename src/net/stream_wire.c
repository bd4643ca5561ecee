/* stream_wire - what a stream's bytes go through: its socket. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/stream_internal.h"

/* What the peer, or the way to it, can do to a socket.  Any other failure is this machine's. */
static bool is_peers(int cause) {
    static const int causes[] = {ECONNRESET,   EPIPE,    ETIMEDOUT,    ECONNABORTED,
                                 ECONNREFUSED, ENOTCONN, EHOSTUNREACH, EHOSTDOWN,
                                 ENETUNREACH,  ENETDOWN, EPROTO,       ENOPROTOOPT};

    for (size_t i = 0; i < ARRAY_LEN(causes); i++)
        if (cause == causes[i])
            return true;
    return false;
}

void stream_drain_and_close(int fd) {
    char waste[4096];
    int budget = 64;

    while (budget-- > 0 && recv(fd, waste, sizeof waste, MSG_DONTWAIT) > 0)
        continue;
    close(fd);
}

void stream_break(struct stream *stream, bool is_ours) {
    stream->is_ours = stream->broken ? stream->is_ours : is_ours;
    stream->broken = true;
}

static void send_fin(struct stream *stream) {
    if (!stream->fin_sent)
        shutdown(stream->fd, SHUT_WR);
    stream->fin_sent = true;
}

void stream_flush(struct stream *stream) {
    while (stream->out.len > 0 && !stream->broken) {
        ssize_t n =
            send(stream->fd, stream->out.data, stream->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (event_add(stream->writable, NULL) != 0)
                stream_break(stream, true);
            return;
        }
        if (n < 0) {
            stream_break(stream, !is_peers(errno));
            return;
        }
        stream->wrote = true;
        buf_consume(&stream->out, (size_t)n);
    }
    if (stream->out.cap > 0)
        buf_release(&stream->out);
    if (stream->finishing)
        send_fin(stream);
}

int stream_wire_write(void *arg, const void *data, size_t len) {
    struct stream *stream = arg;

    if (buf_append(&stream->out, data, len) != 0)
        stream_break(stream, false);
    return stream->broken ? -1 : 0;
}

long stream_wire_read(void *arg, void *data, size_t size_b) {
    struct stream *stream = arg;

    while (!stream->drained && stream->wire_reads < STREAM_WIRE_READS_PER_TURN) {
        ssize_t n = recv(stream->fd, data, size_b, MSG_DONTWAIT);
        stream->drained = n > 0 && (size_t)n < size_b;
        stream->wire_reads++;
        if (n > 0)
            return n;
        if (n == 0)
            return WIRE_EOF;
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return WIRE_AGAIN;
        return is_peers(errno) ? WIRE_RESET : WIRE_BROKEN;
    }
    return WIRE_AGAIN;
}

void stream_acknowledge(struct stream *stream) {
    int one = 1;

    stream_flush(stream);
    if (!stream->wrote && !stream->ended)
        setsockopt(stream->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
}
