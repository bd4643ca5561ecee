/* forge - certificates with whatever in them, which minting would not make, for the tests that judge chains. */
#ifndef DOORMAT_TESTS_FORGE_H
#define DOORMAT_TESTS_FORGE_H

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "unit.h"
#include "x509/chain.h"
#include "x509/trust_internal.h"

#define DAY_S INT64_C(86400)

/* 2030-06-01: no test depends on today. */
static const int64_t now_s = 1906502400;

enum { FORGE_MAX_EXTENSIONS = 8, FORGE_MAX_CHAIN = 120 };

/* name, value: as in x509v3_config(5), "1.2.3=DER:0500" too; the same name may be there twice. */
struct forge_extension {
    const char *name, *value;
};

/* Zero is a sound leaf's: version 3, a day old, serial 1, SHA-256.  An RSA issuer signs with PKCS #1 v1.5. */
struct forge {
    const char *subject; /* the common name; NULL: an empty subject */
    struct forge_extension extensions[FORGE_MAX_EXTENSIONS];
    int64_t from_s, until_s; /* from now */
    const char *serial;      /* decimal, perhaps negative */
    const EVP_MD *(*digest)(void);
    long version; /* X509_VERSION_1 is -1 here, so that 0 may be the default */
};

/* What an issuer is to sign; NULL: itself. */
struct forge_issuer {
    X509 *cert;
    EVP_PKEY *key;
};

static EVP_PKEY *forge_key(void) {
    EVP_PKEY *key = EVP_EC_gen("P-256");

    assert_non_null(key);
    return key;
}

static void forge_extend(X509 *cert, X509 *issuer, const struct forge_extension *extension) {
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *made = X509V3_EXT_nconf(NULL, &ctx, extension->name, extension->value);
    if (made == NULL)
        fail_msg("%s = %s", extension->name, extension->value);
    assert_int_equal(X509_add_ext(cert, made, -1), 1);
    X509_EXTENSION_free(made);
}

static void forge_serial(X509 *cert, const char *serial) {
    ASN1_INTEGER *number = s2i_ASN1_INTEGER(NULL, serial != NULL ? serial : "1");

    assert_int_equal(X509_set_serialNumber(cert, number), 1);
    ASN1_INTEGER_free(number);
}

static X509 *forge_cert(const struct forge *forge, EVP_PKEY *key,
                        const struct forge_issuer *issuer) {
    X509 *cert = X509_new(), *by = issuer != NULL ? issuer->cert : cert;
    int64_t until_s = forge->until_s != 0 ? forge->until_s : 90 * DAY_S;
    int64_t from_s = forge->from_s != 0 ? forge->from_s : -DAY_S;

    X509_set_version(cert, forge->version == -1 ? X509_VERSION_1 : X509_VERSION_3);
    forge_serial(cert, forge->serial);
    if (forge->subject != NULL)
        X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                                   (const unsigned char *)forge->subject, -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(by));
    ASN1_TIME_set(X509_getm_notBefore(cert), now_s + from_s);
    ASN1_TIME_set(X509_getm_notAfter(cert), now_s + until_s);
    X509_set_pubkey(cert, key);
    for (size_t i = 0; i < FORGE_MAX_EXTENSIONS && forge->extensions[i].name != NULL; i++)
        forge_extend(cert, by, &forge->extensions[i]);
    bool edwards = EVP_PKEY_is_a(issuer != NULL ? issuer->key : key, "ED25519");
    const EVP_MD *digest = forge->digest != NULL ? forge->digest() : EVP_sha256();
    assert_true(X509_sign(cert, issuer != NULL ? issuer->key : key, edwards ? NULL : digest) > 0);
    return cert;
}

#define FORGE_SKI                                                                                  \
    { "subjectKeyIdentifier", "hash" }
#define FORGE_AKI                                                                                  \
    { "authorityKeyIdentifier", "keyid:always" }
#define FORGE_KU                                                                                   \
    { "keyUsage", "critical,digitalSignature" }
#define FORGE_EKU                                                                                  \
    { "extendedKeyUsage", "serverAuth" }
#define FORGE_SAN                                                                                  \
    { "subjectAltName", "DNS:mx.test" }
#define FORGE_BC                                                                                   \
    { "basicConstraints", "critical,CA:FALSE" }
#define FORGE_SOUND FORGE_SKI, FORGE_AKI, FORGE_BC, FORGE_KU, FORGE_EKU, FORGE_SAN

#define FORGE_CA_BC                                                                                \
    { "basicConstraints", "critical,CA:TRUE" }
#define FORGE_CA_KU                                                                                \
    { "keyUsage", "critical,keyCertSign,cRLSign" }
#define FORGE_CA FORGE_SKI, FORGE_AKI, FORGE_CA_BC, FORGE_CA_KU

/* A certificate of that common name and these extensions. */
#define FORGE(name, ...)                                                                           \
    {                                                                                              \
        .subject = name, .extensions = { __VA_ARGS__ }                                             \
    }

/* A store of that anchor alone. */
static struct trust *forge_trust(X509 *anchor) {
    struct trust *trust = mem_zalloc(sizeof *trust);

    trust->store = X509_STORE_new();
    if (anchor != NULL)
        assert_int_equal(X509_STORE_add_cert(trust->store, anchor), 1);
    return trust;
}

/* What chain_from_der says of certificates, the leaf first. */
static void forge_judge(X509 *const *certs, size_t count, const struct trust *trust,
                        struct facts_chain *out) {
    uint8_t *der[FORGE_MAX_CHAIN] = {NULL};
    size_t len[FORGE_MAX_CHAIN];
    struct err err = {.text = ""};

    assert_true(count <= FORGE_MAX_CHAIN);
    for (size_t i = 0; i < count; i++)
        len[i] = (size_t)i2d_X509(certs[i], &der[i]);
    if (chain_from_der((const uint8_t *const *)der, len, count, trust, now_s, out, &err) != 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < count; i++)
        OPENSSL_free(der[i]);
}

#endif
