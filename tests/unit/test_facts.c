/* A certificate's facts, field by field, and the trust stores they are judged by. */
#include <limits.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/file.h"
#include "forge.h"

/* The facts of one certificate that is signed by itself. */
static void read_cert(X509 *cert, struct facts_chain *out) {
    struct trust *trust = forge_trust(NULL);

    forge_judge(&cert, 1, trust, out);
    trust_free(&trust);
}

static void read_forged(const struct forge *forge, EVP_PKEY *key, struct facts_chain *out) {
    EVP_PKEY *own = key != NULL ? NULL : forge_key();
    X509 *cert = forge_cert(forge, key != NULL ? key : own, NULL);

    read_cert(cert, out);
    X509_free(cert);
    EVP_PKEY_free(own);
}

static void test_article(void **state) {
    FILE *file = fopen("tests/data/article-certificate.pem", "r");
    struct facts_chain chain;

    (void)state;
    assert_non_null(file);
    X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    read_cert(cert, &chain);
    const struct facts_cert *c = &chain.certs[0];
    assert_string_equal(c->subject, "CN=abc.xy,OU=CA,O=CA,L=Chemnitz,ST=Saxony,C=DE");
    assert_string_equal(c->issuer, c->subject);
    assert_string_equal(c->common_name, "abc.xy");
    assert_int_equal(c->version, 3);
    assert_int_equal(c->key, FACTS_KEY_RSA);
    assert_int_equal(c->key_bits, 1024);
    assert_string_equal(c->curve, "");
    assert_string_equal(c->signature.name, "sha1WithRSAEncryption");
    assert_int_equal(c->signature.hash, FACTS_HASH_SHA1);
    assert_int_equal(c->signature.padding, FACTS_PADDING_PKCS1);
    assert_int_equal(c->not_before_s, 0);
    assert_int_equal(c->not_after_s, 86400);
    assert_int_equal(strlen(c->sha256), 64);
    assert_true(c->is_self_issued && c->has_basic_constraints && c->is_ca);
    assert_false(c->has_key_usage || c->has_eku || c->signature_algorithms_differ);
    assert_int_equal(c->name_count, 0);
    assert_int_equal(c->path_length, -1);
    facts_chain_fini(&chain);
    X509_free(cert);
}

static const struct name_case {
    const char *name, *san;
    enum facts_name_kind kind;
    const char *text;
    size_t len; /* 0: as long as the text */
} name_cases[] = {
    {"upper case", "DNS:MX.Test", FACTS_NAME_DNS, "mx.test", 0},
    {"a wildcard", "DNS:*.example.org", FACTS_NAME_DNS, "*.example.org", 0},
    {"IPv4", "IP:192.0.2.1", FACTS_NAME_IP, "192.0.2.1", 0},
    {"IPv6", "IP:2001:db8::1", FACTS_NAME_IP, "2001:db8::1", 0},
    {"a mailbox", "email:A@b.test", FACTS_NAME_EMAIL, "A@b.test", 0},
    {"a URI", "URI:https://x.test/", FACTS_NAME_URI, "https://x.test/", 0},
    {"SRV", "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_smtp.a.test", FACTS_NAME_SRV, "_smtp.a.test",
     0},
    {"another name", "otherName:1.2.3;UTF8:x", FACTS_NAME_OTHER, "otherName", 0},
    {"a registered number", "RID:1.2.3", FACTS_NAME_OTHER, "another kind of name", 0},
    {"a directory's", "DER:3004A4023000", FACTS_NAME_OTHER, "directoryName", 0},
    {"an address of 5 bytes", "DER:300787050102030405", FACTS_NAME_OTHER,
     "address of a wrong length", 0},
    {"a NUL", "DER:300E820C612E7465737400622E657869", FACTS_NAME_DNS, "a.test", 12},
    {"a NUL alone", "DER:3003820100", FACTS_NAME_DNS, "", 1},
    {"what is not ASCII", "DER:300782051B5B31E4FF", FACTS_NAME_DNS, "?[1??", 5},
    {"an empty name", "DER:30028200", FACTS_NAME_DNS, "", 0},
};

static void test_names(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(name_cases); i++) {
        const struct name_case *c = &name_cases[i];
        struct forge forge = FORGE("CN", {"subjectAltName", c->san});
        struct facts_chain chain;
        read_forged(&forge, NULL, &chain);
        if (chain.certs[0].name_count != 1 || chain.certs[0].names_seen != 1)
            fail_msg("%s: %zu names", c->name, chain.certs[0].name_count);
        const struct facts_name *name = &chain.certs[0].names[0];
        if (name->kind != c->kind || strcmp(name->text, c->text) != 0 ||
            name->len != (c->len != 0 ? c->len : strlen(c->text)))
            fail_msg("%s: %d '%s' %zu", c->name, name->kind, name->text, name->len);
        facts_chain_fini(&chain);
    }
}

static void test_names_that_are_not_ascii(void **state) {
    static const struct {
        const char *san;
        bool has_non_ascii;
    } cases[] = {
        {"DNS:m\xc3\xbcnchen.test", true},
        {"DNS:xn--mnchen-3ya.test", false},
        {"email:m\xc3\xbcller@mx.test", true},
        {"URI:https://m\xc3\xbcnchen.test/", true},
        {"IP:192.0.2.200", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct forge forge = FORGE("CN", {"subjectAltName", cases[i].san});
        struct facts_chain chain;
        read_forged(&forge, NULL, &chain);
        if (chain.certs[0].names[0].has_non_ascii != cases[i].has_non_ascii)
            fail_msg("%s", cases[i].san);
        facts_chain_fini(&chain);
    }
}

static void test_names_are_bounded(void **state) {
    struct facts_chain chain;
    struct buf san;

    (void)state;
    buf_init(&san, 100000);
    buf_puts(&san, "DNS:");
    for (int i = 0; i < 300; i++)
        buf_puts(&san, "a");
    for (int i = 0; i < 300; i++)
        buf_printf(&san, ",DNS:h%d.test", i);
    struct forge forge = FORGE("CN", {"subjectAltName", buf_text(&san)});
    read_forged(&forge, NULL, &chain);
    assert_int_equal(chain.certs[0].names_seen, 301);
    assert_int_equal(chain.certs[0].name_count, FACTS_MAX_NAMES);
    assert_int_equal(chain.certs[0].names[0].len, 300);
    assert_int_equal(strlen(chain.certs[0].names[0].text), FACTS_NAME_TEXT_MAX_B);
    assert_string_equal(chain.certs[0].names[255].text, "h254.test");
    facts_chain_fini(&chain);
    buf_fini(&san);
}

static const struct key_case {
    const char *type, *curve; /* of OpenSSL */
    size_t rsa_bits;
    enum facts_key key;
    unsigned bits;
    const char *name;
} key_cases[] = {
    {"EC", "P-256", 0, FACTS_KEY_EC, 256, "secp256r1"},
    {"EC", "P-384", 0, FACTS_KEY_EC, 384, "secp384r1"},
    {"EC", "P-192", 0, FACTS_KEY_EC, 192, "secp192r1"},
    {"EC", "secp160r1", 0, FACTS_KEY_EC, 160, "secp160r1"},
    {"EC", "sect163k1", 0, FACTS_KEY_EC, 163, "sect163k1"},
    {"EC", "brainpoolP512r1", 0, FACTS_KEY_EC, 512, "brainpoolP512r1"},
    {"ED25519", NULL, 0, FACTS_KEY_ED25519, 255, ""},
    {"RSA", NULL, 1023, FACTS_KEY_RSA, 1023, ""},
};

static EVP_PKEY *make_key(const struct key_case *c) {
    if (c->rsa_bits != 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, c->type, c->rsa_bits);
    return c->curve != NULL ? EVP_EC_gen(c->curve) : EVP_PKEY_Q_keygen(NULL, NULL, c->type);
}

static void test_keys(void **state) {
    static const struct forge forge = FORGE("CN", FORGE_SAN);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(key_cases); i++) {
        const struct key_case *c = &key_cases[i];
        EVP_PKEY *key = make_key(c);
        struct facts_chain chain;
        read_forged(&forge, key, &chain);
        const struct facts_cert *cert = &chain.certs[0];
        print_message("%s %u %s, %s\n", c->type, cert->key_bits, cert->curve, cert->signature.name);
        assert_int_equal(cert->key, c->key);
        assert_int_equal(cert->key_bits, c->bits);
        assert_string_equal(cert->curve, c->name);
        assert_false(cert->has_explicit_curve);
        assert_int_equal(cert->signature.key, c->key);
        assert_int_equal(cert->signature.hash,
                         c->key == FACTS_KEY_ED25519 ? FACTS_HASH_NONE : FACTS_HASH_SHA256);
        facts_chain_fini(&chain);
        EVP_PKEY_free(key);
    }
}

/* CVE-2020-0601 hides behind these; path building calls them an encoding of no use. */
static void test_explicit_curve(void **state) {
    static const struct forge forge = FORGE("CN", FORGE_SAN);
    EVP_PKEY *key = forge_key();
    struct facts_chain chain;

    (void)state;
    assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit"), 1);
    read_forged(&forge, key, &chain);
    assert_true(chain.certs[0].has_explicit_curve);
    assert_int_equal(chain.certs[0].key_bits, 256);
    assert_string_equal(chain.certs[0].curve, "secp256r1");
    facts_chain_fini(&chain);
    EVP_PKEY_free(key);
}

static void sign_pss(X509 *cert, EVP_PKEY *key, const EVP_MD *mask, int salt_b) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey;

    assert_int_equal(EVP_DigestSignInit(ctx, &pkey, EVP_sha384(), NULL, key), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PSS_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, salt_b), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(pkey, mask), 1);
    assert_true(X509_sign_ctx(cert, ctx) > 0);
    EVP_MD_CTX_free(ctx);
}

static void test_signatures(void **state) {
    static const struct forge forge = FORGE("CN", FORGE_SAN);
    static const struct {
        const EVP_MD *(*mask)(void);
        int salt_b;
        enum facts_pss pss;
        const char *name;
    } cases[] = {
        {EVP_sha384, 48, FACTS_PSS_USUAL, "rsassaPss SHA-384"},
        {EVP_sha1, 48, FACTS_PSS_ODD, "rsassaPss SHA-384 with MGF1 SHA-1"},
        {EVP_sha384, 0, FACTS_PSS_ODD, "rsassaPss SHA-384 with a salt of 0 bytes"},
        {EVP_sha384, 20, FACTS_PSS_ODD, "rsassaPss SHA-384 with a salt of 20 bytes"},
        {EVP_sha384, 49, FACTS_PSS_LONG_SALT, "rsassaPss SHA-384 with a salt of 49 bytes"},
    };
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
    X509 *cert = forge_cert(&forge, key, NULL);
    struct facts_chain chain;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        sign_pss(cert, key, cases[i].mask(), cases[i].salt_b);
        read_cert(cert, &chain);
        assert_string_equal(chain.certs[0].signature.name, cases[i].name);
        assert_int_equal(chain.certs[0].signature.hash, FACTS_HASH_SHA384);
        assert_int_equal(chain.certs[0].signature.padding, FACTS_PADDING_PSS);
        assert_int_equal(chain.certs[0].signature.pss, cases[i].pss);
        facts_chain_fini(&chain);
    }
    X509_free(cert);
    EVP_PKEY_free(key);
}

/* What nobody can sign with. */
static void test_odd_pss(void **state) {
    static const struct forge forge = FORGE("CN", FORGE_SAN);
    static const struct {
        long salt_b;
        const char *name;
    } cases[] = {
        {-1, "rsassaPss SHA-1 with a salt of -1 bytes"},
        {LONG_MAX, "rsassaPss SHA-1 with a salt of -1 bytes"},
        {INT_MAX, "rsassaPss SHA-1 with a salt of 2147483647 bytes"},
        {20, "rsassaPss SHA-1"},
    };
    EVP_PKEY *key = forge_key();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        X509 *cert = forge_cert(&forge, key, NULL);
        RSA_PSS_PARAMS *pss = RSA_PSS_PARAMS_new();
        ASN1_STRING *packed = NULL;
        const X509_ALGOR *outer;
        struct facts_chain chain;
        pss->saltLength = ASN1_INTEGER_new();
        assert_int_equal(ASN1_INTEGER_set(pss->saltLength, cases[i].salt_b), 1);
        assert_non_null(ASN1_item_pack(pss, ASN1_ITEM_rptr(RSA_PSS_PARAMS), &packed));
        X509_get0_signature(NULL, &outer, cert);
        X509_ALGOR_set0((X509_ALGOR *)outer, OBJ_nid2obj(NID_rsassaPss), V_ASN1_SEQUENCE, packed);
        read_cert(cert, &chain);
        assert_string_equal(chain.certs[0].signature.name, cases[i].name);
        facts_chain_fini(&chain);
        RSA_PSS_PARAMS_free(pss);
        X509_free(cert);
    }
    EVP_PKEY_free(key);
}

/* What is written outside is not what was signed (RFC 5280 4.1.1.2); and an algorithm that nobody knows. */
static void test_algorithms_differ(void **state) {
    static const struct forge forge = FORGE("CN", FORGE_SAN);
    static const struct {
        const char *algorithm, *name;
        enum facts_hash hash;
    } cases[] = {
        {"ecdsa-with-SHA1", "ecdsa-with-SHA1", FACTS_HASH_SHA1},
        {"md2WithRSAEncryption", "md2WithRSAEncryption", FACTS_HASH_MD2},
        {"1.2.3.4.5", "1.2.3.4.5", FACTS_HASH_OTHER},
        {"rsassaPss", "rsassaPss", FACTS_HASH_OTHER},
    };
    EVP_PKEY *key = forge_key();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        X509 *cert = forge_cert(&forge, key, NULL);
        const X509_ALGOR *outer;
        struct facts_chain chain;
        X509_get0_signature(NULL, &outer, cert);
        X509_ALGOR_set0((X509_ALGOR *)outer, OBJ_txt2obj(cases[i].algorithm, 0), V_ASN1_UNDEF,
                        NULL);
        read_cert(cert, &chain);
        assert_true(chain.certs[0].signature_algorithms_differ);
        assert_string_equal(chain.certs[0].signature.name, cases[i].name);
        assert_int_equal(chain.certs[0].signature.hash, cases[i].hash);
        facts_chain_fini(&chain);
        X509_free(cert);
    }
    EVP_PKEY_free(key);
}

/* Two timestamps of version 1 (RFC 6962 3.3), with a signature of one byte each. */
#define LOG_ID "00000000000000000000000000000000"
#define TIMESTAMP                                                                                  \
    "003000" LOG_ID LOG_ID "00000000000000000000"                                                  \
    "0403"                                                                                         \
    "000100"

static void test_extensions(void **state) {
    static const struct forge forge = FORGE(
        "CN", {"keyUsage", "digitalSignature,keyEncipherment,keyAgreement,keyCertSign,cRLSign"},
        {"extendedKeyUsage", "clientAuth,serverAuth,anyExtendedKeyUsage"},
        {"basicConstraints", "CA:TRUE,pathlen:3"}, {"tlsfeature", "status_request"},
        {"nameConstraints", "permitted;DNS:test"}, {"1.2.3.4", "critical,DER:0500"},
        {"1.3.6.1.4.1.11129.2.4.2", "DER:04660064" TIMESTAMP TIMESTAMP}, {"1.2.3.4", "DER:0500"});
    struct facts_chain chain;

    (void)state;
    read_forged(&forge, NULL, &chain);
    const struct facts_cert *cert = &chain.certs[0];
    assert_int_equal(cert->key_usage, 31);
    assert_true(cert->has_key_usage && cert->has_eku && cert->eku_server_auth && cert->eku_any);
    assert_true(cert->has_basic_constraints && cert->is_ca);
    assert_int_equal(cert->path_length, 3);
    assert_true(cert->must_staple && cert->has_name_constraints);
    assert_true(cert->has_unknown_critical && cert->has_duplicate_extension);
    assert_int_equal(cert->sct_count, 2);
    facts_chain_fini(&chain);
}

static void test_no_extensions(void **state) {
    static const struct forge forge = {.subject = "CN", .version = -1};
    struct facts_chain chain;

    (void)state;
    read_forged(&forge, NULL, &chain);
    const struct facts_cert *cert = &chain.certs[0];
    assert_int_equal(cert->version, 1);
    assert_false(cert->has_key_usage || cert->has_eku || cert->eku_server_auth || cert->eku_any);
    assert_false(cert->has_basic_constraints || cert->is_ca || cert->must_staple);
    assert_false(cert->has_unknown_critical || cert->has_duplicate_extension);
    assert_int_equal(cert->path_length, -1);
    assert_int_equal(cert->sct_count, 0);
    assert_null(cert->names);
    facts_chain_fini(&chain);
}

static void test_serials_and_subjects(void **state) {
    static const struct {
        const char *serial, *serial_text, *subject, *subject_text, *common_name;
    } cases[] = {
        {"1", "01", "mx.test", "CN=mx.test", "mx.test"},
        {"0", "00", NULL, "", ""},
        {"-255", "-ff", "a,b+c", "CN=a\\,b\\+c", "a,b+c"},
        {"18446744073709551616", "010000000000000000", "\x1b[1m", "CN=\\1B[1m", "?[1m"},
        {"1", "01", "\xc3\xa4.test", "CN=\\C3\\A4.test", "??.test"},
    };
    struct facts_chain chain;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct forge forge = {.subject = cases[i].subject, .serial = cases[i].serial};
        read_forged(&forge, NULL, &chain);
        assert_string_equal(chain.certs[0].serial, cases[i].serial_text);
        assert_string_equal(chain.certs[0].subject, cases[i].subject_text);
        assert_string_equal(chain.certs[0].common_name, cases[i].common_name);
        facts_chain_fini(&chain);
    }
}

static void test_bad_der(void **state) {
    static const uint8_t nonsense[] = {0x30, 0x03, 0x02, 0x01, 0x05};
    static const struct forge forge = FORGE("CN", FORGE_SAN);
    struct trust *trust = forge_trust(NULL);
    EVP_PKEY *key = forge_key();
    X509 *cert = forge_cert(&forge, key, NULL);
    uint8_t *good = NULL, longer[2000] = {0};
    size_t good_b = (size_t)i2d_X509(cert, &good);
    const uint8_t *der[] = {good, nonsense};
    size_t len[] = {good_b, sizeof nonsense};
    struct facts_chain chain;
    struct err err;

    (void)state;
    assert_int_equal(chain_from_der(der, len, 2, trust, now_s, &chain, &err), -1);
    assert_non_null(strstr(err.text, "certificate 2: "));
    facts_chain_fini(&chain);
    assert_int_equal(chain_from_der(der, len, 0, trust, now_s, &chain, &err), -1);
    assert_string_equal(err.text, "there is no certificate");
    memcpy(longer, good, good_b);
    der[0] = longer;
    len[0] = good_b + 1;
    assert_int_equal(chain_from_der(der, len, 1, trust, now_s, &chain, &err), -1);
    assert_string_equal(err.text, "certificate 1: bytes after its end");
    OPENSSL_free(good);
    X509_free(cert);
    EVP_PKEY_free(key);
    trust_free(&trust);
}

static void check_trust_error(const char *path, const char *text) {
    struct trust *trust = NULL;
    struct err err;

    assert_int_equal(trust_new(path, &trust, &err), -1);
    assert_null(trust);
    if (strstr(err.text, text) == NULL)
        fail_msg("%s", err.text);
}

static void test_trust(void **state) {
    struct trust *trust = NULL;
    char *dir, *empty, *none;
    struct err err;

    (void)state;
    assert_int_equal(file_temp_dir(&dir, &err), 0);
    empty = mem_printf("%s/empty.pem", dir);
    none = mem_printf("%s/none", dir);
    assert_int_equal(file_write(empty, "", 0, 0600, &err), 0);
    check_trust_error(none, "none: No such file or directory");
    check_trust_error(empty, "empty.pem: no certificates in PEM form");
    check_trust_error(dir, "no trust anchors in this directory: run `openssl rehash");
    assert_int_equal(trust_new("tests/data/article-certificate.pem", &trust, &err), 0);
    assert_int_equal(trust_add_crls(trust, none, &err), -1);
    assert_int_equal(trust_add_crls(trust, empty, &err), -1);
    assert_non_null(strstr(err.text, "empty.pem: no revocation lists, neither PEM nor DER"));
    trust_free(&trust);
    assert_int_equal(setenv("SSL_CERT_FILE", none, 1) | setenv("SSL_CERT_DIR", dir, 1), 0);
    check_trust_error(NULL, "the system has no trust anchors");
    assert_int_equal(setenv("SSL_CERT_FILE", "tests/data/article-certificate.pem", 1), 0);
    assert_int_equal(trust_new(NULL, &trust, &err), 0);
    trust_free(&trust);
    assert_int_equal(unsetenv("SSL_CERT_FILE") | unsetenv("SSL_CERT_DIR"), 0);
    file_remove_dir(dir);
    free(dir);
    free(empty);
    free(none);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_article),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_are_bounded),
        cmocka_unit_test(test_names_that_are_not_ascii),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_explicit_curve),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_algorithms_differ),
        cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_no_extensions),
        cmocka_unit_test(test_serials_and_subjects),
        cmocka_unit_test(test_odd_pss),
        cmocka_unit_test(test_bad_der),
        cmocka_unit_test(test_trust),
    };

    return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
