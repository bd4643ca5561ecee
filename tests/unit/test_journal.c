/* The journal of `check --resume`: nothing is lost, nothing is done twice, and no other file is harmed. */
#include "check/journal.h"
#include "check_files.h"

#define LINE(TARGET, REACHED, MEETS)                                                               \
    "{\"target\":\"" TARGET "\",\"policy\":\"bsi\",\"reached\":" REACHED                           \
    ",\"meets_policy\":" MEETS ",\"hosts\":[]}\n"
#define ON_TERMS(TARGET, TERMS, VERDICT)                                                           \
    "{\"target\":\"" TARGET "\",\"policy\":\"bsi\",\"reached\":true,\"meets_policy\":null,"        \
    "\"terms\":\"" TERMS "\",\"verdict\":\"" VERDICT "\"}\n"
#define TERMS  "as of 2026"
#define GOOD_A LINE("a.test", "true", "true")
#define BAD_B  LINE("b.test", "true", "false")
#define LOST_C LINE("c.test", "false", "false")

static struct journal *open_good(const struct test_file *file) {
    struct journal *journal = NULL;
    struct err err = {""};

    if (journal_open(file->path, "bsi", TERMS, &journal, &err) != 0)
        fail_msg("%s", err.text);
    return journal;
}

static void append(struct journal *journal, const char *line) {
    struct err err = {""};

    if (journal_append(journal, line, strlen(line), &err) != 0)
        fail_msg("%s", err.text);
}

static void test_new_file(void **state) {
    struct test_file file = file_begin(NULL, 0);
    struct journal *journal = open_good(&file);

    (void)state;
    assert_int_equal(journal_found(journal).targets, 0);
    assert_true(journal_claim(journal, "a.test"));
    assert_false(journal_claim(journal, "a.test"));
    assert_true(journal_claim(journal, "b.test"));
    append(journal, GOOD_A);
    append(journal, BAD_B);
    journal_close(&journal);
    assert_null(journal);
    assert_file_holds(&file, GOOD_A BAD_B, sizeof GOOD_A BAD_B - 1);
    file_end(&file);
}

static void test_goes_on(void **state) {
    static const char content[] = GOOD_A BAD_B LOST_C GOOD_A;
    struct test_file file = file_begin(content, sizeof content - 1);
    struct journal *journal = open_good(&file);
    struct journal_tally found = journal_found(journal);

    (void)state;
    assert_int_equal(found.targets, 3);
    assert_int_equal(found.met, 1);
    assert_int_equal(found.failed, 1);
    assert_int_equal(found.unclear, 1);
    assert_int_equal(found.unreached, 1);
    assert_int_equal(found.no_mail, 0);
    assert_false(journal_claim(journal, "a.test"));
    assert_true(journal_claim(journal, "c.test"));
    assert_false(journal_claim(journal, "c.test"));
    assert_true(journal_claim(journal, "A.test"));
    found = journal_found(journal);
    assert_int_equal(found.failed, 1);
    assert_int_equal(found.unclear, 0);
    journal_close(&journal);
    assert_file_holds(&file, content, sizeof content - 1);
    file_end(&file);
}

/* Wherever the last line was cut off, its target is checked again and the file is whole afterwards. */
static void test_cut_off_anywhere(void **state) {
    static const char content[] = GOOD_A BAD_B;

    (void)state;
    for (size_t len = sizeof GOOD_A - 1; len < sizeof content - 1; len++) {
        struct test_file file = file_begin(content, len);
        struct journal *journal = open_good(&file);
        assert_int_equal(journal_found(journal).targets, 1);
        assert_true(journal_claim(journal, "b.test"));
        append(journal, BAD_B);
        journal_close(&journal);
        assert_file_holds(&file, content, sizeof content - 1);
        file_end(&file);
    }
}

static const struct foreign {
    const char *name, *content;
    size_t line;
} foreign[] = {
    {"text", "dear diary\n", 1},
    {"text without an end", "dear diary", 1},
    {"an empty line", GOOD_A "\n" BAD_B, 2},
    {"another object", "{\"fault\":\"expired\"}\n", 1},
    {"an object begun otherwise", "{\"fault\":\"exp", 1},
    {"an array", "[]\n", 1},
    {"a target that is no text", "{\"target\":1}\n", 1},
    {"a broken line in the midst", GOOD_A "{\"target\":\"b\n" GOOD_A, 2},
    {"two objects in a line", "{\"target\":\"a\"}{\"target\":\"b\"}\n", 1},
    {"text behind results, cut off", GOOD_A GOOD_A "x", 3},
};

static void test_foreign(void **state) {
    const struct foreign *row = *state;
    struct test_file file = file_begin(row->content, strlen(row->content));
    struct journal *journal = NULL;
    struct err err = {""};
    char wanted[256];

    assert_int_equal(journal_open(file.path, "bsi", TERMS, &journal, &err), -1);
    assert_null(journal);
    snprintf(wanted, sizeof wanted,
             "%s: line %zu is no result of `doormat check --jsonl`; the file is left as it is",
             file.path, row->line);
    assert_string_equal(err.text, wanted);
    assert_file_holds(&file, row->content, strlen(row->content));
    file_end(&file);
}

static void test_other_policy(void **state) {
    static const char content[] = GOOD_A "{\"target\":\"b.test\",\"policy\":\"nist\"}\n";
    struct test_file file = file_begin(content, sizeof content - 1);
    struct journal *journal = NULL;
    struct err err = {""};

    (void)state;
    assert_int_equal(journal_open(file.path, "bsi", TERMS, &journal, &err), -1);
    assert_null(journal);
    assert_non_null(strstr(err.text, "line 2 was judged by the policy 'nist', not by 'bsi'"));
    assert_file_holds(&file, content, sizeof content - 1);
    file_end(&file);
}

/* What was not reached, or not wholly looked at, is checked again, and then the last line counts. */
static void test_the_last_word_counts(void **state) {
    static const char content[] = LOST_C ON_TERMS("d.test", TERMS, "undecided")
        ON_TERMS("e.test", TERMS, "no-mail") LOST_C LINE("c.test", "true", "false");
    struct test_file file = file_begin(content, sizeof content - 1);
    struct journal *journal = open_good(&file);
    struct journal_tally found = journal_found(journal);

    (void)state;
    assert_int_equal(found.targets, 3);
    assert_int_equal(found.failed, 1);
    assert_int_equal(found.unclear, 1);
    assert_false(journal_claim(journal, "c.test"));
    assert_true(journal_claim(journal, "d.test"));
    assert_false(journal_claim(journal, "e.test"));
    journal_close(&journal);
    file_end(&file);
}

/* A result with another trust store, or of another year, is no answer to the same question. */
static void test_other_terms(void **state) {
    static const char content[] = GOOD_A ON_TERMS("b.test", "as of 2031", "undecided");
    struct test_file file = file_begin(content, sizeof content - 1);
    struct journal *journal = NULL;
    struct err err = {""};

    (void)state;
    assert_int_equal(journal_open(file.path, "bsi", TERMS, &journal, &err), -1);
    assert_non_null(
        strstr(err.text, "line 2 was checked with 'as of 2031', not with 'as of 2026'"));
    assert_file_holds(&file, content, sizeof content - 1);
    file_end(&file);
}

static void test_binary(void **state) {
    static const char content[] = "{\"target\":\"a\0b\"}\n";
    struct test_file file = file_begin(content, sizeof content - 1);
    struct journal *journal = NULL;

    (void)state;
    assert_int_equal(journal_open(file.path, "bsi", TERMS, &journal, NULL), -1);
    assert_file_holds(&file, content, sizeof content - 1);
    file_end(&file);
}

static void test_one_run_at_a_time(void **state) {
    struct test_file file = file_begin(GOOD_A, sizeof GOOD_A - 1);
    struct journal *first = open_good(&file), *second = NULL;
    struct err err = {""};

    (void)state;
    assert_int_equal(journal_open(file.path, "bsi", TERMS, &second, &err), -1);
    assert_non_null(strstr(err.text, "in use by another run"));
    journal_close(&first);
    second = open_good(&file);
    journal_close(&second);
    file_end(&file);
}

/* A line without an end is not read to where memory ends. */
static void test_long_line(void **state) {
    enum { LONG_B = 17 * 1024 * 1024 };
    static const char start[] = "{\"target\":\"";
    char *content = malloc(LONG_B);
    struct journal *journal = NULL;
    struct err err = {""};

    (void)state;
    assert_non_null(content);
    memset(content, 'x', LONG_B);
    memcpy(content, start, sizeof start - 1);
    struct test_file file = file_begin(content, LONG_B);
    assert_int_equal(journal_open(file.path, "bsi", TERMS, &journal, &err), -1);
    assert_non_null(strstr(err.text, "line 1 is longer than 16 MiB"));
    assert_file_holds(&file, content, LONG_B);
    file_end(&file);
    free(content);
}

static void test_no_regular_file(void **state) {
    static const char *const paths[] = {"/dev/full", "/dev/zero", "/dev/null"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct journal *journal = NULL;
        struct err err = {""};
        assert_int_equal(journal_open(paths[i], "bsi", TERMS, &journal, &err), -1);
        assert_non_null(strstr(err.text, "is not a regular file"));
    }
}

static void test_no_file(void **state) {
    struct journal *journal = NULL;
    struct err err = {""};

    (void)state;
    assert_int_equal(journal_open("/tmp", "bsi", TERMS, &journal, &err), -1);
    assert_non_null(strstr(err.text, "/tmp"));
    assert_int_equal(journal_open("/nowhere/at/all", "bsi", TERMS, &journal, &err), -1);
    assert_null(journal);
}

/* More than the table holds at first. */
static void test_many(void **state) {
    enum { COUNT = 5000 };
    struct test_file file = file_begin(NULL, 0);
    struct journal *journal = open_good(&file);
    char text[128];

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "host%d.test", i);
        assert_true(journal_claim(journal, text));
        snprintf(
            text, sizeof text,
            "{\"target\":\"host%d.test\",\"policy\":\"bsi\",\"reached\":true,\"meets_policy\":true}\n",
            i);
        append(journal, text);
    }
    journal_close(&journal);
    journal = open_good(&file);
    assert_int_equal(journal_found(journal).targets, COUNT);
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "host%d.test", i);
        assert_false(journal_claim(journal, text));
    }
    assert_true(journal_claim(journal, "host5000.test"));
    journal_close(&journal);
    file_end(&file);
}

int main(void) {
    struct CMUnitTest tests[ARRAY_LEN(foreign) + 10] = {cmocka_unit_test(test_new_file),
                                                        cmocka_unit_test(test_goes_on),
                                                        cmocka_unit_test(test_cut_off_anywhere),
                                                        cmocka_unit_test(test_other_policy),
                                                        cmocka_unit_test(test_the_last_word_counts),
                                                        cmocka_unit_test(test_other_terms),
                                                        cmocka_unit_test(test_binary),
                                                        cmocka_unit_test(test_one_run_at_a_time),
                                                        cmocka_unit_test(test_no_file),
                                                        cmocka_unit_test(test_long_line),
                                                        cmocka_unit_test(test_no_regular_file),
                                                        cmocka_unit_test(test_many)};

    for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
        tests[8 + i] = (struct CMUnitTest){foreign[i].name, test_foreign, NULL, NULL,
                                           (void *)(uintptr_t)&foreign[i]};
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
