/* Responses and lists as bytes, read back by libcrypto and judged as a sender would. */
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "mint/identity_internal.h"
#include "mint/mint.h"
#include "mint/revocation_make.h"
#include "unit.h"
#include "x509/staple.h"

static const int64_t now_s = 1795478400; /* 2026-11-24 */

struct room {
    struct key_pool *keys;
    struct mint_lab *lab;
};

static int set_up(void **state) {
    struct room *room = mem_zalloc(sizeof *room);

    assert_int_equal(key_pool_new(NULL, &room->keys, NULL), 0);
    assert_int_equal(mint_lab_new("localhost", room->keys, now_s, &room->lab, NULL), 0);
    *state = room;
    return 0;
}

static int tear_down(void **state) {
    struct room *room = *state;

    mint_lab_free(&room->lab);
    key_pool_free(&room->keys);
    free(room);
    return 0;
}

static struct identity *mint(struct room *room, const struct mint_knobs *knobs) {
    struct identity *identity = NULL;
    struct err err = {.text = ""};

    if (mint_identity_as(room->lab, "x", knobs, now_s, &identity, &err) != 0)
        fail_msg("%s", err.text);
    return identity;
}

/* --- OCSP --- */

enum believed { TRUSTED, DISTRUSTED, ERROR_ALONE, NO_RESPONSE };

static const struct response_case {
    enum mint_ocsp kind;
    enum believed believed;
    int status, from_s, until_s; /* as far as there is one */
    enum facts_staple staple;    /* what `check` makes of it */
} responses[] = {
    {MINT_OCSP_GOOD, TRUSTED, V_OCSP_CERTSTATUS_GOOD, -3600, 604800, FACTS_STAPLE_GOOD},
    {MINT_OCSP_REVOKED, TRUSTED, V_OCSP_CERTSTATUS_REVOKED, -3600, 604800, FACTS_STAPLE_REVOKED},
    {MINT_OCSP_UNKNOWN, TRUSTED, V_OCSP_CERTSTATUS_UNKNOWN, -3600, 604800, FACTS_STAPLE_UNKNOWN},
    {MINT_OCSP_EXPIRED, TRUSTED, V_OCSP_CERTSTATUS_GOOD, -1209600, -604800, FACTS_STAPLE_INVALID},
    {MINT_OCSP_NOT_YET, TRUSTED, V_OCSP_CERTSTATUS_GOOD, 86400, 691200, FACTS_STAPLE_INVALID},
    {MINT_OCSP_OTHER_CERT, TRUSTED, -1, 0, 0, FACTS_STAPLE_INVALID},
    {MINT_OCSP_BAD_SIGNATURE, DISTRUSTED, V_OCSP_CERTSTATUS_GOOD, -3600, 604800,
     FACTS_STAPLE_INVALID},
    {MINT_OCSP_STRANGER, DISTRUSTED, V_OCSP_CERTSTATUS_GOOD, -3600, 604800, FACTS_STAPLE_INVALID},
    {MINT_OCSP_SELF, DISTRUSTED, V_OCSP_CERTSTATUS_GOOD, -3600, 604800, FACTS_STAPLE_INVALID},
    {MINT_OCSP_DELEGATE, TRUSTED, V_OCSP_CERTSTATUS_GOOD, -3600, 604800, FACTS_STAPLE_GOOD},
    {MINT_OCSP_TRY_LATER, ERROR_ALONE, OCSP_RESPONSE_STATUS_TRYLATER, 0, 0, FACTS_STAPLE_INVALID},
    {MINT_OCSP_GARBAGE, NO_RESPONSE, 0, 0, 0, FACTS_STAPLE_INVALID},
};

static bool is_trusted(OCSP_BASICRESP *basic, const struct identity *identity) {
    X509_STORE *store = X509_STORE_new();

    X509_STORE_add_cert(store, identity->anchor);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), now_s);
    bool trusted = OCSP_basic_verify(basic, identity->chain, store, 0) == 1;
    X509_STORE_free(store);
    return trusted;
}

static void expect_status(OCSP_BASICRESP *basic, OCSP_CERTID *id, const struct response_case *c) {
    ASN1_GENERALIZEDTIME *revoked = NULL, *from = NULL, *until = NULL;
    int reason = -1, status = -1;

    int found = OCSP_resp_find_status(basic, id, &status, &reason, &revoked, &from, &until);
    if (c->status < 0) {
        assert_int_equal(found, 0);
        return;
    }
    assert_int_equal(found, 1);
    assert_int_equal(status, c->status);
    assert_int_equal(ASN1_TIME_cmp_time_t(from, now_s + c->from_s), 0);
    assert_int_equal(ASN1_TIME_cmp_time_t(until, now_s + c->until_s), 0);
    assert_int_equal(ASN1_TIME_cmp_time_t(OCSP_resp_get0_produced_at(basic), now_s + c->from_s), 0);
    if (status == V_OCSP_CERTSTATUS_REVOKED) {
        assert_int_equal(reason, OCSP_REVOKED_STATUS_KEYCOMPROMISE);
        assert_int_equal(ASN1_TIME_cmp_time_t(revoked, now_s - 86400), 0);
    }
}

static void expect_response(const uint8_t *der, size_t len, const EVP_MD *digest,
                            const struct identity *identity, const struct response_case *c) {
    const uint8_t *at = der;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)len);

    print_message("%d\n", c->kind);
    assert_true((response == NULL) == (c->believed == NO_RESPONSE));
    if (response == NULL)
        return;
    assert_ptr_equal(at, der + len);
    OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
    assert_true((basic == NULL) == (c->believed == ERROR_ALONE));
    if (basic == NULL) {
        assert_int_equal(OCSP_response_status(response), c->status);
    } else {
        OCSP_CERTID *id =
            OCSP_cert_to_id(digest, identity->leaf, sk_X509_value(identity->chain, 0));
        assert_int_equal(OCSP_response_status(response), OCSP_RESPONSE_STATUS_SUCCESSFUL);
        expect_status(basic, id, c);
        assert_int_equal(is_trusted(basic, identity), c->believed == TRUSTED);
        OCSP_CERTID_free(id);
    }
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
}

static void test_staples(void **state) {
    assert_int_equal(ARRAY_LEN(responses) + 2, MINT_OCSP_COUNT); /* but none and silence */
    for (size_t i = 0; i < ARRAY_LEN(responses); i++) {
        const struct mint_knobs knobs = {.staple = responses[i].kind};
        struct identity *identity = mint(*state, &knobs);
        const struct buf *staple = &identity->revocation->staple;
        expect_response(staple->data, staple->len, EVP_sha1(), identity, &responses[i]);
        assert_int_equal(staple_judge(staple->data, staple->len, identity->leaf,
                                      sk_X509_value(identity->chain, 0), now_s),
                         responses[i].staple);
        identity_free(&identity);
    }
}

static int ask(const struct identity *identity, const OCSP_CERTID *id, const uint8_t **out,
               size_t *out_len) {
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    uint8_t *der = NULL;

    assert_non_null(OCSP_request_add0_id(request, OCSP_CERTID_dup(id)));
    assert_int_equal(OCSP_request_add1_nonce(request, NULL, -1), 1);
    int len = i2d_OCSP_REQUEST(request, &der);
    char *text = mem_zalloc((size_t)len * 2 + 8);
    EVP_EncodeBlock((uint8_t *)text, der, len);
    const uint8_t *by_text;
    size_t by_text_len;
    int said = (int)revocation_ocsp(identity->revocation, der, (size_t)len, out, out_len);
    assert_int_equal(revocation_ocsp_text(identity->revocation, text, &by_text, &by_text_len),
                     said);
    if (said == REVOCATION_BYTES) {
        assert_ptr_equal(by_text, *out);
        assert_int_equal(by_text_len, *out_len);
    }
    free(text);
    OPENSSL_free(der);
    OCSP_REQUEST_free(request);
    return said;
}

static void test_responder(void **state) {
    const EVP_MD *digests[] = {EVP_sha1(), EVP_sha256()};

    for (size_t i = 0; i < ARRAY_LEN(responses); i++) {
        const struct mint_knobs knobs = {.responder = responses[i].kind};
        struct identity *identity = mint(*state, &knobs);
        for (size_t d = 0; d < ARRAY_LEN(digests); d++) {
            OCSP_CERTID *id =
                OCSP_cert_to_id(digests[d], identity->leaf, sk_X509_value(identity->chain, 0));
            const uint8_t *der;
            size_t len;
            assert_int_equal(ask(identity, id, &der, &len), REVOCATION_BYTES);
            expect_response(der, len, digests[d], identity, &responses[i]);
            OCSP_CERTID_free(id);
        }
        assert_int_equal(identity->revocation->staple.len, 0);
        identity_free(&identity);
    }
}

static int status_of(const uint8_t *der, size_t len) {
    const uint8_t *at = der;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)len);

    assert_non_null(response);
    int status = OCSP_response_status(response);
    OCSP_RESPONSE_free(response);
    return status;
}

static void test_strange_requests(void **state) {
    static const struct mint_knobs knobs = {.responder = MINT_OCSP_GOOD};
    static const char *const texts[] = {"",  "=",    "====",     "AAAA",
                                        "A", "%%%%", "MEIwQDA+", "\xff\xff\xff\xff"};
    struct identity *identity = mint(*state, &knobs), *other = mint(*state, &knobs);
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), other->leaf, sk_X509_value(other->chain, 0)),
                *sha384 = OCSP_cert_to_id(EVP_sha384(), identity->leaf,
                                          sk_X509_value(identity->chain, 0));
    const uint8_t *der;
    size_t len;

    assert_int_equal(ask(identity, id, &der, &len), REVOCATION_BYTES);
    assert_int_equal(status_of(der, len), OCSP_RESPONSE_STATUS_UNAUTHORIZED);
    assert_int_equal(ask(identity, sha384, &der, &len), REVOCATION_BYTES);
    assert_int_equal(status_of(der, len), OCSP_RESPONSE_STATUS_UNAUTHORIZED);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_int_equal(revocation_ocsp_text(identity->revocation, texts[i], &der, &len),
                         REVOCATION_BYTES);
        assert_int_equal(status_of(der, len), OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    }
    assert_int_equal(revocation_crl(identity->revocation, &der, &len), REVOCATION_MISSING);
    OCSP_CERTID_free(id);
    OCSP_CERTID_free(sha384);
    identity_free(&identity);
    identity_free(&other);
}

static void test_silence(void **state) {
    static const struct mint_knobs silent = {.responder = MINT_OCSP_SILENCE},
                                   list_alone = {.crl = MINT_CRL_GOOD};
    struct identity *identity = mint(*state, &silent);
    const uint8_t *der;
    size_t len;

    assert_int_equal(revocation_ocsp(identity->revocation, NULL, 0, &der, &len),
                     REVOCATION_SILENCE);
    identity_free(&identity);
    identity = mint(*state, &list_alone);
    assert_int_equal(revocation_ocsp(identity->revocation, NULL, 0, &der, &len),
                     REVOCATION_MISSING);
    identity_free(&identity);
}

/* --- lists --- */

static const struct {
    enum mint_crl kind;
    int error; /* of libcrypto's path validation */
} lists[] = {
    {MINT_CRL_GOOD, X509_V_OK},
    {MINT_CRL_REVOKED, X509_V_ERR_CERT_REVOKED},
    {MINT_CRL_EXPIRED, X509_V_ERR_CRL_HAS_EXPIRED},
    {MINT_CRL_OTHER_KEY, X509_V_ERR_CRL_SIGNATURE_FAILURE},
    {MINT_CRL_MISSING, X509_V_ERR_UNABLE_TO_GET_CRL},
    {MINT_CRL_ON_HOLD, X509_V_ERR_CERT_REVOKED},
    {MINT_CRL_OTHERS, X509_V_OK},
    {MINT_CRL_NOT_YET, X509_V_ERR_CRL_NOT_YET_VALID},
    {MINT_CRL_STRANGER, X509_V_ERR_UNABLE_TO_GET_CRL},
    {MINT_CRL_NO_NUMBER, X509_V_OK},
    {MINT_CRL_UNKNOWN_CRITICAL, X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION},
    {MINT_CRL_ENTRY_UNKNOWN_CRITICAL, X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION},
    {MINT_CRL_OF_AUTHORITIES, X509_V_ERR_DIFFERENT_CRL_SCOPE},
    {MINT_CRL_PARTITION, X509_V_OK},
    {MINT_CRL_DELTA, X509_V_ERR_UNABLE_TO_GET_CRL},
};

static X509_CRL *read_list(const struct identity *identity) {
    const uint8_t *der, *at;
    size_t len;

    if (revocation_crl(identity->revocation, &der, &len) == REVOCATION_MISSING)
        return NULL;
    at = der;
    X509_CRL *list = d2i_X509_CRL(NULL, &at, (long)len);
    assert_non_null(list);
    assert_ptr_equal(at, der + len);
    return list;
}

static int verify_with(const struct identity *identity, X509_CRL *list) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();

    X509_STORE_add_cert(store, identity->anchor);
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_EXTENDED_CRL_SUPPORT);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), now_s);
    if (list != NULL)
        assert_int_equal(X509_STORE_add_crl(store, list), 1);
    assert_int_equal(X509_STORE_CTX_init(ctx, store, identity->leaf, identity->chain), 1);
    X509_verify_cert(ctx);
    int error = X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return error;
}

static void test_lists(void **state) {
    assert_int_equal(ARRAY_LEN(lists) + 1, MINT_CRL_COUNT);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        const struct mint_knobs knobs = {.crl = lists[i].kind};
        struct identity *identity = mint(*state, &knobs);
        X509_CRL *list = read_list(identity);
        assert_true((list == NULL) == (lists[i].kind == MINT_CRL_MISSING));
        assert_int_equal(verify_with(identity, list), lists[i].error);
        if (list != NULL) {
            assert_int_equal(X509_CRL_get_version(list), X509_CRL_VERSION_2);
            assert_int_equal(X509_CRL_get_ext_by_NID(list, NID_crl_number, -1) >= 0,
                             lists[i].kind != MINT_CRL_NO_NUMBER);
            assert_true(X509_CRL_get_ext_by_NID(list, NID_authority_key_identifier, -1) >= 0);
        }
        X509_CRL_free(list);
        identity_free(&identity);
    }
}

/* --- what the leaf says --- */

static void expect_text(const struct identity *identity, const char *text, bool there) {
    struct buf printed;

    buf_init(&printed, 1 << 20);
    assert_int_equal(identity_print(identity, &printed, NULL), 0);
    if ((strstr(buf_text(&printed), text) != NULL) != there)
        fail_msg("%s is %s in\n%s", text, there ? "not" : "", buf_text(&printed));
    buf_fini(&printed);
}

static void test_links(void **state) {
    static const struct mint_knobs staple = {.staple = MINT_OCSP_GOOD},
                                   responder = {.responder = MINT_OCSP_GOOD},
                                   list = {.crl = MINT_CRL_MISSING};
    struct room *room = *state;
    struct mint_lab *six;
    struct identity *identity = mint(room, &staple);

    assert_false(mint_needs_web(&staple));
    expect_text(identity, "http://", false);
    identity_free(&identity);
    assert_true(mint_needs_web(&responder) && mint_needs_web(&list));
    identity = mint(room, &responder);
    expect_text(identity, "OCSP - URI:http://localhost/ocsp/x\n", true);
    expect_text(identity, "CRL Distribution", false);
    identity_free(&identity);
    assert_int_equal(mint_lab_new("::1", room->keys, now_s, &six, NULL), 0);
    mint_lab_set_web_port(six, 20000);
    assert_int_equal(mint_identity_as(six, "x+y", &list, now_s, &identity, NULL), 0);
    expect_text(identity, "URI:http://[::1]:20000/crl/x+y.crl\n", true);
    expect_text(identity, "Authority Information", false);
    identity_free(&identity);
    mint_lab_free(&six);
}

/* By every kind of issuer's key that there is, and of a leaf that is its own issuer. */
static void test_other_issuers(void **state) {
    static const struct mint_knobs cases[] = {
        {.intermediate.key = {KEY_RSA, 2048, 0}, .staple = MINT_OCSP_GOOD, .crl = MINT_CRL_GOOD},
        {.intermediate.key = {KEY_ED25519, 0, 0}, .staple = MINT_OCSP_GOOD, .crl = MINT_CRL_GOOD},
        {.issuer = MINT_ISSUER_ROOT, .staple = MINT_OCSP_DELEGATE, .crl = MINT_CRL_GOOD},
        {.issuer = MINT_ISSUER_SELF, .staple = MINT_OCSP_GOOD, .crl = MINT_CRL_GOOD},
        {.leaf.version = MINT_VERSION_1, .staple = MINT_OCSP_GOOD, .crl = MINT_CRL_REVOKED},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct identity *identity = mint(*state, &cases[i]);
        X509 *issuer = cases[i].issuer == MINT_ISSUER_ROOT   ? identity->anchor
                       : cases[i].issuer == MINT_ISSUER_SELF ? identity->leaf
                                                             : sk_X509_value(identity->chain, 0);
        X509_CRL *list = read_list(identity);
        const struct buf *staple = &identity->revocation->staple;
        assert_int_equal(X509_CRL_verify(list, X509_get0_pubkey(issuer)), 1);
        assert_int_equal(staple_judge(staple->data, staple->len, identity->leaf, issuer, now_s),
                         FACTS_STAPLE_GOOD);
        X509_CRL_free(list);
        identity_free(&identity);
    }
}

/* The week is not used up: what is served is made anew after two thirds of it. */
static void test_freshness(void **state) {
    static const struct {
        struct mint_knobs knobs;
        int64_t fresh_s;
    } cases[] = {
        {{.staple = MINT_OCSP_GOOD}, 403200},    {{.responder = MINT_OCSP_REVOKED}, 403200},
        {{.crl = MINT_CRL_REVOKED}, 403200},     {{.staple = MINT_OCSP_NOT_YET}, 57600},
        {{.staple = MINT_OCSP_EXPIRED}, 604800}, {{.crl = MINT_CRL_EXPIRED}, 604800},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct identity *identity = mint(*state, &cases[i].knobs);
        assert_int_equal(identity_fresh_until(identity), now_s + cases[i].fresh_s);
        identity_free(&identity);
    }
}

/* What has no dates changes nothing. */
static void test_dateless(void **state) {
    static const struct mint_knobs knobs[] = {{.staple = MINT_OCSP_TRY_LATER},
                                              {.responder = MINT_OCSP_SILENCE},
                                              {.crl = MINT_CRL_MISSING}};
    static const struct mint_knobs spotless;
    struct identity *plain = mint(*state, &spotless);

    for (size_t i = 0; i < ARRAY_LEN(knobs); i++) {
        struct identity *identity = mint(*state, &knobs[i]);
        assert_int_equal(identity_fresh_until(identity), identity_fresh_until(plain));
        identity_free(&identity);
    }
    assert_null(plain->revocation);
    identity_free(&plain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_staples),
        cmocka_unit_test(test_responder),
        cmocka_unit_test(test_strange_requests),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_other_issuers),
        cmocka_unit_test(test_freshness),
        cmocka_unit_test(test_dateless),
    };

    return cmocka_run_group_tests_name("mint_revocation", tests, set_up, tear_down);
}
