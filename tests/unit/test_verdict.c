/* The classifier: every pitfall as a named case. */
#include "attempts.h"
#include "base/mem.h"
#include "unit.h"

enum { BAD_CERTIFICATE = 42, EXPIRED = 45, DECODE_ERROR = 50 };

struct expected {
    enum verdict_kind kind;
    enum reason_kind reason;
    enum exposure exposure;
    int alert; /* 0: none */
    bool fits;
    int decisive; /* its index, counted from 1; 0: none */
};

struct test_case {
    const char *name;
    const struct dish *dish;
    struct attempt attempts[MAX_ATTEMPTS];
    size_t count;
    bool control_failed, timed_out;
    struct expected expected;
};

static const struct test_case cases[] = {
    {"alert in the handshake that fits",
     &expired,
     {REFUSES_ALERT},
     1,
     .expected = {VERDICT_REFUSED, REASON_ALERT, .alert = EXPIRED, .fits = true, .decisive = 1}},
    {"alert in the handshake that does not fit",
     &expired,
     {{STARTTLS, BROKEN, .tls.alert_read = DECODE_ERROR, .end = ATTEMPT_ALERT}},
     1,
     .expected = {VERDICT_REFUSED, REASON_ALERT, .alert = DECODE_ERROR, .decisive = 1}},
    {"alert without a name does not fit",
     &expired,
     {{STARTTLS, BROKEN, .tls.alert_read = 255, .end = ATTEMPT_ALERT}},
     1,
     .expected = {VERDICT_REFUSED, REASON_ALERT, .alert = 255, .decisive = 1}},
    {"late alert: TLS 1.3, after the server finished",
     &expired,
     {{STARTTLS, COMPLETED, .tls.version = 0x0304, .tls.alert_read = EXPIRED,
       .tls.alert_after_handshake = true, .end = ATTEMPT_ALERT}},
     1,
     .expected = {VERDICT_REFUSED, REASON_ALERT, .alert = EXPIRED, .fits = true, .decisive = 1}},
    {"Exim: alert after its Finished, on TLS 1.2 too",
     &expired,
     {{STARTTLS, COMPLETED, .tls.version = 0x0303, .tls.alert_read = BAD_CERTIFICATE,
       .tls.alert_after_handshake = true, .end = ATTEMPT_ALERT}},
     1,
     .expected = {VERDICT_REFUSED, REASON_ALERT, .alert = BAD_CERTIFICATE, .fits = true,
                  .decisive = 1}},
    {"alert that was read, though the connection hangs on",
     &expired,
     {{STARTTLS, BROKEN, .tls.alert_read = EXPIRED, .end = ATTEMPT_OPEN}},
     1,
     .expected = {VERDICT_REFUSED, REASON_ALERT, .alert = EXPIRED, .fits = true, .decisive = 1}},
    {"QUIT after the handshake (Postfix)",
     &expired,
     {{STARTTLS, COMPLETED, .smtp.first_inside_tls = "QUIT", .smtp.quit = true, NO_ALERT,
       .end = ATTEMPT_QUIT}},
     1,
     .expected = {VERDICT_REFUSED, REASON_QUIT_AFTER, .decisive = 1}},
    {"silent close after the handshake (msmtp)",
     &expired,
     {CLOSES_AFTER},
     1,
     .expected = {VERDICT_REFUSED, REASON_CLOSED_AFTER, .decisive = 1}},
    {"close_notify alone is a silent close, no alert",
     &expired,
     {{STARTTLS, COMPLETED, .tls.close_notify_read = true, NO_ALERT, .end = ATTEMPT_EOF}},
     1,
     .expected = {VERDICT_REFUSED, REASON_CLOSED_AFTER, .decisive = 1}},
    {"reset without an alert (GnuTLS)",
     &expired,
     {{STARTTLS, BROKEN, NO_ALERT, .end = ATTEMPT_RESET}},
     1,
     .expected = {VERDICT_REFUSED, REASON_LEFT_HANDSHAKE, .decisive = 1}},
    {"end of file before its Finished (Node, TLS 1.3): what we wrote then is no word of its",
     &expired,
     {{STARTTLS, BROKEN, .tls.failure = TLS_FAILURE_OTHER, NO_ALERT, .end = ATTEMPT_EOF}},
     1,
     .expected = {VERDICT_REFUSED, REASON_LEFT_HANDSHAKE, .decisive = 1}},
    {"left at 220, before a byte of the handshake",
     &expired,
     {{STARTTLS, .smtp.furthest = SMTP_STAGE_STARTTLS, NO_ALERT, .end = ATTEMPT_EOF}},
     1,
     .expected = {VERDICT_REFUSED, REASON_LEFT_HANDSHAKE, .decisive = 1}},
    {"came to the port for implicit TLS and left without a byte",
     &expired,
     {{IMPLICIT, NO_ALERT, .end = ATTEMPT_EOF}},
     1,
     .expected = {VERDICT_REFUSED, REASON_LEFT_HANDSHAKE, .decisive = 1}},
    {"no version in common",
     &expired,
     {{STARTTLS, BROKEN, .tls.failure = TLS_FAILURE_VERSION, NO_ALERT, .end = ATTEMPT_EOF}},
     1,
     .expected = {VERDICT_REFUSED, REASON_NOT_OFFERED, .decisive = 1}},
    {"no cipher in common, and it waits for us to close",
     &expired,
     {{STARTTLS, BROKEN, .tls.failure = TLS_FAILURE_CIPHER, NO_ALERT, .end = ATTEMPT_TIMEOUT}},
     1,
     .expected = {VERDICT_REFUSED, REASON_NOT_OFFERED, .decisive = 1}},
    {"a mere probe: EHLO inside TLS, QUIT",
     &expired,
     {{STARTTLS, COMPLETED, INSIDE, .smtp.quit = true, NO_ALERT, .end = ATTEMPT_QUIT}},
     1,
     .expected = {VERDICT_REFUSED, REASON_LEFT_INSIDE, .decisive = 1}},
    {"a mere probe of a control is no delivery",
     &control,
     {{STARTTLS, COMPLETED, INSIDE, .smtp.quit = true, NO_ALERT, .end = ATTEMPT_QUIT}},
     1,
     .expected = {VERDICT_TURNED_AWAY, REASON_LEFT_INSIDE, .decisive = 1}},
    {"EHLO in plaintext, and left",
     &expired,
     {{.smtp.furthest = SMTP_STAGE_EHLO, NO_ALERT, .end = ATTEMPT_EOF}},
     1,
     .expected = {VERDICT_REFUSED, REASON_NO_PLAINTEXT, .decisive = 1}},
    {"the evidence of several attempts: the strongest counts",
     &expired,
     {CLOSES_AFTER, REFUSES_ALERT, {STARTTLS, BROKEN, NO_ALERT, .end = ATTEMPT_RESET}},
     3,
     .expected = {VERDICT_REFUSED, REASON_ALERT, .alert = EXPIRED, .fits = true, .decisive = 2}},
    {"the evidence of several attempts: an alert that fits counts more",
     &expired,
     {{STARTTLS, BROKEN, .tls.alert_read = DECODE_ERROR, .end = ATTEMPT_ALERT}, REFUSES_ALERT},
     2,
     .expected = {VERDICT_REFUSED, REASON_ALERT, .alert = EXPIRED, .fits = true, .decisive = 2}},
    {"the next address is tried, and refused too",
     &expired,
     {REFUSES_ALERT, REFUSES_ALERT},
     2,
     .expected = {VERDICT_REFUSED, REASON_ALERT, .alert = EXPIRED, .fits = true, .decisive = 1}},
    {"the next address is tried, and is believed",
     &expired,
     {REFUSES_ALERT, DELIVERS_TLS},
     2,
     .expected = {VERDICT_FOOLED, REASON_NONE, EXPOSURE_MESSAGE, .decisive = 2}},

    {"fooled",
     &expired,
     {DELIVERS_TLS},
     1,
     .expected = {VERDICT_FOOLED, REASON_NONE, EXPOSURE_MESSAGE, .decisive = 1}},
    {"fooled over implicit TLS",
     &expired,
     {{IMPLICIT, COMPLETED, SENT_TLS, NO_ALERT, .end = ATTEMPT_QUIT}},
     1,
     .expected = {VERDICT_FOOLED, REASON_NONE, EXPOSURE_MESSAGE, .decisive = 1}},
    {"fooled, though an alert came after the message",
     &expired,
     {{STARTTLS, COMPLETED, SENT_TLS, .tls.alert_read = DECODE_ERROR, .end = ATTEMPT_ALERT}},
     1,
     .expected = {VERDICT_FOOLED, REASON_NONE, EXPOSURE_MESSAGE, .decisive = 1}},
    {"fooled into giving the envelope, and no more",
     &expired,
     {{STARTTLS, COMPLETED, .smtp.furthest = SMTP_STAGE_MAIL,
       .smtp.exposed[CHANNEL_TLS] = EXPOSURE_ENVELOPE, NO_ALERT, .end = ATTEMPT_EOF}},
     1,
     .expected = {VERDICT_FOOLED, REASON_NONE, EXPOSURE_ENVELOPE, .decisive = 1}},
    {"fooled into giving its password",
     &expired,
     {{STARTTLS, COMPLETED, .smtp.furthest = SMTP_STAGE_AUTH,
       .smtp.exposed[CHANNEL_TLS] = EXPOSURE_CREDENTIALS, NO_ALERT, .end = ATTEMPT_QUIT}},
     1,
     .expected = {VERDICT_FOOLED, REASON_NONE, EXPOSURE_CREDENTIALS, .decisive = 1}},
    {"fooled: delivered, but the connection is still open (OpenSMTPD)",
     &expired,
     {{STARTTLS, COMPLETED, SENT_TLS, NO_ALERT, .end = ATTEMPT_OPEN}},
     1,
     .expected = {VERDICT_FOOLED, REASON_NONE, EXPOSURE_MESSAGE, .decisive = 1}},
    {"fooled, and its time ran out: what it gave away stays given",
     &expired,
     {DELIVERS_TLS},
     1,
     .timed_out = true,
     .expected = {VERDICT_FOOLED, REASON_NONE, EXPOSURE_MESSAGE, .decisive = 1}},

    {"leaked: a second connection in plaintext after a failed handshake",
     &expired,
     {REFUSES_ALERT, DELIVERS_PLAIN},
     2,
     .expected = {VERDICT_LEAKED, REASON_NONE, EXPOSURE_MESSAGE, .decisive = 2}},
    {"leaked: the second connection comes minutes later (Postfix)",
     &expired,
     {{STARTTLS, BROKEN, .tls.failure = TLS_FAILURE_CIPHER, NO_ALERT, .end = ATTEMPT_EOF},
      {.started_us = INT64_C(301000000), SENT_PLAIN, NO_ALERT, .end = ATTEMPT_QUIT}},
     2,
     .expected = {VERDICT_LEAKED, REASON_NONE, EXPOSURE_MESSAGE, .decisive = 2}},
    {"leaked: fallback in the same connection after 454",
     &refused_454,
     {{.smtp.starttls = STARTTLS_REFUSED, SENT_PLAIN, NO_ALERT, .end = ATTEMPT_QUIT}},
     1,
     .expected = {VERDICT_LEAKED, REASON_NONE, EXPOSURE_MESSAGE, .decisive = 1}},
    {"leaked is worse than fooled",
     &expired,
     {DELIVERS_TLS, DELIVERS_PLAIN},
     2,
     .expected = {VERDICT_LEAKED, REASON_NONE, EXPOSURE_MESSAGE, .decisive = 2}},
    {"leaked the envelope, then refused: the worst of all attempts",
     &expired,
     {{.smtp.furthest = SMTP_STAGE_MAIL,
       .smtp.exposed[CHANNEL_PLAIN] = EXPOSURE_ENVELOPE,
       NO_ALERT,
       .end = ATTEMPT_QUIT},
      REFUSES_ALERT},
     2,
     .expected = {VERDICT_LEAKED, REASON_NONE, EXPOSURE_ENVELOPE, .decisive = 1}},
    {"leaked its password in plaintext",
     &refused_454,
     {{.smtp.starttls = STARTTLS_REFUSED,
       .smtp.furthest = SMTP_STAGE_AUTH,
       .smtp.exposed[CHANNEL_PLAIN] = EXPOSURE_CREDENTIALS,
       NO_ALERT,
       .end = ATTEMPT_QUIT}},
     1,
     .expected = {VERDICT_LEAKED, REASON_NONE, EXPOSURE_CREDENTIALS, .decisive = 1}},
    {"leaked, and its time ran out",
     &expired,
     {DELIVERS_PLAIN},
     1,
     .timed_out = true,
     .expected = {VERDICT_LEAKED, REASON_NONE, EXPOSURE_MESSAGE, .decisive = 1}},
    {"a control in plaintext is a leak",
     &control,
     {DELIVERS_PLAIN},
     1,
     .expected = {VERDICT_LEAKED, REASON_NONE, EXPOSURE_MESSAGE, .decisive = 1}},
    {"a control delivered, and once more in plaintext, is a leak",
     &control,
     {DELIVERS_TLS, DELIVERS_PLAIN},
     2,
     .expected = {VERDICT_LEAKED, REASON_NONE, EXPOSURE_MESSAGE, .decisive = 2}},

    {"a refused STARTTLS that it puts up with",
     &refused_454,
     {{.smtp.starttls = STARTTLS_REFUSED,
       .smtp.furthest = SMTP_STAGE_STARTTLS,
       .smtp.quit = true,
       NO_ALERT,
       .end = ATTEMPT_QUIT}},
     1,
     .expected = {VERDICT_REFUSED, REASON_NO_PLAINTEXT, .decisive = 1}},
    {"implicit TLS spoken to a plaintext port",
     &refused_454,
     {{.implicit_tls = true,
       .smtp.starttls = STARTTLS_NOT_OFFERED,
       .smtp.errors = 1,
       NO_ALERT,
       .end = ATTEMPT_RESET}},
     1,
     .expected = {VERDICT_REFUSED, REASON_NO_PLAINTEXT, .decisive = 1}},
    {"a fault in STARTTLS does not show over implicit TLS",
     &refused_454,
     {{IMPLICIT, COMPLETED, SENT_TLS, NO_ALERT, .end = ATTEMPT_QUIT}},
     1,
     .expected = {VERDICT_DELIVERED, REASON_NOT_SHOWN, .decisive = 1}},
    {"a fault in STARTTLS does not show over implicit TLS, and nothing was delivered",
     &refused_454,
     {{IMPLICIT, COMPLETED, INSIDE, NO_ALERT, .end = ATTEMPT_EOF}},
     1,
     .expected = {VERDICT_UNCLEAR, REASON_NOT_SHOWN, .decisive = 1}},
    {"refused STARTTLS, then delivered by implicit TLS: it did notice",
     &refused_454,
     {{.smtp.starttls = STARTTLS_REFUSED, .smtp.quit = true, NO_ALERT, .end = ATTEMPT_QUIT},
      {IMPLICIT, COMPLETED, SENT_TLS, NO_ALERT, .end = ATTEMPT_QUIT}},
     2,
     .expected = {VERDICT_REFUSED, REASON_NO_PLAINTEXT, .decisive = 1}},
    {"the port for implicit TLS speaks plaintext, and so does the sender",
     &refused_454,
     {{.implicit_tls = true,
       .smtp.starttls = STARTTLS_NOT_OFFERED,
       SENT_PLAIN,
       NO_ALERT,
       .end = ATTEMPT_QUIT}},
     1,
     .expected = {VERDICT_LEAKED, REASON_NONE, EXPOSURE_MESSAGE, .decisive = 1}},

    {"control delivered",
     &control,
     {DELIVERS_TLS},
     1,
     .expected = {VERDICT_DELIVERED, .decisive = 1}},
    {"control delivered without QUIT or close_notify (nodemailer)",
     &control,
     {{STARTTLS, COMPLETED, SENT_TLS, NO_ALERT, .end = ATTEMPT_EOF}},
     1,
     .expected = {VERDICT_DELIVERED, .decisive = 1}},
    {"control delivered, but still open",
     &control,
     {{STARTTLS, COMPLETED, SENT_TLS, NO_ALERT, .end = ATTEMPT_OPEN}},
     1,
     .timed_out = true,
     .expected = {VERDICT_DELIVERED, .decisive = 1}},
    {"control delivered at the second address",
     &control,
     {CLOSES_AFTER, DELIVERS_TLS},
     2,
     .expected = {VERDICT_DELIVERED, .decisive = 2}},
    {"control: the message came, but was never answered 250",
     &control,
     {{STARTTLS, COMPLETED, .smtp.furthest = SMTP_STAGE_DATA, .smtp.first_inside_tls = "EHLO",
       .smtp.exposed[CHANNEL_TLS] = EXPOSURE_MESSAGE, NO_ALERT, .end = ATTEMPT_EOF}},
     1,
     .expected = {VERDICT_TURNED_AWAY, REASON_STOPPED, .decisive = 1}},
    {"control turned away with an alert",
     &control,
     {{STARTTLS, BROKEN, .tls.alert_read = 48, .end = ATTEMPT_ALERT}},
     1,
     .expected = {VERDICT_TURNED_AWAY, REASON_ALERT, .alert = 48, .decisive = 1}},

    {"never came", &expired, {{0}}, 0, .expected = {VERDICT_UNCLEAR, REASON_NO_CONNECTION}},
    {"never came, and its time ran out",
     &control,
     {{0}},
     0,
     .timed_out = true,
     .expected = {VERDICT_UNCLEAR, REASON_NO_CONNECTION}},
    {"still at it when its time ran out: it may yet come in plaintext",
     &expired,
     {REFUSES_ALERT},
     1,
     .timed_out = true,
     .expected = {VERDICT_UNCLEAR, REASON_NOT_FINISHED, .decisive = 1}},
    {"escaped: the process has ended, its connection has not",
     &expired,
     {{STARTTLS, COMPLETED, NO_ALERT, .end = ATTEMPT_OPEN}},
     1,
     .expected = {VERDICT_UNCLEAR, REASON_NOT_FINISHED, .decisive = 1}},
    {"escaped: one attempt refused, another still open",
     &expired,
     {REFUSES_ALERT, {.smtp.furthest = SMTP_STAGE_EHLO, NO_ALERT, .end = ATTEMPT_OPEN}},
     2,
     .expected = {VERDICT_UNCLEAR, REASON_NOT_FINISHED, .decisive = 2}},
    {"stalled after the handshake until we closed",
     &expired,
     {{STARTTLS, COMPLETED, NO_ALERT, .end = ATTEMPT_TIMEOUT}},
     1,
     .expected = {VERDICT_UNCLEAR, REASON_NOT_FINISHED, .decisive = 1}},
    {"an idle connection beside a refusal changes nothing",
     &expired,
     {{NO_ALERT, .end = ATTEMPT_TIMEOUT}, CLOSES_AFTER},
     2,
     .expected = {VERDICT_REFUSED, REASON_CLOSED_AFTER, .decisive = 2}},
    {"control stalled",
     &control,
     {{STARTTLS, COMPLETED, NO_ALERT, .end = ATTEMPT_TIMEOUT}},
     1,
     .expected = {VERDICT_UNCLEAR, REASON_NOT_FINISHED, .decisive = 1}},
    {"control failed: a refusal says nothing",
     &expired,
     {REFUSES_ALERT},
     1,
     .control_failed = true,
     .expected = {VERDICT_UNCLEAR, REASON_CONTROL_FAILED, .decisive = 1}},
    {"control failed: nothing is said of a leak either, but it is on record",
     &expired,
     {DELIVERS_PLAIN},
     1,
     .control_failed = true,
     .expected = {VERDICT_UNCLEAR, REASON_CONTROL_FAILED, EXPOSURE_MESSAGE, .decisive = 1}},
    {"control failed, and the sender was not even run",
     &expired,
     {{0}},
     0,
     .control_failed = true,
     .expected = {VERDICT_UNCLEAR, REASON_CONTROL_FAILED}},
};

static bool is_as_expected(const struct test_case *c, const struct verdict *v) {
    const struct expected *e = &c->expected;

    return v->kind == e->kind && v->reason == e->reason && v->exposure == e->exposure &&
           v->alert == (e->alert != 0 ? e->alert : NO) && v->fits == e->fits &&
           v->as_expected == (e->kind == VERDICT_REFUSED || e->kind == VERDICT_DELIVERED) &&
           v->decisive == (e->decisive > 0 ? &c->attempts[e->decisive - 1] : NULL);
}

static void pitfalls(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct test_case *c = &cases[i];
        const struct attempt *pointers[MAX_ATTEMPTS];
        struct verdict_input input = {c->dish, pointers, c->count, !c->control_failed,
                                      c->timed_out};
        struct verdict v;

        for (size_t k = 0; k < c->count; k++)
            pointers[k] = &c->attempts[k];
        verdict_judge(&input, &v);
        if (!is_as_expected(c, &v))
            fail_msg("%s: %s, %s, %s, alert %d%s, decisive %td", c->name, verdict_name(v.kind),
                     reason_name(v.reason), exposure_name(v.exposure), v.alert,
                     v.fits ? " fits" : "", v.decisive != NULL ? v.decisive - c->attempts + 1 : 0);
    }
}

static void stages(void **state) {
    static const struct {
        enum tls_handshake handshake;
        enum smtp_stage smtp, expected;
    } rows[] = {
        {TLS_HANDSHAKE_NONE, SMTP_STAGE_CONNECTED, SMTP_STAGE_CONNECTED},
        {TLS_HANDSHAKE_NONE, SMTP_STAGE_STARTTLS, SMTP_STAGE_STARTTLS},
        {TLS_HANDSHAKE_BEGUN, SMTP_STAGE_STARTTLS, SMTP_STAGE_HANDSHAKE},
        {TLS_HANDSHAKE_FAILED, SMTP_STAGE_CONNECTED, SMTP_STAGE_HANDSHAKE},
        {TLS_HANDSHAKE_COMPLETED, SMTP_STAGE_EHLO_TLS, SMTP_STAGE_EHLO_TLS},
        {TLS_HANDSHAKE_NONE, SMTP_STAGE_MESSAGE, SMTP_STAGE_MESSAGE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct attempt attempt = {.tls.handshake = rows[i].handshake,
                                  .smtp.furthest = rows[i].smtp};

        assert_int_equal(attempt_stage(&attempt), rows[i].expected);
    }
}

static void names(void **state) {
    (void)state;
    for (int kind = 0; kind < VERDICT_COUNT; kind++)
        assert_int_equal(verdict_from_name(verdict_name(kind)), kind);
    assert_int_equal(verdict_from_name("spotless"), -1);
    assert_int_equal(verdict_from_name(""), -1);
    assert_string_equal(verdict_name(VERDICT_TURNED_AWAY), "turned-away");
    assert_string_equal(reason_name(REASON_NOT_OFFERED), "not-offered");
    assert_string_equal(attempt_end_name(ATTEMPT_TIMEOUT), "timeout");
    assert_true(verdict_badness(VERDICT_LEAKED) > verdict_badness(VERDICT_FOOLED));
    assert_int_equal(verdict_badness(VERDICT_REFUSED), verdict_badness(VERDICT_DELIVERED));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(pitfalls),

                                       cmocka_unit_test(stages), cmocka_unit_test(names)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
