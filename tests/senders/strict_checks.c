#include "strict_checks.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>

enum { RSA_MIN_BITS = 2048, FERMAT_ROUNDS = 100 };

bool disliked(const char *what) {
    printf("%s\n", what);
    return false;
}

/* --- RSA keys --- */

/* The integer below the square root: Newton's method from above. */
static void set_root(BIGNUM *root, const BIGNUM *square, BN_CTX *context) {
    BIGNUM *next = BN_CTX_get(context);

    BN_zero(root);
    BN_set_bit(root, BN_num_bits(square) / 2 + 1);
    for (;;) {
        BN_div(next, NULL, square, root, context);
        BN_add(next, next, root);
        BN_rshift1(next, next);
        if (BN_cmp(next, root) >= 0)
            return;
        BN_copy(root, next);
    }
}

/* Fermat's: n = a^2 - b^2 with a just above the root of n, where the primes are close. */
static bool has_close_primes(const BIGNUM *n, BN_CTX *context) {
    BIGNUM *a = BN_CTX_get(context), *rest = BN_CTX_get(context);
    BIGNUM *b = BN_CTX_get(context), *square = BN_CTX_get(context);

    set_root(a, n, context);
    for (size_t i = 0; i < FERMAT_ROUNDS; i++) {
        BN_add_word(a, 1);
        BN_sqr(rest, a, context);
        BN_sub(rest, rest, n);
        set_root(b, rest, context);
        BN_sqr(square, b, context);
        if (BN_cmp(square, rest) == 0)
            return true;
    }
    return false;
}

static bool is_power_of_65537(BN_ULONG rest, BN_ULONG prime) {
    BN_ULONG power = 1;

    do {
        if (power == rest)
            return true;
        power = power * 65537 % prime;
    } while (power != 1);
    return false;
}

/* ROCA (CVE-2017-15361): modulo each of these primes the modulus is a power of 65537. */
static bool is_roca(const BIGNUM *n) {
    static const BN_ULONG primes[] = {11, 13, 17,  19,  37,  53,  61,  71, 73,
                                      79, 97, 103, 107, 109, 127, 151, 157};

    for (size_t i = 0; i < sizeof primes / sizeof *primes; i++)
        if (!is_power_of_65537(BN_mod_word(n, primes[i]), primes[i]))
            return false;
    return true;
}

static bool check_rsa(const EVP_PKEY *key) {
    BIGNUM *n = NULL, *e = NULL;
    BN_CTX *context = BN_CTX_new();
    bool is_sound = true;

    BN_CTX_start(context);
    if (EVP_PKEY_get_bits(key) < RSA_MIN_BITS)
        is_sound = disliked("an RSA key below 2048 bits");
    else if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
             EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
        is_sound = disliked("an RSA key that cannot be read");
    else if (BN_is_one(e) || !BN_is_odd(e))
        is_sound = disliked("an RSA exponent of no use");
    else if (is_roca(n))
        is_sound = disliked("an RSA key of ROCA's form");
    else if (has_close_primes(n, context))
        is_sound = disliked("an RSA key whose primes are close");
    BN_free(n);
    BN_free(e);
    BN_CTX_end(context);
    BN_CTX_free(context);
    return is_sound;
}

/* --- signatures --- */

static int digest_of(const X509_ALGOR *algorithm) {
    const ASN1_OBJECT *object = NULL;

    if (algorithm == NULL)
        return NID_sha1; /* the default */
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    return OBJ_obj2nid(object);
}

/* RFC 8446 4.2.3: MGF1 with the same digest, and a salt of its length. */
static bool check_pss(const X509_ALGOR *algorithm) {
    RSA_PSS_PARAMS *pss =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algorithm->parameter);
    X509_ALGOR *mask = NULL;
    bool is_sound = pss != NULL;

    if (is_sound && pss->maskGenAlgorithm != NULL)
        mask =
            ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), pss->maskGenAlgorithm->parameter);
    if (is_sound) {
        int digest = digest_of(pss->hashAlgorithm);
        long salt_b = pss->saltLength != NULL ? ASN1_INTEGER_get(pss->saltLength) : 20;
        is_sound = digest != NID_sha1 && digest_of(mask) == digest &&
                   salt_b == EVP_MD_get_size(EVP_get_digestbynid(digest));
    }
    X509_ALGOR_free(mask);
    RSA_PSS_PARAMS_free(pss);
    return is_sound || disliked("a PSS signature with odd parameters");
}

static bool check_signature(const X509 *certificate) {
    const X509_ALGOR *algorithm;

    X509_get0_signature(NULL, &algorithm, certificate);
    return X509_get_signature_nid(certificate) != NID_rsassaPss || check_pss(algorithm);
}

bool check_chain(STACK_OF(X509) * chain) {
    X509 *leaf = sk_X509_value(chain, 0);

    if ((X509_get_extension_flags(leaf) & EXFLAG_KUSAGE) != 0 &&
        (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) == 0)
        return disliked("a key that may not sign");
    for (int i = 0; i < sk_X509_num(chain); i++) {
        X509 *certificate = sk_X509_value(chain, i);
        EVP_PKEY *key = X509_get0_pubkey(certificate);
        bool is_rsa = EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS");
        bool is_anchor = i + 1 == sk_X509_num(chain);
        if ((is_rsa && !check_rsa(key)) || (!is_anchor && !check_signature(certificate)))
            return false;
    }
    return true;
}
