/* The words: each reason in a line; and the sums. */
#include "report/explain.h"
#include "sample_run.h"
#include "unit.h"

static void assert_explained(const struct result *result, const char *expected) {
    struct buf out;

    buf_init(&out, 4096);
    explain_result(result, &out);
    assert_string_equal(buf_text(&out), expected);
    buf_fini(&out);
}

static void reasons(void **state) {
    static const struct {
        enum verdict_kind kind;
        enum reason_kind reason;
        const char *expected;
    } cases[] = {
        {VERDICT_REFUSED, REASON_LEFT_HANDSHAKE, "disconnected before the handshake"},
        {VERDICT_REFUSED, REASON_SHUT_OUT, "the server aborted the handshake; no mail was sent"},
        {VERDICT_REFUSED, REASON_QUIT_AFTER, "sent QUIT right after the handshake"},
        {VERDICT_REFUSED, REASON_CLOSED_AFTER, "disconnected right after the handshake"},
        {VERDICT_REFUSED, REASON_LEFT_INSIDE, "said EHLO inside TLS, then left"},
        {VERDICT_TURNED_AWAY, REASON_LEFT_INSIDE, "said EHLO inside TLS, then left"},
        {VERDICT_REFUSED, REASON_NO_PLAINTEXT, "disconnected before MAIL FROM, without TLS"},
        {VERDICT_REFUSED, REASON_NOT_OFFERED, "does not offer such a TLS version"},
        {VERDICT_NOT_SHOWN, REASON_NOT_SHOWN,
         "the sender came by implicit TLS, where this fault does not show, and left"},
        {VERDICT_UNCLEAR, REASON_NOT_FINISHED,
         "the sender's connection was not over after 0 s (--timeout)"},
        {VERDICT_UNCLEAR, REASON_NO_CONNECTION, "the sender never connected"},
        {VERDICT_UNCLEAR, REASON_CONTROL_FAILED,
         "control was not delivered, so nothing can be said"},
    };
    struct attempt attempt = {.smtp.first_inside_tls = "EHLO",
                              .tls = {.failure = TLS_FAILURE_VERSION, .alert_read = TLS_NO_ALERT}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct result result = {
            .scenario = sample_scenario(2),
            .verdict = {.kind = cases[i].kind, .reason = cases[i].reason, .decisive = &attempt}};

        assert_explained(&result, cases[i].expected);
    }
}

static void alerts(void **state) {
    struct result result = {.scenario = sample_scenario(2),
                            .verdict = {.kind = VERDICT_REFUSED, .reason = REASON_ALERT}};

    (void)state;
    result.verdict.alert = 45;
    result.verdict.fits = true;
    assert_explained(&result, "alert certificate_expired: the right reason");
    result.verdict.alert = 255;
    result.verdict.fits = false;
    assert_explained(&result, "alert 255 (expected certificate_expired)");
    result.verdict.kind = VERDICT_TURNED_AWAY;
    result.scenario = sample_scenario(0);
    result.verdict.alert = 48;
    assert_explained(&result, "alert unknown_ca");
}

static void a_control_in_a_recipe_is_no_fault(void **state) {
    struct attempt attempt = {.smtp.exposed[CHANNEL_TLS] = EXPOSURE_MESSAGE, .tls.version = 0x0303};
    struct fault control = {
        .name = "control-tls12", .layer = LAYER_CONTROL, .failure = "nothing is wrong"};
    struct scenario scenario = *sample_scenario(2);
    struct result result = {.scenario = &scenario,
                            .verdict = {.kind = VERDICT_FOOLED, .decisive = &attempt}};

    (void)state;
    scenario.faults[1] = scenario.faults[0];
    scenario.faults[0] = &control;
    scenario.fault_count = 2;
    assert_explained(&result,
                     "sent the message over TLSv1.2 although the certificate expired yesterday");
}

static void leaks(void **state) {
    static const struct {
        enum starttls_outcome outcome;
        enum exposure exposure;
        const char *expected;
    } cases[] = {
        {STARTTLS_REFUSED, EXPOSURE_MESSAGE,
         "STARTTLS was refused (454), and the message went out in plaintext"},
        {STARTTLS_NOT_OFFERED, EXPOSURE_ENVELOPE,
         "STARTTLS was not offered, and the envelope went out in plaintext"},
        {STARTTLS_NOT_TRIED, EXPOSURE_CREDENTIALS,
         "STARTTLS was offered but not asked for, and its credentials went out in plaintext"},
        {STARTTLS_ACCEPTED, EXPOSURE_ENVELOPE,
         "the sender did not wait for TLS, and the envelope went out in plaintext"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct attempt attempt = {.smtp.starttls = cases[i].outcome,
                                  .smtp.exposed[CHANNEL_PLAIN] = cases[i].exposure};
        struct result result = {.scenario = sample_scenario(11),
                                .verdict = {.kind = VERDICT_LEAKED, .decisive = &attempt}};

        assert_explained(&result, cases[i].expected);
    }
}

/* What is said of the server's dialogue and of the handshake is what there was. */
static void wording_is_true(void **state) {
    static const struct {
        const char *name;
        struct smtp_knobs knobs;
        enum starttls_outcome outcome;
        enum tls_handshake handshake;
        const char *expected;
    } cases[] = {
        {"EHLO refused",
         {.at[SMTP_POINT_EHLO] = {.code = 502}},
         STARTTLS_NOT_TRIED,
         TLS_HANDSHAKE_NONE,
         "EHLO was refused (502)"},
        {"an odd EHLO, not refused",
         {.at[SMTP_POINT_EHLO] = {.code = 250}},
         STARTTLS_NOT_TRIED,
         TLS_HANDSHAKE_NONE,
         "STARTTLS was offered but not asked for"},
        {"an empty list",
         {.capabilities[CHANNEL_PLAIN] = ""},
         STARTTLS_NOT_TRIED,
         TLS_HANDSHAKE_NONE,
         "STARTTLS was not offered"},
        {"a longer word",
         {.capabilities[CHANNEL_PLAIN] = "SIZE 1\nSTARTTLSX"},
         STARTTLS_NOT_TRIED,
         TLS_HANDSHAKE_NONE,
         "STARTTLS was not offered"},
        {"in a parameter",
         {.capabilities[CHANNEL_PLAIN] = "X STARTTLS"},
         STARTTLS_NOT_TRIED,
         TLS_HANDSHAKE_NONE,
         "STARTTLS was not offered"},
        {"in lower case",
         {.capabilities[CHANNEL_PLAIN] = "SIZE\nstarttls"},
         STARTTLS_NOT_TRIED,
         TLS_HANDSHAKE_NONE,
         "STARTTLS was offered but not asked for"},
        {"on the same connection", {0}, STARTTLS_ACCEPTED, TLS_HANDSHAKE_FAILED, "TLS failed"},
        {"behind close_notify",
         {0},
         STARTTLS_ACCEPTED,
         TLS_HANDSHAKE_COMPLETED,
         "TLS was given up"},
        {"in place of a ClientHello",
         {0},
         STARTTLS_ACCEPTED,
         TLS_HANDSHAKE_NONE,
         "the sender did not wait for TLS"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scenario scenario = *sample_scenario(2);
        struct attempt attempt = {
            .smtp = {.starttls = cases[i].outcome, .exposed[CHANNEL_PLAIN] = EXPOSURE_MESSAGE},
            .tls = {.handshake = cases[i].handshake, .alert_read = TLS_NO_ALERT}};
        struct attempt *attempts[] = {&attempt};
        struct result result = {.scenario = &scenario,
                                .attempts = attempts,
                                .attempt_count = 1,
                                .verdict = {.kind = VERDICT_LEAKED, .decisive = &attempt}};
        struct buf out;

        scenario.recipe.smtp = cases[i].knobs;
        buf_init(&out, 4096);
        explain_result(&result, &out);
        buf_puts(&out, "|");
        size_t len = strlen(cases[i].expected);
        if (strncmp(buf_text(&out), cases[i].expected, len) != 0 ||
            strcmp(buf_text(&out) + len, ", and the message went out in plaintext|") != 0)
            fail_msg("%s: %s", cases[i].name, buf_text(&out));
        buf_fini(&out);
    }
}

static void a_time_limit_is_named(void **state) {
    struct attempt attempt = {
        .tls = {.alert_read = TLS_NO_ALERT, .handshake = TLS_HANDSHAKE_BEGUN}};
    struct result result = {.scenario = sample_scenario(2),
                            .exit_status = 143,
                            .seconds = 1.02,
                            .verdict = {.kind = VERDICT_UNCLEAR, .reason = REASON_NOT_FINISHED}};

    (void)state;
    result.limit_s = 1;
    result.outstayed = true;
    assert_explained(&result, "the sender was ended after 1 s (--timeout)");
    result.verdict.reason = REASON_NO_CONNECTION;
    assert_explained(&result, "the sender never connected; it was ended after 1 s (--timeout)");
    result.limit_s = 0.25;
    result.retries = 2;
    assert_explained(&result, "the sender never connected; it was ended after 0.25 s (--timeout); "
                              "this was try 3");
    result.retries = 0;
    result.verdict.reason = REASON_NOT_FINISHED;
    result.exit_status = 0; /* it ended by itself, and its connection did not */
    result.outstayed = false;
    assert_explained(&result, "the sender's connection was not over after 0.25 s (--timeout)");
    result.verdict = (struct verdict){
        .kind = VERDICT_REFUSED, .reason = REASON_LEFT_HANDSHAKE, .decisive = &attempt};
    assert_explained(&result, "broke off the handshake without an alert");
}

/* Where what was given away does not say what was wrong, the reason does. */
static void harm_is_named(void **state) {
    static const struct {
        enum verdict_kind kind;
        enum reason_kind reason;
        const char *expected;
    } cases[] = {
        {VERDICT_FOOLED, REASON_BELIEVED,
         "acted on plaintext injected before TLS (STARTTLS injection) although the "
         "certificate expired yesterday"},
        {VERDICT_FOOLED, REASON_FALSE_END,
         "sent an ambiguous end of the message (SMTP smuggling) although the certificate expired yesterday"},
        {VERDICT_REFUSED, REASON_STOPPED, "reached rcpt inside TLS, then stopped"},
        {VERDICT_DELIVERED, REASON_UNHARMED, "delivered over sound TLS: it did no harm"},
    };
    struct attempt attempt = {.smtp.furthest = SMTP_STAGE_RCPT, .tls.alert_read = TLS_NO_ALERT};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct result result = {
            .scenario = sample_scenario(2),
            .verdict = {.kind = cases[i].kind, .reason = cases[i].reason, .decisive = &attempt}};
        assert_explained(&result, cases[i].expected);
    }
}

static void sums_count_controls_apart(void **state) {
    struct run run = sample_run();
    struct run_summary sum;

    (void)state;
    run_summarise(&run, &sum);
    assert_int_equal(sum.total, 12);
    assert_int_equal(sum.controls_failed, 1);
    assert_int_equal(sum.by_verdict[VERDICT_DELIVERED], 1); /* the control */
    assert_int_equal(sum.by_verdict[VERDICT_NOT_SHOWN], 1);
    assert_int_equal(sum.by_verdict[VERDICT_TURNED_AWAY], 1);
    assert_int_equal(sum.by_verdict[VERDICT_FOOLED], 3);
    run_fini(&run);
    assert_null(run.results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(harm_is_named),
        cmocka_unit_test(reasons),
        cmocka_unit_test(alerts),
        cmocka_unit_test(a_control_in_a_recipe_is_no_fault),
        cmocka_unit_test(leaks),
        cmocka_unit_test(wording_is_true),
        cmocka_unit_test(a_time_limit_is_named),
        cmocka_unit_test(sums_count_controls_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
