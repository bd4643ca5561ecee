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

        results[i].scenario = sample_scenario(picks[i].which);
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
#include "sentence_cases.inc"
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
    struct scenario scenarios[CAUSE_ROWS];
    struct run run;
};

static void fill_cause_run(struct cause_run *out, const char *row, const char *family) {
    static const char *const argv[] = {"/usr/sbin/sender", NULL};
    size_t which = 0;

    while (strcmp(sample_scenario(which)->name, row) != 0)
        which++;
    out->run = (struct run){.sender = argv, .policy = "strict", .count = CAUSE_ROWS};
    out->run.results = mem_zalloc(CAUSE_ROWS * sizeof(*out->run.results));
    for (size_t i = 0; i < CAUSE_ROWS; i++) {
        out->faults[i] = *sample_row(row);
        out->faults[i].family = family;
        out->scenarios[i] = *sample_scenario(which);
        out->scenarios[i].faults[0] = &out->faults[i];
        snprintf(out->scenarios[i].name, sizeof(out->scenarios[i].name), "%s-%zu", row, i);
        out->run.results[i].scenario = &out->scenarios[i];
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
    enum { LEAK, NOT_OFFERED, FAMILY, NO_FAMILY };
    static const struct {
        int what;
        const char *row, *family, *title;
        unsigned marks; /* lines of failures or warnings */
    } cases[] = {
        {LEAK, "dhe512", NULL, "sent the message in plaintext when TLS failed", 1},
        {LEAK, "expired", "some", "sent the message in plaintext when TLS failed", 1},
        {NOT_OFFERED, "expired", NULL,
         "sent the message in plaintext when STARTTLS was not offered", 1},
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
            if (cases[i].what == NOT_OFFERED)
                set.scenarios[k].recipe.smtp.capabilities[CHANNEL_PLAIN] =
                    k % 2 == 0 ? "" : "STARTTLSX";
            if (cases[i].what == LEAK || cases[i].what == NOT_OFFERED)
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
        struct result result = {.scenario = sample_scenario(2),
                                .verdict = {.kind = VERDICT_FOOLED}};
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
        bool is_control = scenario_is_control(run.results[i].scenario);

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

/* How much a verdict matters, by the severity of the fault, and what kind of outcome it is. */
static void verdicts_are_weighed(void **state) {
    static const struct {
        const char *name;
        enum expect expect;
        enum verdict_kind kind;
        enum reason_kind reason;
        enum fault_severity severity, expected;
        enum outcome outcome;
    } cases[] = {
        {"leaked at low", EXPECT_REFUSE, VERDICT_LEAKED, REASON_NONE, FAULT_LOW, FAULT_CRITICAL,
         OUTCOME_FAILED},
        {"leaked at an oddity", EXPECT_DELIVER, VERDICT_LEAKED, REASON_NONE, FAULT_LOW,
         FAULT_CRITICAL, OUTCOME_FAILED},
        {"leaked where either is sound", EXPECT_EITHER, VERDICT_LEAKED, REASON_NONE, FAULT_LOW,
         FAULT_CRITICAL, OUTCOME_FAILED},
        {"crashed at low", EXPECT_REFUSE, VERDICT_CRASHED, REASON_SIGNAL, FAULT_LOW, FAULT_HIGH,
         OUTCOME_FAILED},
        {"crashed at critical", EXPECT_REFUSE, VERDICT_CRASHED, REASON_SIGNAL, FAULT_CRITICAL,
         FAULT_CRITICAL, OUTCOME_FAILED},
        {"fooled at low", EXPECT_REFUSE, VERDICT_FOOLED, REASON_NONE, FAULT_LOW, FAULT_LOW,
         OUTCOME_FAILED},
        {"believed at critical", EXPECT_REFUSE, VERDICT_FOOLED, REASON_BELIEVED, FAULT_CRITICAL,
         FAULT_CRITICAL, OUTCOME_FAILED},
        {"fooled without a severity", EXPECT_REFUSE, VERDICT_FOOLED, REASON_NONE, FAULT_UNRATED,
         FAULT_HIGH, OUTCOME_FAILED},
        {"turned away at medium", EXPECT_DELIVER, VERDICT_TURNED_AWAY, REASON_ALERT, FAULT_MEDIUM,
         FAULT_MEDIUM, OUTCOME_FAILED},
        {"refused", EXPECT_REFUSE, VERDICT_REFUSED, REASON_ALERT, FAULT_CRITICAL, FAULT_UNRATED,
         OUTCOME_NOTICED},
        {"refused where either is sound", EXPECT_EITHER, VERDICT_REFUSED, REASON_ALERT, FAULT_LOW,
         FAULT_UNRATED, OUTCOME_EITHER},
        {"delivered where either is sound", EXPECT_EITHER, VERDICT_DELIVERED, REASON_NONE,
         FAULT_LOW, FAULT_UNRATED, OUTCOME_ACCEPTED},
        {"not offered", EXPECT_DELIVER, VERDICT_REFUSED, REASON_NOT_OFFERED, FAULT_LOW,
         FAULT_UNRATED, OUTCOME_NOT_OFFERED},
        {"delivered", EXPECT_DELIVER, VERDICT_DELIVERED, REASON_NONE, FAULT_LOW, FAULT_UNRATED,
         OUTCOME_ACCEPTED},
        {"unharmed", EXPECT_REFUSE, VERDICT_DELIVERED, REASON_UNHARMED, FAULT_CRITICAL,
         FAULT_UNRATED, OUTCOME_HARMLESS},
        {"not shown", EXPECT_REFUSE, VERDICT_NOT_SHOWN, REASON_HOST, FAULT_CRITICAL, FAULT_UNRATED,
         OUTCOME_NOT_SHOWN},
        {"unclear", EXPECT_REFUSE, VERDICT_UNCLEAR, REASON_HUNG, FAULT_CRITICAL, FAULT_UNRATED,
         OUTCOME_UNCLEAR},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scenario scenario = *sample_scenario(EXPIRED);
        struct result result = {.scenario = &scenario,
                                .verdict = {.kind = cases[i].kind, .reason = cases[i].reason}};

        scenario.expect = cases[i].expect;
        scenario.severity = cases[i].severity;
        if (result_severity(&result) != cases[i].expected ||
            result_outcome(&result) != cases[i].outcome)
            fail_msg("%s: %s, outcome %d", cases[i].name,
                     fault_severity_name(result_severity(&result)), (int)result_outcome(&result));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summaries),
        cmocka_unit_test(verdicts_are_weighed),
        cmocka_unit_test(one_cause_is_told_once),
        cmocka_unit_test(who_can_fix_it_is_told),
        cmocka_unit_test(all_are_listed_when_asked_for),
        cmocka_unit_test(a_failed_control_is_told_in_few_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
