/* What dialogue scripts cannot say: limits, ceilings, the step after the last one, and names. */
#include "base/mem.h"
#include "smtp/reply.h"
#include "smtp/session.h"
#include "unit.h"

static const struct smtp_knobs spotless;

struct fixture {
    struct smtp_limits limits;
    struct smtp_session *session;
    struct buf out;
};

static void fixture_init(struct fixture *fixture, const struct smtp_knobs *knobs,
                         bool implicit_tls) {
    *fixture = (struct fixture){.limits = smtp_limits_default};
    struct smtp_setup setup = {
        .hostname = "mx.example",
        .knobs = knobs,
        .limits = &fixture->limits,
        .implicit_tls = implicit_tls,
    };

    fixture->session = smtp_session_new(&setup);
    buf_init(&fixture->out, 1024 * 1024);
}

static void fixture_fini(struct fixture *fixture) {
    smtp_session_free(&fixture->session);
    assert_null(fixture->session);
    buf_fini(&fixture->out);
}

static enum smtp_step feed(struct fixture *fixture, const char *text) {
    buf_reset(&fixture->out);
    return smtp_session_feed(fixture->session, (const uint8_t *)text, strlen(text), &fixture->out);
}

static void expect(struct fixture *fixture, const char *text, const char *replies) {
    assert_int_equal(feed(fixture, text), SMTP_STEP_READ);
    assert_string_equal(buf_text(&fixture->out), replies);
}

static void test_greeting(void **state) {
    struct fixture f;

    (void)state;
    fixture_init(&f, &spotless, false);
    smtp_session_greet(f.session, &f.out);
    assert_string_equal(buf_text(&f.out), "220 mx.example ESMTP Doormat\r\n");
    assert_int_equal(smtp_session_seen(f.session)->furthest, SMTP_STAGE_CONNECTED);
    assert_int_equal(smtp_session_seen(f.session)->starttls, STARTTLS_NOT_TRIED);
    fixture_fini(&f);
}

static void test_free_of_nothing(void **state) {
    struct smtp_session *none = NULL;

    (void)state;
    smtp_session_free(&none);
    assert_null(none);
}

static void test_nothing_fed(void **state) {
    struct fixture f;

    (void)state;
    fixture_init(&f, &spotless, false);
    assert_int_equal(feed(&f, ""), SMTP_STEP_READ);
    assert_int_equal(f.out.len, 0);
    fixture_fini(&f);
}

/* More comes while an answer is held back than is kept: the dialogue ends, and the wait is over however often it is asked. */
static void test_early_flood(void **state) {
    static const struct smtp_knobs late = {
        .at[SMTP_POINT_GREETING] = {.amount = 3000, .manner = SMTP_MANNER_LATE}};
    enum smtp_step step = SMTP_STEP_WAIT;
    struct fixture f;

    (void)state;
    fixture_init(&f, &late, false);
    assert_int_equal(smtp_session_greet(f.session, &f.out), SMTP_STEP_WAIT);
    for (int i = 0; i < 20000 && step == SMTP_STEP_WAIT; i++)
        step = feed(&f, "NOOP\r\n");
    assert_int_equal(step, SMTP_STEP_CLOSE);
    assert_int_equal(smtp_session_go_on(f.session, &f.out), SMTP_STEP_CLOSE);
    assert_int_equal(smtp_session_go_on(f.session, &f.out), SMTP_STEP_CLOSE);
    fixture_fini(&f);
}

/* The bytes behind STARTTLS, in the same read or in a later one, are counted and lost. */
static void test_behind_starttls(void **state) {
    struct fixture f;
    const struct smtp_seen *record;

    (void)state;
    fixture_init(&f, &spotless, false);
    record = smtp_session_seen(f.session);
    assert_int_equal(feed(&f, "EHLO a\r\nSTARTTLS\r\nVRFY some-one.else\r\n"), SMTP_STEP_START_TLS);
    assert_int_equal(record->behind_starttls_b, 20);
    assert_int_equal(feed(&f, "RSET\r\n"), SMTP_STEP_START_TLS);
    assert_int_equal(record->behind_starttls_b, 26);
    assert_int_equal(f.out.len, 0);
    smtp_session_secured(f.session, &f.out);
    expect(&f, "RSET\r\nMAIL FROM:<a@b>\r\n", "250 2.0.0 Ok\r\n503 5.5.1 Send EHLO first\r\n");
    assert_int_equal(record->exposed[CHANNEL_PLAIN], EXPOSURE_NOTHING);
    assert_int_equal(record->exposed[CHANNEL_TLS], EXPOSURE_ENVELOPE);
    assert_string_equal(record->first_inside_tls, "RSET");
    fixture_fini(&f);
}

/* A line that was begun in plaintext must not be completed inside TLS (CVE-2011-0411). */
static void test_partial_line_is_forgotten(void **state) {
    struct fixture f;

    (void)state;
    fixture_init(&f, &spotless, false);
    assert_int_equal(feed(&f, "EHLO a\r\nNOOP"), SMTP_STEP_READ);
    smtp_session_secured(f.session, &f.out);
    expect(&f, "RSET\r\n", "250 2.0.0 Ok\r\n");
    fixture_fini(&f);
}

static void test_closed_is_closed(void **state) {
    struct fixture f;

    (void)state;
    fixture_init(&f, &spotless, true);
    assert_int_equal(feed(&f, "QUIT\r\nNOOP\r\n"), SMTP_STEP_CLOSE);
    assert_string_equal(buf_text(&f.out), "221 2.0.0 Bye\r\n");
    assert_int_equal(feed(&f, "NOOP\r\n"), SMTP_STEP_CLOSE);
    assert_int_equal(f.out.len, 0);
    assert_int_equal(smtp_session_seen(f.session)->commands, 1);
    fixture_fini(&f);
}

/* 130,000 STARTTLS in 30 s were seen of a real client. */
static void test_command_flood(void **state) {
    struct fixture f;
    enum smtp_step step = SMTP_STEP_READ;
    unsigned fed = 0;

    (void)state;
    fixture_init(&f, &spotless, false);
    while (step == SMTP_STEP_READ && fed < 130000) {
        step = feed(&f, "NOOP\r\n");
        fed++;
    }
    assert_int_equal(step, SMTP_STEP_CLOSE);
    assert_int_equal(fed, smtp_limits_default.commands + 1);
    assert_string_equal(buf_text(&f.out), "421 4.7.0 Too many commands\r\n");
    fixture_fini(&f);
}

static void test_error_flood(void **state) {
    struct fixture f;

    (void)state;
    fixture_init(&f, &spotless, true);
    for (unsigned i = 0; i < smtp_limits_default.errors; i++)
        expect(&f, "XYZZY\r\n", "500 5.5.1 Command unknown\r\n");
    assert_int_equal(feed(&f, "STARTTLS\r\n"), SMTP_STEP_CLOSE);
    assert_string_equal(buf_text(&f.out), "421 4.7.0 Too many errors\r\n");
    assert_int_equal(smtp_session_seen(f.session)->starttls, STARTTLS_IMPLICIT);
    fixture_fini(&f);
}

static void test_message_flood(void **state) {
    struct fixture f;

    (void)state;
    fixture_init(&f, &spotless, true);
    f.limits.messages = 1;
    expect(&f, "HELO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n",
           "250 mx.example\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n"
           "354 End with a dot on a line of its own\r\n");
    expect(&f, "x\r\n.\r\n", "250 2.0.0 Ok: seen, judged, and thrown away\r\n");
    assert_int_equal(feed(&f, "MAIL FROM:<a@b>\r\n"), SMTP_STEP_CLOSE);
    assert_string_equal(buf_text(&f.out), "421 4.7.0 Too many messages\r\n");
    fixture_fini(&f);
}

/* A message is exposed with its first byte, and accepted only with its last. */
static void test_message_begins(void **state) {
    struct fixture f;
    const struct smtp_seen *record;

    (void)state;
    fixture_init(&f, &spotless, true);
    record = smtp_session_seen(f.session);
    feed(&f, "EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
    assert_int_equal(record->exposed[CHANNEL_TLS], EXPOSURE_ENVELOPE);
    assert_int_equal(record->furthest, SMTP_STAGE_DATA);
    expect(&f, "S", ""); /* it may become STARTTLS */
    assert_int_equal(record->exposed[CHANNEL_TLS], EXPOSURE_ENVELOPE);
    expect(&f, "u", "");
    assert_int_equal(record->exposed[CHANNEL_TLS], EXPOSURE_MESSAGE);
    assert_int_equal(record->furthest, SMTP_STAGE_DATA);
    assert_false(record->accepted[CHANNEL_TLS]);
    assert_int_equal(feed(&f, "\r\n.\r\n"), SMTP_STEP_READ);
    assert_int_equal(record->furthest, SMTP_STAGE_MESSAGE);
    assert_true(record->accepted[CHANNEL_TLS]);
    assert_false(record->accepted[CHANNEL_PLAIN]);
    fixture_fini(&f);
}

static void test_endless_message(void **state) {
    struct fixture f;
    enum smtp_step step = SMTP_STEP_READ;
    unsigned fed = 0;

    (void)state;
    fixture_init(&f, &spotless, true);
    f.limits.message_b = 100;
    feed(&f, "EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
    while (step == SMTP_STEP_READ && fed < 10000) {
        step = feed(&f, "0123456789");
        fed += 10;
    }
    assert_int_equal(step, SMTP_STEP_CLOSE);
    assert_in_range(fed, 800, 820);
    assert_string_equal(buf_text(&f.out), "421 4.3.4 Message without end\r\n");
    assert_int_equal(smtp_session_seen(f.session)->messages, 0);
    fixture_fini(&f);
}

/* --- answers that are held back --- */

static const struct smtp_knobs late_ehlo = {
    .at[SMTP_POINT_EHLO] = {.amount = 50, .manner = SMTP_MANNER_LATE}};

/* What comes meanwhile waits, however it comes, and is answered in its turn. */
static void test_late_answer(void **state) {
    struct fixture f;

    (void)state;
    fixture_init(&f, &late_ehlo, false);
    assert_int_equal(feed(&f, "EHLO a\r\nNOOP\r\nRS"), SMTP_STEP_WAIT);
    assert_int_equal(f.out.len, 0);
    assert_int_equal(smtp_session_wait_ms(f.session), 50);
    assert_int_equal(feed(&f, "ET\r\n"), SMTP_STEP_WAIT);
    assert_int_equal(f.out.len, 0);
    assert_int_equal(smtp_session_go_on(f.session, &f.out), SMTP_STEP_READ);
    assert_non_null(strstr(buf_text(&f.out), "250 SMTPUTF8\r\n250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n"));
    fixture_fini(&f);
}

static void test_too_much_while_waiting(void **state) {
    static char much[SMTP_HELO_SIZE_B];
    struct fixture f;
    enum smtp_step step = SMTP_STEP_WAIT;
    size_t fed = 0;

    (void)state;
    memset(much, '\n', sizeof much - 1);
    fixture_init(&f, &late_ehlo, false);
    assert_int_equal(feed(&f, "EHLO a\r\n"), SMTP_STEP_WAIT);
    for (; step == SMTP_STEP_WAIT && fed < 1024 * 1024; fed += sizeof much - 1)
        step = feed(&f, much);
    assert_int_equal(step, SMTP_STEP_CLOSE);
    assert_in_range(fed, 64 * 1024, 65 * 1024);
    fixture_fini(&f);
}

/* The message is for who was answered 354; what comes all the same is seen, and not run. */
static void test_message_behind_a_refusal(void **state) {
    static const struct smtp_knobs refuse_data = {
        .at[SMTP_POINT_DATA] = {.code = 554, .text = "no"}};
    struct fixture f;

    (void)state;
    fixture_init(&f, &refuse_data, true);
    feed(&f, "EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
    expect(&f, "NOOP\r\nDATA\r\n", "250 2.0.0 Ok\r\n554 no\r\n");
    expect(&f, "Subject: x\r\n\r\nQUIT\r\n.\r\n", "503 5.5.1 DATA was refused\r\n");
    assert_int_equal(smtp_session_seen(f.session)->exposed[CHANNEL_TLS], EXPOSURE_MESSAGE);
    assert_false(smtp_session_seen(f.session)->accepted[CHANNEL_TLS]);
    assert_false(smtp_session_seen(f.session)->quit);
    fixture_fini(&f);
}

/* An extension that plaintext alone offered, used inside TLS, was believed (RFC 3207 4.2). */
static void test_stale_extension(void **state) {
    static const struct smtp_knobs fewer = {.capabilities[CHANNEL_TLS] = "8BITMIME"};
    struct fixture f;

    (void)state;
    fixture_init(&f, &fewer, false);
    feed(&f, "EHLO a\r\nSTARTTLS\r\n");
    smtp_session_secured(f.session, &f.out);
    feed(&f, "EHLO a\r\nMAIL FROM:<a@b> BODY=8BITMIME\r\nRSET\r\n");
    assert_false(smtp_session_seen(f.session)->believed);
    feed(&f, "MAIL FROM:<a@b> SIZE=5\r\n");
    assert_true(smtp_session_seen(f.session)->believed);
    fixture_fini(&f);
}

/* Half a reply is worse than none. */
static void test_full_output_closes(void **state) {
    struct fixture f;

    (void)state;
    fixture_init(&f, &spotless, true);
    f.out.max = 20;
    assert_int_equal(feed(&f, "NOOP\r\n"), SMTP_STEP_READ);
    assert_int_equal(feed(&f, "NOOP\r\nNOOP\r\nNOOP\r\n"), SMTP_STEP_CLOSE);
    assert_in_range(f.out.len, 1, 20);
    fixture_fini(&f);
}

static void test_long_helo_is_cut(void **state) {
    char line[5 + 255 + 2 + 1];
    struct fixture f;

    (void)state;
    memset(line, 'a', sizeof line);
    memcpy(line, "EHLO ", 5);
    memcpy(line + sizeof line - 3, "\r\n", 3);
    fixture_init(&f, &spotless, false);
    assert_int_equal(feed(&f, line), SMTP_STEP_READ);
    assert_int_equal(strlen(smtp_session_seen(f.session)->helo), SMTP_HELO_SIZE_B - 1);
    fixture_fini(&f);
}

static void test_names(void **state) {
    (void)state;
    assert_string_equal(channel_name(CHANNEL_PLAIN), "plaintext");
    assert_string_equal(channel_name(CHANNEL_TLS), "tls");
    assert_string_equal(smtp_stage_name(SMTP_STAGE_CONNECTED), "connected");
    assert_string_equal(smtp_stage_name(SMTP_STAGE_EHLO_TLS), "ehlo-tls");
    assert_string_equal(smtp_stage_name(SMTP_STAGE_MESSAGE), "message");
    assert_string_equal(exposure_name(EXPOSURE_NOTHING), "nothing");
    assert_string_equal(exposure_name(EXPOSURE_MESSAGE), "message");
    assert_string_equal(starttls_outcome_name(STARTTLS_NOT_TRIED), "not-tried");
    assert_string_equal(starttls_outcome_name(STARTTLS_IMPLICIT), "implicit");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greeting),
        cmocka_unit_test(test_free_of_nothing),
        cmocka_unit_test(test_nothing_fed),
        cmocka_unit_test(test_early_flood),
        cmocka_unit_test(test_behind_starttls),
        cmocka_unit_test(test_partial_line_is_forgotten),
        cmocka_unit_test(test_closed_is_closed),
        cmocka_unit_test(test_command_flood),
        cmocka_unit_test(test_error_flood),
        cmocka_unit_test(test_message_flood),
        cmocka_unit_test(test_message_begins),
        cmocka_unit_test(test_endless_message),
        cmocka_unit_test(test_late_answer),
        cmocka_unit_test(test_too_much_while_waiting),
        cmocka_unit_test(test_message_behind_a_refusal),
        cmocka_unit_test(test_stale_extension),
        cmocka_unit_test(test_full_output_closes),
        cmocka_unit_test(test_long_helo_is_cut),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
