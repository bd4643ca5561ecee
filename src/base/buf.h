/* buf - a growing byte buffer with a ceiling, so that no input makes memory grow without bound.
 *
 * Life: buf_init -> any calls -> buf_fini.  Lengths are in bytes.  What would pass the ceiling is not appended at all and
 * sets `overflow`, which stays set until buf_reset: a writer may check once at the end.  There is always a NUL behind the
 * last byte once anything was appended, so that text may be printed with %s (see buf_text). */
#ifndef DOORMAT_BASE_BUF_H
#define DOORMAT_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct buf {
    uint8_t *data;
    size_t len; /* bytes in use */
    size_t cap; /* bytes allocated */
    size_t max; /* the ceiling for len */
    bool overflow;
};

void buf_init(struct buf *buf, size_t max);
void buf_fini(struct buf *buf); /* frees; the buffer may be initialised again */

int buf_append(struct buf *buf, const void *data, size_t len); /* 0, or -1 past the ceiling */
int buf_puts(struct buf *buf, const char *text);               /* likewise */
int buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_consume(struct buf *buf, size_t len); /* drops the first len bytes */
void buf_reset(struct buf *buf);               /* empties, keeps the memory */
void buf_release(struct buf *buf);           /* empties, gives the memory back, keeps the ceiling */
const char *buf_text(const struct buf *buf); /* never NULL; valid until the next change */

#endif
