#include "mint/sign.h"

#include <openssl/rsa.h>

#include "base/mem.h"
#include "crypto/err_openssl.h"

enum { SIGNATURE_MAX_B = 2048 /* RSA 16384 */ };

static const struct scheme {
    const char *digest; /* NULL: as strong as the key (RFC 5480 4) */
    const char *mask;   /* of RSA-PSS; NULL: the same */
    int salt_b;         /* of RSA-PSS; or what follows */
    bool is_pss, needs_rsa;
} schemes[MINT_SIGNATURE_COUNT] = {
    [MINT_SIGNATURE_SOUND] = {NULL, NULL, RSA_PSS_SALTLEN_DIGEST, true, false},
    [MINT_SIGNATURE_SHA1] = {"SHA1", NULL, 0, false, false},
    [MINT_SIGNATURE_MD5] = {"MD5", NULL, 0, false, true},
    [MINT_SIGNATURE_SHA224] = {"SHA224", NULL, 0, false, false},
    [MINT_SIGNATURE_RIPEMD160] = {"RIPEMD160", NULL, 0, false, true},
    [MINT_SIGNATURE_PKCS1] = {"SHA256", NULL, 0, false, true},
    [MINT_SIGNATURE_PSS_NO_SALT] = {"SHA256", NULL, 0, true, true},
    [MINT_SIGNATURE_PSS_SHA1] = {"SHA1", NULL, RSA_PSS_SALTLEN_DIGEST, true, true},
    [MINT_SIGNATURE_PSS_MGF1_SHA1] = {"SHA256", "SHA1", RSA_PSS_SALTLEN_DIGEST, true, true},
};

/* NULL where the algorithm has its digest built in (RFC 8410). */
static const char *digest_for(const struct scheme *scheme, const EVP_PKEY *key) {
    if (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448"))
        return NULL;
    if (scheme->digest != NULL)
        return scheme->digest;
    return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) > 256 ? "SHA384" : "SHA256";
}

/* The salt is as long as the digest (RFC 8446 4.2.3), or what is left of it beside 512 bits. */
static int use_pss(EVP_PKEY_CTX *ctx, const struct scheme *scheme, const EVP_PKEY *key,
                   const char *digest) {
    int digest_b = EVP_MD_get_size(EVP_get_digestbyname(digest));
    bool is_tight = EVP_PKEY_get_size(key) < 2 * digest_b + 2;

    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, is_tight ? RSA_PSS_SALTLEN_MAX : scheme->salt_b) ==
               1 &&
           (scheme->mask == NULL ||
            EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, scheme->mask, NULL) == 1);
}

EVP_MD_CTX *mint_sign_begin(enum mint_signature how, EVP_PKEY *key, struct err *err) {
    const struct scheme *scheme = &schemes[how];
    bool rsa = EVP_PKEY_is_a(key, "RSA");
    const char *digest = digest_for(scheme, key);
    EVP_PKEY_CTX *pkey_ctx;

    if (scheme->needs_rsa && !rsa) {
        err_set(err,
                "cannot sign a certificate with %s and a key other than RSA: there is no such "
                "algorithm; the issuer needs an RSA key",
                scheme->is_pss ? "RSA-PSS" : scheme->digest);
        return NULL;
    }
    if (digest == NULL && scheme->digest != NULL) {
        err_set(err, "cannot sign a certificate with %s and an Edwards curve", scheme->digest);
        return NULL;
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx != NULL && EVP_DigestSignInit_ex(ctx, &pkey_ctx, digest, NULL, NULL, key, NULL) == 1 &&
        (!rsa || !scheme->is_pss || use_pss(pkey_ctx, scheme, key, digest)))
        return ctx;
    EVP_MD_CTX_free(ctx);
    err_openssl(err, "cannot sign a certificate");
    return NULL;
}

int mint_sign(X509 *cert, enum mint_signature how, EVP_PKEY *key, struct err *err) {
    EVP_MD_CTX *ctx = mint_sign_begin(how, key, err);

    if (ctx == NULL)
        return -1;
    int rc = X509_sign_ctx(cert, ctx) > 0 ? 0 : err_openssl(err, "cannot sign a certificate");
    EVP_MD_CTX_free(ctx);
    return rc;
}

int mint_sign_bytes(const struct buf *bytes, enum mint_signature how, EVP_PKEY *key,
                    struct buf *out, struct err *err) {
    unsigned char signature[SIGNATURE_MAX_B];
    size_t len = sizeof signature;
    EVP_MD_CTX *ctx = mint_sign_begin(how, key, err);

    if (ctx == NULL)
        return -1;
    int rc = EVP_DigestSign(ctx, signature, &len, bytes->data, bytes->len) == 1
                 ? buf_append(out, signature, len)
                 : err_openssl(err, "cannot sign a certificate");
    EVP_MD_CTX_free(ctx);
    return rc;
}
