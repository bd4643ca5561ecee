#include "net/stream_end.h"

static const char *const end_names[] = {
    [STREAM_END_NONE] = "none",
    [STREAM_END_EOF] = "eof",
    [STREAM_END_CLOSE_NOTIFY] = "close-notify",
    [STREAM_END_RESET] = "reset",
    [STREAM_END_TLS] = "tls",
    [STREAM_END_TIMEOUT] = "timeout",
    [STREAM_END_BROKEN] = "broken",
    [STREAM_END_OURS] = "ours",
};

const char *stream_end_name(enum stream_end end) {
    return end_names[end];
}

enum stream_end stream_end_of(enum engine_result result) {
    static const enum stream_end ends[] = {
        [ENGINE_OK] = STREAM_END_NONE,     [ENGINE_AGAIN] = STREAM_END_NONE,
        [ENGINE_YIELD] = STREAM_END_NONE,  [ENGINE_EOF] = STREAM_END_EOF,
        [ENGINE_RESET] = STREAM_END_RESET, [ENGINE_CLOSED] = STREAM_END_CLOSE_NOTIFY,
        [ENGINE_FAILED] = STREAM_END_TLS,  [ENGINE_BROKEN] = STREAM_END_BROKEN,
    };

    return ends[result];
}

enum stream_end stream_end_of_wire(long n) {
    return n == WIRE_EOF      ? STREAM_END_EOF
           : n == WIRE_RESET  ? STREAM_END_RESET
           : n == WIRE_BROKEN ? STREAM_END_BROKEN
                              : STREAM_END_NONE;
}
