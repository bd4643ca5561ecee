#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "crypto/key.h"

/* Near to the right value, and therefore in range: 1 has no neighbour below. */
static int shift(BIGNUM *secret) {
    return BN_is_one(secret) ? BN_add_word(secret, 1) : BN_sub_word(secret, 1);
}

static EVP_PKEY *build(const char *type, OSSL_PARAM_BLD *plan) {
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(plan);
    EVP_PKEY *key = NULL;

    if (ctx != NULL && params != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

/* libcrypto checks what the Chinese remainder theorem gives it, and takes the slow way by the private exponent when that
 * is wrong: so all exponents are.  Leaving the theorem's values out would do as well, but such a key has no file format. */
static const struct {
    const char *name;
    bool spoilt;
} rsa_parts[] = {
    {OSSL_PKEY_PARAM_RSA_N, false},        {OSSL_PKEY_PARAM_RSA_E, false},
    {OSSL_PKEY_PARAM_RSA_D, true},         {OSSL_PKEY_PARAM_RSA_FACTOR1, false},
    {OSSL_PKEY_PARAM_RSA_FACTOR2, false},  {OSSL_PKEY_PARAM_RSA_EXPONENT1, true},
    {OSSL_PKEY_PARAM_RSA_EXPONENT2, true}, {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, false},
};

static EVP_PKEY *spoil_rsa(const EVP_PKEY *sound, OSSL_PARAM_BLD *plan) {
    BIGNUM *parts[ARRAY_LEN(rsa_parts)] = {NULL}; /* the plan refers to them */
    int ok = 1;

    for (size_t i = 0; ok && i < ARRAY_LEN(rsa_parts); i++)
        ok = EVP_PKEY_get_bn_param(sound, rsa_parts[i].name, &parts[i]) &&
             (!rsa_parts[i].spoilt || shift(parts[i])) &&
             OSSL_PARAM_BLD_push_BN(plan, rsa_parts[i].name, parts[i]);
    EVP_PKEY *key = ok ? build("RSA", plan) : NULL;
    for (size_t i = 0; i < ARRAY_LEN(rsa_parts); i++)
        BN_clear_free(parts[i]);
    return key;
}

static EVP_PKEY *spoil_ec(const EVP_PKEY *sound, OSSL_PARAM_BLD *plan) {
    char group[64];
    unsigned char point[256];
    size_t group_len, point_len;
    BIGNUM *scalar = NULL;
    EVP_PKEY *key = NULL;

    if (EVP_PKEY_get_group_name(sound, group, sizeof group, &group_len) &&
        EVP_PKEY_get_octet_string_param(sound, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point,
                                        &point_len) &&
        EVP_PKEY_get_bn_param(sound, OSSL_PKEY_PARAM_PRIV_KEY, &scalar) && shift(scalar) &&
        OSSL_PARAM_BLD_push_utf8_string(plan, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) &&
        OSSL_PARAM_BLD_push_octet_string(plan, OSSL_PKEY_PARAM_PUB_KEY, point, point_len) &&
        OSSL_PARAM_BLD_push_BN(plan, OSSL_PKEY_PARAM_PRIV_KEY, scalar))
        key = build("EC", plan);
    BN_clear_free(scalar);
    return key;
}

int key_spoil(const EVP_PKEY *sound, EVP_PKEY **out, struct err *err) {
    OSSL_PARAM_BLD *plan = OSSL_PARAM_BLD_new();

    *out = NULL;
    if (plan != NULL)
        *out = EVP_PKEY_is_a(sound, "RSA") ? spoil_rsa(sound, plan) : spoil_ec(sound, plan);
    OSSL_PARAM_BLD_free(plan);
    return *out != NULL ? 0 : err_openssl(err, "cannot spoil the private half of a key");
}
