/* The client's dialogue: what it says to each server and what it concludes, the same however the bytes are cut. */
#include "base/mem.h"
#include "smtp/client.h"
#include "smtp/reply.h"
#include "unit.h"

#define EHLO     "EHLO me.example\r\n"
#define HELO     "HELO me.example\r\n"
#define OFFER    "250-mx.example\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"
#define GREETING "220 mx.example ESMTP\r\n"

enum { OUT_MAX_B = 4096 };

/* What the server says before and after the handshake, and what must come of it. */
struct dialogue {
    const char *name;
    bool implicit_tls;
    const char *plain, *secret; /* secret NULL: it does not come to a handshake */
    const char *said;           /* all that the client says */
    enum smtp_client_step step;
    enum smtp_client_starttls starttls;
    unsigned code;
    const char *text;  /* of the last reply */
    const char *error; /* NULL: none */
    const char *awaits;
    size_t behind_b;
};

static const struct dialogue dialogues[] = {
    {"nothing yet", .plain = "", .said = "", .text = "", .awaits = "the greeting"},
    {"half a greeting", .plain = "220 mx.exam", .said = "", .text = "", .awaits = "the greeting"},
    {"greeted", .plain = GREETING, .said = EHLO, .code = 220, .text = "mx.example ESMTP",
     .awaits = "the reply to EHLO"},
    {"greeted in three lines", .plain = "220-mx.example\r\n220-no spam\r\n220 please\r\n",
     .said = EHLO, .code = 220, .text = "mx.example no spam please", .awaits = "the reply to EHLO"},
    {"greeted with a bare code", .plain = "220\r\n", .said = EHLO, .code = 220, .text = "",
     .awaits = "the reply to EHLO"},
    {"greeted with bare LF", .plain = "220 hello\n", .said = EHLO, .code = 220, .text = "hello",
     .awaits = "the reply to EHLO"},
    {"half an offer", .plain = GREETING "250-mx.example\r\n250-STARTTLS\r\n", .said = EHLO,
     .code = 220, .text = "mx.example ESMTP", .awaits = "the reply to EHLO"},
    {"offered", .plain = GREETING OFFER, .said = EHLO "STARTTLS\r\n", .code = 250,
     .text = "mx.example SIZE 1000 STARTTLS", .awaits = "the reply to STARTTLS"},
    {"accepted", .plain = GREETING OFFER "220 go ahead\r\n", .said = EHLO "STARTTLS\r\n",
     .step = SMTP_CLIENT_START_TLS, .starttls = SMTP_CLIENT_STARTTLS_ACCEPTED, .code = 220,
     .text = "go ahead", .awaits = "the TLS handshake"},
    {"spotless", .plain = GREETING OFFER "220 go ahead\r\n",
     .secret = "250-mx.example\r\n250 SIZE 1000\r\n", .said = EHLO "STARTTLS\r\n" EHLO "QUIT\r\n",
     .step = SMTP_CLIENT_DONE, .starttls = SMTP_CLIENT_STARTTLS_ACCEPTED, .code = 250,
     .text = "mx.example SIZE 1000", .awaits = "nothing"},
    {"what comes after the end does not matter", .plain = GREETING OFFER "220 go ahead\r\n",
     .secret = "250 mx.example\r\n221 bye\r\n\1\2\3\n", .said = EHLO "STARTTLS\r\n" EHLO "QUIT\r\n",
     .step = SMTP_CLIENT_DONE, .starttls = SMTP_CLIENT_STARTTLS_ACCEPTED, .code = 250,
     .text = "mx.example", .awaits = "nothing"},
    {"TLS, and no word since", .plain = GREETING OFFER "220 go ahead\r\n", .secret = "",
     .said = EHLO "STARTTLS\r\n" EHLO, .starttls = SMTP_CLIENT_STARTTLS_ACCEPTED, .code = 220,
     .text = "go ahead", .awaits = "the reply to EHLO"},
    {"TLS, then turned away", .plain = GREETING OFFER "220 go ahead\r\n",
     .secret = "550 5.7.1 not you\r\n", .said = EHLO "STARTTLS\r\n" EHLO "QUIT\r\n",
     .step = SMTP_CLIENT_FAILED, .starttls = SMTP_CLIENT_STARTTLS_ACCEPTED, .code = 550,
     .text = "5.7.1 not you", .error = "EHLO is refused within TLS: 550 5.7.1 not you",
     .awaits = "nothing"},
    {"implicit TLS", .implicit_tls = true, .plain = "", .secret = GREETING "250 mx.example\r\n",
     .said = EHLO "QUIT\r\n", .step = SMTP_CLIENT_DONE, .starttls = SMTP_CLIENT_STARTTLS_IMPLICIT,
     .code = 250, .text = "mx.example", .awaits = "nothing"},
    {"implicit TLS, before the handshake", .implicit_tls = true, .plain = "", .said = "",
     .step = SMTP_CLIENT_START_TLS, .starttls = SMTP_CLIENT_STARTTLS_IMPLICIT, .text = "",
     .awaits = "the TLS handshake"},
    {"implicit TLS, no room", .implicit_tls = true, .plain = "", .secret = "421 4.3.2 too many\r\n",
     .said = "", .step = SMTP_CLIENT_FAILED, .starttls = SMTP_CLIENT_STARTTLS_IMPLICIT, .code = 421,
     .text = "4.3.2 too many",
     .error = "the server refuses the client within TLS: 421 4.3.2 too many", .awaits = "nothing"},
    {"no room", .plain = "421 too many connections\r\n", .said = "", .step = SMTP_CLIENT_FAILED,
     .code = 421, .text = "too many connections",
     .error = "the server refuses the client: 421 too many connections", .awaits = "nothing"},
    {"no service", .plain = "554-go\r\n554 away\r\n", .said = "QUIT\r\n",
     .step = SMTP_CLIENT_FAILED, .code = 554, .text = "go away",
     .error = "the server refuses the client: 554 go away", .awaits = "nothing"},
    {"a refusal without words", .plain = "554\r\n", .said = "QUIT\r\n", .step = SMTP_CLIENT_FAILED,
     .code = 554, .text = "", .error = "the server refuses the client: 554", .awaits = "nothing"},
    {"a refusal that paints the terminal", .plain = "554 \x1b[31mred\xff\r\n", .said = "QUIT\r\n",
     .step = SMTP_CLIENT_FAILED, .code = 554, .text = "?[31mred?",
     .error = "the server refuses the client: 554 ?[31mred?", .awaits = "nothing"},
    {"a greeting that asks for data", .plain = "354 go on\r\n", .said = "QUIT\r\n",
     .step = SMTP_CLIENT_FAILED, .code = 354, .text = "go on",
     .error = "the server refuses the client: 354 go on", .awaits = "nothing"},
    {"not offered", .plain = GREETING "250-mx.example\r\n250 SIZE 1000\r\n",
     .said = EHLO "QUIT\r\n", .step = SMTP_CLIENT_DONE,
     .starttls = SMTP_CLIENT_STARTTLS_NOT_OFFERED, .code = 250, .text = "mx.example SIZE 1000",
     .awaits = "nothing"},
    {"no extensions at all", .plain = GREETING "250 mx.example\r\n", .said = EHLO "QUIT\r\n",
     .step = SMTP_CLIENT_DONE, .starttls = SMTP_CLIENT_STARTTLS_NOT_OFFERED, .code = 250,
     .text = "mx.example", .awaits = "nothing"},
    {"offered in lower case", .plain = GREETING "250-mx.example\r\n250 starttls\r\n",
     .said = EHLO "STARTTLS\r\n", .code = 250, .text = "mx.example starttls",
     .awaits = "the reply to STARTTLS"},
    {"a keyword that only begins so",
     .plain = GREETING "250-mx.example\r\n250-STARTTLSX\r\n250 XSTARTTLS\r\n",
     .said = EHLO "QUIT\r\n", .step = SMTP_CLIENT_DONE,
     .starttls = SMTP_CLIENT_STARTTLS_NOT_OFFERED, .code = 250,
     .text = "mx.example STARTTLSX XSTARTTLS", .awaits = "nothing"},
    {"a server that is called STARTTLS", .plain = GREETING "250-STARTTLS\r\n250 SIZE\r\n",
     .said = EHLO "QUIT\r\n", .step = SMTP_CLIENT_DONE,
     .starttls = SMTP_CLIENT_STARTTLS_NOT_OFFERED, .code = 250, .text = "STARTTLS SIZE",
     .awaits = "nothing"},
    {"EHLO unknown, HELO known", .plain = GREETING "502 what?\r\n250 mx.example\r\n",
     .said = EHLO HELO "QUIT\r\n", .step = SMTP_CLIENT_DONE,
     .starttls = SMTP_CLIENT_STARTTLS_NOT_OFFERED, .code = 250, .text = "mx.example",
     .awaits = "nothing"},
    {"HELO is not asked for an offer", .plain = GREETING "502 what?\r\n" OFFER,
     .said = EHLO HELO "QUIT\r\n", .step = SMTP_CLIENT_DONE,
     .starttls = SMTP_CLIENT_STARTTLS_NOT_OFFERED, .code = 250,
     .text = "mx.example SIZE 1000 STARTTLS", .awaits = "nothing"},
    {"EHLO unknown, and no word since", .plain = GREETING "500 what?\r\n", .said = EHLO HELO,
     .code = 500, .text = "what?", .awaits = "the reply to HELO"},
    {"neither EHLO nor HELO", .plain = GREETING "500 what?\r\n550 never\r\n",
     .said = EHLO HELO "QUIT\r\n", .step = SMTP_CLIENT_FAILED, .code = 550, .text = "never",
     .error = "EHLO is unknown, and HELO is refused: 550 never", .awaits = "nothing"},
    {"EHLO refused for its name", .plain = GREETING "550 need a fully qualified name\r\n",
     .said = EHLO "QUIT\r\n", .step = SMTP_CLIENT_FAILED, .code = 550,
     .text = "need a fully qualified name",
     .error = "EHLO is refused: 550 need a fully qualified name", .awaits = "nothing"},
    {"EHLO refused by 501", .plain = GREETING "501 no such name\r\n", .said = EHLO "QUIT\r\n",
     .step = SMTP_CLIENT_FAILED, .code = 501, .text = "no such name",
     .error = "EHLO is refused: 501 no such name", .awaits = "nothing"},
    {"EHLO refused by 504", .plain = GREETING "504 not you\r\n", .said = EHLO "QUIT\r\n",
     .step = SMTP_CLIENT_FAILED, .code = 504, .text = "not you",
     .error = "EHLO is refused: 504 not you", .awaits = "nothing"},
    {"EHLO for later", .plain = GREETING "450 greylisted\r\n", .said = EHLO "QUIT\r\n",
     .step = SMTP_CLIENT_FAILED, .code = 450, .text = "greylisted",
     .error = "EHLO is refused: 450 greylisted", .awaits = "nothing"},
    {"EHLO, and the door shuts", .plain = GREETING "421 bye\r\n", .said = EHLO,
     .step = SMTP_CLIENT_FAILED, .code = 421, .text = "bye", .error = "EHLO is refused: 421 bye",
     .awaits = "nothing"},
    {"STARTTLS for later", .plain = GREETING OFFER "454 4.7.0 TLS not available\r\n",
     .said = EHLO "STARTTLS\r\nQUIT\r\n", .step = SMTP_CLIENT_DONE,
     .starttls = SMTP_CLIENT_STARTTLS_REFUSED, .code = 454, .text = "4.7.0 TLS not available",
     .awaits = "nothing"},
    {"STARTTLS refused", .plain = GREETING OFFER "502 no\r\n", .said = EHLO "STARTTLS\r\nQUIT\r\n",
     .step = SMTP_CLIENT_DONE, .starttls = SMTP_CLIENT_STARTTLS_REFUSED, .code = 502, .text = "no",
     .awaits = "nothing"},
    {"STARTTLS answered with 250", .plain = GREETING OFFER "250 ok\r\n",
     .said = EHLO "STARTTLS\r\nQUIT\r\n", .step = SMTP_CLIENT_DONE,
     .starttls = SMTP_CLIENT_STARTTLS_REFUSED, .code = 250, .text = "ok", .awaits = "nothing"},
    {"STARTTLS, and the door shuts", .plain = GREETING OFFER "421 bye\r\n",
     .said = EHLO "STARTTLS\r\n", .step = SMTP_CLIENT_DONE,
     .starttls = SMTP_CLIENT_STARTTLS_REFUSED, .code = 421, .text = "bye", .awaits = "nothing"},
    {"a reply injected behind the 220",
     .plain = GREETING OFFER "220 go ahead\r\n250-evil\r\n250 AUTH PLAIN\r\n",
     .secret = "250 mx.example\r\n", .said = EHLO "STARTTLS\r\n" EHLO "QUIT\r\n",
     .step = SMTP_CLIENT_DONE, .starttls = SMTP_CLIENT_STARTTLS_ACCEPTED, .code = 250,
     .text = "mx.example", .awaits = "nothing", .behind_b = 26},
    {"half a line injected behind the 220", .plain = GREETING OFFER "220 go ahead\r\n250-",
     .secret = "250 mx.example\r\n", .said = EHLO "STARTTLS\r\n" EHLO "QUIT\r\n",
     .step = SMTP_CLIENT_DONE, .starttls = SMTP_CLIENT_STARTTLS_ACCEPTED, .code = 250,
     .text = "mx.example", .awaits = "nothing", .behind_b = 4},
    {"another protocol", .plain = "SSH-2.0-OpenSSH_9.2p1\r\n", .said = "",
     .step = SMTP_CLIENT_FAILED, .text = "",
     .error = "the greeting is malformed: \"SSH-2.0-OpenSSH_9.2p1\"", .awaits = "nothing"},
    {"binary", .plain = "\x15\x03\x01\x02z\n", .said = "", .step = SMTP_CLIENT_FAILED, .text = "",
     .error = "the greeting is malformed: \"????z\"", .awaits = "nothing"},
    {"an empty line", .plain = "\r\n", .said = "", .step = SMTP_CLIENT_FAILED, .text = "",
     .error = "the greeting is malformed: \"\"", .awaits = "nothing"},
    {"a code that is none", .plain = "199 x\r\n", .said = "", .step = SMTP_CLIENT_FAILED,
     .text = "", .error = "the greeting is malformed: \"199 x\"", .awaits = "nothing"},
    {"a code that changes", .plain = GREETING "250-mx.example\r\n500 STARTTLS\r\n", .said = EHLO,
     .step = SMTP_CLIENT_FAILED, .code = 220, .text = "mx.example ESMTP",
     .error = "the reply to EHLO is malformed: \"500 STARTTLS\"", .awaits = "nothing"},
    {"a bare CR", .plain = GREETING OFFER "220 go\rahead\r\n", .said = EHLO "STARTTLS\r\n",
     .step = SMTP_CLIENT_FAILED, .code = 250, .text = "mx.example SIZE 1000 STARTTLS",
     .error = "the reply to STARTTLS is malformed: \"220 go?ahead\"", .awaits = "nothing"},
    {"plaintext where TLS should be, within TLS", .plain = GREETING OFFER "220 go ahead\r\n",
     .secret = "hello\r\n", .said = EHLO "STARTTLS\r\n" EHLO, .step = SMTP_CLIENT_FAILED,
     .starttls = SMTP_CLIENT_STARTTLS_ACCEPTED, .code = 220, .text = "go ahead",
     .error = "the reply to EHLO is malformed: \"hello\"", .awaits = "nothing"},
};

static void feed(struct smtp_client *client, const char *text, size_t chunk, struct buf *out) {
    size_t len = strlen(text);

    for (size_t pos = 0; pos < len; pos += chunk) {
        size_t n = chunk < len - pos ? chunk : len - pos;
        smtp_client_feed(client, (const uint8_t *)text + pos, n, out);
    }
}

static void check(const struct dialogue *want, struct smtp_client *client, struct buf *out) {
    unsigned code = smtp_client_last_code(client);

    assert_string_equal(buf_text(out), want->said);
    assert_int_equal(smtp_client_feed(client, NULL, 0, out), want->step);
    assert_int_equal(smtp_client_starttls(client), want->starttls);
    assert_int_equal(code, want->code);
    assert_string_equal(smtp_client_last_text(client), want->text);
    assert_string_equal(smtp_client_error(client), want->error != NULL ? want->error : "");
    assert_string_equal(smtp_client_awaits(client), want->awaits);
    assert_int_equal(smtp_client_behind_starttls_b(client), want->behind_b);
    assert_int_equal(smtp_client_is_temporary(client), code / 100 == 4);
}

static void run(const struct dialogue *dialogue, size_t chunk) {
    struct smtp_client *client = smtp_client_new("me.example", dialogue->implicit_tls);
    struct buf out;

    buf_init(&out, OUT_MAX_B);
    feed(client, dialogue->plain, chunk, &out);
    if (dialogue->secret != NULL) {
        assert_int_equal(smtp_client_feed(client, NULL, 0, &out), SMTP_CLIENT_START_TLS);
        smtp_client_secured(client, &out);
        feed(client, dialogue->secret, chunk, &out);
    }
    check(dialogue, client, &out);
    smtp_client_free(&client);
    assert_null(client);
    buf_fini(&out);
}

static void test_dialogue(void **state) {
    static const size_t chunks[] = {SIZE_MAX, 1, 2, 7};

    for (size_t i = 0; i < ARRAY_LEN(chunks); i++)
        run(*state, chunks[i]);
}

/* Feeds the pattern until the client has had enough; returns how many bytes that took. */
static size_t flood(struct smtp_client *client, const char *first, const char *pattern,
                    size_t limit, struct buf *out) {
    size_t fed = strlen(first);
    enum smtp_client_step step =
        smtp_client_feed(client, (const uint8_t *)first, strlen(first), out);

    while (step == SMTP_CLIENT_READ && fed < limit) {
        step = smtp_client_feed(client, (const uint8_t *)pattern, strlen(pattern), out);
        fed += strlen(pattern);
    }
    return fed;
}

static const struct flood {
    const char *name, *first, *pattern, *error;
    size_t most; /* bytes that may be fed until it fails */
} floods[] = {
    {"a greeting without end", "", "x", "the greeting has a line of more than 4096 bytes",
     SMTP_CLIENT_LINE_B},
    {"a reply line without end", GREETING "250 ", "0123456789",
     "the reply to EHLO has a line of more than 4096 bytes", SMTP_CLIENT_LINE_B + 40},
    {"a reply of lines without end", GREETING, "250-x\r\n",
     "the reply to EHLO does not end: more than 512 lines or 64 KiB",
     7 * (SMTP_REPLY_MAX_LINES + 1) + 40},
    {"a reply of 10 MB", "220-",
     "12345678901234567890123456789012345678901234567890123456789012345678901234567890"
     "12345678901234567890123456789012345678901234567890123456789012345678901234567890"
     "1234567890123456789012345678901234567890\r\n220-",
     "the greeting does not end: more than 512 lines or 64 KiB", SMTP_REPLY_MAX_B + 8192},
    {"empty lines without end", "", "\n", "the greeting is malformed: \"\"", 1},
};

static void test_flood(void **state) {
    const struct flood *want = *state;
    struct smtp_client *client = smtp_client_new("me.example", false);
    struct buf out;

    buf_init(&out, OUT_MAX_B);
    size_t fed = flood(client, want->first, want->pattern, 10 * 1024 * 1024, &out);
    assert_in_range(fed, 1, want->most);
    assert_string_equal(smtp_client_error(client), want->error);
    assert_string_equal(buf_text(&out), want->first[0] == '2' && want->first[3] == ' ' ? EHLO : "");
    smtp_client_free(&client);
    buf_fini(&out);
}

/* The line limit counts CRLF, and is the same for a line that comes whole. */
static void test_longest_line(void **state) {
    for (size_t over = 0; over < 2; over++) {
        struct smtp_client *client = smtp_client_new("me.example", false);
        size_t len = SMTP_CLIENT_LINE_B + over;
        uint8_t *line = mem_zalloc(len);
        struct buf out;

        (void)state;
        buf_init(&out, OUT_MAX_B);
        memset(line, 'a', len);
        memcpy(line, "220 ", 4);
        memcpy(line + len - 2, "\r\n", 2);
        assert_int_equal(smtp_client_feed(client, line, len, &out),
                         over ? SMTP_CLIENT_FAILED : SMTP_CLIENT_READ);
        assert_int_equal(strlen(smtp_client_last_text(client)),
                         over ? 0 : SMTP_CLIENT_TEXT_SIZE_B - 1);
        free(line);
        smtp_client_free(&client);
        buf_fini(&out);
    }
}

static void test_nul_in_a_reply(void **state) {
    static const uint8_t greeting[] = "220 mx\0.example\r\n";
    struct smtp_client *client = smtp_client_new("me.example", false);
    struct buf out;

    (void)state;
    buf_init(&out, OUT_MAX_B);
    assert_int_equal(smtp_client_feed(client, greeting, sizeof greeting - 1, &out),
                     SMTP_CLIENT_FAILED);
    assert_string_equal(smtp_client_error(client),
                        "the greeting is malformed: \"220 mx?.example\"");
    smtp_client_free(&client);
    buf_fini(&out);
}

static void test_no_room_to_speak(void **state) {
    struct smtp_client *client = smtp_client_new("me.example", false);
    struct buf out;

    (void)state;
    buf_init(&out, 10);
    assert_int_equal(smtp_client_feed(client, (const uint8_t *)"220\r\n", 5, &out),
                     SMTP_CLIENT_FAILED);
    assert_string_equal(smtp_client_error(client), "no room to send EHLO");
    assert_int_equal(out.len, 0);
    smtp_client_free(&client);
    buf_fini(&out);
}

static void test_free_of_nothing(void **state) {
    struct smtp_client *none = NULL;

    (void)state;
    smtp_client_free(&none);
    assert_null(none);
}

static void test_names(void **state) {
    (void)state;
    assert_string_equal(smtp_client_starttls_name(SMTP_CLIENT_STARTTLS_UNKNOWN), "unknown");
    assert_string_equal(smtp_client_starttls_name(SMTP_CLIENT_STARTTLS_ACCEPTED), "accepted");
    assert_string_equal(smtp_client_starttls_name(SMTP_CLIENT_STARTTLS_REFUSED), "refused");
    assert_string_equal(smtp_client_starttls_name(SMTP_CLIENT_STARTTLS_NOT_OFFERED), "not-offered");
    assert_string_equal(smtp_client_starttls_name(SMTP_CLIENT_STARTTLS_IMPLICIT), "implicit");
}

/* AUTH counts in the reply before TLS alone. */
static void test_auth_before_tls(void **state) {
    static const struct {
        const char *plain, *secret;
        bool offers;
    } cases[] = {
        {GREETING "250-mx.example\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n", NULL, true},
        {GREETING "250-mx.example\r\n250-auth plain\r\n250 STARTTLS\r\n", NULL, true},
        {GREETING OFFER, NULL, false},
        {GREETING "250-mx.example\r\n250 XAUTH PLAIN\r\n", NULL, false},
        {GREETING OFFER "220 go ahead\r\n", "250-mx.example\r\n250 AUTH PLAIN\r\n", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct smtp_client *client = smtp_client_new("me.example", false);
        struct buf out;
        buf_init(&out, OUT_MAX_B);
        feed(client, cases[i].plain, SIZE_MAX, &out);
        if (cases[i].secret != NULL) {
            smtp_client_secured(client, &out);
            feed(client, cases[i].secret, SIZE_MAX, &out);
        }
        assert_int_equal(smtp_client_offers_auth(client), cases[i].offers);
        assert_int_equal(smtp_client_is_done(client), cases[i].secret != NULL || i == 3);
        smtp_client_free(&client);
        buf_fini(&out);
    }
}

int main(void) {
    const struct CMUnitTest others[] = {
        cmocka_unit_test(test_longest_line),
        cmocka_unit_test(test_nul_in_a_reply),
        cmocka_unit_test(test_no_room_to_speak),
        cmocka_unit_test(test_free_of_nothing),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_auth_before_tls),
    };
    struct CMUnitTest tests[ARRAY_LEN(dialogues) + ARRAY_LEN(floods) + ARRAY_LEN(others)];
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(dialogues); i++)
        tests[n++] = (struct CMUnitTest){dialogues[i].name, test_dialogue, NULL, NULL,
                                         (void *)(uintptr_t)&dialogues[i]};
    for (size_t i = 0; i < ARRAY_LEN(floods); i++)
        tests[n++] = (struct CMUnitTest){floods[i].name, test_flood, NULL, NULL,
                                         (void *)(uintptr_t)&floods[i]};
    memcpy(tests + n, others, sizeof others);
    return cmocka_run_group_tests_name("smtp_client", tests, NULL, NULL);
}
