/* The line reader: the same lines whatever the pieces in which the bytes come, and never more memory than its limit.
 * The first byte is the limit, the second the size of the pieces. */
#include <assert.h>
#include <stdint.h>

#include "smtp/line.h"

enum { LOG_MAX_B = 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(struct buf *log, enum line_result result, const char *line, size_t len) {
    if (result == LINE_MORE)
        return;
    buf_printf(log, "%d %zu ", result, len);
    buf_append(log, line, len);
    assert(!log->overflow);
}

static void play(const uint8_t *data, size_t size, size_t limit, size_t piece, struct buf *log) {
    struct line_reader reader;
    size_t pos = 0;

    line_reader_init(&reader, limit);
    while (pos < size) {
        size_t chunk = size - pos < piece ? size - pos : piece, used = 0, len = 0;
        const char *line = "";
        enum line_result result = line_reader_next(&reader, data + pos, chunk, &used, &line, &len);

        assert(used > 0 && used <= chunk);
        assert(result != LINE_MORE || used == chunk);
        assert(result == LINE_MORE || result == LINE_ENDLESS || data[pos + used - 1] == '\n');
        assert(reader.partial.len <= limit && !reader.partial.overflow);
        assert(len < limit && (len == 0 || memchr(line, '\n', len) == NULL));
        note(log, result, line, len);
        pos += used;
    }
    buf_printf(log, "%u", reader.bare_lf);
    line_reader_fini(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct buf whole, pieces;

    if (size < 2)
        return 0;
    size_t limit = (size_t)data[0] + 1, piece = (size_t)data[1] % 16 + 1;
    buf_init(&whole, LOG_MAX_B);
    buf_init(&pieces, LOG_MAX_B);
    play(data + 2, size - 2, limit, SIZE_MAX, &whole);
    play(data + 2, size - 2, limit, piece, &pieces);
    assert(whole.len == pieces.len && memcmp(whole.data, pieces.data, whole.len) == 0);
    buf_fini(&whole);
    buf_fini(&pieces);
    return 0;
}
