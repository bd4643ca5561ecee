#include "crypto/dh_group.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdbool.h>

#include "base/mem.h"
#include "crypto/err_openssl.h"

/* Of numbers that were made to pass, each round lets one in four through; of others, none. */
enum { ROUNDS = 4, TRIAL_MAX = 2048 };

struct dh_group {
    BIGNUM *p, *g;
};

static bool is_published(const EVP_PKEY *params) {
    char name[32];

    return EVP_PKEY_get_group_name(params, name, sizeof name, NULL) == 1;
}

struct dh_group *dh_group_of(const EVP_PKEY *params) {
    struct dh_group *group = NULL;

    if (params != NULL && EVP_PKEY_is_a(params, "DH") && !is_published(params)) {
        group = mem_zalloc(sizeof *group);
        if (EVP_PKEY_get_bn_param(params, OSSL_PKEY_PARAM_FFC_P, &group->p) != 1 ||
            EVP_PKEY_get_bn_param(params, OSSL_PKEY_PARAM_FFC_G, &group->g) != 1)
            dh_group_free(&group);
    }
    err_openssl_drop();
    return group;
}

void dh_group_free(struct dh_group **group) {
    if (*group == NULL)
        return;
    BN_free((*group)->p);
    BN_free((*group)->g);
    free(*group);
    *group = NULL;
}

/* --- primes --- */

/* Finds most numbers that are no primes, at once; those that it tries are not all primes, which does no harm. */
static bool has_small_factor(const BIGNUM *n) {
    for (BN_ULONG factor = 3; factor < TRIAL_MAX; factor += 2)
        if (BN_mod_word(n, factor) == 0 && !BN_is_word(n, factor))
            return true;
    return !BN_is_odd(n) && !BN_is_word(n, 2);
}

struct round { /* n - 1 = odd * 2^twos */
    const BIGNUM *n;
    BIGNUM *minus_1, *odd, *base, *power;
    int twos;
};

/* Miller and Rabin, with a base in 2 .. n - 2: is it no witness? */
static bool passes(const struct round *round, BN_CTX *ctx) {
    BIGNUM *power = round->power;

    do
        if (!BN_rand_range(round->base, round->minus_1))
            return false;
    while (BN_num_bits(round->base) < 2);
    if (!BN_mod_exp(power, round->base, round->odd, round->n, ctx))
        return false;
    bool is_passed = BN_is_one(power) || BN_cmp(power, round->minus_1) == 0;
    for (int i = 1; !is_passed && i < round->twos; i++) {
        if (!BN_mod_sqr(power, power, round->n, ctx))
            return false;
        is_passed = BN_cmp(power, round->minus_1) == 0;
    }
    return is_passed;
}

static bool has_stopped(const atomic_bool *stop) {
    return stop != NULL && atomic_load(stop);
}

static bool is_prime(const BIGNUM *n, const atomic_bool *stop, BN_CTX *ctx) {
    struct round round = {.n = n};
    bool is = BN_num_bits(n) > 2 && BN_is_odd(n);

    BN_CTX_start(ctx);
    round.minus_1 = BN_CTX_get(ctx), round.odd = BN_CTX_get(ctx);
    round.base = BN_CTX_get(ctx), round.power = BN_CTX_get(ctx);
    is = is && round.power != NULL && BN_sub(round.minus_1, n, BN_value_one());
    while (is && !BN_is_bit_set(round.minus_1, round.twos))
        round.twos++;
    is = is && BN_rshift(round.odd, round.minus_1, round.twos);
    for (int i = 0; is && i < ROUNDS && !has_stopped(stop); i++)
        is = passes(&round, ctx);
    BN_CTX_end(ctx);
    return is;
}

/* --- all together --- */

/* Where p is a safe prime the orders are 1, 2, (p - 1) / 2 and p - 1, and only 1 and p - 1 have the first two. */
static bool is_generator(const BIGNUM *g, const BIGNUM *p_minus_1) {
    return BN_num_bits(g) > 1 && BN_cmp(g, p_minus_1) < 0;
}

static enum dh_flaw judge(const BIGNUM *p, const BIGNUM *g, const atomic_bool *stop, BN_CTX *ctx) {
    BIGNUM *p_minus_1 = BN_CTX_get(ctx), *half = BN_CTX_get(ctx);

    if (half == NULL || BN_num_bits(p) > OPENSSL_DH_MAX_MODULUS_BITS ||
        !BN_sub(p_minus_1, p, BN_value_one()) || !BN_rshift1(half, p))
        return DH_FLAW_NONE;
    if (has_small_factor(p) || !is_prime(p, stop, ctx))
        return DH_FLAW_COMPOSITE;
    if (has_small_factor(half) || !is_prime(half, stop, ctx))
        return DH_FLAW_NO_SAFE_PRIME;
    return is_generator(g, p_minus_1) ? DH_FLAW_NONE : DH_FLAW_GENERATOR;
}

enum dh_flaw dh_group_judge(const struct dh_group *group, const atomic_bool *stop) {
    BN_CTX *ctx = BN_CTX_new();
    enum dh_flaw found = DH_FLAW_NONE;

    (void)err_openssl_take_own();
    if (ctx != NULL) {
        BN_CTX_start(ctx);
        found = judge(group->p, group->g, stop, ctx);
        BN_CTX_end(ctx);
    }
    BN_CTX_free(ctx);
    return err_openssl_take_own() ? DH_FLAW_NONE : found; /* no word about the group */
}
