/* Certificates as checkers see them: RFC 5280 path validation by libcrypto, strictly, for each knob. */
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "tls/identity.h"
#include "tls/key_pool.h"
#include "unit.h"

#define DAY_S INT64_C(86400)

/* 2030-06-01: no test depends on today. */
static const int64_t now_s = 1906502400;

#define RSA_LEAF(n)   .leaf.key = {KEY_RSA, n, 0}
#define RSA_ISSUER(n) .intermediate_key = {KEY_RSA, n, 0}
#define SOUND                                                                                      \
    { .sent = MINT_SENT_CHAIN }
#define RELATIVE(a, b) .leaf.validity = {MINT_TIME_RELATIVE, (a)*DAY_S, (b)*DAY_S}
#define WORST                                                                                      \
    {                                                                                              \
        RSA_LEAF(1024), .leaf.signature = MINT_SIGNATURE_SHA1,                                     \
                        .leaf.profile = MINT_PROFILE_REQ_X509,                                     \
                        .leaf.validity = {MINT_TIME_ABSOLUTE, 0, DAY_S},                           \
                        .leaf.subject = "/C=DE/ST=Saxony/L=Chemnitz/O=CA/OU=CA/CN=abc.xy",         \
                        .issuer = MINT_ISSUER_SELF                                                 \
    }

static struct key_pool *pool; /* one for all, since RSA keys take their time */

static int open_pool(void **state) {
    (void)state;
    return key_pool_new(NULL, &pool, NULL);
}

static int close_pool(void **state) {
    (void)state;
    key_pool_free(&pool);
    return 0;
}

static struct identity *mint(const char *host, const struct mint_knobs *knobs) {
    struct mint_lab *lab = NULL;
    struct identity *identity = NULL;
    struct err err = {""};

    if (mint_lab_new(host, pool, now_s, &lab, &err) != 0 ||
        mint_identity(lab, knobs, now_s, &identity, &err) != 0)
        fail_msg("%s", err.text);
    mint_lab_free(&lab);
    return identity;
}

struct check {
    int level;        /* OpenSSL's security level; 3 asks for 128 bits throughout */
    int64_t days;     /* from now */
    const char *name; /* NULL: the host */
};

/* The X509_V_ERR of a checker that trusts the lab root. */
static int verify(const struct identity *identity, const char *host, const struct check *check) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    const char *name = check->name != NULL ? check->name : host;

    assert_int_equal(X509_STORE_add_cert(store, identity->anchor), 1);
    assert_int_equal(X509_STORE_CTX_init(ctx, store, identity->leaf, identity->chain), 1);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_STORE_CTX_set_default(ctx, "ssl_server");
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_auth_level(param, check->level);
    X509_VERIFY_PARAM_set_time(param, now_s + check->days * DAY_S);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, name) != 1)
        assert_int_equal(X509_VERIFY_PARAM_set1_host(param, name, 0), 1);
    X509_verify_cert(ctx);
    int result = X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return result;
}

static const struct verify_case {
    const char *name, *host;
    struct mint_knobs knobs;
    struct check check;
    int result;
} verify_cases[] = {
    {"control", "localhost", SOUND, {.level = 3}, X509_V_OK},
    {"control by name", "mx.example.org", SOUND, {.level = 3}, X509_V_OK},
    {"control in .test", "a.b.test", SOUND, {.level = 3}, X509_V_OK},
    {"control at an IPv4 address", "127.0.0.1", SOUND, {.level = 3}, X509_V_OK},
    {"control at an IPv6 address", "::1", SOUND, {.level = 3}, X509_V_OK},
    {"control at an address abroad", "192.0.2.7", SOUND, {.level = 3}, X509_V_OK},
    {"control at an IPv6 address abroad", "2001:db8::7", SOUND, {.level = 3}, X509_V_OK},
    {"control under a long name",
     "a-very-long-label-of-a-host-name.another-very-long-label-of-a-host-name.example.org",
     SOUND,
     {.level = 3},
     X509_V_OK},
    {"control for another name",
     "localhost",
     SOUND,
     {.name = "mx.test"},
     X509_V_ERR_HOSTNAME_MISMATCH},
    {"control for another address",
     "::1",
     SOUND,
     {.name = "127.0.0.2"},
     X509_V_ERR_IP_ADDRESS_MISMATCH},
    {"control-rsa3072", "localhost", {RSA_LEAF(3072), RSA_ISSUER(3072)}, {.level = 3}, X509_V_OK},
    {"control-p384",
     "localhost",
     {.leaf.key = {KEY_EC, 0, KEY_CURVE_P384}, .intermediate_key = {KEY_EC, 0, KEY_CURVE_P384}},
     {.level = 3},
     X509_V_OK},
    {"control on its last day but one", "localhost", SOUND, {.level = 3, .days = 89}, X509_V_OK},
    {"control too late", "localhost", SOUND, {.days = 91}, X509_V_ERR_CERT_HAS_EXPIRED},
    {"self-signed",
     "localhost",
     {.issuer = MINT_ISSUER_SELF},
     {.level = 3},
     X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
    {"untrusted-root",
     "localhost",
     {.issuer = MINT_ISSUER_STRANGER},
     {.level = 3},
     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    {"incomplete-chain",
     "localhost",
     {.sent = MINT_SENT_LEAF},
     {.level = 3},
     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    {"expired", "localhost", {RELATIVE(-91, -1)}, {.level = 3}, X509_V_ERR_CERT_HAS_EXPIRED},
    {"expired, seen while it was good",
     "localhost",
     {RELATIVE(-91, -1)},
     {.level = 3, .days = -2},
     X509_V_OK},
    {"expired-1970",
     "localhost",
     {.leaf.validity = {MINT_TIME_ABSOLUTE, 0, DAY_S}},
     {.level = 3},
     X509_V_ERR_CERT_HAS_EXPIRED},
    {"not-yet-valid", "localhost", {RELATIVE(1, 91)}, {.level = 3}, X509_V_ERR_CERT_NOT_YET_VALID},
    {"not-yet-valid, seen later",
     "localhost",
     {RELATIVE(1, 91)},
     {.level = 3, .days = 2},
     X509_V_OK},
    {"wrong-host",
     "localhost",
     {.leaf.subject = "/CN=somebody-else.test", .leaf.san = "DNS:somebody-else.test"},
     {.level = 3},
     X509_V_ERR_HOSTNAME_MISMATCH},
    {"wrong-host, seen by the other",
     "localhost",
     {.leaf.subject = "/CN=somebody-else.test", .leaf.san = "DNS:somebody-else.test"},
     {.level = 3, .name = "somebody-else.test"},
     X509_V_OK},
    {"a name that the root may not give",
     "localhost",
     {.leaf.san = "DNS:mail.example.com"},
     {.name = "mail.example.com"},
     X509_V_ERR_PERMITTED_VIOLATION},
    {"an address that the root may not give",
     "localhost",
     {.leaf.san = "IP:192.0.2.1"},
     {.name = "192.0.2.1"},
     X509_V_ERR_PERMITTED_VIOLATION},
    {"the host among others",
     "mx.test",
     {.leaf.san = "DNS:a.test,{host},DNS:b.test"},
     {.level = 3},
     X509_V_OK},
    {"the address among others", "::1", {.leaf.san = "DNS:a.test,{host}"}, {.level = 3}, X509_V_OK},
    {"a name below the host",
     "mx.test",
     {.leaf.san = "DNS:smtp.{host}"},
     {.level = 3, .name = "smtp.mx.test"},
     X509_V_OK},
    {"no subject", "localhost", {.leaf.subject = ""}, {.level = 3}, X509_V_OK},
    {"sha1",
     "localhost",
     {.leaf.signature = MINT_SIGNATURE_SHA1},
     {.level = 3},
     X509_V_ERR_CA_MD_TOO_WEAK},
    {"sha1 at level 0",
     "localhost",
     {.leaf.signature = MINT_SIGNATURE_SHA1},
     {.level = 0},
     X509_V_OK},
    {"md5",
     "localhost",
     {RSA_ISSUER(3072), .leaf.signature = MINT_SIGNATURE_MD5},
     {.level = 1},
     X509_V_ERR_CA_MD_TOO_WEAK},
    {"md5 at level 0",
     "localhost",
     {RSA_ISSUER(3072), .leaf.signature = MINT_SIGNATURE_MD5},
     {.level = 0},
     X509_V_OK},
    {"rsa1024",
     "localhost",
     {RSA_LEAF(1024), RSA_ISSUER(3072)},
     {.level = 2},
     X509_V_ERR_EE_KEY_TOO_SMALL},
    {"rsa1024 at level 1",
     "localhost",
     {RSA_LEAF(1024), RSA_ISSUER(3072)},
     {.level = 1},
     X509_V_OK},
    {"rsa512",
     "localhost",
     {RSA_LEAF(512), RSA_ISSUER(3072)},
     {.level = 1},
     X509_V_ERR_EE_KEY_TOO_SMALL},
    {"rsa512 at level 0", "localhost", {RSA_LEAF(512), RSA_ISSUER(3072)}, {.level = 0}, X509_V_OK},
    {"rsa512, self-signed",
     "localhost",
     {RSA_LEAF(512), .issuer = MINT_ISSUER_SELF},
     {.level = 0},
     X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
    {"bad-handshake-signature",
     "localhost",
     {.private_half = MINT_PRIVATE_WRONG},
     {.level = 3},
     X509_V_OK},
    {"worst", "localhost", WORST, {.level = 0}, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
};

static void test_verify(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(verify_cases); i++) {
        const struct verify_case *c = &verify_cases[i];
        struct identity *identity = mint(c->host, &c->knobs);
        int result = verify(identity, c->host, &c->check);
        if (result != c->result)
            fail_msg("%s: %s, wanted %s", c->name, X509_verify_cert_error_string(result),
                     X509_verify_cert_error_string(c->result));
        identity_free(&identity);
    }
}

static const struct signature_case {
    const char *name;
    struct mint_knobs knobs;
    int algorithm, digest; /* the leaf's */
} signature_cases[] = {
    {"sound, by P-256", SOUND, NID_ecdsa_with_SHA256, NID_sha256},
    {"sound, by P-384",
     {.intermediate_key = {KEY_EC, 0, KEY_CURVE_P384}},
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

static void test_impossible(void **state) {
    static const struct {
        const char *name, *host;
        struct mint_knobs knobs;
        const char *text; /* within the error */
    } cases[] = {
        {"MD5 with an EC issuer", "localhost", {.leaf.signature = MINT_SIGNATURE_MD5}, "RSA key"},
        {"RSA too small", "localhost", {RSA_LEAF(511)}, "511 bits"},
        {"RSA too large", "localhost", {RSA_LEAF(16385)}, "16385 bits"},
        {"unknown attribute", "localhost", {.leaf.subject = "/XYZZY=1"}, "XYZZY=1"},
        {"no attribute", "localhost", {.leaf.subject = "/CN=a/b"}, "'b' is no attribute"},
        {"common name too long",
         "localhost",
         {.leaf.subject = "/CN=12345678901234567890123456789012345678901234567890123456789012345"},
         "too long"},
        {"SAN of an unknown kind", "localhost", {.leaf.san = "FAX:1"}, "subjectAltName"},
        {"SAN without a kind", "localhost", {.leaf.san = "mx.test"}, "subjectAltName"},
        {"a year that has no name",
         "localhost",
         {.leaf.validity = {MINT_TIME_ABSOLUTE, 0, INT64_MAX / 2}},
         "validity"},
        {"empty host", "", SOUND, "neither a host name"},
        {"host with a comma", "a,DNS:b", SOUND, "neither a host name"},
        {"host with an empty label", "a..b", SOUND, "neither a host name"},
        {"host with a final dot", "a.test.", SOUND, "neither a host name"},
        {"host with a newline", "a\nb", SOUND, "'a?b'"},
        {"half an address", "1.2.3.4/8", SOUND, "neither a host name"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mint_lab *lab = NULL;
        struct identity *identity = NULL;
        struct err err = {""};
        if (mint_lab_new(cases[i].host, pool, now_s, &lab, &err) == 0 &&
            mint_identity(lab, &cases[i].knobs, now_s, &identity, &err) == 0)
            fail_msg("%s: was minted", cases[i].name);
        assert_null(identity);
        if (strstr(err.text, cases[i].text) == NULL || strchr(err.text, '\n') != NULL)
            fail_msg("%s: '%s'", cases[i].name, err.text);
        mint_lab_free(&lab);
    }
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
    assert_string_equal(text, "critical,Permitted:\n  DNS:localhost\n  DNS:test\n"
                              "  IP:127.0.0.0/255.0.0.0\n"
                              "  IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF\n"
                              "  DNS:mx.example.org");
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
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_pss_parameters),
        cmocka_unit_test(test_impossible),
        cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_authorities),
        cmocka_unit_test(test_numbers_and_times),
        cmocka_unit_test(test_worst_is_the_article),
    };

    return cmocka_run_group_tests(tests, open_pool, close_pool);
}
