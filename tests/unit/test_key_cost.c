/* Keys that take long to decode: refused wherever certificates of a stranger are read, and no other key is. */
#include <openssl/core_names.h>
#include <openssl/ocsp.h>

#include "client_talk.h"
#include "crypto/key.h"
#include "crypto/key_cost.h"
#include "mint/revocation_make.h"
#include "tls/ossl.h"
#include "x509/chain.h"
#include "x509/staple.h"

/* Its curve is spelt out over a prime p with p - 1 = k * 2^640, and both its points are compressed: each takes a square root
 * of 0.06 s. */
static const char slow_path[] = "tests/data/slow-key.der";

static const struct {
    const char *name;
    struct key_spec spec;
    bool is_compressed, is_high;
} cases[] = {
    {"named", {KEY_DEFAULT, 0, 0}, false, false},
    {"named, a point compressed", {KEY_DEFAULT, 0, 0}, true, false},
    {"spelt out", {KEY_EC_EXPLICIT, 0, KEY_CURVE_P256}, false, false},
    {"spelt out, compressed", {KEY_EC_EXPLICIT, 0, KEY_CURVE_P256}, true, true},
    {"a field of characteristic two", {KEY_EC_EXPLICIT, 0, KEY_CURVE_SECT163K1}, false, false},
    {"RSA", {KEY_RSA, 1024, 0}, false, false},
};

static EVP_PKEY *make_key(const struct key_spec *spec, bool is_compressed) {
    EVP_PKEY *key = NULL;

    assert_int_equal(key_make(spec, NULL, &key, NULL), 0);
    if (is_compressed)
        assert_int_equal(
            EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                           OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_COMPRESSED),
            1);
    return key;
}

static X509 *make_cert(EVP_PKEY *key) {
    X509 *cert = X509_new();

    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                               (const unsigned char *)"mx.test", -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    ASN1_TIME_set(X509_getm_notBefore(cert), now_s - 86400);
    ASN1_TIME_set(X509_getm_notAfter(cert), now_s + 86400);
    assert_int_equal(X509_set_pubkey(cert, key), 1);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    return cert;
}

static void test_which(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EVP_PKEY *key = make_key(&cases[i].spec, cases[i].is_compressed);
        X509 *cert = make_cert(key);
        uint8_t *der = NULL;
        int len = i2d_X509(cert, &der);
        if (key_cost_is_high(der, (size_t)len) != cases[i].is_high)
            fail_msg("%s", cases[i].name);
        OPENSSL_free(der);
        X509_free(cert);
        EVP_PKEY_free(key);
    }
}

static void read_slow(struct buf *out) {
    struct err err;

    buf_init(out, 4096);
    if (file_read(slow_path, out, &err) != 0)
        fail_msg("%s", err.text);
}

/* Where it is cut off, and in front of and behind what else there is; on the heap, to the byte. */
static void test_where(void **state) {
    struct buf slow;
    size_t found = 0;

    (void)state;
    read_slow(&slow);
    for (size_t len = 0; len <= slow.len; len++) {
        uint8_t *copy = mem_zalloc(len + 1);
        memcpy(copy + 1, slow.data, len);
        bool is_high = key_cost_is_high(copy + 1, len);
        found += is_high;
        assert_true(is_high || len < slow.len);
        free(copy);
    }
    assert_true(found > 1); /* what is cut off behind the curve's name is no DER */
    assert_false(key_cost_is_high(NULL, 0));
    buf_fini(&slow);
}

static void test_chains(void **state) {
    const struct lab *lab = *state;
    struct facts_chain chain;
    struct buf slow;
    struct err err;

    read_slow(&slow);
    const uint8_t *der[] = {slow.data};
    assert_int_equal(chain_from_der(der, &slow.len, 1, lab->trust, now_s, &chain, &err), -1);
    assert_string_equal(err.text, "certificate 1: " KEY_COST_TEXT);
    facts_chain_fini(&chain);
    buf_fini(&slow);
}

/* An OCSP response brings the certificate of its signer, and so may a request. */
static void test_ocsp(void **state) {
    static const struct mint_knobs knobs = {.responder = MINT_OCSP_GOOD, .staple = MINT_OCSP_GOOD};
    static const struct key_spec spec = {KEY_EC_EXPLICIT, 0, KEY_CURVE_P256};
    struct lab *lab = *state;
    struct identity *identity;
    uint8_t *der = NULL;
    const uint8_t *out;
    size_t out_len;

    assert_int_equal(mint_identity(lab->lab, &knobs, now_s, &identity, NULL), 0);
    for (int compressed = 0; compressed < 2; compressed++) {
        EVP_PKEY *key = make_key(&spec, compressed == 1);
        X509 *cert = make_cert(key);
        OCSP_REQUEST *request = OCSP_REQUEST_new();
        assert_non_null(
            OCSP_request_add0_id(request, OCSP_CERTID_dup(identity->revocation->ocsp[0].id)));
        assert_int_equal(OCSP_request_sign(request, cert, key, EVP_sha256(), NULL, 0), 1);
        int len = i2d_OCSP_REQUEST(request, &der);
        assert_int_equal(revocation_ocsp(identity->revocation, der, (size_t)len, &out, &out_len),
                         REVOCATION_BYTES);
        assert_int_equal(out_len > 5, compressed == 0); /* else: malformedRequest */
        OCSP_REQUEST_free(request);
        OPENSSL_free(der);
        der = NULL;
        X509_free(cert);
        EVP_PKEY_free(key);
    }
    identity_free(&identity);
}

static void present(struct identity *identity, const struct key_spec *spec, bool is_compressed) {
    EVP_PKEY_free(identity->key);
    X509_free(identity->leaf);
    identity->key = make_key(spec, is_compressed);
    identity->leaf = make_cert(identity->key);
}

/* What a server presents: the client says why it ends the handshake; a curve that is spelt out by itself is no cause. */
static void test_servers(void **state) {
    static const struct mint_knobs knobs = {.issuer = MINT_ISSUER_SELF};
    static const struct key_spec spec = {KEY_EC_EXPLICIT, 0, KEY_CURVE_P256};
    static const struct tls_knobs versions[] = {{.versions = {TLS_VERSION_1_2, TLS_VERSION_1_2}},
                                                {.versions = {TLS_VERSION_1_3, TLS_VERSION_1_3}}};
    struct lab *lab = *state;

    for (size_t i = 0; i < 2 * ARRAY_LEN(versions); i++) {
        bool is_compressed = i % 2 == 1;
        struct talk talk;
        talk_init(&talk, lab->wide, NULL);
        assert_int_equal(mint_identity(lab->lab, &knobs, now_s, &talk.identity, NULL), 0);
        present(talk.identity, &spec, is_compressed);
        assert_int_equal(tls_server_new(&versions[i / 2], talk.identity, &talk.server, NULL), 0);
        talk_listen(&talk);
        enum engine_result result = talk_handshake(&talk);
        if (is_compressed) {
            assert_int_equal(result, ENGINE_FAILED);
            assert_string_equal(talk.facts.reason, KEY_COST_TEXT);
            assert_int_equal(talk.facts.failure, TLS_FAILURE_OTHER);
        } else {
            assert_string_not_equal(talk.facts.reason, KEY_COST_TEXT);
        }
        talk_fini(&talk);
    }
}

/* What a client presents that is asked for a certificate. */
static void test_clients(void **state) {
    static const struct mint_knobs knobs = {0};
    static const struct tls_knobs asks[] = {
        {.client_cert = TLS_CLIENT_CERT_REQUESTED, .versions = {TLS_VERSION_1_2, TLS_VERSION_1_2}},
        {.client_cert = TLS_CLIENT_CERT_REQUESTED, .versions = {TLS_VERSION_1_3, TLS_VERSION_1_3}}};
    static const struct key_spec specs[] = {{KEY_DEFAULT, 0, 0},
                                            {KEY_EC_EXPLICIT, 0, KEY_CURVE_P256}};
    struct lab *lab = *state;

    for (size_t i = 0; i < 4; i++) {
        bool is_slow = i % 2 == 1;
        EVP_PKEY *key = make_key(&specs[i % 2], is_slow);
        X509 *cert = make_cert(key);
        struct talk talk;
        talk_init(&talk, lab->wide, NULL);
        SSL *ssl = ((struct ossl *)talk.client)->ssl;
        assert_int_equal(SSL_use_certificate(ssl, cert), 1);
        assert_int_equal(SSL_use_PrivateKey(ssl, key), 1);
        assert_int_equal(mint_identity(lab->lab, &knobs, now_s, &talk.identity, NULL), 0);
        assert_int_equal(tls_server_new(&asks[i / 2], talk.identity, &talk.server, NULL), 0);
        talk_listen(&talk);
        talk_handshake(&talk);
        assert_int_equal(((struct ossl *)talk.server_engine)->is_costly, is_slow);
        assert_int_equal(talk.record.handshake,
                         is_slow ? TLS_HANDSHAKE_FAILED : TLS_HANDSHAKE_COMPLETED);
        talk_fini(&talk);
        X509_free(cert);
        EVP_PKEY_free(key);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which),   cmocka_unit_test(test_where),
        cmocka_unit_test(test_chains),  cmocka_unit_test(test_ocsp),
        cmocka_unit_test(test_servers), cmocka_unit_test(test_clients),
    };

    return cmocka_run_group_tests_name("key cost", tests, set_up, tear_down);
}
