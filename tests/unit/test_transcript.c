/* What a transcript shows of a dialogue, what it hides, and how much it keeps. */
#include "base/mem.h"
#include "smtp/transcript.h"
#include "unit.h"

enum { TEXT_MAX_B = 64 * 1024 };

static const char plain[] = "AGpvZQBzZWNyZXQ="; /* joe, secret */

/* What a session with default knobs makes of bytes of a client's, all at once or byte by byte. */
static struct buf talk(const char *bytes, size_t len, size_t piece) {
    static const struct smtp_knobs knobs = {.auth_in_plaintext = 1};
    struct transcript *transcript = transcript_new();
    struct smtp_setup setup = {.hostname = "mx.test",
                               .knobs = &knobs,
                               .limits = &smtp_limits_default,
                               .on_heard = transcript_heard,
                               .arg = transcript};
    struct smtp_session *session = smtp_session_new(&setup);
    struct buf out, text;

    buf_init(&out, TEXT_MAX_B);
    buf_init(&text, TEXT_MAX_B);
    smtp_session_greet(session, &out);
    transcript_said(transcript, out.data, out.len);
    for (size_t at = 0; at < len; at += piece) {
        buf_reset(&out);
        smtp_session_feed(session, (const uint8_t *)bytes + at, len - at < piece ? len - at : piece,
                          &out);
        transcript_said(transcript, out.data, out.len);
    }
    transcript_put(transcript, &text);
    smtp_session_free(&session);
    transcript_free(&transcript);
    assert_null(transcript);
    buf_fini(&out);
    return text;
}

static void assert_client_says(const char *bytes, const char *expected) {
    const size_t pieces[] = {strlen(bytes), 1};

    for (size_t i = 0; i < 2; i++) {
        struct buf text = talk(bytes, strlen(bytes), pieces[i]), client;

        buf_init(&client, TEXT_MAX_B);
        for (const char *line = buf_text(&text), *end; (end = strchr(line, '\n')) != NULL;
             line = end + 1)
            if (line[0] == 'C')
                buf_append(&client, line, (size_t)(end + 1 - line));
        assert_string_equal(buf_text(&client), expected);
        buf_fini(&client);
        buf_fini(&text);
    }
}

static void the_client_is_told(void **state) {
    static const struct {
        const char *bytes, *expected;
    } cases[] = {
        {"EHLO me\r\nQUIT\r\n", "C: EHLO me\nC: QUIT\n"},
        {"EHLO me\n", "C: EHLO me [LF alone]\n"},
        {"EHLO me", "C: EHLO me [no line end]\n"},
        {"NOOP \033[31m\\x\177\r\n", "C: NOOP \\x1b[31m\\\\x\\x7f\n"},
        {"EHLO me\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<a@b.test>\r\nDATA\r\nOne: two\r\n\r\nthree\r\n.\r\nQUIT\r\n",
         "C: EHLO me\nC: MAIL FROM:<a@b.test>\nC: RCPT TO:<a@b.test>\nC: DATA\n"
         "C: [22 bytes of message]\nC: QUIT\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_client_says(cases[i].bytes, cases[i].expected);
}

static void records_are_counted(void **state) {
    static const char bytes[] = "\x16\x03\x01\x00\x03"
                                "abcEHLO me\r\n";
    struct buf text = talk(bytes, sizeof bytes - 1, 1);

    (void)state;
    assert_non_null(strstr(buf_text(&text), "\nC: [8 bytes of a TLS record]\nS: 500 "));
    assert_non_null(strstr(buf_text(&text), "\nC: EHLO me\n"));
    buf_fini(&text);
}

static void secrets_are_not(void **state) {
    static const struct {
        const char *bytes, *expected;
    } cases[] = {
        {"EHLO me\r\nAUTH PLAIN AGpvZQBzZWNyZXQ=\r\n", "C: EHLO me\nC: AUTH PLAIN ***\n"},
        {"EHLO me\r\n auth  plain  AGpvZQBzZWNyZXQ=\r\n", "C: EHLO me\nC:  auth  plain ***\n"},
        {"EHLO me\r\nAUTH PLAIN\r\nAGpvZQBzZWNyZXQ=\r\nNOOP\r\n",
         "C: EHLO me\nC: AUTH PLAIN\nC: ***\nC: NOOP\n"},
        {"EHLO me\r\nAUTH LOGIN\r\nam9l\r\nAGpvZQBzZWNyZXQ=\r\nNOOP\r\n",
         "C: EHLO me\nC: AUTH LOGIN\nC: ***\nC: ***\nC: NOOP\n"},
        {"EHLO me\r\nAUTH LOGIN\r\n*\r\n", "C: EHLO me\nC: AUTH LOGIN\nC: *\n"},
        /* to a server that has not prompted for it */
        {"EHLO me\r\nAUTH CRAM-MD5\r\nAGpvZQBzZWNyZXQ=\r\nNOOP\r\n",
         "C: EHLO me\nC: AUTH CRAM-MD5\nC: ***\nC: NOOP\n"},
        {"AUTH PLAIN\r\nAGpvZQBzZWNyZXQ=", "C: AUTH PLAIN\nC: *** [no line end]\n"},
        /* in forms that are refused */
        {"AUTH\tPLAIN AGpvZQBzZWNyZXQ=\r\n", "C: AUTH\\x09PLAIN ***\n"},
        {"AUTH PLAIN\tAGpvZQBzZWNyZXQ=\r\n", "C: AUTH PLAIN ***\n"},
        {"AUTH PLAIN\vAGpvZQBzZWNyZXQ=\r\n", "C: AUTH PLAIN ***\n"},
        {"AUTH=PLAIN AGpvZQBzZWNyZXQ=\r\n", "C: AUTH=PLAIN ***\n"},
        {"AUTH PLAIN=AGpvZQBzZWNyZXQ=\r\n", "C: AUTH ***\n"},
        {"AUTH AGpvZQBzZWNyZXQ=\r\n", "C: AUTH ***\n"},
        {"AUTH hunter2\r\n", "C: AUTH ***\n"},
        {"AUTH: PLAIN AGpvZQBzZWNyZXQ=\r\n", "C: AUTH: PLAIN ***\n"},
        {"X AUTH PLAIN AGpvZQBzZWNyZXQ=\r\n", "C: X AUTH PLAIN ***\n"},
        {"X Y AUTH PLAIN AGpvZQBzZWNyZXQ=\r\n", "C: X Y AUTH PLAIN ***\n"},
        {"EHLO me AUTH PLAIN AGpvZQBzZWNyZXQ=\r\n", "C: EHLO me AUTH PLAIN ***\n"},
        {"NOOP one two AUTH PLAIN AGpvZQBzZWNyZXQ=\r\n", "C: NOOP one two AUTH PLAIN ***\n"},
        {"\377AUTH PLAIN AGpvZQBzZWNyZXQ=\r\n", "C: \\xffAUTH PLAIN ***\n"},
        {"\"AUTH PLAIN AGpvZQBzZWNyZXQ=\"\r\n", "C: \"AUTH PLAIN ***\n"},
        {"250-AUTH PLAIN AGpvZQBzZWNyZXQ=\r\n", "C: 250-AUTH PLAIN ***\n"},
        {"AUTH\302\240PLAIN AGpvZQBzZWNyZXQ=\r\n", "C: AUTH\\xc2\\xa0PLAIN ***\n"},
        {"AUTH;\"PLAIN\" AGpvZQBzZWNyZXQ=\r\n", "C: AUTH;\"PLAIN ***\n"},
        {"AUTHPLAIN AGpvZQBzZWNyZXQ=\r\n", "C: AUTHPLAIN ***\n"},
        {"AUTHENTICATE PLAIN AGpvZQBzZWNyZXQ=\r\n", "C: AUTHENTICATE PLAIN ***\n"},
        {"Authorization: Basic AGpvZQBzZWNyZXQ=\r\n", "C: Authorization ***\n"},
        {"a1 LOGIN joe secret\r\n", "C: a1 LOGIN ***\n"},
        {"PASS secret\r\n", "C: PASS ***\n"},
        {"PLAIN AGpvZQBzZWNyZXQ=\r\n", "C: PLAIN ***\n"},
        {"AGpvZQBzZWNyZXQ=\r\nNOOP\r\n", "C: ***\nC: NOOP\n"},
        /* answers that come late */
        {"EHLO me\r\nAUTH CRAM-MD5\r\nNOOP\r\nsecret\r\nRSET\r\n",
         "C: EHLO me\nC: AUTH CRAM-MD5\nC: NOOP\nC: ***\nC: RSET\n"},
        /* a message that nobody waits for */
        {"From: a\r\n secret\r\n\r\nsecret\r\nQUIT\r\n",
         "C: From: ***\nC: ***\nC: \nC: ***\nC: QUIT\n"},
        {"BDAT\t6 LAST\r\nsecret\r\nRSET\r\nXFOO\r\n",
         "C: BDAT\\x096 LAST\nC: ***\nC: RSET\nC: XFOO\n"},
        {"EHLO a b\rAUTH PLAIN AGpvZQBzZWNyZXQ=\r\n", "C: EHLO a b\\x0dAUTH PLAIN ***\n"},
        {"aUtH scram-sha-256 AGpvZQBzZWNyZXQ=\r\n", "C: aUtH scram-sha-256 ***\n"},
        {"AUTH\tLOGIN\r\nam9l\r\nAGpvZQBzZWNyZXQ=\r\nNOOP\r\n",
         "C: AUTH\\x09LOGIN\nC: ***\nC: ***\nC: NOOP\n"},
        /* no attempts */
        {"XFOO Authentic\r\n", "C: XFOO Authentic\n"},
        {"RCPT TO:<auth@b.test>\r\n", "C: RCPT TO:<auth@b.test>\n"},
        {"EHLO auth.example.org\r\n", "C: EHLO auth.example.org\n"},
        {"MAIL FROM:<a@b.test> AUTH=<>\r\n", "C: MAIL FROM:<a@b.test> AUTH=<>\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_client_says(cases[i].bytes, cases[i].expected);
        assert_null(strstr(cases[i].expected, plain));
    }
}

static void long_lines_are_cut(void **state) {
    enum { LONG = 3000 };
    struct transcript *transcript = transcript_new();
    struct buf text;
    uint8_t bytes[LONG];

    (void)state;
    memset(bytes, 'x', sizeof bytes);
    bytes[LONG - 1] = '\n';
    transcript_said(transcript, bytes, sizeof bytes);
    memcpy(bytes, "AUTH PLAIN ", 11);
    transcript_heard(SMTP_HEARD_COMMAND, bytes, sizeof bytes, transcript);
    buf_init(&text, TEXT_MAX_B);
    transcript_put(transcript, &text);
    assert_non_null(strstr(buf_text(&text), "x [2999 bytes]"));
    assert_non_null(strstr(buf_text(&text), "\nC: AUTH PLAIN *** [LF alone]\n"));
    assert_true(text.len < 2 * TRANSCRIPT_LINE_B);
    buf_fini(&text);
    transcript_free(&transcript);
}

static void many_lines_leave_the_ends(void **state) {
    enum { MANY = 1000 };
    struct transcript *transcript = transcript_new();
    struct buf text;

    (void)state;
    for (int i = 0; i < MANY; i++)
        transcript_note(transcript, "line %d", i);
    buf_init(&text, TEXT_MAX_B);
    transcript_put(transcript, &text);
    assert_non_null(strstr(buf_text(&text), "*  line 0\n"));
    assert_non_null(strstr(buf_text(&text), "*  line 39\n*  [936 lines left out]\n*  line 976\n"));
    assert_non_null(strstr(buf_text(&text), "*  line 999\n"));
    buf_fini(&text);
    transcript_free(&transcript);
}

static void nobody_wants_it(void **state) {
    struct transcript *none = NULL;
    struct buf text;

    (void)state;
    buf_init(&text, TEXT_MAX_B);
    transcript_heard(SMTP_HEARD_COMMAND, (const uint8_t *)"x", 1, NULL);
    transcript_said(NULL, (const uint8_t *)"x", 1);
    transcript_note(NULL, "x");
    transcript_put(NULL, &text);
    assert_int_equal(text.len, 0);
    transcript_free(&none);
    buf_fini(&text);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_client_is_told),        cmocka_unit_test(secrets_are_not),
        cmocka_unit_test(records_are_counted),       cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(many_lines_leave_the_ends), cmocka_unit_test(nobody_wants_it),
    };

    return cmocka_run_group_tests_name("transcript", tests, NULL, NULL);
}
