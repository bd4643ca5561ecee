/* The ground that everything stands on: errors, buffers with ceilings, whole files, the log, the clock, bytes as text. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/wrap.h"
#include "unit.h"

static void test_err(void **state) {
    struct err err;
    char long_text[2 * ERR_TEXT_SIZE_B];

    (void)state;
    assert_int_equal(err_set(&err, "port %d: %s", 25, "in use"), -1);
    assert_string_equal(err.text, "port 25: in use");
    assert_int_equal(err_prefix(&err, "cannot %s", "listen"), -1);
    assert_string_equal(err.text, "cannot listen: port 25: in use");
    errno = ENOENT;
    assert_int_equal(err_errno(&err, "%s", "/a"), -1);
    assert_string_equal(err.text, "/a: No such file or directory");
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    assert_int_equal(err_set(&err, "%s", long_text), -1);
    assert_int_equal(strlen(err.text), ERR_TEXT_SIZE_B - 1);
    assert_int_equal(err_prefix(&err, "%s", long_text), -1);
    assert_int_equal(strlen(err.text), ERR_TEXT_SIZE_B - 1);
    errno = EACCES;
    assert_int_equal(err_errno(&err, "%s", long_text), -1);
    assert_non_null(strstr(err.text, "x: Permission denied")); /* the cause is not what is cut */
    assert_int_equal(err_set(NULL, "nobody asks"), -1);
    assert_int_equal(err_errno(NULL, "nobody asks"), -1);
    assert_int_equal(err_prefix(NULL, "nobody asks"), -1);
}

static void test_buf_ceiling(void **state) {
    struct buf buf;

    (void)state;
    buf_init(&buf, 10);
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf_puts(&buf, "12345"), 0);
    assert_int_equal(buf_puts(&buf, "678901"), -1); /* one too many: nothing of it */
    assert_true(buf.overflow);
    assert_string_equal(buf_text(&buf), "12345");
    assert_int_equal(buf_printf(&buf, "%d", 67890), 0); /* exactly full */
    assert_int_equal(buf.len, 10);
    assert_string_equal(buf_text(&buf), "1234567890");
    assert_int_equal(buf_append(&buf, "", 0), 0);
    assert_int_equal(buf_append(&buf, "x", SIZE_MAX), -1);
    assert_true(buf.overflow); /* stays */
    buf_reset(&buf);
    assert_false(buf.overflow);
    assert_string_equal(buf_text(&buf), "");
    buf_fini(&buf);
}

static void test_buf_bytes(void **state) {
    struct buf buf;

    (void)state;
    buf_init(&buf, 1 << 20);
    for (unsigned i = 0; i < 100000; i++)
        assert_int_equal(buf_append(&buf, &(uint8_t){(uint8_t)i}, 1), 0);
    for (unsigned i = 0; i < 100000; i++)
        assert_int_equal(buf.data[i], (uint8_t)i);
    buf_consume(&buf, 99990);
    assert_int_equal(buf.len, 10);
    assert_int_equal(buf.data[0], (uint8_t)99990);
    assert_int_equal(buf.data[buf.len], '\0');
    buf_consume(&buf, 10);
    assert_string_equal(buf_text(&buf), "");
    buf_release(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.max, 1 << 20);
    buf_consume(&buf, 0);
    assert_int_equal(buf_puts(&buf, "again"), 0);
    buf_fini(&buf);
    assert_null(buf.data);
}

static void test_mem(void **state) {
    (void)state;
    char *zeros = mem_zalloc(64), *text = mem_strndup("doormat", 4);

    for (size_t i = 0; i < 64; i++)
        assert_int_equal(zeros[i], 0);
    zeros = mem_resize(zeros, 32, 4);
    assert_string_equal(text, "door");
    assert_null(mem_strdup(NULL));
    free(text);
    text = mem_printf("%s-%d", "a", 1);
    assert_string_equal(text, "a-1");
    free(text);
    free(zeros);
    free(mem_zalloc(0));
}

struct room {
    char *dir;
};

static int enter(void **state) {
    struct room *room = mem_zalloc(sizeof *room);

    *state = room;
    return file_temp_dir(&room->dir, NULL);
}

static int leave(void **state) {
    struct room *room = *state;
    struct stat st;

    file_remove_dir(room->dir);
    int rc = stat(room->dir, &st) != 0 ? 0 : -1; /* it is gone */
    free(room->dir);
    free(room);
    return rc;
}

static char *within(void *state, const char *name) {
    return mem_printf("%s/%s", ((struct room *)state)->dir, name);
}

static void expect_content(const char *path, const char *text) {
    struct buf buf;

    buf_init(&buf, 1000);
    assert_int_equal(file_read(path, &buf, NULL), 0);
    assert_string_equal(buf_text(&buf), text);
    buf_fini(&buf);
}

static void test_file_write(void **state) {
    char *path = within(*state, "file");
    struct stat st;

    mode_t mask = umask(077); /* the mode asked for is the mode given */
    assert_int_equal(file_write(path, "old", 3, 0644, NULL), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    assert_int_equal(file_write(path, "newer", 5, 0600, NULL), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    umask(mask);
    expect_content(path, "newer");
    assert_int_equal(file_write(path, "", 0, 0600, NULL), 0);
    expect_content(path, "");
    free(path);
}

static void test_file_write_fails(void **state) {
    char *dir = within(*state, "dir"), *absent = within(*state, "absent/file");
    struct err err;

    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(file_write(dir, "x", 1, 0600, &err), -1);
    assert_non_null(strstr(err.text, dir));
    assert_int_equal(file_write(absent, "x", 1, 0600, &err), -1);
    assert_non_null(strstr(err.text, "No such file or directory"));
    assert_int_equal(rmdir(dir), 0);
    assert_int_equal(rmdir(((struct room *)*state)->dir), 0); /* nothing half-written is left */
    assert_int_equal(mkdir(((struct room *)*state)->dir, 0700), 0);
    free(dir);
    free(absent);
}

static void test_file_read(void **state) {
    char *path = within(*state, "file"), *absent = within(*state, "absent");
    struct buf buf;
    struct err err;

    assert_int_equal(file_write(path, "12345", 5, 0600, NULL), 0);
    buf_init(&buf, 4);
    assert_int_equal(file_read(path, &buf, &err), -1);
    assert_non_null(strstr(err.text, "longer than 4 bytes"));
    buf_fini(&buf);
    buf_init(&buf, 7);
    assert_int_equal(buf_puts(&buf, "a:"), 0);
    assert_int_equal(file_read(path, &buf, &err), 0); /* appends */
    assert_string_equal(buf_text(&buf), "a:12345");
    assert_int_equal(file_read(absent, &buf, &err), -1);
    assert_non_null(strstr(err.text, "No such file or directory"));
    assert_int_equal(file_read("/", &buf, &err), -1);
    buf_fini(&buf);
    free(path);
    free(absent);
}

static void test_file_make_dir(void **state) {
    char *deep = within(*state, "a/b"), *file = within(*state, "file"),
         *below = within(*state, "file/a");
    struct stat st;
    struct err err;

    assert_int_equal(file_make_dir(deep, 0700, NULL), 0);
    assert_int_equal(stat(deep, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(file_make_dir(deep, 0755, NULL), 0); /* is left as it is */
    assert_int_equal(stat(deep, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(file_write(file, "", 0, 0600, NULL), 0);
    assert_int_equal(file_make_dir(below, 0700, &err), -1);
    assert_non_null(strstr(err.text, "Not a directory"));
    assert_int_equal(rmdir(deep), 0);
    free(deep);
    free(file);
    free(below);
}

static void test_temp_dir(void **state) {
    struct room *room = *state;
    struct stat st;
    char *path, *kept = mem_strdup(getenv("TMPDIR"));
    struct err err;

    setenv("TMPDIR", room->dir, 1);
    assert_int_equal(file_temp_dir(&path, NULL), 0);
    assert_int_equal(strncmp(path, room->dir, strlen(room->dir)), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    free(path);
    setenv("TMPDIR", "/absent", 1);
    assert_int_equal(file_temp_dir(&path, &err), -1);
    assert_null(path);
    assert_non_null(strstr(err.text, "TMPDIR says where"));
    unsetenv("TMPDIR");
    if (kept != NULL)
        setenv("TMPDIR", kept, 1);
    free(kept);
}

static void test_log(void **state) {
    char *text = NULL;
    size_t len = 0;
    FILE *sink = open_memstream(&text, &len);

    (void)state;
    log_to(sink);
    log_error("one %d", 1);
    log_warn("two");
    log_info("not shown");
    log_level(LOG_INFO);
    log_info("three");
    log_debug("not shown");
    log_level(LOG_WARN);
    log_to(NULL);
    fclose(sink);
    assert_string_equal(text, "doormat: one 1\ndoormat: two\ndoormat: three\n");
    free(text);
}

static void test_clock(void **state) {
    static const struct {
        int64_t wall_s;
        const char *text;
    } cases[] = {{0, "1970-01-01T00:00:00Z"},
                 {-1, "1969-12-31T23:59:59Z"},
                 {951827696, "2000-02-29T12:34:56Z"},
                 {253402300799, "9999-12-31T23:59:59Z"},
                 {253402300800, "-"},
                 {INT64_MAX, "-"},
                 {INT64_MIN, "-"}};
    char text[CLOCK_RFC3339_SIZE_B];
    struct clock fake = clock_fake(5000000);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(clock_rfc3339(cases[i].wall_s, text), cases[i].text);
    assert_int_equal(clock_wall_s(&fake), 5);
    fake.fake_us = 6999999;
    assert_int_equal(clock_wall_s(&fake), 6);
    assert_int_equal(clock_mono_us(&fake), 6999999);
    int64_t before_us = clock_mono_us(clock_system());
    assert_true(clock_mono_us(clock_system()) >= before_us);
    assert_int_not_equal(clock_wall_s(clock_system()), 0);
}

static void test_ascii_equal(void **state) {
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {{"EHLO", "ehlo", true}, {"", "", true},    {"a", "", false},
                 {"ab", "abc", false},   {"[", "{", false}, {"@", "`", false},
                 {"\xc4", "\xe4", false} /* no letters but ours */};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(ascii_equal(cases[i].a, cases[i].b), cases[i].equal);
        assert_int_equal(ascii_equal_n(cases[i].a, strlen(cases[i].a), cases[i].b), cases[i].equal);
    }
    assert_true(ascii_equal_n("quit\r\n", 4, "QUIT"));
    assert_false(ascii_equal_n("quit\0x", 6, "QUIT"));
}

static void test_ascii_copy_clean(void **state) {
    char out[6];

    (void)state;
    ascii_copy_clean(out, sizeof out, "a\x1b\0\xff", 4);
    assert_string_equal(out, "a???");
    ascii_copy_clean(out, sizeof out, "123456789", 9);
    assert_string_equal(out, "12345");
    ascii_copy_clean(out, 1, "x", 1);
    assert_string_equal(out, "");
    memset(out, 'z', sizeof out);
    ascii_copy_clean(out, 0, "x", 1);
    assert_int_equal(out[0], 'z');
}

static void test_ascii_number(void **state) {
    static const struct {
        const char *text;
        int rc;
        long value;
    } cases[] = {{"0", 0, 0},     {"25", 0, 25},       {"-5", 0, -5},
                 {"100", 0, 100}, {"101", -1, 0},      {"-6", -1, 0},
                 {"", -1, 0},     {" 1", -1, 0},       {"1 ", -1, 0},
                 {"+1", -1, 0},   {"0x10", -1, 0},     {"-", -1, 0},
                 {"1e1", -1, 0},  {"\xd9\xa1", -1, 0}, {"99999999999999999999", -1, 0}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        long value = 0;
        if (ascii_number(cases[i].text, -5, 100, &value) != cases[i].rc || value != cases[i].value)
            fail_msg("'%s': %ld", cases[i].text, value);
    }
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, enter, leave)

/* What follows on a line that was begun does so behind a blank, or on the next one. */
static void test_wrap_goes_on(void **state) {
    static const struct {
        unsigned column;
        bool goes_on;
        const char *expected;
    } cases[] = {
        {0, false, "one two\n"},    {2, true, " one two\n"},    {5, true, " one\n  two\n"},
        {7, true, "\n  one two\n"}, {7, false, "one\n  two\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct wrap wrap = {
            .column = cases[i].column, .indent = 2, .columns = 10, .goes_on = cases[i].goes_on};
        struct buf out;

        buf_init(&out, 100);
        wrap_put(&out, &wrap, "one  two", 8);
        assert_string_equal(buf_text(&out), cases[i].expected);
        buf_fini(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_err),
        cmocka_unit_test(test_buf_ceiling),
        cmocka_unit_test(test_buf_bytes),
        cmocka_unit_test(test_mem),
        IN_ROOM(test_file_write),
        IN_ROOM(test_file_write_fails),
        IN_ROOM(test_file_read),
        IN_ROOM(test_file_make_dir),
        IN_ROOM(test_temp_dir),
        cmocka_unit_test(test_wrap_goes_on),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_ascii_equal),
        cmocka_unit_test(test_ascii_copy_clean),
        cmocka_unit_test(test_ascii_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
