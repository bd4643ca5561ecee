/* Targets from a descriptor: lines however they come, and whatever they hold. */
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "check/input.h"
#include "unit.h"

enum { PORT = 25, LONG_B = 5000 };

/* Appends "+text " for a target and "!text " for a bad one; true when all has been read. */
static bool read_on(struct input *input, struct buf *out) {
    struct target target;
    struct err err;
    enum check_next next;

    while ((next = input_next(input, &target, &err)) <= CHECK_NEXT_NONE)
        if (next != CHECK_NEXT_NONE)
            buf_printf(out, "%c%s ", next == CHECK_NEXT_TARGET ? '+' : '!', target.text);
    assert_true(next == CHECK_NEXT_LATER || next == CHECK_NEXT_END);
    return next == CHECK_NEXT_END;
}

struct source {
    struct input input;
    struct buf seen;
    int ends[2];
};

static struct source source_begin(void) {
    struct source source;

    assert_int_equal(pipe(source.ends), 0);
    input_init(&source.input, source.ends[0], PORT);
    buf_init(&source.seen, 65536);
    return source;
}

static void source_put(struct source *source, const char *bytes, size_t len) {
    assert_int_equal(write(source->ends[1], bytes, len), len);
}

static void source_end(struct source *source, const char *wanted) {
    close(source->ends[1]);
    assert_true(read_on(&source->input, &source->seen));
    assert_string_equal(buf_text(&source->seen), wanted);
    buf_fini(&source->seen);
    input_fini(&source->input);
    close(source->ends[0]);
}

static const struct row {
    const char *name, *bytes;
    size_t len;
    const char *wanted;
} rows[] = {
#define ROW(NAME, BYTES, WANTED)                                                                   \
    { NAME, BYTES, sizeof BYTES - 1, WANTED }
    ROW("nothing", "", ""),
    ROW("one a line", "a.test\nb.test:26\n", "+a.test +b.test:26 "),
    ROW("no line end behind the last", "a.test\nb.test", "+a.test +b.test "),
    ROW("CRLF", "a.test\r\nb.test\r\n", "+a.test +b.test "),
    ROW("blanks around", "  a.test\t\n", "+a.test "),
    ROW("blank lines", "\n \n\r\n\t\na.test\n\n", "+a.test "),
    ROW("comments", "# mail servers\n  # ours\na.test\n#", "+a.test "),
    ROW("a bad line among good ones", "a.test\nno such\nb.test\n", "+a.test !no such +b.test "),
    ROW("a NUL", "a.test\0.evil\nb.test\n", "!a.test?.evil +b.test "),
    ROW("bytes that are no text", "\377\376\n", "!?? "),
    ROW("the same target twice", "a.test\na.test\n", "+a.test +a.test "),
#undef ROW
};

static void test_row(void **state) {
    const struct row *row = *state;
    struct source source = source_begin();

    source_put(&source, row->bytes, row->len);
    source_end(&source, row->wanted);
}

/* Byte by byte the same comes out, and whoever asks too early is told so. */
static void test_in_pieces(void **state) {
    static const char bytes[] = "a.test\r\n\n# x\nb.test:26\nc.test";
    struct source source = source_begin();

    (void)state;
    for (size_t i = 0; i < sizeof bytes - 1; i++) {
        source_put(&source, bytes + i, 1);
        assert_false(read_on(&source.input, &source.seen));
    }
    source_end(&source, "+a.test +b.test:26 +c.test ");
}

static void fill(char *text, size_t len) {
    memset(text, 'x', len);
}

/* A line that is too long is one bad target, and its tail none, however it comes. */
static void test_long_line(void **state) {
    static const char tail[] = " evil.test\nb.test\n";
    static const size_t pieces[] = {1, 100, 1024, 1025, 5000};
    char line[LONG_B + sizeof tail];
    char wanted[512];

    (void)state;
    fill(line, LONG_B);
    memcpy(line + LONG_B, tail, sizeof tail);
    memset(wanted, 'x', sizeof wanted);
    snprintf(wanted, sizeof wanted, "!%.*s +b.test ", TARGET_SIZE_B - 1, line);
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct source source = source_begin();
        for (size_t at = 0; at < sizeof line - 1; at += pieces[i]) {
            size_t left = sizeof line - 1 - at;
            source_put(&source, line + at, left < pieces[i] ? left : pieces[i]);
            assert_false(read_on(&source.input, &source.seen));
        }
        source_end(&source, wanted);
    }
}

/* Without a line end nothing is kept but a bound's worth. */
static void test_endless_line(void **state) {
    enum { TIMES = 64, PIECE_B = 40000 };
    static char piece[PIECE_B];
    struct source source = source_begin();

    (void)state;
    fill(piece, sizeof piece);
    for (int i = 0; i < TIMES; i++) {
        source_put(&source, piece, sizeof piece);
        assert_false(read_on(&source.input, &source.seen));
        assert_true(source.input.pending.cap < PIECE_B);
    }
    assert_int_equal(source.seen.len, TARGET_SIZE_B - 1 + strlen("! "));
    buf_reset(&source.seen);
    source_end(&source, "");
}

/* However fast the line goes on, whoever asks gets his turn. */
static void test_endless_source(void **state) {
    enum { TURNS = 3 };
    struct input input;
    struct target target;
    struct err err;
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_true(fd >= 0);
    input_init(&input, fd, PORT);
    assert_int_equal(input_next(&input, &target, &err), CHECK_NEXT_BAD);
    for (int i = 0; i < TURNS; i++)
        assert_int_equal(input_next(&input, &target, &err), CHECK_NEXT_NONE);
    input_fini(&input);
    close(fd);
}

/* A descriptor that is closed is one without targets. */
static void test_closed(void **state) {
    struct input input;
    struct target target;
    struct err err;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    close(ends[1]);
    input_init(&input, ends[0], PORT);
    assert_int_equal(input_next(&input, &target, &err), CHECK_NEXT_END);
    input_fini(&input);
}

int main(void) {
    struct CMUnitTest tests[ARRAY_LEN(rows) + 5] = {
        cmocka_unit_test(test_in_pieces), cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_endless_line), cmocka_unit_test(test_endless_source),
        cmocka_unit_test(test_closed)};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[5 + i] =
            (struct CMUnitTest){rows[i].name, test_row, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("input", tests, NULL, NULL);
}
