/* The classifier: every pitfall as a named case. */
#include "attempts.h"
#include "base/mem.h"
#include "unit.h"

enum { BAD_CERTIFICATE = 42, EXPIRED = 45, DECODE_ERROR = 50 };

#define HELLO(...) .tls.hello_seen = true, .tls.hello = {__VA_ARGS__}

struct expected {
    enum verdict_kind kind;
    enum reason_kind reason;
    enum exposure exposure;
    int alert; /* 0: none */
    bool fits;
    int decisive; /* its index, counted from 1; 0: none */
    enum reason_kind before;
};

struct test_case {
    const char *name;
    const struct scenario *scenario;
    struct attempt attempts[MAX_ATTEMPTS];
    size_t count;
    bool control_failed, control_not_offered, timed_out, outstayed, not_served, host_hides;
    int exit_status;
    size_t seen; /* connections in all; 0: count */
    struct expected expected;
};

static const struct test_case cases[] = {
#include "verdict_cases.inc"
};

static bool is_as_expected(const struct test_case *c, const struct verdict *v) {
    const struct expected *e = &c->expected;

    return v->kind == e->kind && v->reason == e->reason && v->exposure == e->exposure &&
           v->alert == (e->alert != 0 ? e->alert : NO) && v->fits == e->fits &&
           v->before == e->before &&
           v->as_expected == (e->kind == VERDICT_REFUSED || e->kind == VERDICT_DELIVERED ||
                              e->kind == VERDICT_NOT_SHOWN) &&
           v->decisive == (e->decisive > 0 ? &c->attempts[e->decisive - 1] : NULL);
}

static struct verdict_input input_of(const struct test_case *c,
                                     const struct attempt *const *attempts) {
    return (struct verdict_input){
        .scenario = c->scenario,
        .attempts = attempts,
        .attempt_count = c->count,
        .attempts_seen = c->seen != 0 ? c->seen : c->count,
        .control = c->control_failed        ? CONTROL_FAILED
                   : c->control_not_offered ? CONTROL_NOT_OFFERED
                                            : CONTROL_DELIVERED,
        .exit_status = c->exit_status,
        .timed_out = c->timed_out,
        .outstayed = c->outstayed,
        .not_served = c->not_served,
        .host_hides = c->host_hides,
    };
}

static void pitfalls(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct test_case *c = &cases[i];
        const struct attempt *pointers[MAX_ATTEMPTS];
        struct verdict_input input = input_of(c, pointers);
        struct verdict v;

        for (size_t k = 0; k < c->count; k++)
            pointers[k] = &c->attempts[k];
        verdict_judge(&input, &v);
        if (!is_as_expected(c, &v))
            fail_msg("%s: %s, %s, before %s, %s, alert %d%s, decisive %td", c->name,
                     verdict_name(v.kind), reason_name(v.reason), reason_name(v.before),
                     exposure_name(v.exposure), v.alert, v.fits ? " fits" : "",
                     v.decisive != NULL ? v.decisive - c->attempts + 1 : 0);
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

/* Where not all attempts can be kept, the worst is, whatever its number. */
static void weights(void **state) {
    static const struct attempt rows[] = {
        {NO_ALERT, .end = ATTEMPT_EOF},
        REFUSES_ALERT,
        {STARTTLS, COMPLETED, .smtp.exposed[CHANNEL_TLS] = EXPOSURE_ENVELOPE, NO_ALERT},
        DELIVERS_TLS,
        {STARTTLS, COMPLETED, SENT_TLS, .smtp.believed = true, NO_ALERT},
        {.smtp.exposed[CHANNEL_PLAIN] = EXPOSURE_ENVELOPE, NO_ALERT},
        DELIVERS_PLAIN,
    };

    (void)state;
    for (size_t i = 1; i < ARRAY_LEN(rows); i++)
        assert_true(attempt_weight(&rows[i]) > attempt_weight(&rows[i - 1]));
}

static void crashes(void **state) {
    static const int yes[] = {132, 133, 134, 135, 136, 137, 139, 152, 153, 159};
    static const int no[] = {-1, 0, 1, 11, 127, 128, 129, 130, 141, 143, 255};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        assert_true(verdict_is_crash(yes[i]));
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        assert_false(verdict_is_crash(no[i]));
}

/* Whether a policy of MTA-STS was taken, and whether one was waited for, counts only where it says something. */
static void policies(void **state) {
    static const struct attempt delivered = DELIVERS_TLS;
    static const struct attempt *const attempts[] = {&delivered};
    static const struct {
        const char *fault;
        size_t attempt_count;
        bool took_policy, is_fetching;
        enum verdict_kind kind;
        enum reason_kind reason;
    } rows[] = {
        {"sts-host-untrusted", 1, true, false, VERDICT_FOOLED, REASON_POLICY_TAKEN},
        {"sts-host-untrusted", 0, true, false, VERDICT_FOOLED, REASON_POLICY_TAKEN},
        {"sts-host-untrusted", 1, false, false, VERDICT_DELIVERED, REASON_UNHARMED},
        {"sts-host-untrusted", 0, false, false, VERDICT_REFUSED, REASON_NO_ROUTE},
        {"sts-policy-301", 1, true, false, VERDICT_FOOLED, REASON_POLICY_TAKEN},
        {"sts-mx-not-listed", 0, true, false, VERDICT_REFUSED, REASON_NO_ROUTE},
        {"sts-mx-not-listed", 1, true, false, VERDICT_FOOLED, REASON_NONE},
        {"sts-txt-none", 1, true, false, VERDICT_DELIVERED, REASON_NONE},
        {"sts-policy-never", 0, false, true, VERDICT_UNCLEAR, REASON_NOT_FINISHED},
        {"sts-policy-never", 0, false, false, VERDICT_TURNED_AWAY, REASON_NO_ROUTE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct scenario scenario;
        struct verdict verdict;

        print_message("%s\n", rows[i].fault);
        assert_int_equal(scenario_parse(rows[i].fault, &scenario, NULL), 0);
        verdict_judge(&(struct verdict_input){.scenario = &scenario,
                                              .attempts = attempts,
                                              .attempt_count = rows[i].attempt_count,
                                              .attempts_seen = rows[i].attempt_count,
                                              .control = CONTROL_DELIVERED,
                                              .questions = 4,
                                              .took_policy = rows[i].took_policy,
                                              .is_fetching = rows[i].is_fetching},
                      &verdict);
        assert_int_equal(verdict.kind, rows[i].kind);
        assert_int_equal(verdict.reason, rows[i].reason);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pitfalls), cmocka_unit_test(stages),  cmocka_unit_test(names),
        cmocka_unit_test(weights),  cmocka_unit_test(crashes), cmocka_unit_test(policies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
