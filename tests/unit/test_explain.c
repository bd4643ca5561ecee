/* The words: each reason in a line, the closing sentences, and the exit status. */
#include "report/explain.h"
#include "report/summary.h"
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
        {VERDICT_REFUSED, REASON_LEFT_HANDSHAKE, "broke off the handshake without an alert"},
        {VERDICT_REFUSED, REASON_SHUT_OUT, "kept the message when the server broke off TLS"},
        {VERDICT_REFUSED, REASON_QUIT_AFTER, "QUIT as its first word after the handshake"},
        {VERDICT_REFUSED, REASON_CLOSED_AFTER, "left without a word after the handshake"},
        {VERDICT_REFUSED, REASON_LEFT_INSIDE, "said EHLO inside TLS, then left"},
        {VERDICT_TURNED_AWAY, REASON_LEFT_INSIDE, "said EHLO inside TLS, then left"},
        {VERDICT_REFUSED, REASON_NO_PLAINTEXT, "got no TLS, and gave up before the envelope"},
        {VERDICT_REFUSED, REASON_NOT_OFFERED, "does not offer such a TLS version"},
        {VERDICT_DELIVERED, REASON_NOT_SHOWN, "over implicit TLS, where this fault does not show"},
        {VERDICT_UNCLEAR, REASON_NOT_SHOWN,
         "came by implicit TLS, where this fault does not show, and left"},
        {VERDICT_UNCLEAR, REASON_NOT_FINISHED, "it did not finish in time"},
        {VERDICT_UNCLEAR, REASON_NO_CONNECTION, "it never came"},
        {VERDICT_UNCLEAR, REASON_CONTROL_FAILED,
         "control was not delivered, so nothing can be said"},
    };
    struct attempt attempt = {.smtp.first_inside_tls = "EHLO",
                              .tls = {.failure = TLS_FAILURE_VERSION, .alert_read = TLS_NO_ALERT}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct result result = {
            .dish = sample_dish(2),
            .verdict = {.kind = cases[i].kind, .reason = cases[i].reason, .decisive = &attempt}};

        assert_explained(&result, cases[i].expected);
    }
}

static void alerts(void **state) {
    struct result result = {.dish = sample_dish(2),
                            .verdict = {.kind = VERDICT_REFUSED, .reason = REASON_ALERT}};

    (void)state;
    result.verdict.alert = 45;
    result.verdict.fits = true;
    assert_explained(&result, "alert certificate_expired: the right reason");
    result.verdict.alert = 255;
    result.verdict.fits = false;
    assert_explained(&result, "alert 255, though certificate_expired would fit");
    result.verdict.kind = VERDICT_TURNED_AWAY;
    result.dish = sample_dish(0);
    result.verdict.alert = 48;
    assert_explained(&result, "alert unknown_ca");
}

static void a_control_in_a_recipe_is_no_fault(void **state) {
    struct attempt attempt = {.smtp.exposed[CHANNEL_TLS] = EXPOSURE_MESSAGE, .tls.version = 0x0303};
    struct fault control = {
        .name = "control-tls12", .layer = LAYER_CONTROL, .failure = "nothing is wrong"};
    struct dish dish = *sample_dish(2);
    struct result result = {.dish = &dish,
                            .verdict = {.kind = VERDICT_FOOLED, .decisive = &attempt}};

    (void)state;
    dish.faults[1] = dish.faults[0];
    dish.faults[0] = &control;
    dish.fault_count = 2;
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
         "STARTTLS was offered but not asked for, and its password went out in plaintext"},
        {STARTTLS_ACCEPTED, EXPOSURE_ENVELOPE,
         "it did not wait for TLS, and the envelope went out in plaintext"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct attempt attempt = {.smtp.starttls = cases[i].outcome,
                                  .smtp.exposed[CHANNEL_PLAIN] = cases[i].exposure};
        struct result result = {.dish = sample_dish(11),
                                .verdict = {.kind = VERDICT_LEAKED, .decisive = &attempt}};

        assert_explained(&result, cases[i].expected);
    }
}

/* Where what was given away does not say what was wrong, the reason does. */
static void harm_is_named(void **state) {
    static const struct {
        enum verdict_kind kind;
        enum reason_kind reason;
        const char *expected;
    } cases[] = {
        {VERDICT_FOOLED, REASON_BELIEVED,
         "acted inside TLS on what was said before it although the certificate expired yesterday"},
        {VERDICT_FOOLED, REASON_FALSE_END,
         "let a false end of the message through although the certificate expired yesterday"},
        {VERDICT_REFUSED, REASON_STOPPED, "came as far as rcpt inside TLS, then stopped"},
        {VERDICT_DELIVERED, REASON_UNHARMED, "delivered over sound TLS: it did no harm"},
    };
    struct attempt attempt = {.smtp.furthest = SMTP_STAGE_RCPT, .tls.alert_read = TLS_NO_ALERT};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct result result = {
            .dish = sample_dish(2),
            .verdict = {.kind = cases[i].kind, .reason = cases[i].reason, .decisive = &attempt}};
        assert_explained(&result, cases[i].expected);
    }
}

/* A run of which only some results are looked at, with the given verdicts. */
struct pick {
    size_t which;
    enum verdict_kind kind;
};

static void summarise(const struct pick *picks, size_t count, struct buf *out, int *exit_status) {
    struct result results[SAMPLE_COUNT] = {0};
    struct run run = {.results = results, .count = count};

    for (size_t i = 0; i < count; i++) {
        enum verdict_kind kind = picks[i].kind;

        results[i].dish = sample_dish(picks[i].which);
        results[i].verdict = (struct verdict){
            .kind = kind, .as_expected = kind == VERDICT_REFUSED || kind == VERDICT_DELIVERED};
    }
    buf_init(out, 4096);
    summary_put(&run, out);
    *exit_status = run_exit_status(&run);
}

enum {
    CONTROL = 0,
    CONTROL_TLS12 = 1,
    EXPIRED = 2,
    WRONG_HOST = 3,
    ODDITY = 5,
    TLS10 = 6,
    RSA1024 = 9,
    STARTTLS_454 = 11
};

static const struct {
    const char *name;
    struct pick picks[4];
    size_t count;
    int exit_status;
    const char *says[2], *does_not_say;
} summary_cases[] = {
    {"all noticed",
     {{CONTROL, VERDICT_DELIVERED}, {EXPIRED, VERDICT_REFUSED}, {WRONG_HOST, VERDICT_REFUSED}},
     3,
     0,
     {"2 of 2 faults noticed.\n"},
     "doormat faults"},
    {"no certificate is checked",
     {{CONTROL, VERDICT_DELIVERED}, {EXPIRED, VERDICT_FOOLED}, {WRONG_HOST, VERDICT_FOOLED}},
     3,
     1,
     {"0 of 2 faults noticed, 2 fooled it.",
      "can read and change its mail: certificates are "
      "not checked. `doormat faults expired` says how to fix it.\n"},
     "checked well"},
    {"some certificates are checked",
     {{EXPIRED, VERDICT_REFUSED}, {WRONG_HOST, VERDICT_FOOLED}},
     2,
     1,
     {"may read and change its mail: certificates are not checked well. `doormat faults "
      "wrong-host`"},
     NULL},
    {"a leak comes first",
     {{WRONG_HOST, VERDICT_FOOLED}, {STARTTLS_454, VERDICT_LEAKED}},
     2,
     1,
     {"1 fooled it, 1 made it leak", "where TLS fails, it sends in plaintext. `doormat faults "
                                     "starttls-454`"},
     NULL},
    {"weak encryption",
     {{TLS10, VERDICT_FOOLED}},
     1,
     1,
     {"0 of 1 fault noticed", "encrypted too weakly"},
     "Anyone"},
    {"over-strict",
     {{ODDITY, VERDICT_TURNED_AWAY}},
     1,
     1,
     {"1 wrongly turned away", "Mail may not arrive"},
     "fooled"},
    {"the control failed: nothing can be said",
     {{CONTROL, VERDICT_TURNED_AWAY}, {EXPIRED, VERDICT_UNCLEAR}},
     2,
     3,
     {"1 stayed unclear", "did not deliver to `control`, a server without a fault, so nothing "
                          "can be said about the 1 fault measured against it. "},
     "faults expired"},
    {"the control leaked",
     {{CONTROL, VERDICT_LEAKED}},
     1,
     3,
     {"sent its mail in plaintext to `control`, a server without a fault. Make"},
     "noticed"},
    {"one control failed, but a fault on another is proven",
     {{CONTROL, VERDICT_DELIVERED},
      {CONTROL_TLS12, VERDICT_TURNED_AWAY},
      {RSA1024, VERDICT_UNCLEAR},
      {EXPIRED, VERDICT_FOOLED}},
     4,
     1,
     {"did not deliver to `control-tls12`", "1 fooled it, 1 stayed unclear"},
     NULL},
    {"one control failed, all else was noticed",
     {{CONTROL, VERDICT_DELIVERED},
      {CONTROL_TLS12, VERDICT_TURNED_AWAY},
      {EXPIRED, VERDICT_REFUSED}},
     3,
     3,
     {"1 of 1 fault noticed."},
     NULL},
    {"a verdict stayed unclear",
     {{EXPIRED, VERDICT_REFUSED}, {TLS10, VERDICT_UNCLEAR}},
     2,
     3,
     {"1 of 2 faults noticed, 1 stayed unclear."},
     NULL},
    {"a failure outweighs an unclear verdict",
     {{EXPIRED, VERDICT_FOOLED}, {TLS10, VERDICT_UNCLEAR}},
     2,
     1,
     {"1 stayed unclear"},
     NULL},
    {"a legal oddity delivered",
     {{ODDITY, VERDICT_DELIVERED}},
     1,
     0,
     {"1 rightly accepted"},
     "turned"},
    {"a legal oddity not offered",
     {{EXPIRED, VERDICT_REFUSED}, {ODDITY, VERDICT_REFUSED}},
     2,
     0,
     {"1 of 2 faults noticed, 1 not offered."},
     "turned"},
};

static void summaries(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(summary_cases); i++) {
        struct buf out;
        int exit_status;

        summarise(summary_cases[i].picks, summary_cases[i].count, &out, &exit_status);
        for (size_t k = 0; k < 2 && summary_cases[i].says[k] != NULL; k++)
            if (strstr(buf_text(&out), summary_cases[i].says[k]) == NULL)
                fail_msg("%s: %s", summary_cases[i].name, buf_text(&out));
        if (summary_cases[i].does_not_say != NULL &&
            strstr(buf_text(&out), summary_cases[i].does_not_say) != NULL)
            fail_msg("%s: %s", summary_cases[i].name, buf_text(&out));
        if (exit_status != summary_cases[i].exit_status)
            fail_msg("%s: exit status %d", summary_cases[i].name, exit_status);
        buf_fini(&out);
    }
}

static void sums_count_controls_apart(void **state) {
    struct run run = sample_run();
    struct run_summary sum;

    (void)state;
    run_summarise(&run, &sum);
    assert_int_equal(sum.total, 12);
    assert_int_equal(sum.controls_failed, 1);
    assert_int_equal(sum.by_verdict[VERDICT_DELIVERED],
                     2); /* the control, and the fault not shown */
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
        cmocka_unit_test(summaries),
        cmocka_unit_test(sums_count_controls_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
