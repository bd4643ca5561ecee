/* Certificates edited as bytes: what cannot be edited says why, and is left as it was. */
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "mint/edit.h"
#include "unit.h"

enum { LARGE_B = 600 * 1024 };

static void add_extension(X509 *cert, const char *oid, size_t len) {
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    ASN1_OBJECT *kind = OBJ_txt2obj(oid, 1);
    uint8_t *bytes = mem_zalloc(len);

    assert_int_equal(ASN1_OCTET_STRING_set(value, bytes, (int)len), 1);
    X509_EXTENSION *made = X509_EXTENSION_create_by_OBJ(NULL, kind, 1, value);
    assert_int_equal(X509_add_ext(cert, made, -1), 1);
    X509_EXTENSION_free(made);
    ASN1_OBJECT_free(kind);
    ASN1_OCTET_STRING_free(value);
    free(bytes);
}

static X509 *make_cert(EVP_PKEY *key, const EVP_MD *digest, size_t extension_b) {
    X509 *cert = X509_new();

    X509_set_version(cert, X509_VERSION_3);
    ASN1_TIME_set(X509_getm_notBefore(cert), 0);
    ASN1_TIME_set(X509_getm_notAfter(cert), 0);
    X509_set_pubkey(cert, key);
    add_extension(cert, "1.3.6.1.4.1.32473.1", extension_b);
    add_extension(cert, "1.3.6.1.4.1.32473.2", extension_b);
    assert_true(X509_sign(cert, key, digest) > 0);
    return cert;
}

static void test_refusals(void **state) {
    static const struct {
        const char *name, *key, *text; /* text NULL: it is edited */
        size_t extension_b;
        struct mint_cert as;
    } cases[] = {
        {"small", "EC", NULL, 8, {.encoding = MINT_ENCODING_TRUE_IS_1}},
        {"each part fits, together they do not",
         "EC",
         "cannot edit a certificate of more than 1048576 bytes",
         LARGE_B,
         {.encoding = MINT_ENCODING_TRUE_IS_1}},
        {"the signature's own reason",
         "ED25519",
         "cannot sign a certificate with SHA1 and an Edwards curve",
         8,
         {.encoding = MINT_ENCODING_TRUE_IS_1, .signature = MINT_SIGNATURE_SHA1}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool is_ec = strcmp(cases[i].key, "EC") == 0;
        EVP_PKEY *key = is_ec ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(NULL, NULL, cases[i].key);
        X509 *cert = make_cert(key, is_ec ? EVP_sha256() : NULL, cases[i].extension_b);
        X509 *before = cert;
        struct err err = {.text = ""};
        int rc = cert_edit(&cert, &cases[i].as, key, &err);
        if (rc != (cases[i].text != NULL ? -1 : 0) || (cert == before) != (rc != 0))
            fail_msg("%s: %d %s", cases[i].name, rc, err.text);
        assert_string_equal(err.text, cases[i].text != NULL ? cases[i].text : "");
        assert_int_equal(X509_get_ext_count(cert), 2);
        X509_free(cert);
        EVP_PKEY_free(key);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refusals)};

    return cmocka_run_group_tests_name("edit", tests, NULL, NULL);
}
