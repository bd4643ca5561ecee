/* NCSC-NL, IT security guidelines for TLS, 2025-05, with their four grades.
 *
 * Mail is authenticated by DANE there: a chain to a public authority and the name are not
 * demanded, so what breaks them is told and does not count.  RSA-PSS, of which the guidelines'
 * test knows nothing, is graded by its hash as the others. */
#include "policy/policy_tables.h"

#define SUFFICIENT .as.grade = GRADE_SUFFICIENT
#define PHASE_OUT  .as.grade = GRADE_PHASE_OUT

/* 3.3.1 */
static const struct code_row versions[] = {
    {TLS1_3, .as.grade = GRADE_GOOD},
    {TLS1_2, SUFFICIENT},
};

/* Appendix B; TLS_AES_128_CCM_8_SHA256 is insufficient. */
static const struct code_row suites[] = {
    {TLS_AES_256_GCM_SHA384, .as.grade = GRADE_GOOD},
    {TLS_CHACHA20_POLY1305_SHA256, .as.grade = GRADE_GOOD},
    {TLS_AES_128_GCM_SHA256, SUFFICIENT},
    {TLS_AES_128_CCM_SHA256, SUFFICIENT},
    {TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, SUFFICIENT},
    {TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, SUFFICIENT},
    {TLS_ECDHE_ECDSA_WITH_AES_256_CCM, SUFFICIENT},
    {TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, SUFFICIENT},
    {TLS_ECDHE_ECDSA_WITH_AES_128_CCM, SUFFICIENT},
    {TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, SUFFICIENT},
    {TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, SUFFICIENT},
    {TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, SUFFICIENT},
    {TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384, PHASE_OUT},
    {TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256, PHASE_OUT},
    {TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384, PHASE_OUT},
    {TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256, PHASE_OUT},
    {TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384, PHASE_OUT},
    {TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256, PHASE_OUT},
    {TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384, PHASE_OUT},
    {TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256, PHASE_OUT},
    {TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256, PHASE_OUT},
    {TLS_DHE_RSA_WITH_AES_256_GCM_SHA384, PHASE_OUT},
    {TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, PHASE_OUT},
    {TLS_DHE_RSA_WITH_AES_256_CCM, PHASE_OUT},
    {TLS_DHE_RSA_WITH_AES_128_CCM, PHASE_OUT},
    {TLS_DHE_RSA_WITH_CAMELLIA_256_GCM_SHA384, PHASE_OUT},
    {TLS_DHE_RSA_WITH_CAMELLIA_128_GCM_SHA256, PHASE_OUT},
    {TLS_DHE_RSA_WITH_ARIA_256_GCM_SHA384, PHASE_OUT},
    {TLS_DHE_RSA_WITH_ARIA_128_GCM_SHA256, PHASE_OUT},
    {TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384, PHASE_OUT},
    {TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, PHASE_OUT},
    {TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, PHASE_OUT},
    {TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, PHASE_OUT},
    {TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384, PHASE_OUT},
    {TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256, PHASE_OUT},
    {TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384, PHASE_OUT},
    {TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256, PHASE_OUT},
    {TLS_ECDHE_ECDSA_WITH_ARIA_256_CBC_SHA384, PHASE_OUT},
    {TLS_ECDHE_ECDSA_WITH_ARIA_128_CBC_SHA256, PHASE_OUT},
    {TLS_ECDHE_RSA_WITH_ARIA_256_CBC_SHA384, PHASE_OUT},
    {TLS_ECDHE_RSA_WITH_ARIA_128_CBC_SHA256, PHASE_OUT},
    {TLS_DHE_RSA_WITH_AES_256_CBC_SHA256, PHASE_OUT},
    {TLS_DHE_RSA_WITH_AES_128_CBC_SHA256, PHASE_OUT},
    {TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256, PHASE_OUT},
    {TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256, PHASE_OUT},
    {TLS_DHE_RSA_WITH_ARIA_256_CBC_SHA384, PHASE_OUT},
    {TLS_DHE_RSA_WITH_ARIA_128_CBC_SHA256, PHASE_OUT},
};

/* 3.3.2 and 3.3.3: of the finite-field groups only those of RFC 7919, and not the smallest.
 * Another prime, of whatever size, is insufficient. */
static const struct code_row groups[] = {
    {X25519MLKEM768, FOR_TLS1_3, {.grade = GRADE_GOOD}},
    {SecP384r1MLKEM1024, FOR_TLS1_3, {.grade = GRADE_GOOD}},
    {SecP256r1MLKEM768, FOR_TLS1_3, {.grade = GRADE_GOOD}},
    {secp521r1, SUFFICIENT},
    {secp384r1, SUFFICIENT},
    {secp256r1, SUFFICIENT},
    {x448, SUFFICIENT},
    {x25519, SUFFICIENT},
    {brainpoolP512r1, SUFFICIENT},
    {brainpoolP384r1, SUFFICIENT},
    {brainpoolP256r1, SUFFICIENT},
    {brainpoolP512r1tls13, SUFFICIENT},
    {brainpoolP384r1tls13, SUFFICIENT},
    {brainpoolP256r1tls13, SUFFICIENT},
    {ffdhe8192, PHASE_OUT},
    {ffdhe6144, PHASE_OUT},
    {ffdhe4096, PHASE_OUT},
    {ffdhe3072, PHASE_OUT},
    {secp224r1, PHASE_OUT},
};
static const struct key_row dh[] = {
    {.bits = 3072, .as = {0}},
};

/* 3.3.5 looks at the hash alone. */
static const struct code_row schemes[] = {
    {ecdsa_secp521r1_sha512, .as.grade = GRADE_GOOD},
    {ecdsa_secp384r1_sha384, .as.grade = GRADE_GOOD},
    {ecdsa_secp256r1_sha256, .as.grade = GRADE_GOOD},
    {ecdsa_brainpoolP512r1tls13_sha512, .as.grade = GRADE_GOOD},
    {ecdsa_brainpoolP384r1tls13_sha384, .as.grade = GRADE_GOOD},
    {ecdsa_brainpoolP256r1tls13_sha256, .as.grade = GRADE_GOOD},
    {ed448, .as.grade = GRADE_GOOD},
    {ed25519, .as.grade = GRADE_GOOD},
    {rsa_pss_rsae_sha512, .as.grade = GRADE_GOOD},
    {rsa_pss_rsae_sha384, .as.grade = GRADE_GOOD},
    {rsa_pss_rsae_sha256, .as.grade = GRADE_GOOD},
    {rsa_pss_pss_sha512, .as.grade = GRADE_GOOD},
    {rsa_pss_pss_sha384, .as.grade = GRADE_GOOD},
    {rsa_pss_pss_sha256, .as.grade = GRADE_GOOD},
    {rsa_pkcs1_sha512, .as.grade = GRADE_GOOD},
    {rsa_pkcs1_sha384, .as.grade = GRADE_GOOD},
    {rsa_pkcs1_sha256, .as.grade = GRADE_GOOD},
    {ecdsa_sha224, PHASE_OUT},
    {rsa_pkcs1_sha224, PHASE_OUT},
};

static const struct key_row keys[] = {
    {FACTS_KEY_RSA, 3072, {.grade = GRADE_GOOD}},
    {FACTS_KEY_RSA, 2048, {.grade = GRADE_PHASE_OUT}},
    {FACTS_KEY_EC, 0, {.grade = GRADE_GOOD}}, /* by its curve */
    {FACTS_KEY_ED25519, 0, {.grade = GRADE_SUFFICIENT}},
    {FACTS_KEY_ED448, 0, {.grade = GRADE_SUFFICIENT}},
};
static const struct curve_row curves[] = {
    {"secp521r1", {.grade = GRADE_SUFFICIENT}},
    {"secp384r1", {.grade = GRADE_SUFFICIENT}},
    {"secp256r1", {.grade = GRADE_SUFFICIENT}},
    {"brainpoolP512r1", {.grade = GRADE_SUFFICIENT}},
    {"brainpoolP384r1", {.grade = GRADE_SUFFICIENT}},
    {"brainpoolP256r1", {.grade = GRADE_SUFFICIENT}},
    {"secp224r1", {.grade = GRADE_PHASE_OUT}},
};

static const struct signature_row signatures[] = {
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA512, {.grade = GRADE_GOOD}},
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA384, {.grade = GRADE_GOOD}},
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA256, {.grade = GRADE_GOOD}},
    {FACTS_KEY_RSA, FACTS_PADDING_PSS, FACTS_HASH_SHA512, {.grade = GRADE_GOOD}},
    {FACTS_KEY_RSA, FACTS_PADDING_PSS, FACTS_HASH_SHA384, {.grade = GRADE_GOOD}},
    {FACTS_KEY_RSA, FACTS_PADDING_PSS, FACTS_HASH_SHA256, {.grade = GRADE_GOOD}},
    {FACTS_KEY_RSA, FACTS_PADDING_PKCS1, FACTS_HASH_SHA512, {.grade = GRADE_GOOD}},
    {FACTS_KEY_RSA, FACTS_PADDING_PKCS1, FACTS_HASH_SHA384, {.grade = GRADE_GOOD}},
    {FACTS_KEY_RSA, FACTS_PADDING_PKCS1, FACTS_HASH_SHA256, {.grade = GRADE_GOOD}},
    {FACTS_KEY_ED25519, FACTS_PADDING_NONE, FACTS_HASH_NONE, {.grade = GRADE_GOOD}},
    {FACTS_KEY_ED448, FACTS_PADDING_NONE, FACTS_HASH_NONE, {.grade = GRADE_GOOD}},
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA224, {.grade = GRADE_PHASE_OUT}},
    {FACTS_KEY_RSA, FACTS_PADDING_PKCS1, FACTS_HASH_SHA224, {.grade = GRADE_PHASE_OUT}},
};

static const struct policy_tables tables = {
    .versions = LIST(versions, "NCSC-NL 2025-05 3.3.1"),
    .suites = LIST(suites, "NCSC-NL 2025-05 Appendix B"),
    .groups = LIST(groups, "NCSC-NL 2025-05 Appendix B"),
    .schemes = LIST(schemes, "NCSC-NL 2025-05 3.3.5"),
    .keys = LIST(keys, "NCSC-NL 2025-05 Appendix B"),
    .dh = LIST(dh, "NCSC-NL 2025-05 Appendix B"),
    .curves = LIST(curves, "NCSC-NL 2025-05 Appendix B"),
    .signatures = LIST(signatures, "NCSC-NL 2025-05 Appendix B"),
    .features =
        {
            [FEATURE_EXTENDED_MASTER_SECRET] = {SEVERITY_FAIL, SEVERITY_FAIL,
                                                "NCSC-NL 2025-05 4.1"},
            [FEATURE_RENEGOTIATION] = {SEVERITY_FAIL, SEVERITY_FAIL, "NCSC-NL 2025-05 3.4.2"},
            [FEATURE_COMPRESSION] = {SEVERITY_FAIL, SEVERITY_FAIL, "NCSC-NL 2025-05 3.4.1"},
            [FEATURE_EARLY_DATA] = {SEVERITY_FAIL, SEVERITY_FAIL, "NCSC-NL 2025-05 3.4.4"},
        },
    .published_groups = true,
    .accepts = SEVERITY_FAIL, /* it is the server that is graded, with what it takes beside */
    .accepts_beside = SEVERITY_FAIL,
    .path = SEVERITY_INFO,
};

const struct policy policy_ncsc_nl = {
    .name = "ncsc-nl",
    .title = "NCSC-NL guidelines for TLS 2025-05",
    .tables = &tables,
};
