/* What a server agrees upon, in OpenSSL's lists. */
#include <openssl/err.h>

#include "base/buf.h"
#include "base/mem.h"
#include "crypto/dh.h"
#include "crypto/err_openssl.h"
#include "mint/identity_internal.h"
#include "tls/iana.h"
#include "tls/server_internal.h"

enum { SUITES_MAX_B = 256, PSS_SHA256_MIN_BITS = 528 /* RFC 8017 9.1.1: 8 * (2 * 32 + 2) */ };

#define AES_GCM13 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"

/* The suites below TLS 1.3 are the product of these two tables, in OpenSSL's cipher string language. */
static const struct {
    const char *word, *name;
    bool anonymous;
} kx_table[] = {
    [TLS_KX_ECDHE] = {"kECDHE", "ECDHE", false},
    [TLS_KX_DHE] = {"kDHE", "DHE", false},
    [TLS_KX_ANON_DH] = {"ADH", "anonymous DH", true},
    [TLS_KX_RSA] = {"kRSA", "static RSA", false},
    [TLS_KX_ANON_ECDH] = {"AECDH", "anonymous ECDH", true},
};
_Static_assert(ARRAY_LEN(kx_table) == TLS_KX_COUNT, "a row per key exchange");

static const struct {
    const char *words[2]; /* in order of preference: AES-128 is the faster */
    const char *name;
    const char *tls13;  /* NULL: TLS 1.3 has none of the kind */
    const char *except; /* what the words have in them and is not meant */
} bulk_table[] = {
    [TLS_BULK_AES_GCM] = {{"AESGCM+AES128", "AESGCM+AES256"}, "AES-GCM", AES_GCM13},
    [TLS_BULK_AES_CBC_SHA1] = {{"AES128+SHA1", "AES256+SHA1"}, "AES-CBC with SHA-1", NULL},
    [TLS_BULK_NULL] = {{"eNULL+SHA1", NULL}, "NULL encryption", NULL},
    [TLS_BULK_NULL_MD5] = {{"eNULL+MD5", NULL}, "NULL encryption and MD5", NULL},
    [TLS_BULK_NULL_SHA256] = {{"eNULL+SHA256", NULL}, "NULL encryption and SHA-256", NULL},
    [TLS_BULK_AES_CBC_SHA2] = {{"AES128+SHA256", "AES256+SHA384"}, "AES-CBC with SHA-2", NULL},
    [TLS_BULK_AES_256_GCM] = {{"AESGCM+AES256", NULL}, "AES-256-GCM", "TLS_AES_256_GCM_SHA384"},
    [TLS_BULK_AES_CCM] = {{"AESCCM+AES128", "AESCCM+AES256"},
                          "AES-CCM",
                          "TLS_AES_128_CCM_SHA256",
                          "AESCCM8"},
    [TLS_BULK_AES_CCM_8] = {{"AESCCM8+AES128", "AESCCM8+AES256"},
                            "AES-CCM-8",
                            "TLS_AES_128_CCM_8_SHA256"},
    [TLS_BULK_CHACHA20] = {{"CHACHA20", NULL}, "ChaCha20-Poly1305", "TLS_CHACHA20_POLY1305_SHA256"},
    [TLS_BULK_CAMELLIA_CBC] = {{"CAMELLIA128", "CAMELLIA256"}, "Camellia-CBC", NULL},
    [TLS_BULK_ARIA_GCM] = {{"ARIA128", "ARIA256"}, "ARIA-GCM", NULL},
};
_Static_assert(ARRAY_LEN(bulk_table) == TLS_BULK_COUNT, "a row per bulk cipher");

static int set_suites(SSL_CTX *ctx, const struct tls_knobs *knobs, struct err *err) {
    const char *tls13 = bulk_table[knobs->bulk].tls13;
    struct buf suites;
    int rc = 0;

    buf_init(&suites, SUITES_MAX_B);
    for (size_t i = 0; i < 2 && bulk_table[knobs->bulk].words[i] != NULL; i++)
        buf_printf(&suites, "%s%s+%s", i > 0 ? ":" : "", kx_table[knobs->kx].word,
                   bulk_table[knobs->bulk].words[i]);
    if (bulk_table[knobs->bulk].except != NULL)
        buf_printf(&suites, ":!%s", bulk_table[knobs->bulk].except);
    buf_puts(&suites, kx_table[knobs->kx].anonymous ? ":@SECLEVEL=0" : ":!aNULL:@SECLEVEL=0");
    if (SSL_CTX_set_cipher_list(ctx, buf_text(&suites)) != 1) {
        ERR_clear_error();
        rc = err_set(err, "OpenSSL has no cipher suite for %s with %s", kx_table[knobs->kx].name,
                     bulk_table[knobs->bulk].name);
    } else if (SSL_CTX_set_ciphersuites(ctx, tls13 != NULL ? tls13 : AES_GCM13) != 1) {
        rc = err_openssl(err, "cipher suites of TLS 1.3");
    }
    buf_fini(&suites);
    return rc;
}

static int set_versions(SSL_CTX *ctx, const struct tls_versions *versions, struct err *err) {
    unsigned min = versions->min != 0 ? versions->min : TLS_VERSION_1_2;
    unsigned max = versions->max != 0 ? versions->max : TLS_VERSION_1_3;

    if (min > max)
        min = max;
    if (SSL_CTX_set_min_proto_version(ctx, (int)min) != 1 ||
        SSL_CTX_set_max_proto_version(ctx, (int)max) != 1)
        return err_openssl(err, "TLS version");
    return 0;
}

/* Keys that can sign in one way alone. */
static const struct {
    const char *algorithm, *list;
} signers[] = {
    {"ED25519", "ed25519"},
    {"ED448", "ed448"},
    {"DSA", "DSA+SHA256"},
};

/* A key too short for PSS leaves PKCS #1 v1.5 (RFC 8017 9.2), and with it TLS 1.2 and below. */
#define SOUND                                                                                      \
    "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:"                        \
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384"

static const char *sound_schemes(const struct tls_knobs *knobs, EVP_PKEY *key) {
    for (size_t i = 0; i < ARRAY_LEN(signers); i++)
        if (EVP_PKEY_is_a(key, signers[i].algorithm))
            return signers[i].list;
    bool pss = !EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_get_bits(key) >= PSS_SHA256_MIN_BITS;

    if (!pss)
        return "rsa_pkcs1_sha256";
    return knobs->pkcs1 ? SOUND ":rsa_pkcs1_sha256:rsa_pkcs1_sha384" : SOUND;
}

static int set_schemes(SSL_CTX *ctx, const struct tls_knobs *knobs, EVP_PKEY *key,
                       struct err *err) {
    unsigned scheme = knobs->scheme;
    const char *list =
        scheme == 0 ? sound_schemes(knobs, key) : tls_scheme_openssl((uint16_t)scheme);

    if (list == NULL)
        return err_set(err, "no signature scheme has the number 0x%04x here", scheme);
    if (SSL_CTX_set1_sigalgs_list(ctx, list) != 1)
        return err_openssl(err, "signature algorithms");
    return 0;
}

static int set_groups(SSL_CTX *ctx, unsigned group, struct err *err) {
    const char *name = group != 0 ? tls_group_name((uint16_t)group) : "P-256:P-384";

    if (name == NULL || SSL_CTX_set1_groups_list(ctx, name) != 1)
        return err_openssl(err, "OpenSSL has no group 0x%04x", group);
    return 0;
}

static int set_dh(struct tls_server *server, struct err *err) {
    const struct tls_knobs *knobs = &server->knobs;
    EVP_PKEY *dh = NULL;

    if (dh_params_new(knobs->dh_bits, knobs->dh_kind, &dh, err) != 0)
        return -1;
    if (SSL_CTX_set0_tmp_dh_pkey(server->ctx, dh) != 1) {
        EVP_PKEY_free(dh);
        return err_openssl(err, "Diffie-Hellman group");
    }
    server->dh_name = dh_params_name(knobs->dh_bits, knobs->dh_kind);
    return 0;
}

int server_set_parameters(struct tls_server *server, const struct identity *identity,
                          struct err *err) {
    const struct tls_knobs *knobs = &server->knobs;

    if (set_versions(server->ctx, &knobs->versions, err) != 0 ||
        set_suites(server->ctx, knobs, err) != 0 ||
        set_schemes(server->ctx, knobs, identity->key, err) != 0 ||
        set_groups(server->ctx, knobs->group, err) != 0)
        return -1;
    return set_dh(server, err);
}
