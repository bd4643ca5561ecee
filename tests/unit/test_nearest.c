/* Slips of the finger, and the names that were meant. */
#include "base/mem.h"
#include "base/nearest.h"
#include "unit.h"

static void test_distance(void **state) {
    static const struct {
        const char *a, *b;
        unsigned distance;
    } cases[] = {
        {"", "", 0},
        {"abc", "abc", 0},
        {"ABC", "abc", 0},
        {"", "abc", 3},
        {"abc", "", 3},
        {"ab", "ba", 1}, /* neighbours exchanged */
        {"hlep", "help", 1},
        {"chekc", "check", 1},
        {"ca", "abc", 3}, /* a place is touched once only */
        {"kitten", "sitting", 3},
        {"abcd", "badc", 2},
        {"tri", "try", 1},
        {"0123456789012345678901234567890123456789", "", 40},
        {"01234567890123456789012345678901234567890", "", NEAREST_MAX_CHARS},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        print_message("%s %s\n", cases[i].a, cases[i].b);
        assert_int_equal(nearest_distance(cases[i].a, cases[i].b), cases[i].distance);
        assert_int_equal(nearest_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
}

static void test_found(void **state) {
    static const char *const names[] = {"try",    "serve", "check",      "mint",
                                        "faults", "mind",  "a-long-name"};
    static const struct {
        const char *word, *found;
    } cases[] = {
        {"tri", "try"},
        {"sevre", "serve"},
        {"fualts", "faults"},
        {"CHECK", "check"},
        {"mint", "mint"},
        {"min", "mint"}, /* the first of equals */
        {"x", NULL},
        {"", NULL},
        {"zzz", NULL},
        {"a-l", "a-long-name"},
        {"a-", NULL},
        {"completely", NULL},
        {"01234567890123456789012345678901234567890", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct nearest near;

        print_message("%s\n", cases[i].word);
        nearest_init(&near, cases[i].word);
        for (size_t j = 0; j < ARRAY_LEN(names); j++)
            nearest_offer(&near, names[j]);
        if (cases[i].found == NULL)
            assert_null(nearest_found(&near));
        else
            assert_string_equal(nearest_found(&near), cases[i].found);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_found),
    };

    return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
