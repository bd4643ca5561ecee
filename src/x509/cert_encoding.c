#include "x509/cert_encoding.h"

#include "base/mem.h"
#include "crypto/der.h"
#include "crypto/err_openssl.h"

static const uint8_t basic_constraints[] = {0x55, 0x1d, 0x13}; /* 2.5.29.19 */

/* In a certificate every BOOLEAN has the default FALSE. */
static void see_boolean(struct der value, struct facts_cert *out, bool *writes_default) {
    uint8_t byte = value.len == 1 ? *value.at : 1;

    *writes_default |= byte == 0;
    out->has_odd_boolean |= byte != 0 && byte != 0xff;
}

/* cA, a BOOLEAN, stands in front.  What is no such thing is for the path to say. */
static void see_constraints(struct der value, struct facts_cert *out) {
    struct der_item list, item;

    if (der_read(&value, &list) == 0 && list.tag == DER_SEQUENCE &&
        der_read(&list.value, &item) == 0 && item.tag == DER_BOOLEAN)
        see_boolean(item.value, out, &out->writes_not_ca);
}

static bool is_basic_constraints(const struct der_item *item) {
    return item->tag == DER_OID && item->value.len == sizeof basic_constraints &&
           memcmp(item->value.at, basic_constraints, sizeof basic_constraints) == 0;
}

/* An OID, perhaps a BOOLEAN, and an OCTET STRING (RFC 5280 4.1). */
static void see_extension(struct der extension, struct facts_cert *out) {
    bool constrains = false;
    struct der_item item;

    while (der_read(&extension, &item) == 0) {
        constrains |= is_basic_constraints(&item);
        if (item.tag == DER_BOOLEAN)
            see_boolean(item.value, out, &out->writes_default);
        else if (item.tag == DER_OCTET_STRING && constrains)
            see_constraints(item.value, out);
    }
    out->has_odd_length |= extension.len > 0;
}

static void see_extensions(struct der wrapped, struct facts_cert *out) {
    struct der_item list, extension;

    if (der_read(&wrapped, &list) != 0) {
        out->has_odd_length = true;
        return;
    }
    while (der_read(&list.value, &extension) == 0)
        see_extension(extension.value, out);
    out->has_odd_length |= list.value.len > 0;
}

static void see_certificate(struct der der, struct facts_cert *out) {
    struct der_item cert, tbs, item;

    if (der_read(&der, &cert) != 0 || der_read(&cert.value, &tbs) != 0) {
        out->has_odd_length = true;
        return;
    }
    while (der_read(&tbs.value, &item) == 0)
        if (item.tag == DER_EXTENSIONS)
            see_extensions(item.value, out);
    out->has_odd_length |= tbs.value.len > 0;
}

/* libcrypto keeps what is signed as it came, and writes it so. */
void cert_encoding_read(const X509 *cert, struct facts_cert *out) {
    unsigned char *bytes = NULL;
    int len = i2d_X509(cert, &bytes);

    if (len > 0)
        see_certificate((struct der){bytes, (size_t)len}, out);
    OPENSSL_free(bytes);
    err_openssl_drop();
}
