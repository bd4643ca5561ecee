/* RFC 9325 (BCP 195), November 2022, with RFC 8996 and RFC 9155, which it rests on: what it says
 * MUST NOT fails, what it says SHOULD NOT is warned of. */
#include "policy/policy_tables.h"

#define SHOULD_NOT .as.grade = GRADE_PHASE_OUT
#define DEPRECATED                                                                                 \
    { .grade = GRADE_PHASE_OUT }

/* 3.1.1 */
static const struct code_row versions[] = {
    {TLS1_3, .as = {0}},
    {TLS1_2, .as = {0}},
};

/* 4.1 and 4.2.  CBC belongs with encrypt-then-MAC, which is judged apart.  The short tags of CCM_8
 * are nobody's recommendation outside of small devices; the key exchanges of the last group SHOULD
 * NOT be used. */
static const struct code_row suites[] = {
    {TLS_AES_128_GCM_SHA256, .as = {0}},
    {TLS_AES_256_GCM_SHA384, .as = {0}},
    {TLS_CHACHA20_POLY1305_SHA256, .as = {0}},
    {TLS_AES_128_CCM_SHA256, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .as = {0}},
    {TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, .as = {0}},
    {TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .as = {0}},
    {TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_128_CCM, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_256_CCM, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384, .as = {0}},
    {TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, .as = {0}},
    {TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, .as = {0}},
    {TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, .as = {0}},
    {TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, .as = {0}},
    {TLS_AES_128_CCM_8_SHA256, SHOULD_NOT},
    {TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, SHOULD_NOT},
    {TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8, SHOULD_NOT},
    {TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, SHOULD_NOT},
    {TLS_DHE_RSA_WITH_AES_256_GCM_SHA384, SHOULD_NOT},
    {TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256, SHOULD_NOT},
    {TLS_DHE_RSA_WITH_AES_128_CCM, SHOULD_NOT},
    {TLS_DHE_RSA_WITH_AES_256_CCM, SHOULD_NOT},
    {TLS_DHE_RSA_WITH_AES_128_CBC_SHA256, SHOULD_NOT},
    {TLS_DHE_RSA_WITH_AES_256_CBC_SHA256, SHOULD_NOT},
    {TLS_DHE_RSA_WITH_AES_128_CBC_SHA, SHOULD_NOT},
    {TLS_DHE_RSA_WITH_AES_256_CBC_SHA, SHOULD_NOT},
    {TLS_RSA_WITH_AES_128_GCM_SHA256, SHOULD_NOT},
    {TLS_RSA_WITH_AES_256_GCM_SHA384, SHOULD_NOT},
    {TLS_RSA_WITH_AES_128_CCM, SHOULD_NOT},
    {TLS_RSA_WITH_AES_256_CCM, SHOULD_NOT},
    {TLS_RSA_WITH_AES_128_CBC_SHA256, SHOULD_NOT},
    {TLS_RSA_WITH_AES_256_CBC_SHA256, SHOULD_NOT},
    {TLS_RSA_WITH_AES_128_CBC_SHA, SHOULD_NOT},
    {TLS_RSA_WITH_AES_256_CBC_SHA, SHOULD_NOT},
};

/* 4.5: curves of 224 bits at least. */
static const struct code_row groups[] = {
    {secp256r1, .as = {0}},
    {x25519, .as = {0}},
    {X25519MLKEM768, .as = {0}},
    {SecP256r1MLKEM768, .as = {0}},
    {SecP384r1MLKEM1024, .as = {0}},
    {secp384r1, .as = {0}},
    {secp521r1, .as = {0}},
    {x448, .as = {0}},
    {brainpoolP256r1, .as = {0}},
    {brainpoolP384r1, .as = {0}},
    {brainpoolP512r1, .as = {0}},
    {brainpoolP256r1tls13, .as = {0}},
    {brainpoolP384r1tls13, .as = {0}},
    {brainpoolP512r1tls13, .as = {0}},
    {ffdhe2048, .as = {0}},
    {ffdhe3072, .as = {0}},
    {ffdhe4096, .as = {0}},
    {ffdhe6144, .as = {0}},
    {ffdhe8192, .as = {0}},
    /* Large enough, and deprecated by RFC 8422 5.1.1, as are all code points up to 22. */
    {secp224r1, SHOULD_NOT},
    {secp256k1, SHOULD_NOT},
    {secp224k1, SHOULD_NOT},
    {sect571r1, SHOULD_NOT},
    {sect571k1, SHOULD_NOT},
    {sect409r1, SHOULD_NOT},
    {sect409k1, SHOULD_NOT},
    {sect283r1, SHOULD_NOT},
    {sect283k1, SHOULD_NOT},
    {sect239k1, SHOULD_NOT},
    {sect233r1, SHOULD_NOT},
    {sect233k1, SHOULD_NOT},
};
static const struct key_row dh[] = {
    {.bits = 2048, .as = {0}},
};

/* RFC 9155: neither MD5 nor SHA-1. */
static const struct code_row schemes[] = {
    {ecdsa_secp256r1_sha256, .as = {0}},
    {ecdsa_secp384r1_sha384, .as = {0}},
    {ecdsa_secp521r1_sha512, .as = {0}},
    {ecdsa_brainpoolP256r1tls13_sha256, .as = {0}},
    {ecdsa_brainpoolP384r1tls13_sha384, .as = {0}},
    {ecdsa_brainpoolP512r1tls13_sha512, .as = {0}},
    {ed25519, .as = {0}},
    {ed448, .as = {0}},
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
    {ecdsa_sha224, SHOULD_NOT},
    {rsa_pkcs1_sha224, SHOULD_NOT},
};

/* 4.5 */
static const struct key_row keys[] = {
    {FACTS_KEY_EC, 224, {0}},    {FACTS_KEY_RSA, 2048, {0}}, {FACTS_KEY_DSA, 2048, {0}},
    {FACTS_KEY_ED25519, 0, {0}}, {FACTS_KEY_ED448, 0, {0}},
};
/* Of keys as of groups: TLS has no code point for other curves. */
static const struct curve_row curves[] = {
    {"secp256r1", {0}},        {"secp384r1", {0}},        {"secp521r1", {0}},
    {"brainpoolP256r1", {0}},  {"brainpoolP384r1", {0}},  {"brainpoolP512r1", {0}},
    {"secp224r1", DEPRECATED}, {"secp256k1", DEPRECATED}, {"secp224k1", DEPRECATED},
    {"sect571r1", DEPRECATED}, {"sect571k1", DEPRECATED}, {"sect409r1", DEPRECATED},
    {"sect409k1", DEPRECATED}, {"sect283r1", DEPRECATED}, {"sect283k1", DEPRECATED},
    {"sect239k1", DEPRECATED}, {"sect233r1", DEPRECATED}, {"sect233k1", DEPRECATED},
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
    {FACTS_KEY_ED25519, FACTS_PADDING_NONE, FACTS_HASH_NONE, {0}},
    {FACTS_KEY_ED448, FACTS_PADDING_NONE, FACTS_HASH_NONE, {0}},
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA224, {.grade = GRADE_PHASE_OUT}},
    {FACTS_KEY_RSA, FACTS_PADDING_PKCS1, FACTS_HASH_SHA224, {.grade = GRADE_PHASE_OUT}},
};

static const struct policy_tables tables = {
    .versions = LIST(versions, "RFC 9325 3.1.1, RFC 8996"),
    .suites = LIST(suites, "RFC 9325 4.1 and 4.2"),
    .groups = LIST(groups, "RFC 9325 4.5, RFC 8422 5.1.1"),
    .schemes = LIST(schemes, "RFC 9155"),
    .keys = LIST(keys, "RFC 9325 4.5"),
    .dh = LIST(dh, "RFC 9325 4.5"),
    .curves = LIST(curves, "RFC 9325 4.5, RFC 8422 5.1.1"),
    .signatures = LIST(signatures, "RFC 9325 4.5"),
    .features =
        {
            [FEATURE_ENCRYPT_THEN_MAC] = {SEVERITY_WARN, SEVERITY_WARN, "RFC 9325 4.1"},
            [FEATURE_EXTENDED_MASTER_SECRET] = {SEVERITY_FAIL, SEVERITY_FAIL, "RFC 9325 3.5"},
            [FEATURE_RENEGOTIATION] = {SEVERITY_FAIL, SEVERITY_FAIL, "RFC 9325 3.5"},
            [FEATURE_COMPRESSION] = {SEVERITY_WARN, SEVERITY_WARN, "RFC 9325 3.3"},
            [FEATURE_EARLY_DATA] = {SEVERITY_WARN, SEVERITY_WARN, "RFC 9325 3.10"},
        },
    .accepts = SEVERITY_FAIL, /* MUST NOT negotiate */
    .accepts_beside = SEVERITY_FAIL,
    .path = SEVERITY_FAIL,
};

const struct policy policy_rfc9325 = {
    .name = "rfc9325",
    .title = "RFC 9325 (BCP 195)",
    .tables = &tables,
};
