/* Keys of RSA as bad generators made them.  Nobody's key is copied: the flaw is built in, and the rest is random. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "crypto/key.h"

enum { ROCA_PRIMES = 126 /* of Infineon's library for 1984 to 3936 bits */, ROCA_ORDER_BITS = 64 };

struct making {
    unsigned bits;
    BN_CTX *ctx;
    BIGNUM *p, *q, *e, *n, *d, *scratch;
};

/* --- primes --- */

static bool is_prime(const struct making *m, const BIGNUM *p) {
    return BN_check_prime(p, m->ctx, NULL) == 1;
}

/* p - 1 has no factor in common with e. */
static bool suits_e(const struct making *m, const BIGNUM *p) {
    return BN_sub(m->scratch, p, BN_value_one()) && BN_gcd(m->scratch, m->scratch, m->e, m->ctx) &&
           BN_is_one(m->scratch);
}

static int random_prime(const struct making *m, unsigned bits, BIGNUM *out) {
    do
        if (!BN_generate_prime_ex2(out, (int)bits, 0, NULL, NULL, NULL, m->ctx))
            return 0;
    while (!suits_e(m, out));
    return 1;
}

static int next_prime(const struct making *m, BIGNUM *p) {
    do
        if (!BN_add_word(p, BN_is_odd(p) ? 2 : 1))
            return 0;
    while (!is_prime(m, p) || !suits_e(m, p));
    return 1;
}

static int two_primes(const struct making *m) {
    return random_prime(m, m->bits - m->bits / 2, m->p) && random_prime(m, m->bits / 2, m->q);
}

static int close_primes(const struct making *m) {
    return random_prime(m, m->bits / 2, m->p) && BN_copy(m->q, m->p) != NULL && next_prime(m, m->q);
}

/* The number whose hexadecimal digits are all 'c', and from there on. */
static int shared_prime(const struct making *m) {
    char *digits = mem_zalloc(m->bits / 8 + 1);

    memset(digits, 'c', m->bits / 8);
    int ok = BN_hex2bn((BIGNUM **)(uintptr_t)&m->p, digits) != 0 && next_prime(m, m->p) &&
             random_prime(m, m->bits / 2, m->q);
    free(digits);
    return ok;
}

static int small_prime_product(const struct making *m, BIGNUM *out) {
    unsigned found = 0;

    if (!BN_one(out))
        return 0;
    for (BN_ULONG candidate = 2; found < ROCA_PRIMES; candidate++) {
        bool prime = true;
        for (BN_ULONG i = 2; i * i <= candidate; i++)
            prime = prime && candidate % i != 0;
        if (prime && !BN_mul_word(out, candidate))
            return 0;
        found += prime;
    }
    (void)m;
    return 1;
}

/* p = k * M + (65537^a mod M), M the product of the first primes (Nemec et al., 2017). */
static int roca_prime(const struct making *m, const BIGNUM *product, BIGNUM *p) {
    BIGNUM *a = BN_CTX_get(m->ctx), *k = BN_CTX_get(m->ctx), *power = BN_CTX_get(m->ctx);
    BIGNUM *generator = BN_CTX_get(m->ctx);
    int bits = (int)m->bits / 2;

    if (generator == NULL || !BN_set_word(generator, 65537))
        return 0;
    do
        if (!BN_rand(a, ROCA_ORDER_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) ||
            !BN_mod_exp(power, generator, a, product, m->ctx) ||
            !BN_rand(p, bits, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ANY) ||
            !BN_div(k, NULL, p, product, m->ctx) || !BN_mul(p, k, product, m->ctx) ||
            !BN_add(p, p, power))
            return 0;
    while (BN_num_bits(p) != bits || !is_prime(m, p) || !suits_e(m, p));
    return 1;
}

static int roca_primes(const struct making *m) {
    BIGNUM *product = BN_new();
    int ok = product != NULL && small_prime_product(m, product) && roca_prime(m, product, m->p) &&
             roca_prime(m, product, m->q);

    BN_free(product);
    return ok;
}

/* --- from primes to a key --- */

static int derive(const struct making *m) {
    BIGNUM *p1 = BN_CTX_get(m->ctx), *q1 = BN_CTX_get(m->ctx), *phi = BN_CTX_get(m->ctx);

    if (phi == NULL || !BN_mul(m->n, m->p, m->q, m->ctx) || !BN_sub(p1, m->p, BN_value_one()) ||
        !BN_sub(q1, m->q, BN_value_one()) || !BN_mul(phi, p1, q1, m->ctx))
        return 0;
    return BN_mod_inverse(m->d, m->e, phi, m->ctx) != NULL;
}

/* Without the values for the Chinese remainder theorem no key has a file format. */
static int push_all(const struct making *m, OSSL_PARAM_BLD *plan) {
    BIGNUM *p1 = BN_CTX_get(m->ctx), *q1 = BN_CTX_get(m->ctx), *dp = BN_CTX_get(m->ctx);
    BIGNUM *dq = BN_CTX_get(m->ctx), *inverse = BN_CTX_get(m->ctx);

    return inverse != NULL && BN_sub(p1, m->p, BN_value_one()) &&
           BN_sub(q1, m->q, BN_value_one()) && BN_mod(dp, m->d, p1, m->ctx) &&
           BN_mod(dq, m->d, q1, m->ctx) && BN_mod_inverse(inverse, m->q, m->p, m->ctx) != NULL &&
           OSSL_PARAM_BLD_push_BN(plan, OSSL_PKEY_PARAM_RSA_N, m->n) &&
           OSSL_PARAM_BLD_push_BN(plan, OSSL_PKEY_PARAM_RSA_E, m->e) &&
           OSSL_PARAM_BLD_push_BN(plan, OSSL_PKEY_PARAM_RSA_D, m->d) &&
           OSSL_PARAM_BLD_push_BN(plan, OSSL_PKEY_PARAM_RSA_FACTOR1, m->p) &&
           OSSL_PARAM_BLD_push_BN(plan, OSSL_PKEY_PARAM_RSA_FACTOR2, m->q) &&
           OSSL_PARAM_BLD_push_BN(plan, OSSL_PKEY_PARAM_RSA_EXPONENT1, dp) &&
           OSSL_PARAM_BLD_push_BN(plan, OSSL_PKEY_PARAM_RSA_EXPONENT2, dq) &&
           OSSL_PARAM_BLD_push_BN(plan, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, inverse);
}

static EVP_PKEY *assemble(const struct making *m) {
    OSSL_PARAM_BLD *plan = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (plan != NULL && ctx != NULL && push_all(m, plan) &&
        (params = OSSL_PARAM_BLD_to_param(plan)) != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_BLD_free(plan);
    return key;
}

static const struct recipe {
    BN_ULONG e;
    int (*find_primes)(const struct making *m);
} recipes[KEY_TYPE_COUNT] = {
    [KEY_RSA_E3] = {3, two_primes},           [KEY_RSA_E1] = {1, two_primes},
    [KEY_RSA_ROCA] = {65537, roca_primes},    [KEY_RSA_CLOSE] = {65537, close_primes},
    [KEY_RSA_SHARED] = {65537, shared_prime},
};

/* Two primes of half the length make a product that may be a bit too short. */
static int find_modulus(const struct making *m, const struct recipe *recipe) {
    do
        if (!recipe->find_primes(m) || !derive(m))
            return 0;
    while (BN_num_bits(m->n) != (int)m->bits);
    return 1;
}

int key_make_flawed(const struct key_spec *spec, EVP_PKEY **out, struct err *err) {
    const struct recipe *recipe = &recipes[spec->type];
    struct making m = {.bits = spec->bits, .ctx = BN_CTX_secure_new()};

    *out = NULL;
    if (m.ctx != NULL) {
        BN_CTX_start(m.ctx);
        m.p = BN_CTX_get(m.ctx), m.q = BN_CTX_get(m.ctx), m.e = BN_CTX_get(m.ctx);
        m.n = BN_CTX_get(m.ctx), m.d = BN_CTX_get(m.ctx), m.scratch = BN_CTX_get(m.ctx);
        if (m.scratch != NULL && BN_set_word(m.e, recipe->e) && find_modulus(&m, recipe))
            *out = assemble(&m);
        BN_CTX_end(m.ctx);
    }
    BN_CTX_free(m.ctx);
    return *out != NULL ? 0
                        : err_openssl(err, "cannot make a flawed RSA key of %u bits", spec->bits);
}
