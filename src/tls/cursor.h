/* cursor - reads what TLS and its extensions are made of: numbers and vectors (RFC 8446 3.3, 3.4).  Private to src/tls.
 * Each cursor_take_* either takes all that it was asked for or returns false; nothing is read out of bounds. */
#ifndef DOORMAT_TLS_CURSOR_H
#define DOORMAT_TLS_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
    const uint8_t *at;
    size_t left;
};

static inline bool cursor_take_bytes(struct cursor *from, size_t len, struct cursor *out) {
    if (from->left < len)
        return false;
    *out = (struct cursor){from->at, len};
    from->at += len;
    from->left -= len;
    return true;
}

/* Big-endian. */
static inline bool cursor_take_number(struct cursor *from, size_t width_b, size_t *out) {
    struct cursor digits;

    if (!cursor_take_bytes(from, width_b, &digits))
        return false;
    *out = 0;
    for (size_t i = 0; i < width_b; i++)
        *out = *out << 8 | digits.at[i];
    return true;
}

/* A vector behind its own length of one or two bytes. */
static inline bool cursor_take_vector(struct cursor *from, size_t width_b, struct cursor *out) {
    size_t len;

    return cursor_take_number(from, width_b, &len) && cursor_take_bytes(from, len, out);
}

#endif
