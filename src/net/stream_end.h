/* stream_end - how a connection ended. */
#ifndef DOORMAT_NET_STREAM_END_H
#define DOORMAT_NET_STREAM_END_H

#include "net/engine.h"

enum stream_end {
    STREAM_END_NONE,         /* still open */
    STREAM_END_EOF,          /* the peer's FIN (inside TLS: without close_notify) */
    STREAM_END_CLOSE_NOTIFY, /* the peer's close_notify */
    STREAM_END_RESET,        /* the peer's RST, or a write to a dead connection */
    STREAM_END_TLS, /* the engine failed: an alert or a broken handshake; the engine's record says which */
    STREAM_END_TIMEOUT, /* a limit of ours ran out */
    STREAM_END_BROKEN,  /* a call of ours to the system failed: nothing is known of the peer */
    STREAM_END_OURS, /* stream_finish: all was written and the peer has gone, or did not go in time */
};
const char *stream_end_name(enum stream_end end);

/* What an engine's result means, or a wire's; STREAM_END_NONE if it is no end. */
enum stream_end stream_end_of(enum engine_result result);
enum stream_end stream_end_of_wire(long n);

#endif
