/* RSA keys by what their public half gives away: those of bad generators, and none of the good ones. */
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/mem.h"
#include "crypto/key_pool.h"
#include "unit.h"
#include "x509/cert_key.h"

static enum facts_key_flaw judge(const EVP_PKEY *key) {
    BIGNUM *n = NULL;

    assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n), 1);
    enum facts_key_flaw flaw = cert_key_flaw(n);
    BN_free(n);
    return flaw;
}

/* Freshly made, so that it is never the same key twice. */
static void test_flawed_keys(void **state) {
    static const struct {
        enum key_type type;
        unsigned bits;
        enum facts_key_flaw expected;
    } cases[] = {
        {KEY_RSA_ROCA, 2048, FACTS_KEY_FLAW_ROCA},
        {KEY_RSA_ROCA, 3072, FACTS_KEY_FLAW_ROCA},
        {KEY_RSA_CLOSE, 1024, FACTS_KEY_FLAW_CLOSE_PRIMES},
        {KEY_RSA_CLOSE, 2048, FACTS_KEY_FLAW_CLOSE_PRIMES},
        {KEY_RSA_E3, 1024, FACTS_KEY_FLAW_NONE},
        /* Nothing in one such key shows that there is another. */
        {KEY_RSA_SHARED, 1024, FACTS_KEY_FLAW_NONE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct key_spec spec = {.type = cases[i].type, .bits = cases[i].bits};
        EVP_PKEY *key = NULL;
        struct err err = {.text = ""};
        print_message("%d, %u bits\n", cases[i].type, cases[i].bits);
        if (key_make_flawed(&spec, &key, &err) != 0)
            fail_msg("%s", err.text);
        assert_int_equal(judge(key), cases[i].expected);
        EVP_PKEY_free(key);
    }
}

static void test_fresh_keys_are_sound(void **state) {
    static const size_t bits[] = {512, 768, 1023, 1024, 1536, 2048};

    (void)state;
    for (int i = 0; i < 60; i++) {
        EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits[i < 50 ? i % 3 : i % 6]);
        assert_int_equal(judge(key), FACTS_KEY_FLAW_NONE);
        EVP_PKEY_free(key);
    }
}

/* The numbers of the RSA challenge, made in 1991 with care. */
static const char *const published[] = {
    "1522605027922533360535618378132637429718068114961380688657908494580122963258952897654000350692006"
    "139",
    "1350664108659952233496032162788059699388814756056670275244851438515265106048595338339402871505719"
    "0944179820728216447155137368041970396419174304649658927425623934102086438320211037295872576235850"
    "9643110564073501508187510676594629205563685529475213500852879416377328533906109750544334999811150"
    "056977236890927563",
    "2519590847565789349402718324004839857142928212620403202777713783604366202070759555626401852588078"
    "4406918290641249515082189298559149176184502808489120072844992687392807287776735971418347270261896"
    "3750149718246911650776133798590957000973304597488084284017974291006424586918171951187461215151726"
    "5463228221686998754918242243363725908514186546204357679842338718477444792073993423658482382428119"
    "8163815010674810451660377306056201619676256133844143603833904414952634432190114657544454178424020"
    "9246165157233507787077498171257724679629263863563732899121548314381678998850404453640235273819513"
    "78636564391212010397122822120720357",
};

static void test_published_moduli_are_sound(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(published); i++) {
        BIGNUM *n = NULL;
        assert_int_equal(BN_dec2bn(&n, published[i]), strlen(published[i]));
        assert_int_equal(cert_key_flaw(n), FACTS_KEY_FLAW_NONE);
        BN_free(n);
    }
}

/* (a - b) * (a + b), with an a that is so many steps above the root. */
static enum facts_key_flaw judge_steps(BN_ULONG steps) {
    BIGNUM *a = BN_new(), *b = BN_new(), *n = BN_new(), *square = BN_new();
    BN_CTX *ctx = BN_CTX_new();

    /* b^2 = (2 * steps - 1) * a puts the root of a^2 - b^2 between steps and steps - 1 below a. */
    BN_set_bit(a, 512);
    BN_add_word(a, 1);
    BN_set_word(square, 2 * steps - 1);
    BN_mul(square, square, a, ctx);
    BN_set_bit(b, (BN_num_bits(square) + 1) / 2);
    for (int i = 0; i < 1000; i++) { /* Newton, more often than needed */
        BIGNUM *next = BN_new();
        BN_div(next, NULL, square, b, ctx);
        BN_add(b, b, next);
        BN_rshift1(b, b);
        BN_free(next);
    }
    BN_sqr(n, a, ctx);
    BN_sqr(square, b, ctx);
    BN_sub(n, n, square);
    enum facts_key_flaw flaw = cert_key_flaw(n);
    BN_free(a), BN_free(b), BN_free(n), BN_free(square);
    BN_CTX_free(ctx);
    return flaw;
}

static void test_fermat_has_its_bounds(void **state) {
    (void)state;
    assert_int_equal(judge_steps(1), FACTS_KEY_FLAW_CLOSE_PRIMES);
    assert_int_equal(judge_steps(2), FACTS_KEY_FLAW_CLOSE_PRIMES);
    assert_int_equal(judge_steps(100), FACTS_KEY_FLAW_CLOSE_PRIMES);
    assert_int_equal(judge_steps(101), FACTS_KEY_FLAW_NONE);
}

/* What is no modulus at all, too short to prove anything, or too long to be used. */
static void test_odd_moduli(void **state) {
    static const struct {
        int bit;
        BN_ULONG add;
        enum facts_key_flaw expected;
    } cases[] = {
        {-1, 0, FACTS_KEY_FLAW_NONE},
        {-1, 1, FACTS_KEY_FLAW_NONE},
        {-1, 15, FACTS_KEY_FLAW_NONE},
        {62, 0, FACTS_KEY_FLAW_NONE},
        {64, 0, FACTS_KEY_FLAW_CLOSE_PRIMES},
        {1024, 0, FACTS_KEY_FLAW_CLOSE_PRIMES},
        {16382, 0, FACTS_KEY_FLAW_CLOSE_PRIMES},
        {16384, 0, FACTS_KEY_FLAW_NONE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        BIGNUM *n = BN_new();
        if (cases[i].bit >= 0)
            BN_set_bit(n, cases[i].bit);
        BN_add_word(n, cases[i].add);
        print_message("2^%d + %lu\n", cases[i].bit, (unsigned long)cases[i].add);
        assert_int_equal(cert_key_flaw(n), cases[i].expected);
        BN_free(n);
    }
}

/* Each of the small primes counts: a number that is a power of 65537 modulo all of them but one is none of ROCA's. */
static void test_roca_needs_every_prime(void **state) {
    static const unsigned primes[] = {11, 13, 17,  19,  37,  53,  61,  71, 73,
                                      79, 97, 103, 107, 109, 127, 151, 157};
    BIGNUM *n = BN_new(), *product = BN_new();

    (void)state;
    BN_one(n);
    for (int i = 0; i < 9; i++)
        BN_mul_word(n, 65537);
    assert_int_equal(cert_key_flaw(n), FACTS_KEY_FLAW_ROCA);
    BN_one(product);
    for (unsigned prime = 3; prime <= 167; prime += 2)
        BN_mul_word(product, prime);
    for (size_t i = 0; i < ARRAY_LEN(primes); i++) {
        BIGNUM *step = BN_dup(product), *other = BN_dup(n);
        while (BN_mod_word(step, primes[i]) == 0)
            BN_div_word(step, primes[i]);
        bool is_left = false;
        for (unsigned k = 0; k < primes[i] && !is_left; k++) {
            BN_add(other, other, step);
            is_left = cert_key_flaw(other) != FACTS_KEY_FLAW_ROCA;
        }
        if (!is_left)
            fail_msg("%u is not looked at", primes[i]);
        BN_free(step), BN_free(other);
    }
    BN_free(n), BN_free(product);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flawed_keys),
        cmocka_unit_test(test_fresh_keys_are_sound),
        cmocka_unit_test(test_published_moduli_are_sound),
        cmocka_unit_test(test_fermat_has_its_bounds),
        cmocka_unit_test(test_odd_moduli),
        cmocka_unit_test(test_roca_needs_every_prime),
    };

    return cmocka_run_group_tests_name("cert key", tests, NULL, NULL);
}
