#include "tls/dh.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "base/mem.h"
#include "tls/err_openssl.h"

struct dh_group {
    unsigned bits;
    const char *name;  /* for people */
    const char *named; /* OpenSSL's name; NULL: by prime */
    const char *prime; /* hexadecimal; the generator is 2 */
};

static const struct dh_group groups[] = {
    {.bits = 3072, .name = "ffdhe3072", .named = "ffdhe3072"},
    /* RFC 2409 6.2, the second Oakley group: the one that everybody shared (Logjam). */
    {.bits = 1024,
     .name = "dh 1024",
     .prime = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
              "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
              "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
              "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"},
    /* A safe prime of our own: 512 bits as in export suites, broken in minutes. */
    {.bits = 512,
     .name = "dh 512",
     .prime = "C6FFC2D845C9154634ADA5D4FF85D9F2580A278403D3C1054DF733201C75FC1D"
              "E93C6B53EE71E22E86FA96051528B0BB361F728EEEB2EB33F45D3F716708EB37"},
};

static const struct dh_group *find_group(unsigned bits) {
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        if (groups[i].bits == (bits != 0 ? bits : 3072))
            return &groups[i];
    return NULL;
}

const char *dh_params_name(unsigned bits) {
    const struct dh_group *group = find_group(bits);

    return group != NULL ? group->name : "dh";
}

/* The description that EVP_PKEY_fromdata wants; NULL when libcrypto fails. */
static OSSL_PARAM *describe(const struct dh_group *group) {
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    BIGNUM *p = NULL;

    if (builder == NULL)
        return NULL;
    if (group->named != NULL) {
        if (OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, group->named, 0))
            params = OSSL_PARAM_BLD_to_param(builder);
    } else if (BN_hex2bn(&p, group->prime) > 0 &&
               OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_FFC_P, p) &&
               OSSL_PARAM_BLD_push_uint(builder, OSSL_PKEY_PARAM_FFC_G, 2)) {
        params = OSSL_PARAM_BLD_to_param(builder);
    }
    BN_free(p);
    OSSL_PARAM_BLD_free(builder);
    return params;
}

int dh_params_new(unsigned bits, EVP_PKEY **out, struct err *err) {
    const struct dh_group *group = find_group(bits);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    OSSL_PARAM *params = group != NULL ? describe(group) : NULL;
    int rc = -1;

    *out = NULL;
    if (group == NULL)
        err_set(err, "no Diffie-Hellman group of %u bits", bits);
    else if (ctx == NULL || params == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
             EVP_PKEY_fromdata(ctx, out, EVP_PKEY_KEY_PARAMETERS, params) <= 0)
        err_openssl(err, "Diffie-Hellman group %s", group->name);
    else
        rc = 0;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(ctx);
    return rc;
}
