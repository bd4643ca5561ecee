/* The classifier against the matrix in which real senders were measured: each of its codes. */
#include "attempts.h"
#include "base/mem.h"
#include "unit.h"

static void judge(const struct scenario *scenario, const struct attempt *attempts, size_t count,
                  struct verdict *out) {
    const struct attempt *pointers[MAX_ATTEMPTS];
    struct verdict_input input = {.scenario = scenario,
                                  .attempts = pointers,
                                  .attempt_count = count,
                                  .control = CONTROL_DELIVERED};

    for (size_t i = 0; i < count; i++)
        pointers[i] = &attempts[i];
    verdict_judge(&input, out);
}

/* The codes, decoded into attempts. D13 delivered over TLS 1.3, P in plaintext, H!x broke off the
 * handshake with alert x, s!x the server did, A13!x alert after the handshake, Q13 QUIT after it,
 * C13 closed after it, n gave up before MAIL; '>' joins connections. */
static const struct {
    const char *code;
    int alert;
    enum tls_failure failure;
} alert_codes[] = {
    {"badcert", 42, TLS_FAILURE_NONE}, {"certexp", 45, TLS_FAILURE_NONE},
    {"uca", 48, TLS_FAILURE_NONE},     {"hsfail", 40, TLS_FAILURE_CIPHER},
    {"interr", 80, TLS_FAILURE_NONE},  {"insuf", 71, TLS_FAILURE_NONE},
    {"pver", 70, TLS_FAILURE_VERSION}, {"none", NO, TLS_FAILURE_NONE},
};

static size_t decode_alert(const char *code) {
    size_t i = 0;

    while (i < ARRAY_LEN(alert_codes) &&
           strncmp(code, alert_codes[i].code, strlen(alert_codes[i].code)) != 0)
        i++;
    assert_in_range(i, 0, ARRAY_LEN(alert_codes) - 1);
    return i;
}

static const struct {
    char letter;
    struct attempt attempt;
} letters[] = {
    {'D', DELIVERS_TLS},
    {'P', DELIVERS_PLAIN},
    {'H', {STARTTLS, BROKEN, NO_ALERT, .end = ATTEMPT_RESET}},
    {'s', {STARTTLS, BROKEN, NO_ALERT, .end = ATTEMPT_EOF}},
    {'A', {STARTTLS, COMPLETED, NO_ALERT, .tls.alert_after_handshake = true, .end = ATTEMPT_ALERT}},
    {'Q',
     {STARTTLS, COMPLETED, .smtp.first_inside_tls = "QUIT", .smtp.quit = true, NO_ALERT,
      .end = ATTEMPT_QUIT}},
    {'C', CLOSES_AFTER},
    {'n',
     {.smtp.starttls = STARTTLS_REFUSED,
      .smtp.furthest = SMTP_STAGE_STARTTLS,
      NO_ALERT,
      .end = ATTEMPT_QUIT}},
};

static struct attempt decode_one(const char *code) {
    const char *mark = strchr(code, '!'), *next = strchr(code, '>');
    size_t i = 0;

    while (i < ARRAY_LEN(letters) && letters[i].letter != code[0])
        i++;
    assert_in_range(i, 0, ARRAY_LEN(letters) - 1);
    struct attempt attempt = letters[i].attempt;
    if (mark == NULL || (next != NULL && mark > next))
        return attempt;
    size_t alert = decode_alert(mark + 1);
    if (code[0] == 's')
        attempt.tls.failure = alert_codes[alert].failure; /* its alert is ours, not read */
    else
        attempt.tls.alert_read = alert_codes[alert].alert;
    return attempt;
}

static size_t decode(const char *code, struct attempt *out) {
    size_t count = 0;

    while (code != NULL && strcmp(code, "-") != 0) {
        assert_in_range(count, 0, MAX_ATTEMPTS - 1);
        out[count++] = decode_one(code);
        code = strchr(code, '>');
        code = code != NULL ? code + 1 : NULL;
    }
    return count;
}

/* Every distinct code in the matrix; '-' where nothing came. */
static const struct {
    const char *code;
    const struct scenario *scenario;
    enum verdict_kind kind;
    enum reason_kind reason;
} matrix[] = {
    {"D13", &control, VERDICT_DELIVERED, REASON_NONE},
    {"D12", &control, VERDICT_DELIVERED, REASON_NONE},
    {"A13!badcert>P", &control, VERDICT_LEAKED, REASON_NONE},
    {"A12!badcert>P", &control, VERDICT_LEAKED, REASON_NONE},
    {"D10", &expired, VERDICT_FOOLED, REASON_NONE},
    {"D11", &expired, VERDICT_FOOLED, REASON_NONE},
    {"D12", &expired, VERDICT_FOOLED, REASON_NONE},
    {"D13", &expired, VERDICT_FOOLED, REASON_NONE},
    {"A10!badcert", &expired, VERDICT_REFUSED, REASON_ALERT},
    {"A12!badcert", &expired, VERDICT_REFUSED, REASON_ALERT},
    {"A13!badcert", &expired, VERDICT_REFUSED, REASON_ALERT},
    {"A10!badcert>P", &expired, VERDICT_LEAKED, REASON_NONE},
    {"A11!badcert>P", &expired, VERDICT_LEAKED, REASON_NONE},
    {"A12!badcert>P", &expired, VERDICT_LEAKED, REASON_NONE},
    {"A13!badcert>P", &expired, VERDICT_LEAKED, REASON_NONE},
    {"C10", &expired, VERDICT_REFUSED, REASON_CLOSED_AFTER},
    {"C12", &expired, VERDICT_REFUSED, REASON_CLOSED_AFTER},
    {"C13", &expired, VERDICT_REFUSED, REASON_CLOSED_AFTER},
    {"H!badcert", &expired, VERDICT_REFUSED, REASON_ALERT},
    {"H!certexp", &expired, VERDICT_REFUSED, REASON_ALERT},
    {"H!hsfail", &expired, VERDICT_REFUSED, REASON_ALERT},
    {"H!hsfail>P", &expired, VERDICT_LEAKED, REASON_NONE},
    {"H!insuf", &expired, VERDICT_REFUSED, REASON_ALERT},
    {"H!interr", &expired, VERDICT_REFUSED, REASON_ALERT},
    {"H!interr>P", &expired, VERDICT_LEAKED, REASON_NONE},
    {"H!none", &expired, VERDICT_REFUSED, REASON_LEFT_HANDSHAKE},
    {"H!none>P", &expired, VERDICT_LEAKED, REASON_NONE},
    {"H!uca", &expired, VERDICT_REFUSED, REASON_ALERT},
    {"Q12", &expired, VERDICT_REFUSED, REASON_QUIT_AFTER},
    {"Q13", &expired, VERDICT_REFUSED, REASON_QUIT_AFTER},
    {"s!hsfail", &expired, VERDICT_REFUSED, REASON_NOT_OFFERED},
    {"s!hsfail>P", &expired, VERDICT_LEAKED, REASON_NONE},
    {"s!pver", &expired, VERDICT_REFUSED, REASON_NOT_OFFERED},
    {"P", &refused_454, VERDICT_LEAKED, REASON_NONE},
    {"n", &refused_454, VERDICT_REFUSED, REASON_NO_PLAINTEXT},
    {"-", &expired, VERDICT_UNCLEAR, REASON_NO_CONNECTION},
};

static void matrix_codes(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(matrix); i++) {
        struct attempt attempts[MAX_ATTEMPTS];
        struct verdict v;

        judge(matrix[i].scenario, attempts, decode(matrix[i].code, attempts), &v);
        if (v.kind != matrix[i].kind || v.reason != matrix[i].reason)
            fail_msg("%s on %s: %s, %s", matrix[i].code, matrix[i].scenario->name,
                     verdict_name(v.kind), reason_name(v.reason));
    }
}

static void order_does_not_change_the_kind(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(matrix); i++) {
        struct attempt attempts[MAX_ATTEMPTS], turned[MAX_ATTEMPTS];
        size_t count = decode(matrix[i].code, attempts);
        struct verdict v;

        for (size_t k = 0; k < count; k++)
            turned[k] = attempts[count - 1 - k];
        judge(matrix[i].scenario, turned, count, &v);
        assert_int_equal(v.kind, matrix[i].kind);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(matrix_codes),
                                       cmocka_unit_test(order_does_not_change_the_kind)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
