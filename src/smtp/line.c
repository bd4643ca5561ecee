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

void line_reader_begun(const struct line_reader *reader, const char **line, size_t *line_len) {
    bool is_idle = line_reader_is_idle(reader);

    *line = is_idle ? "" : buf_text(&reader->partial);
    *line_len = is_idle ? 0 : reader->partial.len;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Of what is kept and data, the beginning is kept. */
static void keep_head(struct line_reader *reader, const uint8_t *data, size_t len) {
    uint8_t head[LINE_HEAD_B];
    size_t room = least(sizeof head, reader->partial.max > 0 ? reader->partial.max - 1 : 0);
    size_t kept = least(reader->partial.len, room), added = least(len, room - kept);

    if (kept > 0)
        memcpy(head, reader->partial.data, kept);
    memcpy(head + kept, data, added);
    buf_release(&reader->partial);
    buf_append(&reader->partial, head, kept + added);
    reader->dropping = true;
}

/* Keeps the bytes of a line whose end has not come.  At the ceiling the line cannot fit any more, since LF is still missing:
 * deciding so now, and not at the end, is what keeps memory bounded. */
static void keep(struct line_reader *reader, const uint8_t *data, size_t len) {
    if (reader->dropping)
        return;
    if (len >= reader->partial.max - reader->partial.len) {
        keep_head(reader, data, len);
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

/* A line that was too long, or has no end, is over: what is kept is handed out. */
static enum line_result give_head(struct line_reader *reader, const uint8_t *data, size_t len,
                                  enum line_result result, const char **line, size_t *line_len) {
    if (!reader->dropping)
        keep_head(reader, data, len);
    reader->dropping = false;
    reader->delivered = true;
    reader->length_b = 0;
    *line = buf_text(&reader->partial);
    *line_len = reader->partial.len;
    return result;
}

enum line_result line_reader_next(struct line_reader *reader, const uint8_t *data, size_t len,
                                  size_t *used, const char **line, size_t *line_len) {
    if (reader->delivered)
        line_reader_reset(reader);
    size_t room = LINE_ENDLESS_B - reader->length_b;
    const uint8_t *lf = len > 0 ? memchr(data, '\n', len < room ? len : room) : NULL;

    if (lf == NULL && len >= room) {
        *used = room;
        return give_head(reader, data, room, LINE_ENDLESS, line, line_len);
    }
    *used = lf != NULL ? (size_t)(lf - data) + 1 : len;
    reader->length_b += *used;
    if (lf == NULL) {
        keep(reader, data, len);
        return LINE_MORE;
    }
    if (reader->dropping || *used > reader->partial.max - reader->partial.len)
        return give_head(reader, data, *used, LINE_TOO_LONG, line, line_len);
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
