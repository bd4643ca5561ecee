#include "crypto/key.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdint.h>

#include "crypto/err_openssl.h"

enum {
    KEY_MIN_RSA_BITS = 512,
    KEY_MAX_RSA_BITS = 16384,
    KEY_MANY_PRIMES_BITS = 8192, /* from here on two primes would take minutes to find */
    KEY_MANY_PRIMES = 5,
    KEY_DSA_Q_BITS = 160 /* FIPS 186-2 */
};

static const char *const role_names[KEY_ROLE_COUNT] = {
    [KEY_ROLE_ROOT] = "root",
    [KEY_ROLE_INTERMEDIATE] = "intermediate",
    [KEY_ROLE_LEAF] = "leaf",
    [KEY_ROLE_STRANGER] = "stranger",
    [KEY_ROLE_STRANGER_INTERMEDIATE] = "stranger-intermediate",
    [KEY_ROLE_STRANGER_LEAF] = "stranger-leaf",
    [KEY_ROLE_ZONE] = "zone",
    [KEY_ROLE_STRANGER_ZONE] = "stranger-zone",
};

static const struct {
    const char *name, *label, *group; /* in a file's name, for people, for OpenSSL */
} curves[KEY_CURVE_COUNT] = {
    [KEY_CURVE_P256] = {"p256", "P-256", "prime256v1"},
    [KEY_CURVE_P384] = {"p384", "P-384", "secp384r1"},
    [KEY_CURVE_P521] = {"p521", "P-521", "secp521r1"},
    [KEY_CURVE_P224] = {"p224", "P-224", "secp224r1"},
    [KEY_CURVE_P192] = {"p192", "P-192", "prime192v1"},
    [KEY_CURVE_SECP160R1] = {"secp160r1", "secp160r1", "secp160r1"},
    [KEY_CURVE_SECP256K1] = {"secp256k1", "secp256k1", "secp256k1"},
    [KEY_CURVE_SECT163K1] = {"sect163k1", "sect163k1", "sect163k1"},
    [KEY_CURVE_BRAINPOOL256] = {"bp256", "brainpoolP256r1", "brainpoolP256r1"},
    [KEY_CURVE_BRAINPOOL384] = {"bp384", "brainpoolP384r1", "brainpoolP384r1"},
};

struct order {
    const struct key_spec *spec;
    const atomic_bool *stop; /* or NULL */
};

static int make_ec(const struct order *order, EVP_PKEY **out, struct err *err);
static int make_explicit(const struct order *order, EVP_PKEY **out, struct err *err);
static int make_rsa(const struct order *order, EVP_PKEY **out, struct err *err);
static int make_dsa(const struct order *order, EVP_PKEY **out, struct err *err);
static int make_edwards(const struct order *order, EVP_PKEY **out, struct err *err);
static int make_flawed(const struct order *order, EVP_PKEY **out, struct err *err);

static const struct kind {
    const char *name, *label; /* in a file's name, for people */
    const char *algorithm;    /* for OpenSSL */
    enum key_family family;
    int (*make)(const struct order *order, EVP_PKEY **out, struct err *err);
} kinds[KEY_TYPE_COUNT] = {
    [KEY_DEFAULT] = {"ec", "ECDSA", "EC", KEY_FAMILY_EC, make_ec},
    [KEY_EC] = {"ec", "ECDSA", "EC", KEY_FAMILY_EC, make_ec},
    [KEY_RSA] = {"rsa", "RSA", "RSA", KEY_FAMILY_RSA, make_rsa},
    [KEY_EC_EXPLICIT] = {"explicit", "ECDSA explicit", "EC", KEY_FAMILY_EC, make_explicit},
    [KEY_DSA] = {"dsa", "DSA", "DSA", KEY_FAMILY_DSA, make_dsa},
    [KEY_ED25519] = {"ed25519", "Ed25519", "ED25519", KEY_FAMILY_EDWARDS, make_edwards},
    [KEY_ED448] = {"ed448", "Ed448", "ED448", KEY_FAMILY_EDWARDS, make_edwards},
    [KEY_RSA_E3] = {"rsa-e3", "RSA", "RSA", KEY_FAMILY_RSA, make_flawed},
    [KEY_RSA_E1] = {"rsa-e1", "RSA", "RSA", KEY_FAMILY_RSA, make_flawed},
    [KEY_RSA_ROCA] = {"rsa-powers", "RSA", "RSA", KEY_FAMILY_RSA, make_flawed},
    [KEY_RSA_CLOSE] = {"rsa-close", "RSA", "RSA", KEY_FAMILY_RSA, make_flawed},
    [KEY_RSA_SHARED] = {"rsa-shared", "RSA", "RSA", KEY_FAMILY_RSA, make_flawed},
};

enum key_family key_spec_family(const struct key_spec *spec) {
    return kinds[spec->type].family;
}

static bool is_rsa(const struct key_spec *spec) {
    return key_spec_family(spec) == KEY_FAMILY_RSA;
}

static bool has_bits(const struct key_spec *spec) {
    return is_rsa(spec) || key_spec_family(spec) == KEY_FAMILY_DSA;
}

static enum key_curve curve_of(const struct key_spec *spec) {
    return spec->type == KEY_DEFAULT ? KEY_CURVE_P256 : spec->curve;
}

void key_spec_describe(const struct key_spec *spec, char *out, unsigned long size_b) {
    const char *label = kinds[spec->type].label;

    if (has_bits(spec))
        snprintf(out, size_b, "%s %u", label, spec->bits);
    else if (key_spec_family(spec) == KEY_FAMILY_EC)
        snprintf(out, size_b, "%s %s", label, curves[curve_of(spec)].label);
    else
        snprintf(out, size_b, "%s", label);
}

void key_name(enum key_role role, const struct key_spec *spec, char out[KEY_NAME_SIZE_B]) {
    const char *kind = kinds[spec->type].name;

    assert(role < KEY_ROLE_COUNT);
    if (has_bits(spec))
        snprintf(out, KEY_NAME_SIZE_B, "%s-%s-%u", role_names[role], kind, spec->bits);
    else if (key_spec_family(spec) == KEY_FAMILY_EC)
        snprintf(out, KEY_NAME_SIZE_B, "%s-%s-%s", role_names[role], kind,
                 curves[curve_of(spec)].name);
    else
        snprintf(out, KEY_NAME_SIZE_B, "%s-%s", role_names[role], kind);
}

bool key_fits(const EVP_PKEY *key, const struct key_spec *spec) {
    char group[64];
    size_t len;

    if (!EVP_PKEY_is_a(key, kinds[spec->type].algorithm))
        return false;
    if (has_bits(spec))
        return EVP_PKEY_get_bits(key) == (int)spec->bits;
    return key_spec_family(spec) != KEY_FAMILY_EC ||
           (EVP_PKEY_get_group_name(key, group, sizeof group, &len) == 1 &&
            strcmp(group, curves[curve_of(spec)].group) == 0);
}

static bool has_stopped(const struct order *order) {
    return order->stop != NULL && atomic_load(order->stop);
}

/* For each candidate: whether the search goes on. */
static int on_candidate(EVP_PKEY_CTX *ctx) {
    return !has_stopped(EVP_PKEY_CTX_get_app_data(ctx));
}

static void let_stop(EVP_PKEY_CTX *ctx, const struct order *order) {
    EVP_PKEY_CTX_set_app_data(ctx, (void *)(uintptr_t)order);
    EVP_PKEY_CTX_set_cb(ctx, on_candidate);
}

static int generate(EVP_PKEY_CTX *ctx, const struct order *order, EVP_PKEY **out) {
    let_stop(ctx, order);
    return EVP_PKEY_generate(ctx, out);
}

static int paramgen(EVP_PKEY_CTX *ctx, const struct order *order, EVP_PKEY **out) {
    let_stop(ctx, order);
    return EVP_PKEY_paramgen(ctx, out);
}

static int cannot_make(const struct order *order, struct err *err) {
    char what[64];

    key_spec_describe(order->spec, what, sizeof what);
    if (has_stopped(order)) {
        ERR_clear_error();
        return err_set(err, "the making of an %s key was given up", what);
    }
    return err_openssl(err, "cannot make an %s key", what);
}

static int make_ec(const struct order *order, EVP_PKEY **out, struct err *err) {
    *out = EVP_EC_gen(curves[curve_of(order->spec)].group);
    return *out != NULL ? 0 : cannot_make(order, err);
}

static int make_explicit(const struct order *order, EVP_PKEY **out, struct err *err) {
    if (make_ec(order, out, err) != 0)
        return -1;
    if (EVP_PKEY_set_utf8_string_param(*out, OSSL_PKEY_PARAM_EC_ENCODING, "explicit") == 1)
        return 0;
    EVP_PKEY_free(*out);
    *out = NULL;
    return cannot_make(order, err);
}

static int make_edwards(const struct order *order, EVP_PKEY **out, struct err *err) {
    *out = EVP_PKEY_Q_keygen(NULL, NULL, kinds[order->spec->type].algorithm);
    return *out != NULL ? 0 : cannot_make(order, err);
}

static int make_rsa(const struct order *order, EVP_PKEY **out, struct err *err) {
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    int primes = order->spec->bits >= KEY_MANY_PRIMES_BITS ? KEY_MANY_PRIMES : 2;

    if (ctx == NULL || EVP_PKEY_keygen_init(ctx) != 1 ||
        EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)order->spec->bits) != 1 ||
        EVP_PKEY_CTX_set_rsa_keygen_primes(ctx, primes) != 1 || generate(ctx, order, out) != 1)
        *out = NULL;
    EVP_PKEY_CTX_free(ctx);
    return *out != NULL ? 0 : cannot_make(order, err);
}

static int make_dsa(const struct order *order, EVP_PKEY **out, struct err *err) {
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL), *key_ctx = NULL;
    EVP_PKEY *domain = NULL;

    if (ctx == NULL || EVP_PKEY_paramgen_init(ctx) != 1 ||
        EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, (int)order->spec->bits) != 1 ||
        EVP_PKEY_CTX_set_dsa_paramgen_q_bits(ctx, KEY_DSA_Q_BITS) != 1 ||
        paramgen(ctx, order, &domain) != 1 ||
        (key_ctx = EVP_PKEY_CTX_new_from_pkey(NULL, domain, NULL)) == NULL ||
        EVP_PKEY_keygen_init(key_ctx) != 1 || EVP_PKEY_generate(key_ctx, out) != 1)
        *out = NULL;
    EVP_PKEY_CTX_free(key_ctx);
    EVP_PKEY_free(domain);
    EVP_PKEY_CTX_free(ctx);
    return *out != NULL ? 0 : cannot_make(order, err);
}

static int make_flawed(const struct order *order, EVP_PKEY **out, struct err *err) {
    return key_make_flawed(order->spec, out, err);
}

int key_make(const struct key_spec *spec, const atomic_bool *stop, EVP_PKEY **out,
             struct err *err) {
    const struct order order = {spec, stop};

    assert(spec->type < KEY_TYPE_COUNT && spec->curve < KEY_CURVE_COUNT);
    if (is_rsa(spec) && (spec->bits < KEY_MIN_RSA_BITS || spec->bits > KEY_MAX_RSA_BITS))
        return err_set(err, "cannot make an RSA key of %u bits: they go from %d to %d", spec->bits,
                       KEY_MIN_RSA_BITS, KEY_MAX_RSA_BITS);
    return kinds[spec->type].make(&order, out, err);
}
