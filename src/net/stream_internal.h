/* stream_internal - a stream's members, and its dealings with the socket, for stream.c and stream_wire.c alone. */
#ifndef DOORMAT_NET_STREAM_INTERNAL_H
#define DOORMAT_NET_STREAM_INTERNAL_H

#include <event2/event.h>

#include "base/buf.h"
#include "net/peer.h"
#include "net/stream.h"

/* A turn reads at most so much from one connection, so that none starves the others: in plaintext, from the wire, and from
 * the engine, which makes many reads of one from the wire if records are small. */
enum {
    STREAM_CHUNK_B = 16 * 1024,
    STREAM_WIRE_READS_PER_TURN = 16,
    STREAM_READS_PER_TURN = 64,
};

struct stream {
    struct loop *loop;
    int fd;
    struct event *readable, *writable;
    struct event
        *again; /* the next turn, for what waits inside the engine; NULL unless it ever did */
    struct stream_limits limits;
    const struct stream_ops *ops;
    void *arg;
    struct engine *engine; /* NULL: plaintext */
    struct buf out;        /* what the socket has not taken yet */
    int64_t deadline_us;   /* monotonic: the life limit, or the linger limit */
    int busy;              /* inside a callback of ours: freeing waits, flushing comes at the end */
    bool secured;          /* the handshake is complete */
    enum stream_end tls_end; /* how the engine ended, until plaintext comes behind it; or NONE */
    enum stream_end failed;  /* the engine's end, to be dealt with from the loop; or NONE */
    size_t skip_b;           /* to come, and the rest of a record that the engine had begun */
    bool paused;             /* nothing is read until stream_resume */
    bool finishing, fin_sent;
    bool wrote;              /* something was sent in this turn */
    bool drained;            /* the last read of this turn took all that there was */
    unsigned wire_reads;     /* of this turn */
    bool broken;             /* a send failed: the peer is gone */
    bool is_ours;            /* ... or it failed at our side */
    struct turns_kind *kind; /* of work that its handshake is; NULL: none that has to wait */
    struct turn turn;
    bool has_turn;
    enum stream_end ending; /* will be told from the loop */
    bool ended, doomed;
    char peer[PEER_SIZE_B];
};

/* The wire that an engine gets.  Within a turn it gives no more than a turn's share. */
int stream_wire_write(void *arg, const void *data, size_t len);
long stream_wire_read(void *arg, void *data, size_t size_b);

/* There is no more writing; is_ours: for a failure of this machine, which says nothing of the peer. */
void stream_break(struct stream *stream, bool is_ours);

/* Writes what is queued; what the socket does not take waits for EV_WRITE. */
void stream_flush(struct stream *stream);

/* The kernel delays acknowledgements to ride on a reply; where there is none, the sender would wait 40 ms. */
void stream_acknowledge(struct stream *stream);

/* A closing socket with unread bytes sends RST, which may overtake our last words: they are read away first. */
void stream_drain_and_close(int fd);

#endif
