/* What stands in the certificates: signatures, extensions, times, and the article's to the letter. */
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "minting.h"

static const struct signature_case {
    const char *name;
    struct mint_knobs knobs;
    int algorithm, digest; /* the leaf's */
} signature_cases[] = {
    {"sound, by P-256", SOUND, NID_ecdsa_with_SHA256, NID_sha256},
    {"sound, by P-384",
     {.intermediate.key = {KEY_EC, 0, KEY_CURVE_P384}},
     NID_ecdsa_with_SHA384,
     NID_sha384},
    {"sound, by RSA", {RSA_ISSUER(3072)}, NID_rsassaPss, NID_sha256},
    {"SHA-1, by P-256", {.leaf.signature = MINT_SIGNATURE_SHA1}, NID_ecdsa_with_SHA1, NID_sha1},
    {"SHA-1, by RSA",
     {RSA_ISSUER(3072), .leaf.signature = MINT_SIGNATURE_SHA1},
     NID_sha1WithRSAEncryption,
     NID_sha1},
    {"MD5, by RSA",
     {RSA_ISSUER(3072), .leaf.signature = MINT_SIGNATURE_MD5},
     NID_md5WithRSAEncryption,
     NID_md5},
    {"self-signed with RSA",
     {RSA_LEAF(1024), .issuer = MINT_ISSUER_SELF},
     NID_rsassaPss,
     NID_sha256},
};

static void test_signatures(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(signature_cases); i++) {
        const struct signature_case *c = &signature_cases[i];
        struct identity *identity = mint("localhost", &c->knobs);
        int digest = 0;
        X509_get_signature_info(identity->leaf, &digest, NULL, NULL, NULL);
        if (X509_get_signature_nid(identity->leaf) != c->algorithm || digest != c->digest)
            fail_msg("%s: %s with %s", c->name, OBJ_nid2sn(X509_get_signature_nid(identity->leaf)),
                     OBJ_nid2sn(digest));
        identity_free(&identity);
    }
}

/* RFC 8017 A.2.3: what a checker of the BSI's list wants to see. */
static void test_pss_parameters(void **state) {
    struct mint_knobs knobs = {RSA_ISSUER(3072)};
    struct identity *identity = mint("localhost", &knobs);
    const X509_ALGOR *algorithm;
    const void *value;
    int type;

    (void)state;
    X509_get0_signature(NULL, &algorithm, identity->leaf);
    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    assert_int_equal(type, V_ASN1_SEQUENCE);
    RSA_PSS_PARAMS *pss = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    assert_non_null(pss);
    assert_int_equal(OBJ_obj2nid(pss->hashAlgorithm->algorithm), NID_sha256);
    assert_int_equal(OBJ_obj2nid(pss->maskGenAlgorithm->algorithm), NID_mgf1);
    assert_int_equal(ASN1_INTEGER_get(pss->saltLength), 32);
    assert_null(pss->trailerField); /* the default is left out in DER */
    RSA_PSS_PARAMS_free(pss);
    identity_free(&identity);
}

/* The text of an extension with "critical," in front where it is, as x509v3_config(5) writes it; "" if absent. */
static void extension_text(X509 *cert, int nid, char *out, size_t size_b) {
    int at = X509_get_ext_by_NID(cert, nid, -1);
    X509_EXTENSION *ext = at >= 0 ? X509_get_ext(cert, at) : NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    char text[400] = "";

    if (ext != NULL) {
        assert_int_equal(X509V3_EXT_print(bio, ext, 0, 0), 1);
        BIO_read(bio, text, sizeof text - 1);
    }
    snprintf(out, size_b, "%s%s",
             ext != NULL && X509_EXTENSION_get_critical(ext) ? "critical," : "", text);
    BIO_free(bio);
}

static const struct extension_case {
    const char *name, *host;
    struct mint_knobs knobs;
    int nid;
    const char *text;
} extension_cases[] = {
    {"key usage", "localhost", SOUND, NID_key_usage, "critical,Digital Signature"},
    {"key usage of RSA",
     "localhost",
     {RSA_LEAF(1024)},
     NID_key_usage,
     "critical,Digital Signature, Key Encipherment"},
    {"extended key usage", "localhost", SOUND, NID_ext_key_usage, "TLS Web Server Authentication"},
    {"basic constraints", "localhost", SOUND, NID_basic_constraints, "critical,CA:FALSE"},
    {"SAN", "localhost", SOUND, NID_subject_alt_name, "DNS:localhost"},
    {"SAN of an address", "127.0.0.1", SOUND, NID_subject_alt_name, "IP Address:127.0.0.1"},
    {"SAN of an address in a name",
     "127.0.0.1",
     {.leaf.san = "DNS:{host}"},
     NID_subject_alt_name,
     "DNS:127.0.0.1"},
    {"SAN twice",
     "a.test",
     {.leaf.san = "{host},DNS:x.{host}"},
     NID_subject_alt_name,
     "DNS:a.test, DNS:x.a.test"},
    {"SAN that is the only name",
     "localhost",
     {.leaf.subject = ""},
     NID_subject_alt_name,
     "critical,DNS:localhost"},
    {"no SAN", "localhost", {.leaf.san = ""}, NID_subject_alt_name, ""},
    {"no SAN in what req makes", "localhost", WORST, NID_subject_alt_name, ""},
    {"req's basic constraints", "localhost", WORST, NID_basic_constraints, "critical,CA:TRUE"},
    {"req has no key usage", "localhost", WORST, NID_key_usage, ""},
};

static void test_extensions(void **state) {
    char text[512];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(extension_cases); i++) {
        const struct extension_case *c = &extension_cases[i];
        struct identity *identity = mint(c->host, &c->knobs);
        extension_text(identity->leaf, c->nid, text, sizeof text);
        if (strcmp(text, c->text) != 0)
            fail_msg("%s: '%s'", c->name, text);
        identity_free(&identity);
    }
}

static void test_authorities(void **state) {
    struct mint_knobs knobs = SOUND;
    struct identity *identity = mint("mx.example.org", &knobs);
    X509 *root = identity->anchor, *middle = sk_X509_value(identity->chain, 0);
    char text[512];

    (void)state;
    assert_int_equal(sk_X509_num(identity->chain), 1);
    assert_int_equal(X509_get_signature_nid(root), NID_ecdsa_with_SHA384);
    assert_int_equal(X509_get_signature_nid(middle), NID_ecdsa_with_SHA384);
    assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(root)), 384);
    extension_text(root, NID_basic_constraints, text, sizeof text);
    assert_string_equal(text, "critical,CA:TRUE");
    extension_text(middle, NID_basic_constraints, text, sizeof text);
    assert_string_equal(text, "critical,CA:TRUE, pathlen:0");
    extension_text(root, NID_key_usage, text, sizeof text);
    assert_string_equal(text, "critical,Certificate Sign, CRL Sign");
    extension_text(root, NID_name_constraints, text, sizeof text);
    assert_string_equal(text, "Permitted:\n  DNS:localhost\n  DNS:test\n  DNS:127.0.0.1\n"
                              "  IP:127.0.0.0/255.0.0.0\n"
                              "  IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF\n"
                              "  email:localhost\n  email:test\n  email:.test\n"
                              "  URI:localhost\n  URI:.test\n"
                              "  DNS:mx.example.org\n  email:mx.example.org\n"
                              "  URI:mx.example.org");
    extension_text(root, NID_ext_key_usage, text, sizeof text);
    assert_string_equal(text, "TLS Web Server Authentication, OCSP Signing");
    assert_int_equal(ASN1_TIME_compare(X509_get0_notBefore(root), X509_get0_notBefore(middle)), -1);
    assert_int_equal(ASN1_TIME_compare(X509_get0_notAfter(root), X509_get0_notAfter(middle)), 1);
    identity_free(&identity);
}

/* RFC 5280 4.1.2.2 and 4.1.2.5. */
static void test_numbers_and_times(void **state) {
    static const struct {
        int64_t not_after_s;
        int type;
    } times[] = {{2524607999, V_ASN1_UTCTIME} /* the last second of 2049 */,
                 {2524608000, V_ASN1_GENERALIZEDTIME}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        struct mint_knobs knobs = {
            .leaf.validity = {MINT_TIME_ABSOLUTE, now_s, times[i].not_after_s}};
        struct identity *a = mint("localhost", &knobs), *b = mint("localhost", &knobs);
        const ASN1_INTEGER *serial = X509_get0_serialNumber(a->leaf);
        assert_int_equal(ASN1_STRING_type(X509_get0_notAfter(a->leaf)), times[i].type);
        assert_in_range(ASN1_STRING_length(serial), 8, 20);
        assert_int_equal(ASN1_STRING_type(serial), V_ASN1_INTEGER); /* not negative */
        assert_int_not_equal(ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(b->leaf)), 0);
        assert_int_equal(X509_get_version(a->leaf), X509_VERSION_3);
        identity_free(&a);
        identity_free(&b);
    }
}

/* The article's certificate with what may differ taken from ours: serial, key and, within the two extensions that hold
 * it, the key's identifier. */
static X509 *article_with_key_of(X509 *ours) {
    FILE *file = fopen("tests/data/article-certificate.pem", "r");
    unsigned char id[20];

    assert_non_null(file);
    X509 *article = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    assert_non_null(article);
    assert_int_equal(X509_pubkey_digest(ours, EVP_sha1(), id, NULL), 1);
    for (int i = 0; i < 2; i++) {
        X509_EXTENSION *ext = X509_get_ext(article, i);
        ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_dup(X509_EXTENSION_get_data(ext));
        unsigned char *bytes = (unsigned char *)(uintptr_t)ASN1_STRING_get0_data(value);
        memcpy(bytes + ASN1_STRING_length(value) - sizeof id, id, sizeof id);
        X509_EXTENSION_set_data(ext, value);
        ASN1_OCTET_STRING_free(value);
    }
    X509_set_serialNumber(article, X509_get_serialNumber(ours));
    X509_set_pubkey(article, X509_get0_pubkey(ours));
    return article;
}

static void test_worst_is_the_article(void **state) {
    struct mint_knobs knobs = WORST;
    struct identity *identity = mint("localhost", &knobs);
    X509 *article = article_with_key_of(identity->leaf);
    unsigned char *ours = NULL, *theirs = NULL;
    int ours_b = i2d_re_X509_tbs(identity->leaf, &ours),
        theirs_b = i2d_re_X509_tbs(article, &theirs);

    (void)state;
    assert_true(ours_b > 0);
    assert_int_equal(ours_b, theirs_b);
    assert_memory_equal(ours, theirs, ours_b);
    assert_int_equal(X509_get_signature_nid(identity->leaf), X509_get_signature_nid(article));
    assert_int_equal(X509_verify(identity->leaf, X509_get0_pubkey(identity->leaf)), 1);
    assert_int_equal(sk_X509_num(identity->chain), 0);
    OPENSSL_free(ours);
    OPENSSL_free(theirs);
    X509_free(article);
    identity_free(&identity);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signatures),        cmocka_unit_test(test_pss_parameters),
        cmocka_unit_test(test_extensions),        cmocka_unit_test(test_authorities),
        cmocka_unit_test(test_numbers_and_times), cmocka_unit_test(test_worst_is_the_article),
    };

    return cmocka_run_group_tests(tests, open_pool, close_pool);
}
