#include "tls/mint_cert.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "tls/err_openssl.h"

enum { CERT_SERIAL_BITS = 159 /* 20 bytes and never negative */, CERT_MAX_ATTRIBUTE_B = 1024 };

void cert_plan_add(struct cert_plan *plan, int nid, const char *value) {
    for (size_t i = 0; i < CERT_MAX_EXTENSIONS; i++)
        if (plan->extensions[i].value == NULL) {
            plan->extensions[i] = (struct cert_extension){nid, value};
            return;
        }
    assert(!"room for another extension");
}

/* attribute: "CN=abc.xy" */
static int add_attribute(X509_NAME *name, const char *attribute, size_t len, struct err *err) {
    char type[CERT_MAX_ATTRIBUTE_B];
    const char *equals = memchr(attribute, '=', len);

    if (equals == NULL || len >= sizeof type)
        return err_set(err, "'%.*s' is no attribute of a name, such as CN=mail.test", (int)len,
                       attribute);
    int type_len = (int)(equals - attribute), value_len = (int)len - type_len - 1;
    snprintf(type, sizeof type, "%.*s", type_len, attribute);
    if (X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, (const unsigned char *)equals + 1,
                                   value_len, -1, 0) != 1)
        return err_openssl(err, "cannot put '%.*s' into a name", (int)len, attribute);
    return 0;
}

static int set_subject(X509 *cert, const char *subject, struct err *err) {
    X509_NAME *name = X509_NAME_new();
    int rc = name != NULL ? 0 : err_openssl(err, "cannot make a name");

    while (rc == 0 && *subject != '\0') {
        subject += *subject == '/';
        size_t len = strcspn(subject, "/");
        rc = add_attribute(name, subject, len, err);
        subject += len;
    }
    if (rc == 0 && X509_set_subject_name(cert, name) != 1)
        rc = err_openssl(err, "cannot set the subject of a certificate");
    X509_NAME_free(name);
    return rc;
}

static int set_serial(X509 *cert) {
    BIGNUM *serial = BN_new();
    int ok = serial != NULL &&
             BN_rand(serial, CERT_SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
             BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)) != NULL;

    BN_free(serial);
    return ok;
}

static int add_extension(X509 *cert, X509V3_CTX *ctx, const struct cert_extension *extension,
                         struct err *err) {
    X509_EXTENSION *made = X509V3_EXT_nconf_nid(NULL, ctx, extension->nid, extension->value);
    int ok = made != NULL && X509_add_ext(cert, made, -1) == 1;

    X509_EXTENSION_free(made);
    return ok ? 0
              : err_openssl(err, "cannot make the extension %s = %s", OBJ_nid2sn(extension->nid),
                            extension->value);
}

static int add_extensions(X509 *cert, const struct cert_plan *plan, struct err *err) {
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, plan->issuer != NULL ? plan->issuer : cert, cert, NULL, NULL, 0);
    for (size_t i = 0; i < CERT_MAX_EXTENSIONS && plan->extensions[i].value != NULL; i++)
        if (add_extension(cert, &ctx, &plan->extensions[i], err) != 0)
            return -1;
    return 0;
}

static const EVP_MD *digest_for(enum mint_signature signature, const EVP_PKEY *key) {
    switch (signature) {
    case MINT_SIGNATURE_SHA1:
        return EVP_sha1();
    case MINT_SIGNATURE_MD5:
        return EVP_md5();
    default: /* as strong as the key (RFC 5480 4) */
        return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) > 256 ? EVP_sha384()
                                                                        : EVP_sha256();
    }
}

/* The salt is as long as the digest (RFC 8446 4.2.3), or what is left of it beside 512 bits. */
static int use_pss(EVP_PKEY_CTX *ctx, const EVP_PKEY *key, const EVP_MD *digest) {
    int digest_b = EVP_MD_get_size(digest);
    int salt_b =
        EVP_PKEY_get_size(key) < 2 * digest_b + 2 ? RSA_PSS_SALTLEN_MAX : RSA_PSS_SALTLEN_DIGEST;

    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, salt_b) == 1;
}

static int sign(X509 *cert, const struct cert_plan *plan, struct err *err) {
    EVP_PKEY *key = plan->issuer_key;
    bool rsa = EVP_PKEY_is_a(key, "RSA");
    const EVP_MD *digest = digest_for(plan->signature, key);
    EVP_PKEY_CTX *pkey_ctx;

    if (plan->signature == MINT_SIGNATURE_MD5 && !rsa)
        return err_set(err, "cannot sign a certificate with MD5 and an ECDSA key: there is no such "
                            "algorithm; the issuer needs an RSA key");
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestSignInit(ctx, &pkey_ctx, digest, NULL, key) == 1;
    if (ok && rsa && plan->signature == MINT_SIGNATURE_SOUND)
        ok = use_pss(pkey_ctx, key, digest);
    ok = ok && X509_sign_ctx(cert, ctx) > 0;
    EVP_MD_CTX_free(ctx);
    return ok ? 0 : err_openssl(err, "cannot sign a certificate");
}

static int fill(X509 *cert, const struct cert_plan *plan, struct err *err) {
    if (X509_set_version(cert, X509_VERSION_3) != 1 || !set_serial(cert) ||
        X509_set_pubkey(cert, plan->key) != 1)
        return err_openssl(err, "cannot make a certificate");
    if (set_subject(cert, plan->subject, err) != 0)
        return -1;
    if (X509_set_issuer_name(cert, X509_get_subject_name(plan->issuer ? plan->issuer : cert)) != 1)
        return err_openssl(err, "cannot set the issuer of a certificate");
    if (ASN1_TIME_set(X509_getm_notBefore(cert), plan->not_before_s) == NULL ||
        ASN1_TIME_set(X509_getm_notAfter(cert), plan->not_after_s) == NULL)
        return err_openssl(err, "cannot set the validity of a certificate");
    return add_extensions(cert, plan, err);
}

int cert_make(const struct cert_plan *plan, X509 **out, struct err *err) {
    X509 *cert = X509_new();

    if (cert == NULL)
        return err_openssl(err, "cannot make a certificate");
    if (fill(cert, plan, err) != 0 || sign(cert, plan, err) != 0) {
        X509_free(cert);
        return -1;
    }
    *out = cert;
    return 0;
}
