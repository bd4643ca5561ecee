#include <string.h>

#include "base/mem.h"
#include "smtp/line.h"
#include "unit.h"

enum { LIMIT = 10 };

/* Plays a stream in pieces of at most `piece` bytes and notes each result: "line|", or "!|" for one too long. */
static unsigned play(const char *stream, size_t len, size_t piece, struct buf *seen) {
    struct line_reader reader;
    size_t pos = 0;

    line_reader_init(&reader, LIMIT);
    while (pos < len) {
        size_t chunk = len - pos < piece ? len - pos : piece, used, line_len;
        const char *line;
        enum line_result result = line_reader_next(&reader, (const uint8_t *)stream + pos, chunk,
                                                   &used, &line, &line_len);

        assert_in_range(used, 1, chunk);
        assert_true(reader.partial.len < LIMIT || reader.delivered);
        if (result == LINE_MORE)
            assert_int_equal(used, chunk);
        if (result == LINE_READY)
            buf_append(seen, line, line_len);
        if (result == LINE_TOO_LONG) {
            assert_int_equal(line_len, LIMIT - 1); /* its beginning */
            assert_memory_equal(line, "123456789", LIMIT - 1);
            buf_puts(seen, "!");
        }
        if (result != LINE_MORE)
            buf_puts(seen, "|");
        pos += used;
    }
    unsigned bare_lf = reader.bare_lf;
    line_reader_fini(&reader);
    return bare_lf;
}

static const struct {
    const char *name, *stream;
    size_t len;
    const char *seen;
    size_t seen_len;
    unsigned bare_lf;
} cases[] = {
#define CASE(name, stream, seen, bare_lf)                                                          \
    { name, stream, sizeof(stream) - 1, seen, sizeof(seen) - 1, bare_lf }
    CASE("one line", "NOOP\r\n", "NOOP|", 0),
    CASE("two lines", "A\r\nB\r\n", "A|B|", 0),
    CASE("a line without end", "A\r\nB", "A|", 0),
    CASE("CR is not an end", "A\r\nB\r", "A|", 0),
    CASE("empty line", "\r\n", "|", 0),
    CASE("bare LF", "A\nB\r\n", "A|B|", 1),
    CASE("nothing but LF", "\n\n\r\n", "|||", 2),
    CASE("bare CR stays", "A\rB\r\n", "A\rB|", 0),
    CASE("CR CR LF", "A\r\r\n", "A\r|", 0),
    CASE("NUL stays", "A\0B\r\n", "A\0B|", 0),
    CASE("just fits", "12345678\r\nA\r\n", "12345678|A|", 0),
    CASE("just fits with bare LF", "123456789\nA\r\n", "123456789|A|", 1),
    CASE("one too many", "123456789\r\nA\r\n", "!|A|", 0),
    CASE("one too many with bare LF", "1234567890\nA\r\n", "!|A|", 0),
    CASE("far too long", "123456789012345678901234567890\r\nA\r\n", "!|A|", 0),
    CASE("two too long", "12345678901\r\n12345678901\r\n", "!|!|", 0),
    CASE("too long without end", "12345678901234567890", "", 0),
#undef CASE
};

static void test_streams(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (size_t piece = 1; piece <= cases[i].len; piece++) {
            struct buf seen;
            buf_init(&seen, 1024);
            unsigned bare_lf = play(cases[i].stream, cases[i].len, piece, &seen);
            bool same = seen.len == cases[i].seen_len &&
                        memcmp(buf_text(&seen), cases[i].seen, seen.len) == 0;
            if (!same || bare_lf != cases[i].bare_lf)
                fail_msg("%s, in pieces of %zu: %s, %u bare LF", cases[i].name, piece,
                         buf_text(&seen), bare_lf);
            buf_fini(&seen);
        }
}

static void test_reset_forgets(void **state) {
    struct line_reader reader;
    const char *line;
    size_t used, len;

    (void)state;
    line_reader_init(&reader, LIMIT);
    line_reader_begun(&reader, &line, &len);
    assert_int_equal(len, 0);
    line_reader_next(&reader, (const uint8_t *)"MAIL", 4, &used, &line, &len);
    line_reader_begun(&reader, &line, &len);
    assert_int_equal(len, 4);
    assert_memory_equal(line, "MAIL", 4);
    line_reader_reset(&reader);
    assert_int_equal(line_reader_next(&reader, (const uint8_t *)"A\r\n", 3, &used, &line, &len),
                     LINE_READY);
    assert_int_equal(len, 1);
    assert_memory_equal(line, "A", 1);
    line_reader_begun(&reader, &line, &len);
    assert_int_equal(len, 0);
    line_reader_next(&reader, (const uint8_t *)"123456789012", 12, &used, &line, &len);
    line_reader_reset(&reader);
    assert_int_equal(line_reader_next(&reader, (const uint8_t *)"\r\n", 2, &used, &line, &len),
                     LINE_READY);
    line_reader_fini(&reader);
}

/* Whatever the pieces, and wherever its end would have been. */
static void test_a_line_without_end(void **state) {
    enum { ALL_B = LINE_ENDLESS_B + 2 };
    uint8_t *data = mem_zalloc(ALL_B);
    const char *line;
    size_t used, len;

    (void)state;
    memset(data, 'x', ALL_B);
    data[ALL_B - 1] = '\n';
    for (size_t piece = 1000; piece <= ALL_B; piece = piece == ALL_B ? piece + 1 : ALL_B) {
        struct line_reader reader;
        size_t taken = 0;
        enum line_result result = LINE_MORE;

        line_reader_init(&reader, LIMIT);
        while (result == LINE_MORE) {
            size_t chunk = ALL_B - taken < piece ? ALL_B - taken : piece;
            result = line_reader_next(&reader, data + taken, chunk, &used, &line, &len);
            taken += used;
        }
        assert_int_equal(result, LINE_ENDLESS);
        assert_int_equal(taken, LINE_ENDLESS_B);
        assert_int_equal(line_reader_next(&reader, data + taken, ALL_B - taken, &used, &line, &len),
                         LINE_READY);
        line_reader_fini(&reader);
    }
    data[LINE_ENDLESS_B - 1] = '\n';
    struct line_reader reader;
    line_reader_init(&reader, LIMIT);
    assert_int_equal(line_reader_next(&reader, data, ALL_B, &used, &line, &len), LINE_TOO_LONG);
    assert_int_equal(used, LINE_ENDLESS_B);
    line_reader_fini(&reader);
    free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_reset_forgets),
        cmocka_unit_test(test_a_line_without_end),
    };

    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
