/* Mozilla, Server Side TLS, guidelines 6.0 (April 2026): "modern" and "intermediate".
 *
 * They say how a server is to be set up, so they judge what it takes beside the best (a version, one
 * suite and one group of those that they do not list), its own certificate, and neither handshake
 * signatures nor extensions. */
#include "policy/policy_tables.h"

static const struct code_row modern_versions[] = {
    {TLS1_3, .as = {0}},
};
static const struct code_row intermediate_versions[] = {
    {TLS1_3, .as = {0}},
    {TLS1_2, .as = {0}},
};

static const struct code_row suites[] = {
    {TLS_AES_128_GCM_SHA256, .as = {0}},
    {TLS_AES_256_GCM_SHA384, .as = {0}},
    {TLS_CHACHA20_POLY1305_SHA256, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .as = {0}},
    {TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .as = {0}},
    {TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, .as = {0}},
    {TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .as = {0}},
    {TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, .as = {0}},
};
enum { MODERN_SUITES = 3 };

static const struct code_row groups[] = {
    {X25519MLKEM768, .as = {0}},
    {x25519, .as = {0}},
    {secp256r1, .as = {0}},
    {secp384r1, .as = {0}},
};

static const struct key_row keys[] = {
    {FACTS_KEY_EC, 0, {0}},
    {FACTS_KEY_RSA, 2048, {0}},
};
enum { MODERN_KEYS = 1 };
static const struct curve_row curves[] = {
    {"secp256r1", {0}},
    {"secp384r1", {0}},
};

static const struct signature_row signatures[] = {
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA256, {0}},
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA384, {0}},
    {FACTS_KEY_EC, FACTS_PADDING_NONE, FACTS_HASH_SHA512, {0}},
    {FACTS_KEY_RSA, FACTS_PADDING_PKCS1, FACTS_HASH_SHA256, {0}},
};
enum { MODERN_SIGNATURES = 3 };

static const struct policy_tables modern = {
    .versions = LIST(modern_versions, "Mozilla 6.0, modern: protocols"),
    .suites = {suites, MODERN_SUITES, "Mozilla 6.0, modern: cipher suites"},
    .groups = LIST(groups, "Mozilla 6.0, modern: TLS curves"),
    .keys = {keys, MODERN_KEYS, "Mozilla 6.0, modern: certificate type"},
    .curves = LIST(curves, "Mozilla 6.0, modern: certificate curve"),
    .signatures = {signatures, MODERN_SIGNATURES, "Mozilla 6.0, modern: certificate signature"},
    .validity = {90, SEVERITY_FAIL, "Mozilla 6.0, modern: certificate lifespan"},
    .accepts = SEVERITY_FAIL,
    .accepts_beside = SEVERITY_FAIL,
    .path = SEVERITY_FAIL,
    .leaf_alone = true,
};
static const struct policy_tables intermediate = {
    .versions = LIST(intermediate_versions, "Mozilla 6.0, intermediate: protocols"),
    .suites = LIST(suites, "Mozilla 6.0, intermediate: cipher suites"),
    .groups = LIST(groups, "Mozilla 6.0, intermediate: TLS curves"),
    .keys = LIST(keys, "Mozilla 6.0, intermediate: certificate type"),
    .curves = LIST(curves, "Mozilla 6.0, intermediate: certificate curve"),
    .signatures = LIST(signatures, "Mozilla 6.0, intermediate: certificate signature"),
    .validity = {366, SEVERITY_FAIL, "Mozilla 6.0, intermediate: certificate lifespan"},
    .accepts = SEVERITY_FAIL,
    .accepts_beside = SEVERITY_FAIL,
    .path = SEVERITY_FAIL,
    .leaf_alone = true,
};

const struct policy policy_mozilla_modern = {
    .name = "mozilla-modern",
    .title = "Mozilla Server Side TLS 6.0, modern",
    .tables = &modern,
};
const struct policy policy_mozilla_intermediate = {
    .name = "mozilla-intermediate",
    .title = "Mozilla Server Side TLS 6.0, intermediate",
    .tables = &intermediate,
};
