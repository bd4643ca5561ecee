/* What was found, weighed: the sentences, the counts, the exit status; one cause told once. */
#include "report/report.h"
#include "report/sentence.h"
#include "report/summary.h"
#include "sample_run.h"
#include "unit.h"

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
     {"One fault alone was tried. The sender noticed it.\n"},
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

/* --- one cause is told once --- */

static struct buf write_text(const struct run *run, bool list_all) {
    struct report_style style = {.columns = 100, .list_all = list_all};
    struct buf out;

    buf_init(&out, 1024 * 1024);
    report_text(run, &style, &out);
    assert_false(out.overflow);
    return out;
}

enum { CAUSE_ROWS = 9 };

/* A run of nothing but rows like the sample's, with names and families of their own. */
struct cause_run {
    struct fault faults[CAUSE_ROWS];
    struct dish dishes[CAUSE_ROWS];
    struct run run;
};

static void fill_cause_run(struct cause_run *out, const char *row, const char *family) {
    static const char *const argv[] = {"/usr/sbin/sender", NULL};
    size_t which = 0;

    while (strcmp(sample_dish(which)->name, row) != 0)
        which++;
    out->run = (struct run){.sender = argv, .policy = "strict", .count = CAUSE_ROWS};
    out->run.results = mem_zalloc(CAUSE_ROWS * sizeof(*out->run.results));
    for (size_t i = 0; i < CAUSE_ROWS; i++) {
        out->faults[i] = *sample_row(row);
        out->faults[i].family = family;
        out->dishes[i] = *sample_dish(which);
        out->dishes[i].faults[0] = &out->faults[i];
        snprintf(out->dishes[i].name, sizeof(out->dishes[i].name), "%s-%zu", row, i);
        out->run.results[i].dish = &out->dishes[i];
        buf_init(&out->run.results[i].output, 1024);
    }
}

static unsigned count_of(const struct buf *text, const char *words) {
    unsigned n = 0;

    for (const char *p = buf_text(text); (p = strstr(p, words)) != NULL; p++)
        n++;
    return n;
}

static void one_cause_is_told_once(void **state) {
    enum { LEAK, FAMILY, NO_FAMILY };
    static const struct {
        int what;
        const char *row, *family, *title;
        unsigned marks; /* lines of failures or warnings */
    } cases[] = {
        {LEAK, "dhe512", NULL, "sent the message in plaintext when TLS failed", 1},
        {LEAK, "expired", "some", "sent the message in plaintext when TLS failed", 1},
        {FAMILY, "dhe512", "tiny groups", "tiny groups", 1},
        {NO_FAMILY, "dhe512", NULL, "dhe512-8", CAUSE_ROWS},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct cause_run set = {0};

        fill_cause_run(&set, cases[i].row, cases[i].family);
        for (size_t k = 0; k < CAUSE_ROWS; k++) {
            struct result *result = &set.run.results[k];

            if (cases[i].what == LEAK)
                sample_refuses(result, 40);
            if (cases[i].what == LEAK)
                sample_plain(result, STARTTLS_NOT_TRIED);
            else
                sample_over_tls(result, VERDICT_FOOLED, EXPOSURE_MESSAGE);
            sample_finish(result);
        }
        struct buf out = write_text(&set.run, false);
        if (count_of(&out, "\n  x ") != cases[i].marks || count_of(&out, cases[i].title) != 1 ||
            count_of(&out, " and 3 more\n") != (cases[i].marks == 1))
            fail_msg("case %zu: %s", i, buf_text(&out));
        buf_fini(&out);
        run_fini(&set.run);
    }
}

/* The setting of the sender that was run, where the catalogue has one. */
static void who_can_fix_it_is_told(void **state) {
    static const struct {
        const char *command, *says;
    } cases[] = {
        {"/usr/bin/curl", "A setting of the sender fixes this. curl: no -k.\n"},
        {"python3", "A setting of the sender fixes this. Python: a context.\n"},
        {"/usr/sbin/postfix", "A setting of the sender fixes this. Postfix: the level secure.\n"},
        {"curl -sS smtp://x", "curl: no -k.\n"},
        {"/home/curl/send",
         "A setting of the sender fixes this; `doormat faults expired` says more.\n"},
        {"msmtp", "A setting of the sender fixes this; `doormat faults expired` says more.\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *argv[] = {cases[i].command, NULL};
        struct result result = {.dish = sample_dish(2), .verdict = {.kind = VERDICT_FOOLED}};
        struct run run = {.sender = argv, .policy = "strict", .results = &result, .count = 1};
        struct buf out = write_text(&run, false);

        if (strstr(buf_text(&out), cases[i].says) == NULL)
            fail_msg("%s: %s", cases[i].command, buf_text(&out));
        buf_fini(&out);
    }
}

/* --list-all: a line for each result, what is as it should be among them. */
static void all_are_listed_when_asked_for(void **state) {
    struct run run = sample_run();
    struct buf few = write_text(&run, false);
    struct buf all = write_text(&run, true);

    (void)state;
    assert_null(strstr(buf_text(&few), "  - expired "));
    assert_non_null(strstr(buf_text(&few), "As it should be: certificate 1 of 4"));
    assert_non_null(strstr(buf_text(&all), "  - expired "));
    assert_non_null(strstr(buf_text(&all), "  ? rsa1024 "));
    buf_fini(&few);
    buf_fini(&all);
    run_fini(&run);
}

/* Four hundred faults that wait for a control are no four hundred lines. */
static void a_failed_control_is_told_in_few_lines(void **state) {
    struct run run = sample_run();
    unsigned lines = 0;

    (void)state;
    for (size_t i = 0; i < run.count; i++) {
        bool is_control = dish_is_control(run.results[i].dish);

        sample_other(&run.results[i], VERDICT_UNCLEAR,
                     is_control ? REASON_NO_CONNECTION : REASON_CONTROL_FAILED);
    }
    struct buf out = write_text(&run, false);
    for (const char *p = buf_text(&out); *p != '\0'; p++)
        lines += *p == '\n';
    if (lines > 12)
        fail_msg("%u lines: %s", lines, buf_text(&out));
    assert_non_null(strstr(buf_text(&out), "So nothing can be said about 12 faults.\n"));
    buf_fini(&out);
    run_fini(&run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summaries),
        cmocka_unit_test(one_cause_is_told_once),
        cmocka_unit_test(who_can_fix_it_is_told),
        cmocka_unit_test(all_are_listed_when_asked_for),
        cmocka_unit_test(a_failed_control_is_told_in_few_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
