#include "mint/edit.h"

#include "base/mem.h"
#include "crypto/der.h"
#include "crypto/err_openssl.h"
#include "mint/sign.h"

enum { EDIT_MAX_B = 1024 * 1024 };

/* RFC 5280 4.1: tbsCertificate, signatureAlgorithm, signatureValue. */
enum { PART_TBS, PART_ALGORITHM, PART_SIGNATURE, PART_COUNT };

static int split(struct der cert, struct der_item parts[PART_COUNT]) {
    struct der_item whole;

    if (der_read(&cert, &whole) != 0)
        return -1;
    for (size_t i = 0; i < PART_COUNT; i++)
        if (der_read(&whole.value, &parts[i]) != 0)
            return -1;
    return 0;
}

/* --- before the signature --- */

/* ecdsa-with-SHA512 and sha512WithRSAEncryption: whatever the issuer signed with, it was not these. */
static const uint8_t ecdsa_sha512[] = {0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4};
static const uint8_t rsa_sha512[] = {0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 13, 5, 0};

static int put_other_algorithm(const struct der_item *item, const EVP_PKEY *key, struct buf *out) {
    if (item->tag != DER_SEQUENCE)
        return -1;
    if (EVP_PKEY_is_a(key, "RSA"))
        der_put(out, DER_SEQUENCE, rsa_sha512, sizeof rsa_sha512);
    else
        der_put(out, DER_SEQUENCE, ecdsa_sha512, sizeof ecdsa_sha512);
    return 0;
}

/* An extension is an OID, perhaps a BOOLEAN, and an OCTET STRING. */
static int put_extension(struct der_item extension, enum mint_encoding how, struct buf *out) {
    static const uint8_t one = 0x01, zero = 0x00;
    struct der_item item;
    struct buf value;

    buf_init(&value, EDIT_MAX_B);
    while (der_read(&extension.value, &item) == 0) {
        bool is_first_octet_string =
            item.tag == DER_OCTET_STRING && value.len > 0 && how == MINT_ENCODING_FALSE;
        if (item.tag == DER_BOOLEAN && how == MINT_ENCODING_TRUE_IS_1) {
            der_put(&value, DER_BOOLEAN, &one, 1);
            continue;
        }
        if (item.tag == DER_BOOLEAN)
            how = MINT_ENCODING_DER; /* TRUE stands there, so no FALSE can */
        else if (is_first_octet_string)
            der_put(&value, DER_BOOLEAN, &zero, 1);
        der_copy(&value, &item);
    }
    der_put(out, DER_SEQUENCE, value.data, value.len);
    int rc = value.overflow ? -1 : 0;
    buf_fini(&value);
    return rc;
}

static int put_extensions(const struct der_item *item, enum mint_encoding how, struct buf *out) {
    struct der inner = item->value;
    struct der_item list, extension;
    struct buf value, wrapped;
    int rc = der_read(&inner, &list);

    buf_init(&value, EDIT_MAX_B);
    buf_init(&wrapped, EDIT_MAX_B);
    while (rc == 0 && der_read(&list.value, &extension) == 0)
        rc = put_extension(extension, how, &value);
    der_put(&wrapped, DER_SEQUENCE, value.data, value.len);
    der_put(out, DER_EXTENSIONS, wrapped.data, wrapped.len);
    if (value.overflow || wrapped.overflow)
        rc = -1;
    buf_fini(&wrapped);
    buf_fini(&value);
    return rc;
}

/* The signature's algorithm is the third item, behind version and serial number. */
static int rewrite_tbs(const struct der_item *tbs, enum mint_encoding how, const EVP_PKEY *key,
                       struct buf *out) {
    struct der rest = tbs->value;
    struct der_item item;
    struct buf value;
    int rc = 0;

    buf_init(&value, EDIT_MAX_B);
    for (unsigned i = 0; rc == 0 && der_read(&rest, &item) == 0; i++) {
        if (how == MINT_ENCODING_OTHER_ALGORITHM && i == 2)
            rc = put_other_algorithm(&item, key, &value);
        else if (how != MINT_ENCODING_OTHER_ALGORITHM && item.tag == DER_EXTENSIONS)
            rc = put_extensions(&item, how, &value);
        else
            der_copy(&value, &item);
    }
    der_put(out, DER_SEQUENCE, value.data, value.len);
    rc = rc != 0 || value.overflow || out->overflow ? -1 : 0;
    buf_fini(&value);
    return rc;
}

/* --- the signature itself --- */

static void put_zero_signature(const EVP_PKEY *key, struct buf *out) {
    static const uint8_t zeros[] = {0x30, 6, 2, 1, 0, 2, 1, 0}; /* r and s of RFC 3279 2.2.3 */
    static const uint8_t zero = 0;

    if (!EVP_PKEY_is_a(key, "RSA"))
        buf_append(out, zeros, sizeof zeros);
    else
        for (int i = 0; i < EVP_PKEY_get_size(key); i++)
            buf_append(out, &zero, 1);
}

static void tamper(struct buf *signature, enum mint_tamper how, const EVP_PKEY *key) {
    if (how == MINT_TAMPER_BIT && signature->len > 0) {
        signature->data[signature->len - 1] ^= 1;
    } else if (how == MINT_TAMPER_EMPTY) {
        buf_reset(signature);
    } else if (how == MINT_TAMPER_ZERO) {
        buf_reset(signature);
        put_zero_signature(key, signature);
    }
}

static int join(const struct buf *tbs, const struct der_item *algorithm,
                const struct buf *signature, X509 **out) {
    static const uint8_t no_unused_bits = 0;
    struct buf bits, value, cert;

    buf_init(&bits, EDIT_MAX_B);
    buf_init(&value, EDIT_MAX_B);
    buf_init(&cert, EDIT_MAX_B);
    buf_append(&bits, &no_unused_bits, 1);
    buf_append(&bits, signature->data, signature->len);
    buf_append(&value, tbs->data, tbs->len);
    der_copy(&value, algorithm);
    der_put(&value, DER_BIT_STRING, bits.data, bits.len);
    der_put(&cert, DER_SEQUENCE, value.data, value.len);
    const uint8_t *at = cert.data;
    *out = value.overflow || cert.overflow ? NULL : d2i_X509(NULL, &at, (long)cert.len);
    buf_fini(&cert);
    buf_fini(&value);
    buf_fini(&bits);
    return *out != NULL ? 0 : -1;
}

static int edit(struct der der, const struct mint_cert *as, EVP_PKEY *key, X509 **out,
                struct err *err) {
    struct der_item parts[PART_COUNT];
    struct buf tbs, signature;
    int rc = -1;

    buf_init(&tbs, EDIT_MAX_B);
    buf_init(&signature, EDIT_MAX_B);
    if (split(der, parts) != 0 || parts[PART_SIGNATURE].value.len == 0) {
        err_set(err, "cannot edit a certificate that is not DER");
        goto out;
    }
    if (as->encoding == MINT_ENCODING_DER) {
        der_copy(&tbs, &parts[PART_TBS]);
        buf_append(&signature, parts[PART_SIGNATURE].value.at + 1,
                   parts[PART_SIGNATURE].value.len - 1);
    } else if (rewrite_tbs(&parts[PART_TBS], as->encoding, key, &tbs) != 0) {
        err_set(err, "cannot edit a certificate of more than %d bytes", EDIT_MAX_B);
        goto out;
    } else if (mint_sign_bytes(&tbs, as->signature, key, &signature, err) != 0) {
        goto out;
    }
    tamper(&signature, as->tamper, key);
    rc = join(&tbs, &parts[PART_ALGORITHM], &signature, out);
    if (rc != 0)
        err_openssl(err, "cannot edit a certificate");
out:
    buf_fini(&signature);
    buf_fini(&tbs);
    return rc;
}

static bool wants_edit(const struct mint_cert *as) {
    return as->encoding != MINT_ENCODING_DER || as->tamper == MINT_TAMPER_BIT ||
           as->tamper == MINT_TAMPER_EMPTY || as->tamper == MINT_TAMPER_ZERO;
}

/* A certificate that was parsed keeps its bytes; one that was made would be encoded again for every handshake. */
static int reread(struct der der, X509 **out, struct err *err) {
    const uint8_t *at = der.at;

    *out = d2i_X509(NULL, &at, (long)der.len);
    return *out != NULL ? 0 : err_openssl(err, "cannot read a certificate that was made");
}

int cert_edit(X509 **cert, const struct mint_cert *as, EVP_PKEY *key, struct err *err) {
    unsigned char *bytes = NULL;
    X509 *edited = NULL;
    int len = i2d_X509(*cert, &bytes);

    if (len <= 0)
        return err_openssl(err, "cannot encode a certificate");
    struct der der = {bytes, (size_t)len};
    int rc = wants_edit(as) ? edit(der, as, key, &edited, err) : reread(der, &edited, err);
    OPENSSL_free(bytes);
    if (rc != 0)
        return -1;
    X509_free(*cert);
    *cert = edited;
    return 0;
}
