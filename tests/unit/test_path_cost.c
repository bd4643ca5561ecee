/* Keys with which signatures take long to verify: refused by their size, and what is long and real is not. */
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "forge.h"

static const struct {
    int bits;
    bool is_refused;
} cases[] = {{1024, false}, {3072, false}, {4096, false}, {4104, true}, {10000, true}};

enum { Q_BITS = 256 };

static void push(OSSL_PARAM_BLD *build, const char *name, const BIGNUM *number) {
    assert_int_equal(OSSL_PARAM_BLD_push_BN(build, name, number), 1);
}

/* With 1 for its generator every number is prime enough: its signatures verify, and take as long as any. */
static EVP_PKEY *make_dsa(int bits) {
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *p = BN_new(), *q = BN_new(), *one = BN_new();
    EVP_PKEY *key = NULL;

    assert_int_equal(BN_rand(p, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD), 1);
    assert_int_equal(BN_generate_prime_ex(q, Q_BITS, 0, NULL, NULL, NULL), 1);
    BN_one(one);
    push(build, OSSL_PKEY_PARAM_FFC_P, p);
    push(build, OSSL_PKEY_PARAM_FFC_Q, q);
    push(build, OSSL_PKEY_PARAM_FFC_G, one);
    push(build, OSSL_PKEY_PARAM_PUB_KEY, one);
    push(build, OSSL_PKEY_PARAM_PRIV_KEY, one);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    BN_free(p);
    BN_free(q);
    BN_free(one);
    return key;
}

static void judge(EVP_PKEY *ca_key, struct facts_chain *out) {
    static const struct forge leaf = FORGE("mx", FORGE_SOUND), authority = FORGE("CA", FORGE_CA),
                              root = FORGE("Root", FORGE_CA);
    EVP_PKEY *key = forge_key(), *root_key = forge_key();
    struct forge_issuer anchor = {forge_cert(&root, root_key, NULL), root_key},
                        issuer = {forge_cert(&authority, ca_key, &anchor), ca_key};
    X509 *certs[] = {forge_cert(&leaf, key, &issuer), issuer.cert};
    struct trust *trust = forge_trust(anchor.cert);

    forge_judge(certs, ARRAY_LEN(certs), trust, out);
    trust_free(&trust);
    X509_free(anchor.cert);
    for (size_t i = 0; i < ARRAY_LEN(certs); i++)
        X509_free(certs[i]);
    EVP_PKEY_free(key);
    EVP_PKEY_free(root_key);
}

static void test_long_dsa(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EVP_PKEY *key = make_dsa(cases[i].bits);
        struct facts_chain chain;

        judge(key, &chain);
        print_message("%d bits: %zu flaws\n", cases[i].bits, chain.path_count);
        assert_int_equal(chain.path_count, cases[i].is_refused);
        if (cases[i].is_refused)
            assert_string_equal(chain.path[0].text, "a DSA key of more than 4096 bits");
        assert_int_equal(chain.path_length, cases[i].is_refused ? 0 : 3);
        assert_true(chain.certs[0].is_on_path);
        facts_chain_fini(&chain);
        EVP_PKEY_free(key);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_long_dsa)};

    return cmocka_run_group_tests_name("path cost", tests, NULL, NULL);
}
