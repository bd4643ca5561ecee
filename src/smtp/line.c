#include "smtp/line.h"

#include <string.h>

void line_reader_init(struct line_reader *reader, size_t max_line_b) {
    *reader = (struct line_reader){0};
    buf_init(&reader->partial, max_line_b);
}

void line_reader_fini(struct line_reader *reader) {
    buf_fini(&reader->partial);
}

void line_reader_reset(struct line_reader *reader) {
    buf_reset(&reader->partial);
    reader->dropping = false;
    reader->delivered = false;
    reader->length_b = 0;
}

bool line_reader_is_idle(const struct line_reader *reader) {
    return !reader->dropping && (reader->partial.len == 0 || reader->delivered);
}

/* Keeps the bytes of a line whose end has not come.  At the ceiling the line cannot fit any more, since LF is still missing:
 * deciding so now, and not at the end, is what keeps memory bounded. */
static void keep(struct line_reader *reader, const uint8_t *data, size_t len) {
    if (reader->dropping)
        return;
    if (len >= reader->partial.max - reader->partial.len) {
        reader->dropping = true;
        buf_release(&reader->partial);
        return;
    }
    buf_append(&reader->partial, data, len);
}

/* Strips LF and the CR before it. */
static size_t without_ending(struct line_reader *reader, const char *line, size_t len) {
    len--;
    if (len > 0 && line[len - 1] == '\r')
        return len - 1;
    reader->bare_lf++;
    return len;
}

enum line_result line_reader_next(struct line_reader *reader, const uint8_t *data, size_t len,
                                  size_t *used, const char **line, size_t *line_len) {
    if (reader->delivered)
        line_reader_reset(reader);
    size_t room = LINE_ENDLESS_B - reader->length_b;
    const uint8_t *lf = len > 0 ? memchr(data, '\n', len < room ? len : room) : NULL;

    if (lf == NULL && len >= room) {
        line_reader_reset(reader);
        *used = room;
        return LINE_ENDLESS;
    }
    *used = lf != NULL ? (size_t)(lf - data) + 1 : len;
    reader->length_b += *used;
    if (lf == NULL) {
        keep(reader, data, len);
        return LINE_MORE;
    }
    if (reader->dropping || *used > reader->partial.max - reader->partial.len) {
        line_reader_reset(reader);
        return LINE_TOO_LONG;
    }
    *line = (const char *)data;
    *line_len = *used;
    if (reader->partial.len > 0) {
        buf_append(&reader->partial, data, *used);
        reader->delivered = true;
        *line = buf_text(&reader->partial);
        *line_len = reader->partial.len;
    }
    *line_len = without_ending(reader, *line, *line_len);
    reader->length_b = 0;
    return LINE_READY;
}
