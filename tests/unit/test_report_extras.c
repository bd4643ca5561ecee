/* What reports say beside the verdicts: that a run was interrupted, questions to DNS, and transcripts. */
#include "report/report.h"
#include "sample_run.h"
#include "unit.h"

enum { REPORT_MAX_B = 4 * 1024 * 1024 };

static const struct report_style plain_style = {.columns = 100};

static struct buf write_report(const char *format, const struct run *run,
                               const struct report_style *style) {
    struct buf out;

    buf_init(&out, REPORT_MAX_B);
    report_find(format)->write(run, style, &out);
    assert_false(out.overflow);
    return out;
}

static void interruption_is_told(void **state) {
    static const char *const said[][2] = {
        {"text", "\nInterrupted: 12 of 462 tried; nothing is said about the others.\n"},
        {"markdown", "\nInterrupted: 12 of 462 tried; nothing is said about the others.\n"},
        {"html", "Interrupted: 12 of 462 tried; nothing is said about the others."},
        {"tap", "\nBail out! Interrupted: 12 of 462 tried; nothing is said about the others.\n"},
        {"junit", "<error type=\"interrupted\" message=\"Interrupted: 12 of 462 tried; nothing is "
                  "said about the others.\"/>"},
        {"json", "\"interrupted\": true"},
        {"json", "\"planned\": 462"},
    };
    struct run run = sample_run();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        run.signal = 0;
        struct buf whole = write_report(said[i][0], &run, &plain_style);
        run.signal = 2;
        run.planned = 462;
        struct buf part = write_report(said[i][0], &run, &plain_style);

        assert_null(strstr(buf_text(&whole), said[i][1]));
        if (strstr(buf_text(&part), said[i][1]) == NULL)
            fail_msg("%s: %s", said[i][0], buf_text(&part));
        buf_fini(&whole);
        buf_fini(&part);
    }
    run_fini(&run);
}

/* Those that were kept, and how many more there were. */
static void questions_are_told(void **state) {
    struct report_style verbose = {.verbose = true};
    struct run run = sample_run();
    struct result *result = &run.results[2];

    (void)state;
    sample_add_question(result, "x.test", DNS_TYPE_MX, DNS_NOERROR);
    sample_add_question(result, "mx.x.test", DNS_TYPE_TLSA, DNS_SERVFAIL);
    result->questions[1].is_tcp = true;
    sample_add_question(result, "x.test", 65281, DNS_NOERROR);
    result->questions[2].is_answered = false;
    result->questions_seen += 7;
    struct buf terse = write_report("text", &run, &plain_style);
    assert_null(strstr(buf_text(&terse), "DNS: "));
    for (const struct report_format *format = report_formats; format->name != NULL; format++) {
        struct buf out = write_report(format->name, &run, &verbose);

        if (strcmp(format->name, "json") != 0) {
            assert_non_null(strstr(buf_text(&out), "*  DNS: MX x.test: NOERROR"));
            assert_non_null(strstr(buf_text(&out), "*  DNS: TLSA mx.x.test: SERVFAIL, by TCP"));
            assert_non_null(strstr(buf_text(&out), "*  DNS: TYPE65281 x.test: no answer"));
            assert_non_null(strstr(buf_text(&out), "*  DNS: and 7 more"));
        } else {
            assert_non_null(strstr(buf_text(&out), "\"questions_seen\": 10"));
            assert_non_null(strstr(buf_text(&out), "\"rcode\": \"SERVFAIL\""));
        }
        buf_fini(&out);
    }
    buf_fini(&terse);
    run_fini(&run);
}

static void transcripts_are_shown_when_wanted(void **state) {
    struct report_style verbose = {.verbose = true, .columns = 60};
    struct run run = sample_run();

    (void)state;
    run.results[3].attempts_seen = 1;
    run.results[3].attempts[0]->transcript = mem_strdup(
        "S: 220 mx.doormat.test ESMTP Doormat with a line that is longer than others\nC: QUIT\n");
    struct buf terse = write_report("text", &run, &plain_style);
    struct buf full = write_report("text", &run, &verbose);
    struct buf json = write_report("json", &run, &verbose);
    static const char *const others[] = {"junit", "tap", "markdown", "html"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct buf out = write_report(others[i], &run, &verbose);
        struct buf without = write_report(others[i], &run, &plain_style);

        assert_non_null(strstr(buf_text(&out), "C: QUIT"));
        assert_null(strstr(buf_text(&without), "C: QUIT"));
        buf_fini(&out);
        buf_fini(&without);
    }
    assert_null(strstr(buf_text(&terse), "C: QUIT"));
    assert_non_null(strstr(buf_text(&full),
                           "\n      connection 1 of 1, from 127.0.0.1:40123\n"
                           "      S: 220 mx.doormat.test ESMTP Doormat with a line that\n"
                           "         is longer than others\n"
                           "      C: QUIT\n"));
    assert_non_null(strstr(buf_text(&json), "     \"C: QUIT\"\n"));
    buf_fini(&terse);
    buf_fini(&full);
    buf_fini(&json);
    run_fini(&run);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(interruption_is_told),
        cmocka_unit_test(questions_are_told),
        cmocka_unit_test(transcripts_are_shown_when_wanted),
    };

    return cmocka_run_group_tests_name("report_extras", tests, NULL, NULL);
}
