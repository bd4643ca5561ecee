#include "base/mem.h"
#include "smtp/reply.h"
#include "unit.h"

static void test_put(void **state) {
    static const struct {
        const char *name;
        unsigned code;
        const char *text, *wire;
    } cases[] = {
        {"one line", 250, "2.0.0 Ok", "250 2.0.0 Ok\r\n"},
        {"empty text", 334, "", "334 \r\n"},
        {"two lines", 250, "host\nSIZE 1", "250-host\r\n250 SIZE 1\r\n"},
        {"an empty line between", 214, "a\n\nb", "214-a\r\n214-\r\n214 b\r\n"},
        {"an empty last line", 214, "a\n", "214-a\r\n214 \r\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out;
        buf_init(&out, 1024);
        smtp_reply_put(&out, cases[i].code, cases[i].text);
        if (strcmp(buf_text(&out), cases[i].wire) != 0)
            fail_msg("%s: %s", cases[i].name, buf_text(&out));
        buf_fini(&out);
    }
}

enum { MAX_LINES = 3 };

static const struct {
    const char *name;
    const char *lines[MAX_LINES + 1];
    enum smtp_reply_result last; /* of the last line; those before give MORE */
    unsigned code;
    const char *text;
} readings[] = {
    {"one line", {"220 hello"}, SMTP_REPLY_COMPLETE, 220, "hello"},
    {"code alone", {"250"}, SMTP_REPLY_COMPLETE, 250, ""},
    {"code and space", {"250 "}, SMTP_REPLY_COMPLETE, 250, ""},
    {"lines", {"250-a", "250-b", "250 c"}, SMTP_REPLY_COMPLETE, 250, "a\nb\nc"},
    {"empty lines", {"250-", "250-", "250"}, SMTP_REPLY_COMPLETE, 250, "\n\n"},
    {"UTF-8", {"250 gr\xc3\xbc\xc3\x9f"}, SMTP_REPLY_COMPLETE, 250, "gr\xc3\xbc\xc3\x9f"},
    {"waits for more", {"250-a", "250-b"}, SMTP_REPLY_MORE, 250, "a\nb"},
    {"lowest code", {"200 a"}, SMTP_REPLY_COMPLETE, 200, "a"},
    {"highest code", {"599 a"}, SMTP_REPLY_COMPLETE, 599, "a"},
    {"code too low", {"199 a"}, SMTP_REPLY_MALFORMED, 0, NULL},
    {"code too high", {"600 a"}, SMTP_REPLY_MALFORMED, 0, NULL},
    {"no code", {"hello"}, SMTP_REPLY_MALFORMED, 0, NULL},
    {"two digits", {"25"}, SMTP_REPLY_MALFORMED, 0, NULL},
    {"four digits", {"2500 a"}, SMTP_REPLY_MALFORMED, 0, NULL},
    {"sign", {"+25 a"}, SMTP_REPLY_MALFORMED, 0, NULL},
    {"empty", {""}, SMTP_REPLY_MALFORMED, 0, NULL},
    {"tab behind the code", {"250\ta"}, SMTP_REPLY_MALFORMED, 0, NULL},
    {"code changes", {"250-a", "251 b"}, SMTP_REPLY_MALFORMED, 0, NULL},
    {"bare CR", {"250 a\rb"}, SMTP_REPLY_MALFORMED, 0, NULL},
    {"LF within", {"250 a\n250 b"}, SMTP_REPLY_MALFORMED, 0, NULL},
    {"leading space", {" 250 a"}, SMTP_REPLY_MALFORMED, 0, NULL},
};

static enum smtp_reply_result read_lines(struct smtp_reply *reply, const char *const *lines) {
    enum smtp_reply_result result = SMTP_REPLY_MORE;

    for (; *lines != NULL; lines++) {
        assert_int_equal(result, SMTP_REPLY_MORE);
        result = smtp_reply_line(reply, *lines, strlen(*lines));
    }
    return result;
}

static void test_read(void **state) {
    struct smtp_reply reply;

    (void)state;
    smtp_reply_init(&reply);
    for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
        smtp_reply_reset(&reply);
        enum smtp_reply_result result = read_lines(&reply, readings[i].lines);
        if (result != readings[i].last)
            fail_msg("%s: result %d", readings[i].name, result);
        if (result == SMTP_REPLY_MALFORMED)
            continue;
        if (reply.code != readings[i].code || strcmp(buf_text(&reply.text), readings[i].text) != 0)
            fail_msg("%s: %u %s", readings[i].name, reply.code, buf_text(&reply.text));
    }
    smtp_reply_fini(&reply);
}

static void test_nul_is_refused(void **state) {
    struct smtp_reply reply;

    (void)state;
    smtp_reply_init(&reply);
    assert_int_equal(smtp_reply_line(&reply, "250 a\0b", 7), SMTP_REPLY_MALFORMED);
    smtp_reply_fini(&reply);
}

static void test_too_many_lines(void **state) {
    struct smtp_reply reply;

    (void)state;
    smtp_reply_init(&reply);
    for (unsigned i = 0; i < SMTP_REPLY_MAX_LINES; i++)
        assert_int_equal(smtp_reply_line(&reply, "250-a", 5), SMTP_REPLY_MORE);
    assert_int_equal(smtp_reply_line(&reply, "250 a", 5), SMTP_REPLY_MALFORMED);
    smtp_reply_reset(&reply);
    assert_int_equal(smtp_reply_line(&reply, "250 a", 5), SMTP_REPLY_COMPLETE);
    smtp_reply_fini(&reply);
}

static void test_too_many_bytes(void **state) {
    static char line[1024];
    enum smtp_reply_result result = SMTP_REPLY_MORE;
    struct smtp_reply reply;
    size_t total = 0;

    (void)state;
    memset(line, 'a', sizeof line);
    memcpy(line, "250-", 4);
    smtp_reply_init(&reply);
    while (result == SMTP_REPLY_MORE && total <= SMTP_REPLY_MAX_B + sizeof line) {
        result = smtp_reply_line(&reply, line, sizeof line);
        total += sizeof line;
    }
    assert_int_equal(result, SMTP_REPLY_MALFORMED);
    assert_in_range(reply.text.len, SMTP_REPLY_MAX_B - sizeof line, SMTP_REPLY_MAX_B);
    smtp_reply_fini(&reply);
}

static void test_keywords(void **state) {
    static const struct {
        const char *name, *keyword;
        bool has;
    } cases[] = {
        {"alone", "STARTTLS", true},
        {"other case", "starttls", true},
        {"with a parameter", "SIZE", true},
        {"last", "8BITMIME", true},
        {"the first line is no keyword", "PIPELINING", false},
        {"a parameter is no keyword", "1000", false},
        {"the beginning of one", "START", false},
        {"more than one", "STARTTLSX", false},
        {"old style with =", "AUTH", false},
        {"nothing", "", false},
    };
    static const char *const lines[] = {"250-PIPELINING", "250-StartTLS", "250-SIZE 1000",
                                        "250-AUTH=PLAIN", "250 8BITMIME", NULL};
    struct smtp_reply reply;

    (void)state;
    smtp_reply_init(&reply);
    assert_false(smtp_reply_has_keyword(&reply, "STARTTLS"));
    assert_int_equal(read_lines(&reply, lines), SMTP_REPLY_COMPLETE);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (smtp_reply_has_keyword(&reply, cases[i].keyword) != cases[i].has)
            fail_msg("%s: %s", cases[i].name, cases[i].keyword);
    smtp_reply_fini(&reply);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_nul_is_refused),
        cmocka_unit_test(test_too_many_lines),
        cmocka_unit_test(test_too_many_bytes),
        cmocka_unit_test(test_keywords),
    };

    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
