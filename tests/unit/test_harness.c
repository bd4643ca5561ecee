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
    [PLACEHOLDER_TLSA] = "3 1 1 ab",  [PLACEHOLDER_SPKI] = "q80=",
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

static void test_slips_are_found(void **state) {
    static const struct {
        const char *text, *error, *doubt;
    } cases[] = {
        {"{host}:{port}", NULL, NULL},
        {"awk '{print $1}' {x} {} {X} {1}", NULL, NULL},
        {"${hots} ${word}", NULL, NULL},
        {"{hots}", "there is no placeholder {hots}: did you mean {host}?", NULL},
        {"-p {prot}", "there is no placeholder {prot}: did you mean {port}?", NULL},
        {"{tlsport}", "there is no placeholder {tlsport}: did you mean {tls_port}?", NULL},
        {"{cas}", "there is no placeholder {cas}: did you mean {ca}?", NULL},
        {"{Host}", "there is no placeholder {Host}: did you mean {host}?", NULL},
        {"{PORT}", "there is no placeholder {PORT}: did you mean {port}?", NULL},
        {"{tls-port}", "there is no placeholder {tls-port}: did you mean {tls_port}?", NULL},
        {"{ host }", "there is no placeholder { host }: did you mean {host}?", NULL},
        {"smtp://{host:25", "{host has no closing brace: did you mean {host}?", NULL},
        {"-T {message", "{message has no closing brace: did you mean {message}?", NULL},
        {"{message --to {to}", "{message has no closing brace: did you mean {message}?", NULL},
        {"{tls port}", "there is no placeholder {tls port}: did you mean {tls_port}?", NULL},
        {"{tls.port}", "there is no placeholder {tls.port}: did you mean {tls_port}?", NULL},
        {"{ TLS-Port }", "there is no placeholder { TLS-Port }: did you mean {tls_port}?", NULL},
        {"{port1}", "there is no placeholder {port1}: did you mean {port}?", NULL},
        {"{messsage}", "there is no placeholder {messsage}: did you mean {message}?", NULL},
        {"user@{hots}", "there is no placeholder {hots}: did you mean {host}?", NULL},
        {"%{hots} #{hots} %{http_code}", NULL, NULL},
        {"{ print }", NULL, NULL},
        {"{ print port }", NULL, NULL},
        {"[0-9]{10} [a-z]{2,3} {1..9} {a,b} {x1}", NULL, NULL},
        {"{host: 1, a: {b: 2}}", NULL, NULL},
        {"{host, port}", NULL, NULL},
        {"f() { host; } {", NULL, NULL},
        {"{{.Host}} {.Host}", NULL, NULL},
        {"{\"host\"}", NULL, NULL},
        {"{from: 1, to: {}}", NULL, NULL},
        {"{\"host\": \"{host}\"}", NULL, NULL},
        {"-exec cat {} ;", NULL, NULL},
        {"{password}", NULL, "{password} is no placeholder, and is left as it is\n"},
        {"{print}", NULL, "{print} is no placeholder, and is left as it is\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *const argv[] = {"sender", cases[i].text, NULL};
        struct err err = {""};
        struct buf doubts;

        buf_init(&doubts, 4096);
        int rc = placeholder_check(argv, &doubts, &err);
        assert_string_equal(err.text, cases[i].error != NULL ? cases[i].error : "");
        assert_int_equal(rc, cases[i].error != NULL ? -1 : 0);
        assert_string_equal(buf_text(&doubts), cases[i].doubt != NULL ? cases[i].doubt : "");
        buf_fini(&doubts);
    }
}

/* A key that is the server's excuses the rest of the certificate, and nothing else. */
static void test_trust_in_a_key_alone(void **state) {
    static const struct {
        const char *recipe;
        enum expect expect;
    } cases[] = {
        {"expired", EXPECT_EITHER},      {"san-mismatch-cn-match", EXPECT_REFUSE},
        {"wrong-host", EXPECT_REFUSE},   {"self-signed", EXPECT_REFUSE},
        {"rsa1024", EXPECT_REFUSE},      {"sha1", EXPECT_EITHER},
        {"tls10", EXPECT_REFUSE},        {"expired+tls10", EXPECT_REFUSE},
        {"starttls-454", EXPECT_REFUSE}, {"bad-handshake-signature", EXPECT_REFUSE},
        {"control", EXPECT_DELIVER},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scenario_list list;
        struct err err;

        assert_int_equal(scenario_list_parse(cases[i].recipe, &list, &err), 0);
        plan_trust_key_alone(&list);
        if (list.items[0].expect != cases[i].expect)
            fail_msg("%s: %s", cases[i].recipe, expect_name(list.items[0].expect));
        scenario_list_fini(&list);
    }
}

/* For senders that know no PSS: what differs is how the certificate is signed, and nothing of the fault. */
static void test_faults_move_to_the_control_without_pss(void **state) {
    static const struct {
        const char *recipe;
        bool moves;
        enum mint_signature signature;
    } cases[] = {
        {"rsa1024", true, MINT_SIGNATURE_PKCS1},
        {"dhe1024", true, MINT_SIGNATURE_PKCS1},
        {"static-rsa", true, MINT_SIGNATURE_PKCS1},
        {"ske-sha1", true, MINT_SIGNATURE_PKCS1},
        {"worst", true, MINT_SIGNATURE_SHA1},
        {"md5", true, MINT_SIGNATURE_MD5},
        {"rsa-pkcs1", false, 0},
        {"pss-sha1", false, 0},
        {"pss-no-salt", false, 0},
        {"pss-sha512", false, 0},
    };
    const char *control = plan_substitute("control-rsa3072");

    (void)state;
    assert_null(plan_substitute("control"));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scenario before, after;
        struct err err;

        assert_int_equal(scenario_parse(cases[i].recipe, &before, &err), 0);
        assert_string_equal(before.twin, "control-rsa3072");
        if (plan_put_on(&before, control, &after) != cases[i].moves)
            fail_msg("%s", cases[i].recipe);
        if (!cases[i].moves)
            continue;
        assert_string_equal(after.name, before.name);
        assert_string_equal(after.twin, control);
        assert_int_equal(after.recipe.mint.leaf.signature, cases[i].signature);
        assert_int_equal(after.recipe.mint.leaf.key.bits, before.recipe.mint.leaf.key.bits);
        assert_int_equal(after.recipe.tls.pkcs1, 1);
    }
}

static void test_the_environment_has_every_placeholder(void **state) {
    char **env = placeholder_environment(values);
    size_t n = 0;

    (void)state;
    while (env[n] != NULL)
        n++;
    assert_int_equal(n, PLACEHOLDER_COUNT);
    assert_string_equal(env[0], "DOORMAT_FAULT=expired"); /* the marker of its processes */
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
        struct scenario_list list;
        struct err err;
        struct buf names;
        buf_init(&names, 4096);
        assert_int_equal(scenario_list_parse(cases[i].list, &list, &err), 0);
        assert_int_equal(plan_add_controls(&list, &err), 0);
        for (size_t k = 0; k < list.count; k++)
            buf_printf(&names, "%s%s", k > 0 ? " " : "", list.items[k].name);
        assert_string_equal(buf_text(&names), cases[i].expected);
        buf_fini(&names);
        scenario_list_fini(&list);
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
        struct scenario_list list;
        struct err err;
        assert_int_equal(scenario_list_parse(cases[i].recipe, &list, &err), 0);
        plan_set_policy(&list, cases[i].policy);
        assert_int_equal(list.items[0].expect, cases[i].expected);
        if (cases[i].expected == EXPECT_REFUSE)
            assert_int_equal(list.items[0].harmless, cases[i].harmless);
        scenario_list_fini(&list);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_placeholders_are_replaced_and_nothing_else),
        cmocka_unit_test(test_slips_are_found),
        cmocka_unit_test(test_trust_in_a_key_alone),
        cmocka_unit_test(test_faults_move_to_the_control_without_pss),
        cmocka_unit_test(test_the_environment_has_every_placeholder),
        cmocka_unit_test(test_a_list_is_completed_with_its_controls),
        cmocka_unit_test(test_a_policy_says_what_is_a_fault),
    };

    return cmocka_run_group_tests_name("harness", tests, NULL, NULL);
}
