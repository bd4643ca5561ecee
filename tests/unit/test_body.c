#include "base/mem.h"
#include "smtp/body.h"
#include "unit.h"

/* `size`, `cr`, `lf` and `ends` are what is counted up to the end, or up to the last byte where there is none.  `used` is
 * where the end lies; 0: there is none. */
static const struct {
    const char *name, *text;
    size_t len, used;
    unsigned size, cr, lf, ends;
} cases[] = {
#define CASE(name, text, ...)                                                                      \
    { name, text, sizeof(text) - 1, __VA_ARGS__ }
    CASE("empty message", ".\r\n", 3, 0, 0, 0, 0),
    CASE("one line", "A\r\n.\r\n", 6, 3, 0, 0, 0),
    CASE("the end, and a command", "A\r\n.\r\nQUIT\r\n", 6, 3, 0, 0, 0),
    CASE("no end", "A\r\n", 0, 3, 0, 0, 0),
    CASE("nearly the end", "A\r\n.\r", 0, 3, 0, 0, 0),
    CASE("a dot within a line", "A.\r\n.\r\n", 7, 4, 0, 0, 0),
    CASE("dot-stuffed line", "..\r\n.\r\n", 7, 3, 0, 0, 0),
    CASE("dot-stuffed text", "A\r\n..B\r\n.\r\n", 11, 7, 0, 0, 0),
    CASE("dot that was not stuffed", ".A\r\n.\r\n", 7, 3, 0, 0, 0),
    CASE("NUL is a byte like others", "A\0B\r\n.\r\n", 8, 5, 0, 0, 0),
    CASE("bare CR", "A\rB\r\n.\r\n", 8, 5, 1, 0, 0),
    CASE("bare LF", "A\nB\r\n.\r\n", 8, 5, 0, 1, 0),
    CASE("bare LF first", "\nB\r\n.\r\n", 7, 4, 0, 1, 0),
    CASE("a folded field", "A: b\r\n c\r\n\td\r\n.\r\n", 17, 14, 0, 0, 0),
    CASE("a fold, and a dot within it", "A: b\r\n .\r\n\t.\r\n.\r\n", 17, 14, 0, 0, 0),
    CASE("CR CR LF", "A\r\r\n.\r\n", 7, 4, 1, 0, 0),
    CASE("LF . LF", "A\n.\nB\r\n.\r\n", 10, 7, 0, 2, 1),
    CASE("LF . CRLF", "A\n.\r\nB\r\n.\r\n", 11, 8, 0, 1, 1),
    CASE("CRLF . LF", "A\r\n.\nB\r\n.\r\n", 11, 7, 0, 1, 1),
    CASE("CR . CR", "A\r.\rB\r\n.\r\n", 10, 7, 2, 0, 1),
    CASE("CR . CRLF", "A\r.\r\nB\r\n.\r\n", 11, 8, 1, 0, 1),
    CASE("CR . LF", "A\r.\nB\r\n.\r\n", 10, 7, 1, 1, 1),
    CASE("LF . CR", "A\n.\rB\r\n.\r\n", 10, 7, 1, 1, 1),
    CASE("CRLF . CR", "A\r\n.\rB\r\n.\r\n", 11, 7, 1, 0, 1),
    CASE("CRLF . CR CR LF", "A\r\n.\r\r\n.\r\n", 10, 6, 1, 0, 1),
    CASE("CRLF NUL . CRLF", "A\r\n\0.\r\nB\r\n.\r\n", 13, 10, 0, 0, 0),
    CASE("two false ends share a line end", "\n.\n.\nB\r\n.\r\n", 11, 8, 0, 3, 2),
    CASE("a dot and LF first", ".\nB\r\n.\r\n", 8, 4, 0, 1, 1),
#undef CASE
};

/* Feeds in pieces and stops at the end; returns where it lay, or 0. */
static size_t play(struct smtp_body *body, const char *text, size_t len, size_t piece) {
    size_t pos = 0, used;

    smtp_body_init(body);
    while (pos < len) {
        size_t chunk = len - pos < piece ? len - pos : piece;
        bool ended = smtp_body_feed(body, (const uint8_t *)text + pos, chunk, &used);
        pos += used;
        if (ended)
            return pos;
        assert_int_equal(used, chunk);
    }
    return 0;
}

static void test_messages(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (size_t piece = 1; piece <= cases[i].len; piece++) {
            struct smtp_body body;
            size_t used = play(&body, cases[i].text, cases[i].len, piece);

            if (used != cases[i].used || body.size_b != cases[i].size ||
                body.bare_cr != cases[i].cr || body.bare_lf != cases[i].lf ||
                body.false_ends != cases[i].ends)
                fail_msg("%s, in pieces of %zu: end %zu, %u bytes, %u CR, %u LF, %u false ends",
                         cases[i].name, piece, used, (unsigned)body.size_b, body.bare_cr,
                         body.bare_lf, body.false_ends);
        }
}

static const struct {
    const char *name, *text;
    bool is_commands;
} takeovers[] = {
    {"nothing", "", true},
    {"QUIT", "QUIT\r\n", true},
    {"RSET in small letters", "rset\r\n", true},
    {"RSET, then QUIT", "RSET\r\nQUIT\r\n", true},
    {"RSET twice, as sendmail says it", "RSET\r\nRSET\r\nQUIT\r\n", true},
    {"QUIT, then RSET", "QUIT\r\nRSET\r\n", true},
    {"a dialogue from its beginning", "EHLO a.test\r\nMAIL FROM:<a@b.test> SIZE=3\r\n", true},
    {"NOOP with an argument", "NOOP there\r\n", true},
    {"line ends of LF", "RSET\nQUIT\n", true},
    {"the beginning of QUIT", "QUI", true},
    {"QUIT and another word", "QUIT\r\nAnd", false},
    {"a word that begins alike", "QUITE\r\n", false},
    {"a word longer than any command", "STARTTLSES", false},
    {"a header field", "Subject: x\r\n", false},
    {"a header field behind a command", "RSET\r\nFrom: a\r\n", false},
    {"a folded field whose lines are commands", "Subject: x\r\n RSET\r\n QUIT\r\n", false},
    {"a fold behind a command", "RSET\r\n QUIT\r\n", false},
    {"a fold by a tab behind a command", "RSET\r\n\tQUIT\r\n", false},
    {"a line end", "\r\n", false},
    {"a dot", ".\r\n", false},
};

static void test_commands_in_place_of_a_message(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(takeovers); i++)
        for (size_t piece = 1; piece <= strlen(takeovers[i].text) + 1; piece++) {
            struct smtp_body body;

            play(&body, takeovers[i].text, strlen(takeovers[i].text), piece);
            if (smtp_body_is_commands(&body) != takeovers[i].is_commands)
                fail_msg("%s, in pieces of %zu", takeovers[i].name, piece);
        }
}

static const struct {
    const char *name, *text;
    bool is_planted;
} marks[] = {
    {"the mark", "From: a\r\n" SMTP_BODY_MARK " yes\r\n\r\n", true},
    {"nothing of it", "From: a\r\n\r\nX\r\n", false},
    {"a part of it", "X-Doormat-Plant: \r\n\r\n", false},
    {"the mark, and a fold behind it", "From: a\r\n" SMTP_BODY_MARK "\r\n yes\r\n\r\n", true},
    {"the mark behind a folded field", "From: a\r\n\tb\r\n c\r\n" SMTP_BODY_MARK " yes\r\n", true},
    {"the mark torn by a fold", "X-Doormat-\r\n Planted: yes\r\n\r\n", false},
    {"the mark without its colon", "X-Doormat-Planted\r\n : yes\r\n\r\n", false},
    {"a beginning, and the mark", "X-DooX-" SMTP_BODY_MARK, true},
};

static void test_mark(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        for (size_t piece = 1; piece <= strlen(marks[i].text); piece++) {
            struct smtp_body body;

            play(&body, marks[i].text, strlen(marks[i].text), piece);
            if (body.is_planted != marks[i].is_planted)
                fail_msg("%s, in pieces of %zu", marks[i].name, piece);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_messages),
                                       cmocka_unit_test(test_commands_in_place_of_a_message),
                                       cmocka_unit_test(test_mark)};

    return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
