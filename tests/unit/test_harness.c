/* What `try` puts into a command line, and which controls a list of faults needs. */
#include "base/mem.h"
#include "harness/placeholder.h"
#include "harness/plan.h"
#include "unit.h"

static const char *const values[PLACEHOLDER_COUNT] = {
    [PLACEHOLDER_PORT] = "2525",      [PLACEHOLDER_TLS_PORT] = "4650",
    [PLACEHOLDER_HOST] = "localhost", [PLACEHOLDER_FROM] = "a@x.test",
    [PLACEHOLDER_TO] = "b@x.test",    [PLACEHOLDER_CA] = "/tmp/root.pem",
    [PLACEHOLDER_CA_DIR] = "/tmp/ca", [PLACEHOLDER_HELO] = "me.test",
    [PLACEHOLDER_FAULT] = "expired",  [PLACEHOLDER_MESSAGE] = "/tmp/message",
};

static void test_placeholders_are_replaced_and_nothing_else(void **state) {
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"plain", "plain"},
        {"", ""},
        {"{host}:{port}", "localhost:2525"},
        {"{tls_port}", "4650"},
        {"smtp://{host}:{port}/{helo}", "smtp://localhost:2525/me.test"},
        {"{ca}{ca_dir}", "/tmp/root.pem/tmp/ca"},
        {"{from} {to} {fault} {message}", "a@x.test b@x.test expired /tmp/message"},
        {"awk '{print $1}'", "awk '{print $1}'"},
        {"${HOME} {} { {hos} {HOST} {host", "${HOME} {} { {hos} {HOST} {host"},
        {"{{host}}", "{localhost}"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *const argv[] = {"sender", cases[i].text, NULL};
        char **expanded = placeholder_expand(argv, values);
        assert_string_equal(expanded[0], "sender");
        assert_string_equal(expanded[1], cases[i].expected);
        assert_null(expanded[2]);
        placeholder_free(&expanded);
        assert_null(expanded);
    }
}

static void test_the_environment_has_every_placeholder(void **state) {
    char **env = placeholder_environment(values);
    size_t n = 0;

    (void)state;
    while (env[n] != NULL)
        n++;
    assert_int_equal(n, PLACEHOLDER_COUNT);
    assert_string_equal(env[0], "DOORMAT_PORT=2525"); /* the marker of the run's processes */
    assert_string_equal(env[PLACEHOLDER_CA_DIR], "DOORMAT_CA_DIR=/tmp/ca");
    placeholder_free(&env);
}

static void test_a_list_is_completed_with_its_controls(void **state) {
    static const struct {
        const char *list, *expected;
    } cases[] = {
        {"expired", "control expired"},
        {"rsa1024", "control control-rsa3072 rsa1024"},
        {"rsa1024,expired", "control control-rsa3072 expired rsa1024"},
        {"control-tls13", "control control-tls13"},
        {"control,expired", "control expired"},
        {"expired+rsa1024", "control control-rsa3072 expired+rsa1024"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct dish_list list;
        struct err err;
        struct buf names;
        buf_init(&names, 4096);
        assert_int_equal(dish_list_parse(cases[i].list, &list, &err), 0);
        assert_int_equal(plan_add_controls(&list, &err), 0);
        for (size_t k = 0; k < list.count; k++)
            buf_printf(&names, "%s%s", k > 0 ? " " : "", list.items[k].name);
        assert_string_equal(buf_text(&names), cases[i].expected);
        buf_fini(&names);
        dish_list_fini(&list);
    }
}

static void test_a_policy_says_what_is_a_fault(void **state) {
    static const struct {
        const char *recipe, *policy;
        enum expect expected;
        enum exposure harmless;
    } cases[] = {
        {"expired", "strict", EXPECT_REFUSE},
        {"expired", "bsi", EXPECT_REFUSE},
        {"rsa2048", "strict", EXPECT_DELIVER},
        {"rsa2048", "bsi", EXPECT_REFUSE},
        {"rsa2048", "nist", EXPECT_DELIVER},
        {"control", "bsi", EXPECT_DELIVER},
        {"rsa2048+expired", "strict", EXPECT_REFUSE},
        {"data-554", "bsi", EXPECT_REFUSE, EXPOSURE_CREDENTIALS},
        {"rsa2048+data-554", "strict", EXPECT_REFUSE, EXPOSURE_CREDENTIALS},
        {"rsa2048+data-554", "bsi", EXPECT_REFUSE, EXPOSURE_NOTHING},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct dish_list list;
        struct err err;
        assert_int_equal(dish_list_parse(cases[i].recipe, &list, &err), 0);
        plan_set_policy(&list, cases[i].policy);
        assert_int_equal(list.items[0].expect, cases[i].expected);
        if (cases[i].expected == EXPECT_REFUSE)
            assert_int_equal(list.items[0].harmless, cases[i].harmless);
        dish_list_fini(&list);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_placeholders_are_replaced_and_nothing_else),
        cmocka_unit_test(test_the_environment_has_every_placeholder),
        cmocka_unit_test(test_a_list_is_completed_with_its_controls),
        cmocka_unit_test(test_a_policy_says_what_is_a_fault),
    };

    return cmocka_run_group_tests_name("harness", tests, NULL, NULL);
}
