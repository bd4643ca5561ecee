/* The numbers for Diffie-Hellman are what is said of them. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdbool.h>

#include "base/mem.h"
#include "crypto/dh.h"
#include "crypto/dh_group.h"
#include "unit.h"

struct numbers {
    BIGNUM *p, *g;
    BN_CTX *ctx;
};

static void numbers_init(struct numbers *n, unsigned bits, enum dh_kind kind) {
    EVP_PKEY *key = NULL;

    *n = (struct numbers){.ctx = BN_CTX_new()};
    assert_int_equal(dh_params_new(bits, kind, &key, NULL), 0);
    assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &n->p), 1);
    assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_G, &n->g), 1);
    assert_int_equal(BN_num_bits(n->p), bits != 0 ? bits : 3072);
    EVP_PKEY_free(key);
}

static void numbers_fini(struct numbers *n) {
    BN_free(n->p);
    BN_free(n->g);
    BN_CTX_free(n->ctx);
}

/* Fermat's test with base 2: one power, where Miller and Rabin want a hundred. */
static bool is_likely_prime(const BIGNUM *number, BN_CTX *ctx) {
    BIGNUM *less = BN_dup(number), *two = BN_new(), *power = BN_new();
    bool is = BN_sub_word(less, 1) == 1 && BN_set_word(two, 2) == 1 &&
              BN_mod_exp(power, two, less, number, ctx) == 1 && BN_is_one(power);

    BN_free(power);
    BN_free(two);
    BN_free(less);
    return is;
}

static bool is_prime(const BIGNUM *number, BN_CTX *ctx) {
    return is_slow() ? is_likely_prime(number, ctx) : BN_check_prime(number, ctx, NULL) == 1;
}

static void test_safe_primes(void **state) {
    static const struct {
        unsigned bits;
        enum dh_kind kind;
    } cases[] = {{0, DH_KIND_PUBLISHED},    {3072, DH_KIND_OWN_PRIME}, {2048, DH_KIND_PUBLISHED},
                 {1536, DH_KIND_PUBLISHED}, {1024, DH_KIND_PUBLISHED}, {768, DH_KIND_PUBLISHED},
                 {512, DH_KIND_PUBLISHED}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct numbers n;
        numbers_init(&n, cases[i].bits, cases[i].kind);
        BIGNUM *q = BN_new();
        print_message("%u\n", cases[i].bits);
        assert_true(is_prime(n.p, n.ctx));
        assert_int_equal(BN_rshift1(q, n.p), 1);
        assert_true(is_prime(q, n.ctx));
        assert_true(BN_is_word(n.g, 2));
        BN_free(q);
        numbers_fini(&n);
    }
}

/* A prime of 1536 bits divides it, and what remains is another. */
static void test_composite(void **state) {
    static const char factor[] = "F803CBC162EDDC79B691BA0AD137AFE47502461B2C366F0452069D86CFCFC75F"
                                 "DBEC90971AA86805C5770C29D5F18271F4F2EE5CEB434C5481F6A476724D211C"
                                 "62DE0B596D9DA4F21F316380B44D45A3667BFBFA790DDB6FB59B60BAD127D1F5"
                                 "9361B84472A8833724E966B3DB47316398DC9AFF27FDBD4524F63E817636EE35"
                                 "B35543DE922C625DA9615A7475A905B1037187863EFE7B0D8A08A72CC29E91DA"
                                 "794565EA39F9F88134CB711FE0D289BEC1C22793219DD847F1F2AD169D282577";
    struct numbers n;
    BIGNUM *a = NULL, *b = BN_new(), *rest = BN_new();

    (void)state;
    numbers_init(&n, 3072, DH_KIND_COMPOSITE);
    BN_hex2bn(&a, factor);
    assert_int_equal(BN_num_bits(a), 1536);
    assert_int_equal(BN_div(b, rest, n.p, a, n.ctx), 1);
    assert_true(BN_is_zero(rest));
    assert_true(is_prime(a, n.ctx) && is_prime(b, n.ctx));
    assert_false(is_prime(n.p, n.ctx));
    assert_true(BN_is_odd(n.p));
    BN_free(a), BN_free(b), BN_free(rest);
    numbers_fini(&n);
}

/* Trial division takes p - 1 apart. */
static void test_smooth(void **state) {
    enum { LARGEST = 1 << 24 };
    struct numbers n;

    (void)state;
    numbers_init(&n, 3072, DH_KIND_SMOOTH);
    assert_true(is_prime(n.p, n.ctx));
    BIGNUM *rest = BN_dup(n.p);
    BN_sub_word(rest, 1);
    for (BN_ULONG d = 2; d < LARGEST && BN_num_bits(rest) > 24; d += 1 + d % 2)
        while (BN_mod_word(rest, d) == 0)
            BN_div_word(rest, d);
    assert_in_range(BN_num_bits(rest), 1, 24);
    BN_free(rest);
    numbers_fini(&n);
}

static void test_small_subgroup(void **state) {
    struct numbers n;
    BIGNUM *q = NULL, *power = BN_new();

    (void)state;
    numbers_init(&n, 3072, DH_KIND_SMALL_SUBGROUP);
    BN_hex2bn(&q, "D9F4A815E0CD6107");
    assert_int_equal(BN_num_bits(q), 64);
    assert_true(is_prime(n.p, n.ctx) && is_prime(q, n.ctx));
    assert_false(BN_is_one(n.g));
    assert_int_equal(BN_mod_exp(power, n.g, q, n.p, n.ctx), 1);
    assert_true(BN_is_one(power));
    BN_free(q), BN_free(power);
    numbers_fini(&n);
}

/* --- what the judge makes of them --- */

static EVP_PKEY *params_of(const BIGNUM *p, const BIGNUM *g) {
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    EVP_PKEY *params = NULL;

    assert_int_equal(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_FFC_P, p), 1);
    assert_int_equal(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_FFC_G, g), 1);
    OSSL_PARAM *list = OSSL_PARAM_BLD_to_param(builder);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &params, EVP_PKEY_KEY_PARAMETERS, list), 1);
    OSSL_PARAM_free(list);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(ctx);
    return params;
}

static enum dh_flaw judge(const EVP_PKEY *params) {
    struct dh_group *group = dh_group_of(params);

    assert_non_null(group);
    enum dh_flaw found = dh_group_judge(group, NULL);
    dh_group_free(&group);
    assert_null(group);
    return found;
}

static void test_judged(void **state) {
    static const struct {
        unsigned bits;
        enum dh_kind kind;
        enum dh_flaw expected;
    } cases[] = {
        {512, DH_KIND_PUBLISHED, DH_FLAW_NONE},
        {768, DH_KIND_PUBLISHED, DH_FLAW_NONE},
        {1024, DH_KIND_PUBLISHED, DH_FLAW_NONE},
        {3072, DH_KIND_OWN_PRIME, DH_FLAW_NONE},
        {3072, DH_KIND_COMPOSITE, DH_FLAW_COMPOSITE},
        {3072, DH_KIND_SMOOTH, DH_FLAW_NO_SAFE_PRIME},
        {3072, DH_KIND_SMALL_SUBGROUP, DH_FLAW_NO_SAFE_PRIME},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EVP_PKEY *params = NULL;
        print_message("%u %d\n", cases[i].bits, cases[i].kind);
        assert_int_equal(dh_params_new(cases[i].bits, cases[i].kind, &params, NULL), 0);
        assert_int_equal(judge(params), cases[i].expected);
        EVP_PKEY_free(params);
    }
}

/* Whatever libcrypto knows by name: nobody has to look into that. */
static void test_published_are_not_judged(void **state) {
    static const char *const names[] = {"ffdhe2048",   "ffdhe3072",  "ffdhe4096", "ffdhe6144",
                                        "ffdhe8192",   "modp_1536",  "modp_2048", "modp_3072",
                                        "modp_4096",   "modp_6144",  "modp_8192", "dh_1024_160",
                                        "dh_2048_224", "dh_2048_256"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        EVP_PKEY *named = NULL, *params;
        BIGNUM *p = NULL, *g = NULL;
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
        OSSL_PARAM list[] = {
            OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)names[i], 0),
            OSSL_PARAM_END};
        assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
        assert_int_equal(EVP_PKEY_fromdata(ctx, &named, EVP_PKEY_KEY_PARAMETERS, list), 1);
        assert_int_equal(EVP_PKEY_get_bn_param(named, OSSL_PKEY_PARAM_FFC_P, &p), 1);
        assert_int_equal(EVP_PKEY_get_bn_param(named, OSSL_PKEY_PARAM_FFC_G, &g), 1);
        params = params_of(p, g);
        if (dh_group_of(params) != NULL)
            fail_msg("%s", names[i]);
        BN_free(p), BN_free(g);
        EVP_PKEY_free(params), EVP_PKEY_free(named);
        EVP_PKEY_CTX_free(ctx);
    }
}

/* A safe prime has but two small subgroups; and numbers that no server should send. */
static void test_edges(void **state) {
    static const struct {
        long add_to_p;
        const char *g; /* NULL: p - 1 */
        enum dh_flaw expected;
    } cases[] = {
        {0, "2", DH_FLAW_NONE},      {0, "5", DH_FLAW_NONE},       {0, "0", DH_FLAW_GENERATOR},
        {0, "1", DH_FLAW_GENERATOR}, {0, NULL, DH_FLAW_GENERATOR}, {1, "2", DH_FLAW_COMPOSITE},
        {2, "2", DH_FLAW_COMPOSITE},
    };
    struct numbers n;

    (void)state;
    numbers_init(&n, 512, DH_KIND_PUBLISHED);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        BIGNUM *p = BN_dup(n.p), *g = BN_dup(n.p);
        BN_add_word(p, (BN_ULONG)cases[i].add_to_p);
        if (cases[i].g != NULL)
            BN_dec2bn(&g, cases[i].g);
        else
            BN_sub_word(g, 1);
        EVP_PKEY *params = params_of(p, g);
        print_message("p + %ld, %s\n", cases[i].add_to_p, cases[i].g);
        assert_int_equal(judge(params), cases[i].expected);
        EVP_PKEY_free(params);
        BN_free(p), BN_free(g);
    }
    numbers_fini(&n);
}

/* Small enough to be counted through: the judge against trial division. */
static void test_small_numbers(void **state) {
    BIGNUM *p = BN_new(), *g = BN_new();
    BN_CTX *ctx = BN_CTX_new();

    (void)state;
    BN_set_word(g, 2);
    for (BN_ULONG number = 5000011; number < 5000800; number += 2) {
        BIGNUM *half = BN_new();
        BN_set_word(p, number);
        BN_set_word(half, number / 2);
        EVP_PKEY *params = params_of(p, g);
        enum dh_flaw expected = !is_prime(p, ctx)     ? DH_FLAW_COMPOSITE
                                : is_prime(half, ctx) ? DH_FLAW_NONE
                                                      : DH_FLAW_NO_SAFE_PRIME;
        assert_int_equal(judge(params), expected);
        EVP_PKEY_free(params);
        BN_free(half);
    }
    BN_free(p), BN_free(g);
    BN_CTX_free(ctx);
}

static void test_no_group(void **state) {
    EVP_PKEY *curve = EVP_EC_gen("P-256");
    struct dh_group *none = NULL;

    (void)state;
    assert_null(dh_group_of(NULL));
    assert_null(dh_group_of(curve));
    dh_group_free(&none);
    EVP_PKEY_free(curve);
}

static void test_names(void **state) {
    EVP_PKEY *key = NULL;
    struct err err;

    (void)state;
    assert_string_equal(dh_params_name(0, DH_KIND_PUBLISHED), "ffdhe3072");
    assert_string_equal(dh_params_name(1024, DH_KIND_PUBLISHED), "dh 1024");
    assert_string_equal(dh_params_name(3072, DH_KIND_COMPOSITE), "dh 3072");
    assert_int_equal(dh_params_new(480, DH_KIND_PUBLISHED, &key, &err), -1);
    assert_string_equal(err.text, "no Diffie-Hellman group of 480 bits and that kind");
    assert_null(key);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_safe_primes), cmocka_unit_test(test_composite),
        cmocka_unit_test(test_smooth),      cmocka_unit_test(test_small_subgroup),
        cmocka_unit_test(test_judged),      cmocka_unit_test(test_published_are_not_judged),
        cmocka_unit_test(test_edges),       cmocka_unit_test(test_small_numbers),
        cmocka_unit_test(test_no_group),    cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests_name("dh", tests, NULL, NULL);
}
