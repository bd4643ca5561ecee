/* Name constraints on every kind of host: what permits or excludes it does so whether it is a name or an address. */
#include <openssl/err.h>

#include "fault/compose.h"
#include "minting.h"

static const char *const hosts[] = {"localhost", "a.test", "mx.mail.doormat.test", "127.0.0.1",
                                    "::1"};

static const struct {
    const char *fault;
    int error; /* the first that libcrypto's path validation finds */
} cases[] = {
    {"nc-permitted-dns", X509_V_ERR_PERMITTED_VIOLATION},
    {"nc-excluded-host", X509_V_ERR_EXCLUDED_VIOLATION},
    {"nc-permitted-directory", X509_V_ERR_PERMITTED_VIOLATION},
    {"nc-excluded-directory", X509_V_ERR_EXCLUDED_VIOLATION},
    {"nc-excluded-all", X509_V_ERR_EXCLUDED_VIOLATION},
    {"nc-permitted-and-excluded", X509_V_ERR_EXCLUDED_VIOLATION},
    {"nc-upper-permits-other", X509_V_ERR_PERMITTED_VIOLATION},
    {"nc-not-critical", X509_V_ERR_PERMITTED_VIOLATION},
    {"nc-malformed-name", X509_V_ERR_PERMITTED_VIOLATION},
    {"nc-excluded-second-name", X509_V_ERR_EXCLUDED_VIOLATION},
    {"nc-permitted-host", X509_V_OK},
    {"nc-permitted-domain", X509_V_OK},
    {"nc-excluded-others", X509_V_OK},
    {"nc-other-kinds", X509_V_OK},
    {"nc-own-directory", X509_V_OK},
    {"nc-in-leaf", X509_V_OK},
    {"nc-leading-dot", X509_V_OK},
};

static int verify(const struct identity *identity) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();

    assert_int_equal(X509_STORE_add_cert(store, identity->anchor), 1);
    assert_int_equal(X509_STORE_CTX_init(ctx, store, identity->leaf, identity->chain), 1);
    X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), now_s);
    X509_verify_cert(ctx);
    int error = X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    ERR_clear_error();
    return error;
}

static void test_constraints(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scenario scenario;
        assert_int_equal(scenario_parse(cases[i].fault, &scenario, NULL), 0);
        for (size_t j = 0; j < ARRAY_LEN(hosts); j++) {
            struct identity *identity = mint(hosts[j], &scenario.recipe.mint);
            int error = verify(identity);
            if (error != cases[i].error)
                fail_msg("%s at %s: '%s', not '%s'", cases[i].fault, hosts[j],
                         X509_verify_cert_error_string(error),
                         X509_verify_cert_error_string(cases[i].error));
            identity_free(&identity);
        }
    }
}

/* A host that a wildcard can stand for has no other name; the others have one beside it. */
static const struct {
    const char *host, *san;
} wildcards[] = {
    {"localhost", "DNS:localhost, DNS:*.localhost\n"},
    {"a.test", "DNS:a.test, DNS:*.a.test\n"},
    {"mx.mail.doormat.test", "    DNS:*.mail.doormat.test\n"},
    {"mx.doormat.test", "    DNS:*.doormat.test\n"},
    {"127.0.0.1", "IP Address:127.0.0.1, DNS:*.test\n"},
};

static void test_wildcards(void **state) {
    struct scenario scenario;

    (void)state;
    assert_int_equal(scenario_parse("wildcard-san", &scenario, NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(wildcards); i++) {
        struct identity *identity = mint(wildcards[i].host, &scenario.recipe.mint);
        struct buf text;
        buf_init(&text, 1 << 20);
        assert_int_equal(identity_print(identity, &text, NULL), 0);
        if (strstr(buf_text(&text), wildcards[i].san) == NULL)
            fail_msg("%s: not '%s' in\n%s", wildcards[i].host, wildcards[i].san, buf_text(&text));
        assert_int_equal(verify(identity), X509_V_OK);
        buf_fini(&text);
        identity_free(&identity);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constraints),
        cmocka_unit_test(test_wildcards),
    };

    return cmocka_run_group_tests_name("mint_constraints", tests, open_pool, close_pool);
}
