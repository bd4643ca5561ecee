/* Where a certificate is not DER though libcrypto reads it, place by place. */
#include "crypto/der.h"
#include "forge.h"

static void check_encoding(X509 *cert, const char *name, const char *expected) {
    struct facts_chain chain;
    char found[64];
    struct trust *trust = forge_trust(NULL);

    forge_judge(&cert, 1, trust, &chain);
    const struct facts_cert *c = &chain.certs[0];
    snprintf(found, sizeof found, "%s%s%s%s", c->has_odd_length ? "length " : "",
             c->has_odd_boolean ? "boolean " : "", c->writes_default ? "default " : "",
             c->writes_not_ca ? "not-ca " : "");
    if (strcmp(found, expected) != 0)
        fail_msg("%s: '%s', not '%s'", name, found, expected);
    facts_chain_fini(&chain);
    trust_free(&trust);
}

static void test_encoding_of_constraints(void **state) {
    static const struct {
        const char *value, *expected;
    } cases[] = {
        {"CA:FALSE", ""},
        {"critical,CA:TRUE,pathlen:0", ""},
        {"DER:3003010100", "not-ca "},
        {"DER:3003010101", "boolean "},
        {"DER:30030101FE", "boolean "},
        {"DER:30020100", "boolean "},
        {"DER:300401020000", "boolean "},
        {"DER:3003020101", ""},
        {"DER:040101", ""},
        {"DER:00", ""},
    };
    EVP_PKEY *key = forge_key();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct forge forge =
            FORGE("CN", {"1.2.3", "DER:3003010101"}, {"basicConstraints", cases[i].value});
        X509 *cert = forge_cert(&forge, key, NULL);
        check_encoding(cert, cases[i].value, cases[i].expected);
        X509_free(cert);
    }
    EVP_PKEY_free(key);
}

/* The certificate with other bytes for its [3], the extensions. */
static X509 *with_extensions(X509 *cert, const char *bytes, size_t len) {
    uint8_t *encoded = NULL;
    struct der der = {NULL, (size_t)i2d_X509(cert, &encoded)};
    struct der_item whole, tbs, item;
    struct buf inner, outer, all;

    buf_init(&inner, 4096), buf_init(&outer, 4096), buf_init(&all, 4096);
    der.at = encoded;
    assert_int_equal(der_read(&der, &whole) | der_read(&whole.value, &tbs), 0);
    while (der_read(&tbs.value, &item) == 0)
        if (item.tag != DER_EXTENSIONS)
            der_copy(&inner, &item);
    buf_append(&inner, bytes, len);
    der_put(&outer, DER_SEQUENCE, inner.data, inner.len);
    buf_append(&outer, whole.value.at, whole.value.len);
    der_put(&all, DER_SEQUENCE, outer.data, outer.len);
    const uint8_t *at = all.data;
    X509 *made = d2i_X509(NULL, &at, (long)all.len);
    assert_non_null(made);
    buf_fini(&inner), buf_fini(&outer), buf_fini(&all);
    OPENSSL_free(encoded);
    return made;
}

/* An extension of OID 1.2.3 with the value NULL, and all that may stand around and in it. */
#define OID_123    "\x06\x02\x2a\x03"
#define NULL_VALUE "\x04\x02\x05\x00"

static void test_encoding_of_extensions(void **state) {
    static const struct forge forge = FORGE("CN", FORGE_SAN);
    static const struct {
        const char *name, *bytes;
        size_t len;
        const char *expected;
    } cases[] = {
#define BYTES(text) text, sizeof text - 1
        {"as it should be", BYTES("\xa3\x0c\x30\x0a\x30\x08" OID_123 NULL_VALUE), ""},
        {"critical", BYTES("\xa3\x0f\x30\x0d\x30\x0b" OID_123 "\x01\x01\xff" NULL_VALUE), ""},
        {"TRUE of BER", BYTES("\xa3\x0f\x30\x0d\x30\x0b" OID_123 "\x01\x01\x01" NULL_VALUE),
         "boolean "},
        {"FALSE", BYTES("\xa3\x0f\x30\x0d\x30\x0b" OID_123 "\x01\x01\x00" NULL_VALUE), "default "},
        {"[3] of no length", BYTES("\xa3\x80\x30\x0a\x30\x08" OID_123 NULL_VALUE "\0\0"),
         "length "},
        {"a list of no length", BYTES("\xa3\x0e\x30\x80\x30\x08" OID_123 NULL_VALUE "\0\0"),
         "length "},
        {"an extension of no length", BYTES("\xa3\x0e\x30\x0c\x30\x80" OID_123 NULL_VALUE "\0\0"),
         "length "},
        {"a length that could be shorter", BYTES("\xa3\x0d\x30\x0b\x30\x81\x08" OID_123 NULL_VALUE),
         "length "},
        {"an OID's length that could be shorter",
         BYTES("\xa3\x0d\x30\x0b\x30\x09\x06\x81\x02\x2a\x03" NULL_VALUE), "length "},
        {"none", "", 0, ""},
    };
    EVP_PKEY *key = forge_key();
    X509 *sound = forge_cert(&forge, key, NULL);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        X509 *cert = with_extensions(sound, cases[i].bytes, cases[i].len);
        check_encoding(cert, cases[i].name, cases[i].expected);
        X509_free(cert);
    }
    X509_free(sound);
    EVP_PKEY_free(key);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encoding_of_constraints),
        cmocka_unit_test(test_encoding_of_extensions),
    };

    return cmocka_run_group_tests_name("cert encoding", tests, NULL, NULL);
}
