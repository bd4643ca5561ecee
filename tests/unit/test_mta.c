/* What mail servers' lines are said to help: the tables against the catalogue, and which lines a run gets.  No mail server runs
 * here; tests/e2e/test_with.py proves the lines. */
#include <string.h>

#include "base/mem.h"
#include "fault/compose.h"
#include "harness/mta_class.h"
#include "report/settings.h"
#include "unit.h"

static const struct mta_class *const classes[] = {&mta_postfix, &mta_exim, &mta_opensmtpd,
                                                  &mta_sendmail};

static bool is_in_catalogue(const char *name) {
    size_t len = strlen(name);
    bool begins = name[len - 1] == '*';

    for (size_t i = 0; i < catalogue_count; i++)
        if (begins ? strncmp(catalogue[i].name, name, len - 1) == 0
                   : strcmp(catalogue[i].name, name) == 0)
            return true;
    return false;
}

static void check_names(const char *const *names) {
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (!is_in_catalogue(names[i]))
            fail_msg("%s is no fault", names[i]);
}

static bool has_row(const struct mta_class *class, const char *lines) {
    for (const struct mta_advice *row = class->advice; row->lines != NULL; row++)
        if (strcmp(row->lines, lines) == 0)
            return true;
    return false;
}

static void test_tables_name_faults_and_rows(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(classes); i++)
        for (const struct mta_advice *row = classes[i]->advice; row->lines != NULL; row++) {
            check_names(row->names);
            check_names(row->but);
            assert_true(row->why[0] != '\0');
            assert_int_equal(row->lines[strlen(row->lines) - 1], '\n');
            assert_true(row->replaces == NULL || has_row(classes[i], row->replaces));
            for (size_t k = 0; k < MTA_MAX_BRINGS; k++)
                assert_true(row->brings[k] == NULL || has_row(classes[i], row->brings[k]));
        }
}

static void test_words_name_mail_servers(void **state) {
    const char *program;

    (void)state;
    assert_ptr_equal(mta_find("postfix", &program), &mta_postfix);
    assert_null(program);
    assert_ptr_equal(mta_find("exim=/opt/exim", &program), &mta_exim);
    assert_string_equal(program, "/opt/exim");
    assert_null(mta_find("postfi", &program));
    assert_null(mta_find("postfixes", &program));
    assert_null(mta_find("", &program));
}

static void test_each_scenario_has_a_domain(void **state) {
    static const struct {
        const char *scenario, *recipient;
    } cases[] = {
        {"expired", "recipient@expired.doormat.test"},
        {"expired+sha1", "recipient@fault-7.doormat.test"},
        {"a-name-that-is-much-longer-than-the-sixty-three-characters-of-a-label",
         "recipient@fault-7.doormat.test"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mta_route route;
        mta_route_init(&route, cases[i].scenario, 7);
        assert_string_equal(route.recipient, cases[i].recipient);
        mta_route_fini(&route);
    }
}

struct sample {
    const char *scenario;
    enum verdict_kind kind;
};

static void add(struct run *run, const struct sample *sample) {
    struct result *result = &run->results[run->count++];
    struct scenario *scenario = mem_zalloc(sizeof *scenario);

    assert_int_equal(scenario_parse(sample->scenario, scenario, NULL), 0);
    result->scenario = result->own_scenario = scenario;
    result->verdict.kind = sample->kind;
    if (sample->kind == VERDICT_UNCLEAR)
        result->verdict.reason = REASON_CONTROL_FAILED;
}

static void make_run(struct run *run, const struct sample *samples, size_t count,
                     bool opportunistic) {
    *run = (struct run){.policy = "strict", .fail_on = FAULT_HIGH};
    run->results = mem_zalloc((count + 1) * sizeof *run->results);
    for (size_t i = 0; i < count; i++)
        add(run, &samples[i]);
    run->settings = settings_new("Postfix");
    run->settings->opportunistic = opportunistic;
}

#define SECURE    "smtp_tls_security_level = secure\n"
#define ENCRYPT   "smtp_tls_security_level = encrypt\n"
#define SNI       "smtp_tls_servername = hostname\n"
#define PROTOCOLS "smtp_tls_protocols = >=TLSv1.2\nsmtp_tls_mandatory_protocols = >=TLSv1.2\n"

static void test_a_run_gets_the_lines_that_help(void **state) {
    static const struct {
        const char *what;
        struct sample samples[3];
        size_t count;
        bool insists; /* on TLS, as it is */
        const char *lines;
        size_t beyond;
    } cases[] = {
        {"all well", {{"expired", VERDICT_REFUSED}}, 1, false, "", 0},
        {"a leak alone", {{"starttls-454", VERDICT_LEAKED}}, 1, false, ENCRYPT, 0},
        {"a certificate", {{"self-signed", VERDICT_FOOLED}}, 1, true, SNI SECURE, 0},
        {"both",
         {{"starttls-454", VERDICT_LEAKED}, {"expired", VERDICT_FOOLED}},
         2,
         false,
         SNI SECURE,
         0},
        {"what would leak once it is refused",
         {{"tls10", VERDICT_FOOLED}},
         1,
         false,
         PROTOCOLS ENCRYPT,
         0},
        {"the same where nothing leaks", {{"tls10", VERDICT_FOOLED}}, 1, true, PROTOCOLS, 0},
        {"what no line helps", {{"rsa1024", VERDICT_FOOLED}}, 1, true, "", 1},
        {"a mixture, of which one stays", {{"rsa1024+expired", VERDICT_FOOLED}}, 1, true, "", 1},
        {"no TLS at all",
         {{"control", VERDICT_LEAKED}, {"expired", VERDICT_UNCLEAR}, {"tls10", VERDICT_UNCLEAR}},
         3,
         false,
         PROTOCOLS SNI SECURE,
         0},
        {"a control that failed otherwise",
         {{"control", VERDICT_TURNED_AWAY}, {"expired", VERDICT_UNCLEAR}},
         2,
         true,
         "",
         0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct run run;
        struct buf lines;
        buf_init(&lines, 4096);
        make_run(&run, cases[i].samples, cases[i].count, !cases[i].insists);
        mta_advise(&mta_postfix, &run, &lines);
        if (strcmp(buf_text(&lines), cases[i].lines) != 0)
            fail_msg("%s: wanted\n%ssaw\n%s", cases[i].what, cases[i].lines, buf_text(&lines));
        if (run.settings->beyond.count != cases[i].beyond)
            fail_msg("%s: %zu beyond", cases[i].what, run.settings->beyond.count);
        buf_fini(&lines);
        run_fini(&run);
    }
}

static void test_lines_of_another_library_are_left_out(void **state) {
    static const struct {
        const char *library;
        size_t beyond;
    } cases[] = {{"GnuTLS", 0}, {"OpenSSL", 1}};
    static const struct sample sample = {"tls10", VERDICT_FOOLED};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct run run;
        struct buf lines;
        buf_init(&lines, 4096);
        make_run(&run, &sample, 1, false);
        run.settings->library = mem_strdup(cases[i].library);
        mta_advise(&mta_exim, &run, &lines);
        assert_int_equal(run.settings->beyond.count, cases[i].beyond);
        buf_fini(&lines);
        run_fini(&run);
    }
}

static void test_a_failure_says_its_line(void **state) {
    static const struct sample samples[] = {{"tls10", VERDICT_FOOLED}, {"rsa1024", VERDICT_FOOLED}};
    struct run run;
    struct buf text;

    (void)state;
    buf_init(&text, 4096);
    make_run(&run, samples, 2, false);
    mta_advise(&mta_postfix, &run, &text);
    buf_reset(&text);
    assert_true(settings_put_fix(&run, "tls10", &text));
    assert_string_equal(buf_text(&text), "Postfix: smtp_tls_protocols = >=TLSv1.2; "
                                         "smtp_tls_mandatory_protocols = >=TLSv1.2.");
    buf_reset(&text);
    assert_true(settings_put_fix(&run, "rsa1024", &text));
    assert_string_equal(buf_text(&text), "No setting of Postfix alone changes this.");
    buf_reset(&text);
    assert_false(settings_put_fix(&run, "expired", &text));
    assert_int_equal(text.len, 0);
    buf_fini(&text);
    run_fini(&run);
}

static void test_a_line_that_does_more_names_the_milder_one(void **state) {
    static const struct {
        const char *what;
        struct sample samples[4];
        size_t count, milder, unclear;
        const char *fix;
    } cases[] = {
        {"red",
         {{"starttls-454", VERDICT_LEAKED}, {"self-signed", VERDICT_FOOLED}},
         2,
         1,
         0,
         "Postfix: smtp_tls_security_level = encrypt."},
        {"no TLS at all",
         {{"control", VERDICT_LEAKED},
          {"starttls-454", VERDICT_UNCLEAR},
          {"self-signed", VERDICT_UNCLEAR}},
         3,
         1,
         2,
         "Postfix: smtp_tls_security_level = encrypt."},
        {"a certificate alone", {{"self-signed", VERDICT_FOOLED}}, 1, 0, 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct run run;
        struct buf text;
        buf_init(&text, 4096);
        make_run(&run, cases[i].samples, cases[i].count, true);
        mta_advise(&mta_postfix, &run, &text);
        const struct advice *last = &run.settings->advice[run.settings->advice_count - 1];
        assert_string_equal(last->lines, SECURE);
        assert_string_equal(last->milder, ENCRYPT);
        if (last->by_milder.count != cases[i].milder || last->unclear.count != cases[i].unclear)
            fail_msg("%s: %zu by the milder, %zu unclear", cases[i].what, last->by_milder.count,
                     last->unclear.count);
        buf_reset(&text);
        assert_int_equal(settings_put_fix(&run, "starttls-454", &text), cases[i].fix != NULL);
        assert_string_equal(buf_text(&text), cases[i].fix != NULL ? cases[i].fix : "");
        buf_fini(&text);
        run_fini(&run);
    }
}

#define SYSLOG "Nov 27 21:22:34 sender postfix/smtp[140]: "

static void test_last_words_are_the_gravest(void **state) {
    static const char *const marks[] = {": fatal: ", ": warning: ", NULL};
    static const struct {
        const char *what, *text;
        bool is_ranked;
        const char *words;
    } cases[] = {
        {"nothing", "", true, ""},
        {"the last ones", "one\ntwo\n\n", false, "one; two"},
        {"no mark", "one\ntwo\n", true, "one; two"},
        {"date and machine go", SYSLOG "fatal: bad\n", true, "postfix/smtp[140]: fatal: bad"},
        {"the gravest alone", SYSLOG "fatal: bad\n" SYSLOG "warning: throttling\nlast\n", true,
         "postfix/smtp[140]: fatal: bad"},
        {"each once", SYSLOG "fatal: bad\n" SYSLOG "fatal: bad\n", true,
         "postfix/smtp[140]: fatal: bad"},
        {"what goes on", "error in line 1:\n  main option\tunknown\n", false,
         "error in line 1: main option?unknown"},
        {"Exim's form", "2026-11-27 21:37:03 1xX3ct-0004yx-2E TLS session: bad\n", false,
         "TLS session: bad"},
        {"... without a message", "2026-11-27 21:37:03 exim user lost it\n", false,
         "exim user lost it"},
        {"no process id", "a [127.0.0.1]: b\n", false, "a [127.0.0.1]: b"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char words[ERR_TEXT_SIZE_B];
        mta_last_words(cases[i].text, cases[i].is_ranked ? marks : NULL, words);
        if (strcmp(words, cases[i].words) != 0)
            fail_msg("%s: %s", cases[i].what, words);
    }
}

/* Lines that do not fit are left out as a whole; one that is too long loses its beginning. */
static void test_last_words_are_bounded(void **state) {
    char text[4096], words[ERR_TEXT_SIZE_B];

    (void)state;
    memset(text, 'a', 400);
    text[400] = '\0';
    mta_last_words(text, NULL, words);
    assert_int_equal(strlen(words), 320);
    text[200] = '\n';
    text[380] = '\n';
    mta_last_words(text, NULL, words); /* 200, 179 and 19 */
    assert_int_equal(strlen(words), 179 + 2 + 19);
    memset(text, '\n', 4000);
    text[4000] = '\0';
    mta_last_words(text, NULL, words);
    assert_string_equal(words, "");
}

static void test_a_log_is_counted(void **state) {
    struct server_log log = {0};
    struct buf out;
    char many[16];

    (void)state;
    buf_init(&out, 4096);
    server_log_add(&log, "", 0);
    server_log_add(&log, "first", 5);
    server_log_add(&log, "port 25: bad", 12);
    server_log_add(&log, "port 40001: bad", 15);
    server_log_add(&log, "port : bad!", 11);
    server_log_add(&log, "a\033b", 3);
    assert_int_equal(log.count, 4);
    server_log_put(&log, "> ", &out);
    assert_string_equal(buf_text(&out), "> port 25: bad\n> first\n> port : bad!\n");
    for (int i = 0; i < 200; i++) {
        snprintf(many, sizeof many, "%.*s", i % 12 + 1, "abcdefghijkl");
        server_log_add(&log, many, strlen(many));
        snprintf(many, sizeof many, "%c%c", 'A' + i % 26, 'A' + i / 26);
        server_log_add(&log, many, strlen(many));
    }
    assert_int_equal(log.count, SERVER_LOG_MAX);
    server_log_fini(&log);
    buf_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_name_faults_and_rows),
        cmocka_unit_test(test_words_name_mail_servers),
        cmocka_unit_test(test_each_scenario_has_a_domain),
        cmocka_unit_test(test_a_run_gets_the_lines_that_help),
        cmocka_unit_test(test_lines_of_another_library_are_left_out),
        cmocka_unit_test(test_a_failure_says_its_line),
        cmocka_unit_test(test_a_line_that_does_more_names_the_milder_one),
        cmocka_unit_test(test_last_words_are_the_gravest),
        cmocka_unit_test(test_last_words_are_bounded),
        cmocka_unit_test(test_a_log_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
