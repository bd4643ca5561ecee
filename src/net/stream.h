/* stream - one TCP connection, in plaintext or through an engine, with its end told exactly.
 *
 * Life: stream_new takes a connected socket -> callbacks -> stream_free (at any time, also inside a callback; it closes
 * the socket and frees the engine).  on_end comes from the loop, never from within a call to a stream, so that who calls
 * may rely on what it owns; after it no other callback comes.
 *
 * Input is handed over as it arrives; output is gathered and written once per turn of the loop, so that a flight of
 * replies leaves in one segment.  TCP_NODELAY is set; TCP_QUICKACK is renewed after a read that produced no output.
 * A server's owner can let a connection outlive its engine (on_insecure): what is said behind a failed handshake or a
 * close_notify is seen then, in plaintext.
 * FIN, RST and close_notify are told apart (enum stream_end).  Every wait has a limit: the idle limit runs from the last
 * byte in or out, the life limit from the start; both in milliseconds. */
#ifndef DOORMAT_NET_STREAM_H
#define DOORMAT_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/engine.h"
#include "net/loop.h"
#include "net/stream_end.h"
#include "net/turns.h"

struct stream;

struct stream_ops {
    void (*on_data)(struct stream *stream, const uint8_t *data, size_t len,
                    void *arg); /* decrypted when secured; behind stream_finish too */
    void (*on_secured)(struct stream *stream, void *arg); /* the handshake is complete */
    /* The engine failed, or the peer said close_notify and is answered, and the connection stands.  Returns whether to go
     * on: then what comes is plaintext, and the stream ends as `how` if nothing comes within insecure_ms.  False, or NULL in
     * place of the function: it ends so at once. */
    bool (*on_insecure)(struct stream *stream, enum stream_end how, void *arg);
    void (*on_end)(struct stream *stream, enum stream_end end, void *arg); /* once, last */
};

struct stream_limits {
    int64_t idle_ms;
    int64_t life_ms;
    int64_t insecure_ms; /* idle, from on_insecure on until the first byte of plaintext */
    size_t output_b;     /* most that may wait to be sent; beyond it the stream ends as RESET */
};

/* Takes over fd (non-blocking).  ops and arg must outlive the stream. */
struct stream *stream_new(struct loop *loop, int fd, const struct stream_limits *limits,
                          const struct stream_ops *ops, void *arg);
void stream_free(struct stream **stream);

void stream_write(struct stream *stream, const void *data, size_t len);

/* Sends what is queued in plaintext, then passes all later bytes through the engine, which the stream now owns.  Bytes
 * that arrived before are not fed to it.  on_secured follows, or on_end. */
void stream_secure(struct stream *stream, struct engine *engine);

/* Before stream_secure: its handshake is work of that kind, and waits for its turns if they are slow.  The limits hold on. */
void stream_take_turns(struct stream *stream, struct turns_kind *kind);

/* Stops reading until stream_resume: for waits of ours, such as a certificate being minted. */
void stream_pause(struct stream *stream);
void stream_resume(struct stream *stream);

/* Sends what is queued and a close_notify in one write, sends FIN, then reads on for at most linger_ms, so that a late
 * alert or a reset is still seen; then on_end. */
void stream_finish(struct stream *stream, int64_t linger_ms);

/* Sends RST at once and drops what is queued; then on_end. */
void stream_reset(struct stream *stream);

/* The peer's address and port, "127.0.0.1:40123" or "[::1]:40123". */
const char *stream_peer(const struct stream *stream);
bool stream_is_secured(const struct stream *stream);
bool stream_can_speak(const struct stream *stream); /* in plaintext or secured: in no handshake */

/* From now on it lives for so long, and may be silent for so long. */
void stream_prolong(struct stream *stream, int64_t life_ms);

#endif
