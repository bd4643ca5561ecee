/* BSI TR-02102-2, edition 2026-01: recommended cryptography for TLS.
 *
 * The TR recommends; it does not say that what it leaves out is insecure.  `bsi` reads it as a
 * gateway does that calls a connection secure only if it is recommended; `bsi-lenient` also
 * takes what has no known weakness, and warns of what has left the list.  All of the key
 * exchanges without forward secrecy are OpenSSL's loss: it has none but static RSA, which the TR
 * does not list. */
#include "policy/policy_tables.h"

/* 3.2 */
static const struct code_row versions[] = {
    {TLS1_3, .as = {0}},
    {TLS1_2, .as.until = 2031},
};

/* 3.4.4, Table 13; 3.3.1.1, Table 3; 3.3.1.2, Table 4.  CBC holds with encrypt-then-MAC only,
 * which is judged apart: a client that offers all that is recommended offers CBC, so the offer
 * has it, last. */
static const struct code_row suites[] = {
    {TLS_AES_128_GCM_SHA256, .as = {0}},
    {TLS_AES_256_GCM_SHA384, .as = {0}},
    {TLS_AES_128_CCM_SHA256, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .as.until = 2031},
    {TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .as.until = 2031},
    {TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, .as.until = 2031},
    {TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, .as.until = 2031},
    {TLS_ECDHE_ECDSA_WITH_AES_128_CCM, .as.until = 2031},
    {TLS_ECDHE_ECDSA_WITH_AES_256_CCM, .as.until = 2031},
    {TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, .as.until = 2029},
    {TLS_DHE_RSA_WITH_AES_256_GCM_SHA384, .as.until = 2029},
    {TLS_DHE_RSA_WITH_AES_128_CCM, .as.until = 2029},
    {TLS_DHE_RSA_WITH_AES_256_CCM, .as.until = 2029},
    {TLS_DHE_DSS_WITH_AES_128_GCM_SHA256, .as.until = 2029},
    {TLS_DHE_DSS_WITH_AES_256_GCM_SHA384, .as.until = 2029},
    {TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, .as.until = 2031},
    {TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384, .as.until = 2031},
    {TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, .as.until = 2031},
    {TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, .as.until = 2031},
    {TLS_DHE_RSA_WITH_AES_128_CBC_SHA256, .as.until = 2029},
    {TLS_DHE_RSA_WITH_AES_256_CBC_SHA256, .as.until = 2029},
    {TLS_DHE_DSS_WITH_AES_128_CBC_SHA256, .as.until = 2029},
    {TLS_DHE_DSS_WITH_AES_256_CBC_SHA256, .as.until = 2029},
    {TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256, .as.until = 2026},
    {TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384, .as.until = 2026},
    {TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256, .as.until = 2026},
    {TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384, .as.until = 2026},
    {TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256, .as.until = 2026},
    {TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384, .as.until = 2026},
    {TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256, .as.until = 2026},
    {TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384, .as.until = 2026},
    {TLS_DH_RSA_WITH_AES_128_GCM_SHA256, .as.until = 2026},
    {TLS_DH_RSA_WITH_AES_256_GCM_SHA384, .as.until = 2026},
    {TLS_DH_RSA_WITH_AES_128_CBC_SHA256, .as.until = 2026},
    {TLS_DH_RSA_WITH_AES_256_CBC_SHA256, .as.until = 2026},
    {TLS_DH_DSS_WITH_AES_128_GCM_SHA256, .as.until = 2026},
    {TLS_DH_DSS_WITH_AES_256_GCM_SHA384, .as.until = 2026},
    {TLS_DH_DSS_WITH_AES_128_CBC_SHA256, .as.until = 2026},
    {TLS_DH_DSS_WITH_AES_256_CBC_SHA256, .as.until = 2026},
    /* Not listed, and sound. */
    {TLS_CHACHA20_POLY1305_SHA256, .as.is_unlisted = true},
    {TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .as.is_unlisted = true},
    {TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, .as.is_unlisted = true},
    {TLS_AES_128_CCM_8_SHA256, .as.is_unlisted = true},
    {TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, .as.is_unlisted = true},
    {TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8, .as.is_unlisted = true},
};

/* 3.3.2, Table 6; 3.4.2, Table 10. */
static const struct code_row groups[] = {
    {secp256r1, .as.until = 2031},
    {secp384r1, .as.until = 2031},
    {secp521r1, .as.until = 2031},
    {brainpoolP256r1, FOR_TLS1_2, {.until = 2031}},
    {brainpoolP384r1, FOR_TLS1_2, {.until = 2031}},
    {brainpoolP512r1, FOR_TLS1_2, {.until = 2031}},
    {brainpoolP256r1tls13, FOR_TLS1_3, {.until = 2031}},
    {brainpoolP384r1tls13, FOR_TLS1_3, {.until = 2031}},
    {brainpoolP512r1tls13, FOR_TLS1_3, {.until = 2031}},
    {ffdhe3072, FOR_TLS1_3, {.until = 2031}},
    {ffdhe4096, FOR_TLS1_3, {.until = 2031}},
    {ffdhe3072, FOR_TLS1_2, {.until = 2029}},
    {ffdhe4096, FOR_TLS1_2, {.until = 2029}},
    {ffdhe2048, .as.until = 2022},
    /* Not listed, and sound.  The TR announces the two hybrids with NIST's curves. */
    {SecP256r1MLKEM768, FOR_TLS1_3, {.is_unlisted = true}},
    {SecP384r1MLKEM1024, FOR_TLS1_3, {.is_unlisted = true}},
    {X25519MLKEM768, FOR_TLS1_3, {.is_unlisted = true}},
    {x25519, .as.is_unlisted = true},
    {x448, .as.is_unlisted = true},
    {ffdhe6144, .as.is_unlisted = true},
    {ffdhe8192, .as.is_unlisted = true},
};

/* 3.3.3, Tables 7 and 8; 3.4.3, Table 11.  In TLS 1.2 the ECDSA code points name the hash alone. */
static const struct code_row schemes[] = {
    {ecdsa_secp256r1_sha256, FOR_TLS1_3, {0}},
    {ecdsa_secp384r1_sha384, FOR_TLS1_3, {0}},
    {ecdsa_secp521r1_sha512, FOR_TLS1_3, {0}},
    {ecdsa_secp256r1_sha256, FOR_TLS1_2, {.until = 2031}},
    {ecdsa_secp384r1_sha384, FOR_TLS1_2, {.until = 2031}},
    {ecdsa_secp521r1_sha512, FOR_TLS1_2, {.until = 2031}},
    {ecdsa_brainpoolP256r1tls13_sha256, FOR_TLS1_3, {0}},
    {ecdsa_brainpoolP384r1tls13_sha384, FOR_TLS1_3, {0}},
    {ecdsa_brainpoolP512r1tls13_sha512, FOR_TLS1_3, {0}},
    {rsa_pss_rsae_sha256, .as = {0}},
    {rsa_pss_rsae_sha384, .as = {0}},
    {rsa_pss_rsae_sha512, .as = {0}},
    {rsa_pss_pss_sha256, .as = {0}},
    {rsa_pss_pss_sha384, .as = {0}},
    {rsa_pss_pss_sha512, .as = {0}},
    {dsa_sha256, FOR_TLS1_2, {.until = 2029}},
    {dsa_sha384, FOR_TLS1_2, {.until = 2029}},
    {dsa_sha512, FOR_TLS1_2, {.until = 2029}},
    {rsa_pkcs1_sha256, FOR_TLS1_2, {.until = 2025}},
    {rsa_pkcs1_sha384, FOR_TLS1_2, {.until = 2025}},
    {rsa_pkcs1_sha512, FOR_TLS1_2, {.until = 2025}},
    {ed25519, .as.is_unlisted = true},
    {ed448, .as.is_unlisted = true},
};

/* 3.6.1, Table 14: what was enough, and from when on more is asked for. */
static const struct key_row keys[] = {
    {FACTS_KEY_EC, 250, {0}},
    {FACTS_KEY_RSA, 3000, {0}},
    {FACTS_KEY_RSA, 2000, {.until = 2023}},
    {FACTS_KEY_DSA, 3000, {.until = 2029}},
    {FACTS_KEY_DSA, 2000, {.until = 2022}},
    {FACTS_KEY_ED25519, 0, {.is_unlisted = true}},
    {FACTS_KEY_ED448, 0, {.is_unlisted = true}},
};
static const struct key_row dh[] = {
    {.bits = 3000, .as.until = 2031},
    {.bits = 2000, .as.until = 2022},
};

/* The curves of Tables 11 and 12. */
static const struct curve_row curves[] = {
    {"secp256r1", {0}},       {"secp384r1", {0}},       {"secp521r1", {0}},
    {"brainpoolP256r1", {0}}, {"brainpoolP384r1", {0}}, {"brainpoolP512r1", {0}},
};

/* 3.4.3, Table 12. */
static const struct signature_row signatures[] = {
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA256, {0}},
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA384, {0}},
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA512, {0}},
    {FACTS_KEY_RSA, FACTS_PADDING_PSS, FACTS_HASH_SHA256, {0}},
    {FACTS_KEY_RSA, FACTS_PADDING_PSS, FACTS_HASH_SHA384, {0}},
    {FACTS_KEY_RSA, FACTS_PADDING_PSS, FACTS_HASH_SHA512, {0}},
    {FACTS_KEY_RSA, FACTS_PADDING_PKCS1, FACTS_HASH_SHA256, {.until = 2025}},
    {FACTS_KEY_RSA, FACTS_PADDING_PKCS1, FACTS_HASH_SHA384, {.until = 2025}},
    {FACTS_KEY_RSA, FACTS_PADDING_PKCS1, FACTS_HASH_SHA512, {.until = 2025}},
    {FACTS_KEY_ED25519, FACTS_PADDING_NONE, FACTS_HASH_NONE, {.is_unlisted = true}},
    {FACTS_KEY_ED448, FACTS_PADDING_NONE, FACTS_HASH_NONE, {.is_unlisted = true}},
};

static const struct policy_tables tables = {
    .versions = LIST(versions, "TR-02102-2 3.2"),
    .suites = LIST(suites, "TR-02102-2 3.3.1 and 3.4.4"),
    .groups = LIST(groups, "TR-02102-2 3.3.2 and 3.4.2"),
    .schemes = LIST(schemes, "TR-02102-2 3.3.3 and 3.4.3"),
    .keys = LIST(keys, "TR-02102-2 3.6.1"),
    .dh = LIST(dh, "TR-02102-2 3.6.1"),
    .curves = LIST(curves, "TR-02102-2 3.4.3"),
    .signatures = LIST(signatures, "TR-02102-2 3.4.3"),
    .features =
        {
            [FEATURE_ENCRYPT_THEN_MAC] = {SEVERITY_FAIL, SEVERITY_FAIL, "TR-02102-2 3.3.4.5"},
            [FEATURE_EXTENDED_MASTER_SECRET] = {SEVERITY_FAIL, SEVERITY_WARN, "TR-02102-2 3.3.4.7"},
            [FEATURE_RENEGOTIATION] = {SEVERITY_FAIL, SEVERITY_FAIL, "TR-02102-2 3.3.4.1"},
            [FEATURE_COMPRESSION] = {SEVERITY_FAIL, SEVERITY_FAIL, "TR-02102-2 3.3.4.3"},
            /* Who does not send early data is not hurt by an offer to take it. */
            [FEATURE_EARLY_DATA] = {SEVERITY_WARN, SEVERITY_WARN, "TR-02102-2 3.4"},
        },
    .accepts = SEVERITY_WARN, /* the connection that a strict client gets is another */
    .accepts_beside = SEVERITY_WARN,
    .path = SEVERITY_FAIL,
};

const struct policy policy_bsi = {
    .name = "bsi",
    .title = "BSI TR-02102-2 2026-01, strictly",
    .tables = &tables,
};
const struct policy policy_bsi_lenient = {
    .name = "bsi-lenient",
    .title = "BSI TR-02102-2 2026-01, also what is not listed and has no known weakness",
    .tables = &tables,
    .is_lenient = true,
};
