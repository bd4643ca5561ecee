#include "x509/cert_key.h"

#include <openssl/rsa.h>

#include "base/mem.h"

enum {
    MODULUS_MIN_BITS = 64, /* below, nothing is proved by a pattern */
    FERMAT_STEPS = 100,
};

/* --- ROCA --- */

/* Each prime of Infineon's library is a power of 65537 modulo all small primes, and so is their product.  Another modulus is
 * with a chance of 1 to 2^154 (Nemec et al., 2017, 4.1). */
static bool is_power_of_65537(unsigned value, unsigned prime) {
    unsigned generator = 65537 % prime, power = generator;

    while (power != 1 && power != value)
        power = power * generator % prime;
    return power == value;
}

static bool has_roca(const BIGNUM *n) {
    static const uint8_t primes[] = {
        3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
        73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
    };

    for (size_t i = 0; i < ARRAY_LEN(primes); i++)
        if (!is_power_of_65537((unsigned)BN_mod_word(n, primes[i]), primes[i]))
            return false;
    return true;
}

/* --- primes side by side --- */

/* The largest number whose square is n at most (Newton). */
static bool square_root(const BIGNUM *n, BIGNUM *root, BN_CTX *ctx) {
    BIGNUM *next = BN_CTX_get(ctx);

    if (next == NULL || !BN_set_word(root, 0) || !BN_set_bit(root, (BN_num_bits(n) + 1) / 2))
        return false;
    for (;;) {
        if (!BN_div(next, NULL, n, root, ctx) || !BN_add(next, next, root) ||
            !BN_rshift1(next, next))
            return false;
        if (BN_cmp(next, root) >= 0)
            return true;
        BN_swap(next, root);
    }
}

static bool is_square(const BIGNUM *n, BN_CTX *ctx) {
    BIGNUM *root = BN_CTX_get(ctx), *square = BN_CTX_get(ctx);

    if (BN_is_negative(n) || BN_is_zero(n))
        return BN_is_zero(n);
    return square != NULL && square_root(n, root, ctx) && BN_sqr(square, root, ctx) &&
           BN_cmp(square, n) == 0;
}

/* Of 365 numbers one is a square modulo all of these, so that there is hardly ever a root to be drawn.  Their product has a
 * square of 64 bits. */
static const BN_ULONG sieve[] = {64, 63, 65, 11, 17, 19};
static const BN_ULONG sieve_product = 64 * 63 * 65 * 11 * 17 * 19;

static bool may_be_square(BN_ULONG rest) {
    bool may_be = true;

    for (size_t i = 0; may_be && i < ARRAY_LEN(sieve); i++) {
        may_be = false;
        for (BN_ULONG root = 0; !may_be && root <= sieve[i] / 2; root++)
            may_be = root * root % sieve[i] == rest % sieve[i];
    }
    return may_be;
}

static bool is_difference_of_squares(const BIGNUM *n, const BIGNUM *a, BN_CTX *ctx) {
    BN_CTX_start(ctx);
    BIGNUM *rest = BN_CTX_get(ctx);
    bool is = rest != NULL && BN_sqr(rest, a, ctx) && BN_sub(rest, rest, n) && is_square(rest, ctx);
    BN_CTX_end(ctx);
    return is;
}

/* Fermat: n = a^2 - b^2 with the primes a + b and a - b, and an a that is next to the root. */
static bool has_close_primes(const BIGNUM *n, BN_CTX *ctx) {
    BN_ULONG n_left = BN_mod_word(n, sieve_product), a_left;
    BIGNUM *a = BN_CTX_get(ctx);

    if (a == NULL || !square_root(n, a, ctx))
        return false;
    a_left = BN_mod_word(a, sieve_product);
    for (int i = 0; i <= FERMAT_STEPS; i++) {
        if (may_be_square(a_left * a_left % sieve_product + sieve_product - n_left) &&
            is_difference_of_squares(n, a, ctx))
            return true;
        if (!BN_add_word(a, 1))
            return false;
        a_left = (a_left + 1) % sieve_product;
    }
    return false;
}

/* --- both --- */

enum facts_key_flaw cert_key_flaw(const BIGNUM *modulus) {
    int bits = BN_num_bits(modulus);
    bool has_close = false;

    if (bits < MODULUS_MIN_BITS || bits > OPENSSL_RSA_MAX_MODULUS_BITS)
        return FACTS_KEY_FLAW_NONE;
    if (has_roca(modulus))
        return FACTS_KEY_FLAW_ROCA;
    BN_CTX *ctx = BN_CTX_new();
    if (ctx != NULL) {
        BN_CTX_start(ctx);
        has_close = has_close_primes(modulus, ctx);
        BN_CTX_end(ctx);
    }
    BN_CTX_free(ctx);
    return has_close ? FACTS_KEY_FLAW_CLOSE_PRIMES : FACTS_KEY_FLAW_NONE;
}
