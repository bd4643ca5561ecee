/* engine - the seam between a stream and whatever encrypts it.
 *
 * An engine takes bytes in and gives bytes out over a struct wire, which belongs to the stream; it never sees a socket.
 * The stream neither knows nor cares which engine it carries: OpenSSL today, one that lies in the handshake later.
 *
 * Life: the engine's maker returns it idle -> engine_attach (the stream does) -> engine_handshake until ENGINE_OK or an
 * end -> engine_read / engine_write -> engine_close (queues close_notify) -> engine_leftover -> engine_free.
 * No call blocks.  ENGINE_AGAIN means: call again when the wire has more to read.  ENGINE_YIELD: call again in any case, and
 * let others go first if many calls were made.  One call reads at most one record's worth of what gives no data, so that the
 * other side does not decide how long a call takes.  Writing never waits: the wire takes all. */
#ifndef DOORMAT_NET_ENGINE_H
#define DOORMAT_NET_ENGINE_H

#include <stddef.h>

#include "base/buf.h"

enum wire_read {
    WIRE_AGAIN = -1,
    WIRE_EOF = 0,
    WIRE_RESET = -2,
    WIRE_BROKEN = -3
}; /* else the number of bytes */

/* The engine's view of the transport. */
struct wire {
    long (*read)(void *stream, void *data, size_t size_b); /* bytes read, or enum wire_read */
    int (*write)(void *stream, const void *data,
                 size_t len); /* 0, or -1 when the stream is done for */
    void *stream;
};

enum engine_result {
    ENGINE_OK,     /* done; for reads, *n bytes were stored */
    ENGINE_AGAIN,  /* more must arrive first */
    ENGINE_YIELD,  /* something came that is no data, and more of what came is waiting */
    ENGINE_CLOSED, /* the peer said close_notify */
    ENGINE_EOF,    /* the peer's FIN without a close_notify */
    ENGINE_RESET,  /* the peer's RST */
    ENGINE_BROKEN, /* the wire failed at our side: no word about the peer */
    /* A fatal alert, read or written, a broken record, bytes that are none, or more than a bound allows: the engine's record
     * says which. */
    ENGINE_FAILED,
};

struct engine;

struct engine_class {
    const char *name;
    void (*attach)(struct engine *engine, const struct wire *wire);
    enum engine_result (*handshake)(struct engine *engine);
    enum engine_result (*read)(struct engine *engine, void *data, size_t size_b, size_t *n);
    enum engine_result (*write)(struct engine *engine, const void *data, size_t len);
    void (*close)(struct engine *engine);
    /* After the engine's end: bytes that it took from the wire and that are no TLS are appended to out; what is returned is how
     * many bytes, yet to come, belong to a record that was cut.  NULL: it takes nothing that is not its own. */
    size_t (*leftover)(struct engine *engine, struct buf *out);
    void (*free)(struct engine *engine);
};

/* Every engine starts with this. */
struct engine {
    const struct engine_class *class;
};

#endif
