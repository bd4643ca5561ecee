/* How wide a report is, and the line that tells how far a run is. */
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/progress.h"
#include "cmd/terminal.h"
#include "unit.h"

/* Standard output is no terminal here: the environment says. */
static void columns(void **state) {
    static const struct {
        const char *columns;
        unsigned expected;
    } cases[] = {{NULL, 100},  {"", 100},     {"80", 80},    {"59", 60},  {"1", 60}, {"200", 200},
                 {"201", 200}, {"1000", 200}, {"wide", 100}, {"-5", 100}, {"0", 100}};

    (void)state;
    if (isatty(STDOUT_FILENO) == 1 && freopen("/dev/null", "w", stdout) == NULL)
        fail();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (cases[i].columns != NULL)
            assert_int_equal(setenv("COLUMNS", cases[i].columns, 1), 0);
        else
            assert_int_equal(unsetenv("COLUMNS"), 0);
        assert_int_equal(terminal_columns(), cases[i].expected);
    }
    assert_false(terminal_takes_escapes(STDOUT_FILENO));
}

static void the_line(void **state) {
    static const struct {
        unsigned width, done, total;
        const char *name;
        int64_t elapsed_s;
        const char *expected;
    } cases[] = {
        {80, 0, 400, "control", 0, "0/400 control"},
        {80, 9, 400, "expired", 100, "9/400 expired"},   /* too few to tell */
        {80, 200, 400, "expired", 1, "200/400 expired"}, /* too soon */
        {80, 200, 400, "expired", 50, "200/400 expired, 51 s left"},
        {80, 100, 400, "expired", 100, "100/400 expired, 5 min left"},
        {80, 10, 400, "expired", 600, "10/400 expired, 6 h left"},
        {80, 400, 400, "expired", 600, "400/400"},
        {20, 200, 400, "certificate-without-end", 1, "200/400 certificate-"},
        {28, 200, 400, "certificate-without-end", 50, "200/400 certifica, 51 s left"},
        {10, 200, 400, "expired", 50, "200/400, 5"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char line[256];
        size_t len = progress_format(line, sizeof line, cases[i].width, cases[i].done,
                                     cases[i].total, cases[i].name, cases[i].elapsed_s * 1000000);

        assert_string_equal(line, cases[i].expected);
        assert_int_equal(len, strlen(line));
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {cmocka_unit_test(columns),
                                              cmocka_unit_test(the_line)};

    return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
