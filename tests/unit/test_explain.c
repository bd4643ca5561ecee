/* The words: each reason in a line, the closing sentences, and the exit status. */
#include "report/explain.h"
#include "report/sentence.h"
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
        {VERDICT_REFUSED, REASON_LEFT_HANDSHAKE, "disconnected before the handshake"},
        {VERDICT_REFUSED, REASON_SHUT_OUT, "the server aborted the handshake; no mail was sent"},
        {VERDICT_REFUSED, REASON_QUIT_AFTER, "sent QUIT right after the handshake"},
        {VERDICT_REFUSED, REASON_CLOSED_AFTER, "disconnected right after the handshake"},
        {VERDICT_REFUSED, REASON_LEFT_INSIDE, "said EHLO inside TLS, then left"},
        {VERDICT_TURNED_AWAY, REASON_LEFT_INSIDE, "said EHLO inside TLS, then left"},
        {VERDICT_REFUSED, REASON_NO_PLAINTEXT, "disconnected before MAIL FROM, without TLS"},
        {VERDICT_REFUSED, REASON_NOT_OFFERED, "does not offer such a TLS version"},
        {VERDICT_DELIVERED, REASON_NOT_SHOWN,
         "delivered over implicit TLS, where this fault does not show"},
        {VERDICT_UNCLEAR, REASON_NOT_SHOWN,
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
    assert_explained(&result, "alert 255 (expected certificate_expired)");
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
         "the sender did not wait for TLS, and the envelope went out in plaintext"},
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
        struct dish dish = *sample_dish(2);
        struct attempt attempt = {
            .smtp = {.starttls = cases[i].outcome, .exposed[CHANNEL_PLAIN] = EXPOSURE_MESSAGE},
            .tls = {.handshake = cases[i].handshake, .alert_read = TLS_NO_ALERT}};
        struct attempt *attempts[] = {&attempt};
        struct result result = {.dish = &dish,
                                .attempts = attempts,
                                .attempt_count = 1,
                                .verdict = {.kind = VERDICT_LEAKED, .decisive = &attempt}};
        struct buf out;

        dish.recipe.smtp = cases[i].knobs;
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
    struct result result = {.dish = sample_dish(2),
                            .exit_status = 143,
                            .seconds = 1.02,
                            .verdict = {.kind = VERDICT_UNCLEAR, .reason = REASON_NOT_FINISHED}};

    (void)state;
    assert_explained(&result, "the sender was ended after 1 s (--timeout)");
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
         "acted on plaintext that was said before TLS (injection) although the certificate expired yesterday"},
        {VERDICT_FOOLED, REASON_FALSE_END,
         "sent an ambiguous end of the message (SMTP smuggling) although the certificate expired yesterday"},
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
    enum reason_kind reason;
};

static void say(const struct run *run, struct buf *out) {
    sentence_put(run, out);
    buf_puts(out, "\n");
    summary_put_counts(run, out);
    summary_put_controls(run, out);
}

static void summarise(const struct pick *picks, size_t count, enum fault_severity fail_on,
                      struct buf *out, int *exit_status) {
    struct result results[SAMPLE_COUNT] = {0};
    struct run run = {.results = results, .count = count, .fail_on = fail_on};

    for (size_t i = 0; i < count; i++) {
        enum verdict_kind kind = picks[i].kind;

        results[i].dish = sample_dish(picks[i].which);
        results[i].verdict = (struct verdict){
            .kind = kind,
            .reason = picks[i].reason,
            .alert = TLS_NO_ALERT,
            .exposure = kind == VERDICT_LEAKED || kind == VERDICT_FOOLED ? EXPOSURE_MESSAGE
                                                                         : EXPOSURE_NOTHING,
            .as_expected =
                kind == VERDICT_REFUSED || kind == VERDICT_DELIVERED || kind == VERDICT_NOT_SHOWN};
    }
    buf_init(out, 4096);
    say(&run, out);
    *exit_status = run_exit_status(&run);
}

enum {
    CONTROL = 0,
    CONTROL_TLS12 = 1,
    EXPIRED = 2,
    WRONG_HOST = 3,
    SELF_SIGNED = 4,
    ODDITY = 5,
    TLS10 = 6,
    NULL_CIPHER = 7,
    DHE512 = 8,
    RSA1024 = 9,
    STARTTLS_454 = 11
};

static const struct {
    const char *name;
    struct pick picks[4];
    size_t count;
    enum fault_severity fail_on;
    int exit_status;
    const char *says[2], *does_not_say;
} summary_cases[] = {
    {"nothing tried",
     {{0}},
     0,
     FAULT_UNRATED,
     0,
     {"No fault was tried.\nNo fault was tried.\n"},
     "Controls"},
    {"all noticed",
     {{CONTROL, VERDICT_DELIVERED}, {SELF_SIGNED, VERDICT_REFUSED}, {WRONG_HOST, VERDICT_REFUSED}},
     3,
     FAULT_UNRATED,
     0,
     {"The sender refused all 2 servers here that somebody on the path could put up. It noticed each "
      "of the 2 faults that could be judged.\n2 of 2 faults noticed.\n",
      "Controls: the sender delivered to 1 of 1 servers without a fault.\n"},
     "unusual"},
    {"what was not tried is not claimed",
     {{CONTROL, VERDICT_DELIVERED}, {EXPIRED, VERDICT_REFUSED}, {TLS10, VERDICT_REFUSED}},
     3,
     FAULT_UNRATED,
     0,
     {"The sender noticed each of the 2 faults that could be judged.\n"},
     "path"},
    {"one fault alone, noticed",
     {{CONTROL, VERDICT_DELIVERED}, {EXPIRED, VERDICT_REFUSED}},
     2,
     FAULT_UNRATED,
     0,
     {"One fault alone was tried. The sender noticed the one fault that was tried.\n"},
     "path"},
    {"one fault alone, accepted",
     {{EXPIRED, VERDICT_FOOLED}},
     1,
     FAULT_UNRATED,
     0,
     {"One fault alone was tried. The sender accepts one that helps an attacker only if something "
      "else goes wrong.\n0 of 1 fault noticed; 1 warning.\n"},
     "refused"},
    {"no certificate is checked",
     {{CONTROL, VERDICT_DELIVERED}, {SELF_SIGNED, VERDICT_FOOLED}, {WRONG_HOST, VERDICT_FOOLED}},
     3,
     FAULT_UNRATED,
     1,
     {"The sender takes any certificate: anybody on the path can read and change its mail.\n",
      "0 of 2 faults noticed; 2 failures.\n"},
     "refused"},
    {"some certificates are checked",
     {{SELF_SIGNED, VERDICT_REFUSED}, {WRONG_HOST, VERDICT_FOOLED}},
     2,
     FAULT_UNRATED,
     1,
     {"The sender accepts a certificate that anybody on the path can make or get, and so read and "
      "change its mail.\n",
      "1 of 2 faults noticed; 1 failure.\n"},
     "any certificate"},
    {"a leak comes first",
     {{WRONG_HOST, VERDICT_FOOLED}, {STARTTLS_454, VERDICT_LEAKED}},
     2,
     FAULT_CRITICAL,
     1,
     {"The sender sends its mail in plaintext where TLS fails: anybody on the path can read and change "
      "it. It accepts a certificate",
      "0 of 2 faults noticed; 2 failures."},
     "refused"},
    {"a leak is critical at any fault",
     {{TLS10, VERDICT_LEAKED}},
     1,
     FAULT_CRITICAL,
     1,
     {"The sender sends its mail in plaintext where TLS fails", "1 failure."},
     "warning"},
    {"critical, and no certificate",
     {{NULL_CIPHER, VERDICT_FOOLED}, {WRONG_HOST, VERDICT_REFUSED}},
     2,
     FAULT_UNRATED,
     1,
     {"The sender accepts a connection that does not keep anybody on the path out of its mail.\n"},
     "refused"},
    {"high, the rest refused",
     {{DHE512, VERDICT_FOOLED}, {WRONG_HOST, VERDICT_REFUSED}},
     2,
     FAULT_UNRATED,
     1,
     {"The sender refused the one server here that somebody on the path could put up. It accepts one "
      "server that takes an attacker effort, or an attack that is public.\n"},
     "Anyone"},
    {"high is a warning where critical fails",
     {{DHE512, VERDICT_FOOLED}, {WRONG_HOST, VERDICT_REFUSED}},
     2,
     FAULT_CRITICAL,
     0,
     {"1 of 2 faults noticed; 1 warning.\n"},
     "failure"},
    {"medium and low are warnings",
     {{WRONG_HOST, VERDICT_REFUSED}, {EXPIRED, VERDICT_FOOLED}, {TLS10, VERDICT_FOOLED}},
     3,
     FAULT_UNRATED,
     0,
     {"It accepts one that helps an attacker only if something else goes wrong. It overlooks one "
      "breach of form.\n",
      "1 of 3 faults noticed; 2 warnings.\n"},
     "noticed each"},
    {"low fails where low is asked for",
     {{TLS10, VERDICT_FOOLED}},
     1,
     FAULT_LOW,
     1,
     {"1 failure."},
     "warning"},
    {"a crash is high at least",
     {{TLS10, VERDICT_CRASHED}, {EXPIRED, VERDICT_REFUSED}},
     2,
     FAULT_UNRATED,
     1,
     {"The sender crashed once.\n", "1 of 2 faults noticed; 1 failure."},
     "noticed each"},
    {"over-strict",
     {{ODDITY, VERDICT_TURNED_AWAY}, {EXPIRED, VERDICT_REFUSED}},
     2,
     FAULT_UNRATED,
     0,
     {"The sender turns away a server that is sound: mail may not arrive.\n1 of 1 fault noticed; 0 of 1 "
      "unusual server accepted; 1 warning.\n"},
     "path"},
    {"only unusual servers",
     {{CONTROL, VERDICT_DELIVERED}, {ODDITY, VERDICT_DELIVERED}, {ODDITY, VERDICT_DELIVERED}},
     3,
     FAULT_UNRATED,
     0,
     {"The sender accepts all unusual servers that were tried; no fault was tried.\n2 of 2 unusual "
      "servers accepted.\n"},
     "faults"},
    {"a legal oddity not offered",
     {{EXPIRED, VERDICT_REFUSED}, {TLS10, VERDICT_REFUSED}, {ODDITY, VERDICT_REFUSED}},
     3,
     FAULT_UNRATED,
     0,
     {"2 of 2 faults noticed; 1 not offered.\n"},
     "turns"},
    {"not shown never matters",
     {{EXPIRED, VERDICT_REFUSED},
      {TLS10, VERDICT_REFUSED},
      {RSA1024, VERDICT_NOT_SHOWN, REASON_HOST},
      {STARTTLS_454, VERDICT_DELIVERED, REASON_NOT_SHOWN}},
     4,
     FAULT_LOW,
     0,
     {"2 of 2 faults noticed; 2 not shown.\n"},
     "unclear"},
    {"no harm is no refusal",
     {{SELF_SIGNED, VERDICT_REFUSED}, {STARTTLS_454, VERDICT_DELIVERED, REASON_UNHARMED}},
     2,
     FAULT_UNRATED,
     0,
     {"The sender refused or was not harmed by all 2 servers here",
      "1 of 1 fault noticed; 1 did no harm."},
     "accepted"},
    {"the control failed: nothing can be said",
     {{CONTROL, VERDICT_UNCLEAR, REASON_NO_CONNECTION},
      {EXPIRED, VERDICT_UNCLEAR, REASON_CONTROL_FAILED}},
     2,
     FAULT_UNRATED,
     3,
     {"Nothing can be said about the sender: it did not deliver to a server without a fault.\n1 "
      "unclear.\n",
      "So nothing can be said about 1 fault.\nNobody came to the port. A sender that queues its mail "
      "needs `--wait`"},
     "accepts"},
    {"the control does not trust",
     {{CONTROL, VERDICT_TURNED_AWAY, REASON_CLOSED_AFTER}},
     1,
     FAULT_UNRATED,
     3,
     {"Make the sender trust the certificate in {ca}"},
     "Nobody"},
    {"the control leaked",
     {{CONTROL, VERDICT_LEAKED}},
     1,
     FAULT_CRITICAL,
     1,
     {"The sender sends its mail in plaintext even to a server without a fault: anybody on the path "
      "can read and change it.",
      "Make the sender demand TLS"},
     "noticed"},
    {"a control that is not offered is no failure",
     {{CONTROL, VERDICT_DELIVERED},
      {CONTROL_TLS12, VERDICT_NOT_SHOWN, REASON_CONTROL_NOT_OFFERED},
      {EXPIRED, VERDICT_REFUSED}},
     3,
     FAULT_UNRATED,
     0,
     {"delivered to 1 of 2 servers without a fault; it does not offer what 1 needs.\n"},
     "failed"},
    {"one control failed, but a fault on another is proven",
     {{CONTROL, VERDICT_DELIVERED},
      {CONTROL_TLS12, VERDICT_TURNED_AWAY, REASON_CLOSED_AFTER},
      {RSA1024, VERDICT_UNCLEAR, REASON_CONTROL_FAILED},
      {WRONG_HOST, VERDICT_FOOLED}},
     4,
     FAULT_UNRATED,
     1,
     {"Controls: 1 of 2 servers without a fault failed: `control-tls12`",
      "0 of 1 fault noticed; 1 unclear; 1 failure."},
     NULL},
    {"one control failed, all else was noticed",
     {{CONTROL, VERDICT_DELIVERED}, {CONTROL_TLS12, VERDICT_CRASHED}, {EXPIRED, VERDICT_REFUSED}},
     3,
     FAULT_UNRATED,
     3,
     {"Not every control was delivered, so not every fault could be judged.\n1 of 1 fault noticed."},
     "failure."},
    {"a verdict stayed unclear",
     {{EXPIRED, VERDICT_REFUSED}, {TLS10, VERDICT_UNCLEAR}},
     2,
     FAULT_UNRATED,
     3,
     {"1 of 1 fault noticed; 1 unclear.\n"},
     NULL},
    {"a failure outweighs an unclear verdict, a warning does not",
     {{EXPIRED, VERDICT_FOOLED}, {TLS10, VERDICT_UNCLEAR}},
     2,
     FAULT_HIGH,
     3,
     {"1 unclear; 1 warning."},
     NULL},
};

static void summaries(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(summary_cases); i++) {
        struct buf out;
        int exit_status;

        summarise(summary_cases[i].picks, summary_cases[i].count, summary_cases[i].fail_on, &out,
                  &exit_status);
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
        cmocka_unit_test(wording_is_true),
        cmocka_unit_test(a_time_limit_is_named),
        cmocka_unit_test(summaries),
        cmocka_unit_test(sums_count_controls_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
