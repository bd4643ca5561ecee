#include "base/buf.h"

#include <assert.h>

#include "base/mem.h"

void buf_init(struct buf *buf, size_t max) {
    *buf = (struct buf){.max = max};
}

void buf_fini(struct buf *buf) {
    free(buf->data);
    *buf = (struct buf){0};
}

static void buf_reserve(struct buf *buf, size_t len) {
    size_t cap = buf->cap > 0 ? buf->cap : 128;

    if (len < buf->cap)
        return;
    while (cap <= len)
        cap *= 2;
    buf->data = mem_resize(buf->data, cap, 1);
    buf->cap = cap;
}

int buf_append(struct buf *buf, const void *data, size_t len) {
    if (len > buf->max - buf->len) {
        buf->overflow = true;
        return -1;
    }
    buf_reserve(buf, buf->len + len);
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return 0;
}

int buf_puts(struct buf *buf, const char *text) {
    return buf_append(buf, text, strlen(text));
}

static int PRINTF_LIKE(2, 0) append_long(struct buf *buf, const char *fmt, va_list ap) {
    char *text = NULL;
    int n = vasprintf(&text, fmt, ap);

    if (n < 0)
        abort();
    int rc = buf_append(buf, text, (size_t)n);
    free(text);
    return rc;
}

/* Nearly all is short, and then needs no memory of its own. */
int buf_printf(struct buf *buf, const char *fmt, ...) {
    char text[256];
    va_list ap, again;

    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n < 0)
        abort();
    int rc =
        (size_t)n < sizeof text ? buf_append(buf, text, (size_t)n) : append_long(buf, fmt, again);
    va_end(again);
    return rc;
}

void buf_consume(struct buf *buf, size_t len) {
    assert(len <= buf->len);
    buf->len -= len;
    if (buf->len > 0)
        memmove(buf->data, buf->data + len, buf->len);
    if (buf->data != NULL)
        buf->data[buf->len] = '\0';
}

void buf_reset(struct buf *buf) {
    buf->len = 0;
    buf->overflow = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

void buf_release(struct buf *buf) {
    size_t max = buf->max;

    buf_fini(buf);
    buf->max = max;
}

const char *buf_text(const struct buf *buf) {
    return buf->data != NULL ? (const char *)buf->data : "";
}
