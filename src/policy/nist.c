/* NIST SP 800-52 revision 2, August 2019.
 *
 * What offers no more than 112 bits (RSA 2048, P-224, ffdhe2048, SHA-224) ends with 2030: SP
 * 800-57 part 1 revision 5, table 4.  Curve25519 is none of the key agreements of SP 800-56A,
 * and ChaCha20 no algorithm of NIST's at all. */
#include "policy/policy_tables.h"

/* 3.1 */
static const struct code_row versions[] = {
    {TLS1_3, .as = {0}},
    {TLS1_2, .as = {0}},
};

/* 3.3.1: "only these"; those with static RSA are left to appendix D, for a transition that is
 * over. */
static const struct code_row suites[] = {
    {TLS_AES_128_GCM_SHA256, .as = {0}},
    {TLS_AES_256_GCM_SHA384, .as = {0}},
    {TLS_AES_128_CCM_SHA256, .as = {0}},
    {TLS_AES_128_CCM_8_SHA256, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .as = {0}},
    {TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, .as = {0}},
    {TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_128_CCM, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_256_CCM, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8, .as = {0}},
    {TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, .as = {0}},
    {TLS_DHE_RSA_WITH_AES_256_GCM_SHA384, .as = {0}},
    {TLS_DHE_RSA_WITH_AES_128_CCM, .as = {0}},
    {TLS_DHE_RSA_WITH_AES_256_CCM, .as = {0}},
    {TLS_DHE_RSA_WITH_AES_128_CCM_8, .as = {0}},
    {TLS_DHE_RSA_WITH_AES_256_CCM_8, .as = {0}},
    {TLS_DHE_DSS_WITH_AES_128_GCM_SHA256, .as = {0}},
    {TLS_DHE_DSS_WITH_AES_256_GCM_SHA384, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384, .as = {0}},
    {TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, .as = {0}},
    {TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, .as = {0}},
    {TLS_DHE_RSA_WITH_AES_128_CBC_SHA256, .as = {0}},
    {TLS_DHE_RSA_WITH_AES_256_CBC_SHA256, .as = {0}},
    {TLS_DHE_DSS_WITH_AES_128_CBC_SHA256, .as = {0}},
    {TLS_DHE_DSS_WITH_AES_256_CBC_SHA256, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, .as = {0}},
    {TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, .as = {0}},
    {TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, .as = {0}},
    {TLS_DHE_RSA_WITH_AES_128_CBC_SHA, .as = {0}},
    {TLS_DHE_RSA_WITH_AES_256_CBC_SHA, .as = {0}},
    {TLS_DHE_DSS_WITH_AES_128_CBC_SHA, .as = {0}},
    {TLS_DHE_DSS_WITH_AES_256_CBC_SHA, .as = {0}},
    {TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256, .as = {0}},
    {TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384, .as = {0}},
    {TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256, .as = {0}},
    {TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384, .as = {0}},
    {TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA, .as = {0}},
    {TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA, .as = {0}},
    {TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256, .as = {0}},
    {TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384, .as = {0}},
    {TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256, .as = {0}},
    {TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384, .as = {0}},
    {TLS_ECDH_RSA_WITH_AES_128_CBC_SHA, .as = {0}},
    {TLS_ECDH_RSA_WITH_AES_256_CBC_SHA, .as = {0}},
    {TLS_DH_RSA_WITH_AES_128_GCM_SHA256, .as = {0}},
    {TLS_DH_RSA_WITH_AES_256_GCM_SHA384, .as = {0}},
    {TLS_DH_RSA_WITH_AES_128_CBC_SHA256, .as = {0}},
    {TLS_DH_RSA_WITH_AES_256_CBC_SHA256, .as = {0}},
    {TLS_DH_RSA_WITH_AES_128_CBC_SHA, .as = {0}},
    {TLS_DH_RSA_WITH_AES_256_CBC_SHA, .as = {0}},
    {TLS_DH_DSS_WITH_AES_128_GCM_SHA256, .as = {0}},
    {TLS_DH_DSS_WITH_AES_256_GCM_SHA384, .as = {0}},
    {TLS_DH_DSS_WITH_AES_128_CBC_SHA256, .as = {0}},
    {TLS_DH_DSS_WITH_AES_256_CBC_SHA256, .as = {0}},
    {TLS_DH_DSS_WITH_AES_128_CBC_SHA, .as = {0}},
    {TLS_DH_DSS_WITH_AES_256_CBC_SHA, .as = {0}},
};

/* The groups of SP 800-56A; of the curves TLS 1.3 has kept three. */
static const struct code_row groups[] = {
    {secp256r1, .as = {0}},
    {secp384r1, .as = {0}},
    {secp521r1, .as = {0}},
    {ffdhe3072, .as = {0}},
    {ffdhe4096, .as = {0}},
    {ffdhe6144, .as = {0}},
    {ffdhe8192, .as = {0}},
    {ffdhe2048, .as.until = 2030},
    {secp224r1, FOR_TLS1_2, {.until = 2030}},
    {sect283k1, FOR_TLS1_2, {0}},
    {sect283r1, FOR_TLS1_2, {0}},
    {sect409k1, FOR_TLS1_2, {0}},
    {sect409r1, FOR_TLS1_2, {0}},
    {sect571k1, FOR_TLS1_2, {0}},
    {sect571r1, FOR_TLS1_2, {0}},
    {sect233k1, FOR_TLS1_2, {.until = 2030}},
    {sect233r1, FOR_TLS1_2, {.until = 2030}},
};
static const struct key_row dh[] = {
    {.bits = 3072, .as = {0}},
    {.bits = 2048, .as.until = 2030},
};

static const struct code_row schemes[] = {
    {ecdsa_secp256r1_sha256, .as = {0}},
    {ecdsa_secp384r1_sha384, .as = {0}},
    {ecdsa_secp521r1_sha512, .as = {0}},
    {rsa_pss_rsae_sha256, .as = {0}},
    {rsa_pss_rsae_sha384, .as = {0}},
    {rsa_pss_rsae_sha512, .as = {0}},
    {rsa_pss_pss_sha256, .as = {0}},
    {rsa_pss_pss_sha384, .as = {0}},
    {rsa_pss_pss_sha512, .as = {0}},
    {rsa_pkcs1_sha256, .as = {0}},
    {rsa_pkcs1_sha384, .as = {0}},
    {rsa_pkcs1_sha512, .as = {0}},
    {dsa_sha256, .as = {0}},
    {dsa_sha384, .as = {0}},
    {dsa_sha512, .as = {0}},
    {ecdsa_sha224, .as.until = 2030},
    {rsa_pkcs1_sha224, .as.until = 2030},
    {dsa_sha224, .as.until = 2030},
};

/* 3.2.1 */
static const struct key_row keys[] = {
    {FACTS_KEY_EC, 256, {0}},   {FACTS_KEY_EC, 224, {.until = 2030}},
    {FACTS_KEY_RSA, 3072, {0}}, {FACTS_KEY_RSA, 2048, {.until = 2030}},
    {FACTS_KEY_DSA, 3072, {0}}, {FACTS_KEY_DSA, 2048, {.until = 2030}},
};
static const struct curve_row curves[] = {
    {"secp256r1", {0}},
    {"secp384r1", {0}},
    {"secp521r1", {0}},
    {"secp224r1", {.until = 2030}},
};
static const struct signature_row signatures[] = {
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA256, {0}},
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA384, {0}},
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA512, {0}},
    {FACTS_KEY_RSA, FACTS_PADDING_PSS, FACTS_HASH_SHA256, {0}},
    {FACTS_KEY_RSA, FACTS_PADDING_PSS, FACTS_HASH_SHA384, {0}},
    {FACTS_KEY_RSA, FACTS_PADDING_PSS, FACTS_HASH_SHA512, {0}},
    {FACTS_KEY_RSA, FACTS_PADDING_PKCS1, FACTS_HASH_SHA256, {0}},
    {FACTS_KEY_RSA, FACTS_PADDING_PKCS1, FACTS_HASH_SHA384, {0}},
    {FACTS_KEY_RSA, FACTS_PADDING_PKCS1, FACTS_HASH_SHA512, {0}},
    {FACTS_KEY_DSA, FACTS_PADDING_NONE, FACTS_HASH_SHA256, {0}},
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA224, {.until = 2030}},
    {FACTS_KEY_RSA, FACTS_PADDING_PKCS1, FACTS_HASH_SHA224, {.until = 2030}},
    {FACTS_KEY_DSA, FACTS_PADDING_NONE, FACTS_HASH_SHA224, {.until = 2030}},
};

static const struct policy_tables tables = {
    .versions = LIST(versions, "SP 800-52r2 3.1"),
    .suites = LIST(suites, "SP 800-52r2 3.3.1"),
    .groups = LIST(groups, "SP 800-52r2 3.4, SP 800-56A"),
    .schemes = LIST(schemes, "SP 800-52r2 3.4, SP 800-131A"),
    .keys = LIST(keys, "SP 800-52r2 3.2.1, SP 800-57"),
    .dh = LIST(dh, "SP 800-52r2 3.2.1, SP 800-57"),
    .rsa_exponent = {65537, "SP 800-52r2 3.2.1, FIPS 186-5 5.1"},
    .curves = LIST(curves, "SP 800-52r2 3.2.1"),
    .signatures = LIST(signatures, "SP 800-52r2 3.2.1, SP 800-131A"),
    .features =
        {
            [FEATURE_ENCRYPT_THEN_MAC] = {SEVERITY_FAIL, SEVERITY_FAIL, "SP 800-52r2 3.4"},
            [FEATURE_EXTENDED_MASTER_SECRET] = {SEVERITY_FAIL, SEVERITY_FAIL, "SP 800-52r2 3.4"},
            [FEATURE_RENEGOTIATION] = {SEVERITY_FAIL, SEVERITY_FAIL, "SP 800-52r2 3.4"},
            [FEATURE_COMPRESSION] = {SEVERITY_FAIL, SEVERITY_FAIL, "SP 800-52r2 3.7"},
            [FEATURE_EARLY_DATA] = {SEVERITY_WARN, SEVERITY_WARN, "SP 800-52r2 3.6"},
        },
    .validity = {3 * 366, SEVERITY_WARN, "SP 800-52r2 3.2.1"},
    .accepts = SEVERITY_WARN,        /* allowed, and discouraged, for the sake of old clients */
    .accepts_beside = SEVERITY_FAIL, /* 3.3.1: approved suites and no other */
    .path = SEVERITY_FAIL,
};

const struct policy policy_nist = {
    .name = "nist",
    .title = "NIST SP 800-52 revision 2",
    .tables = &tables,
};
