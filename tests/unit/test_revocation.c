/* Revocation: by lists, and by staples, which must be signed by whom they may, fresh, and about the leaf. */
#include <openssl/ocsp.h>
#include <openssl/pem.h>

#include "base/file.h"
#include "forge.h"
#include "x509/staple.h"

/* A root, its leaf of serial 7 and another of serial 8, a responder whom the root certified, and strangers. */
struct lab {
    EVP_PKEY *root_key, *key, *stranger_key;
    X509 *root, *leaf, *other, *responder, *server, *stranger;
};

static int set_up(void **state) {
    static const struct forge root = FORGE("Root", FORGE_CA),
                              leaf = {.subject = "mx.test",
                                      .extensions = {FORGE_SOUND},
                                      .serial = "7"},
                              other = {.subject = "other.test",
                                       .extensions = {FORGE_SOUND},
                                       .serial = "8"},
                              responder = FORGE("Responder", FORGE_SKI, FORGE_AKI, FORGE_KU,
                                                {"extendedKeyUsage", "OCSPSigning"});
    struct lab *lab = mem_zalloc(sizeof *lab);
    struct forge_issuer issuer;

    lab->root_key = forge_key();
    lab->key = forge_key();
    lab->stranger_key = forge_key();
    lab->root = forge_cert(&root, lab->root_key, NULL);
    issuer = (struct forge_issuer){lab->root, lab->root_key};
    lab->leaf = forge_cert(&leaf, lab->key, &issuer);
    lab->other = forge_cert(&other, lab->key, &issuer);
    lab->responder = forge_cert(&responder, lab->key, &issuer);
    lab->server = forge_cert(&other, lab->key, &issuer);
    lab->stranger = forge_cert(&root, lab->stranger_key, NULL); /* of the same name */
    *state = lab;
    return 0;
}

static int tear_down(void **state) {
    struct lab *lab = *state;
    X509 *certs[] = {lab->root, lab->leaf, lab->other, lab->responder, lab->server, lab->stranger};

    for (size_t i = 0; i < ARRAY_LEN(certs); i++)
        X509_free(certs[i]);
    EVP_PKEY_free(lab->root_key);
    EVP_PKEY_free(lab->key);
    EVP_PKEY_free(lab->stranger_key);
    free(lab);
    return 0;
}

enum signer { BY_ROOT, BY_RESPONDER, BY_SERVER, BY_STRANGER };

struct staple_case {
    const char *name;
    enum facts_staple staple;
    int status; /* V_OCSP_CERTSTATUS_... */
    enum signer signer;
    const EVP_MD *(*digest)(void); /* of the certificate's name; NULL: SHA-1 */
    int from_s, until_s;           /* from now; until 0: none */
    bool about_other, try_later, spoilt;
};

static const struct staple_case staple_cases[] = {
    {.name = "good", .staple = FACTS_STAPLE_GOOD, .from_s = -3600, .until_s = 3600},
    {.name = "revoked",
     .staple = FACTS_STAPLE_REVOKED,
     .status = V_OCSP_CERTSTATUS_REVOKED,
     .from_s = -3600,
     .until_s = 3600},
    {.name = "unknown",
     .staple = FACTS_STAPLE_UNKNOWN,
     .status = V_OCSP_CERTSTATUS_UNKNOWN,
     .from_s = -3600,
     .until_s = 3600},
    {.name = "named by SHA-256",
     .staple = FACTS_STAPLE_GOOD,
     .digest = EVP_sha256,
     .from_s = -3600,
     .until_s = 3600},
    {.name = "by a responder",
     .staple = FACTS_STAPLE_GOOD,
     .signer = BY_RESPONDER,
     .until_s = 3600},
    {.name = "by a server", .staple = FACTS_STAPLE_INVALID, .signer = BY_SERVER, .until_s = 3600},
    {.name = "by a stranger",
     .staple = FACTS_STAPLE_INVALID,
     .signer = BY_STRANGER,
     .until_s = 3600},
    {.name = "stale", .staple = FACTS_STAPLE_INVALID, .from_s = -7200, .until_s = -3600},
    {.name = "a second too old, within the skew",
     .staple = FACTS_STAPLE_GOOD,
     .from_s = -7200,
     .until_s = -1},
    {.name = "from tomorrow", .staple = FACTS_STAPLE_INVALID, .from_s = 86400, .until_s = 172800},
    {.name = "fresh without an end", .staple = FACTS_STAPLE_GOOD, .from_s = -3600},
    {.name = "old without an end", .staple = FACTS_STAPLE_INVALID, .from_s = -172800},
    {.name = "about another certificate",
     .staple = FACTS_STAPLE_INVALID,
     .until_s = 3600,
     .about_other = true},
    {.name = "try later", .staple = FACTS_STAPLE_INVALID, .until_s = 3600, .try_later = true},
    {.name = "spoilt", .staple = FACTS_STAPLE_INVALID, .until_s = 3600, .spoilt = true},
};

static void sign_response(const struct lab *lab, enum signer signer, OCSP_BASICRESP *basic) {
    const struct forge_issuer signers[] = {
        [BY_ROOT] = {lab->root, lab->root_key},
        [BY_RESPONDER] = {lab->responder, lab->key},
        [BY_SERVER] = {lab->server, lab->key},
        [BY_STRANGER] = {lab->stranger, lab->stranger_key},
    };

    assert_int_equal(OCSP_basic_sign(basic, signers[signer].cert, signers[signer].key, EVP_sha256(),
                                     NULL, OCSP_NOTIME),
                     1);
}

/* The DER is the caller's to OPENSSL_free. */
static size_t make_response(const struct lab *lab, const struct staple_case *c, uint8_t **der) {
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(c->digest != NULL ? c->digest() : EVP_sha1(),
                                      c->about_other ? lab->other : lab->leaf, lab->root);
    ASN1_TIME *from = ASN1_GENERALIZEDTIME_set(NULL, now_s + c->from_s);
    ASN1_TIME *until = c->until_s != 0 ? ASN1_GENERALIZEDTIME_set(NULL, now_s + c->until_s) : NULL;
    ASN1_TIME *revoked =
        c->status == V_OCSP_CERTSTATUS_REVOKED ? ASN1_GENERALIZEDTIME_set(NULL, now_s) : NULL;

    assert_non_null(OCSP_basic_add1_status(basic, id, c->status, 0, revoked, from, until));
    sign_response(lab, c->signer, basic);
    OCSP_RESPONSE *response = OCSP_response_create(
        c->try_later ? OCSP_RESPONSE_STATUS_TRYLATER : OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    int len = i2d_OCSP_RESPONSE(response, der);
    assert_true(len > 0);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    ASN1_TIME_free(revoked);
    return (size_t)len;
}

static void test_staples(void **state) {
    const struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(staple_cases); i++) {
        const struct staple_case *c = &staple_cases[i];
        uint8_t *der = NULL;
        size_t len = make_response(lab, c, &der);
        if (c->spoilt)
            der[len / 3] ^= 1;
        enum facts_staple staple = staple_judge(der, len, lab->leaf, lab->root, now_s);
        if (staple != c->staple)
            fail_msg("%s: %d", c->name, staple);
        assert_int_equal(staple_judge(der, len, lab->leaf, NULL, now_s), FACTS_STAPLE_INVALID);
        assert_int_equal(staple_judge(der, len - 1, lab->leaf, lab->root, now_s),
                         FACTS_STAPLE_INVALID);
        OPENSSL_free(der);
    }
}

static void write_list(const struct lab *lab, const char *path, bool revokes, int until_s) {
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_set(NULL, now_s - 86400),
              *until = ASN1_TIME_set(NULL, now_s + until_s);
    X509_REVOKED *entry = X509_REVOKED_new();
    BIO *bio = BIO_new_file(path, "w");

    X509_CRL_set_version(list, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list, X509_get_subject_name(lab->root));
    X509_CRL_set1_lastUpdate(list, from);
    X509_CRL_set1_nextUpdate(list, until);
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(lab->leaf));
    X509_REVOKED_set_revocationDate(entry, from);
    if (revokes)
        assert_int_equal(X509_CRL_add0_revoked(list, entry), 1);
    else
        X509_REVOKED_free(entry);
    assert_true(X509_CRL_sign(list, lab->root_key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509_CRL(bio, list), 1);
    BIO_free(bio);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    X509_CRL_free(list);
}

static void test_lists(void **state) {
    static const struct {
        const char *name;
        bool revokes;
        int until_s;
        size_t count;
        enum facts_path_flaw flaw;
    } cases[] = {
        {"not on the list", false, 86400, 0, FACTS_PATH_OTHER},
        {"on the list", true, 86400, 1, FACTS_PATH_REVOKED},
        {"an old list", false, -3600, 1, FACTS_PATH_REVOCATION_UNKNOWN},
    };
    const struct lab *lab = *state;
    char *dir, *path;
    struct err err;

    assert_int_equal(file_temp_dir(&dir, &err), 0);
    path = mem_printf("%s/crl.pem", dir);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct trust *trust = forge_trust(lab->root);
        struct facts_chain chain;
        write_list(lab, path, cases[i].revokes, cases[i].until_s);
        assert_int_equal(trust_add_crls(trust, path, &err), 0);
        forge_judge(&lab->leaf, 1, trust, &chain);
        if (chain.path_count != cases[i].count ||
            (chain.path_count > 0 && chain.path[0].flaw != cases[i].flaw))
            fail_msg("%s: %zu flaws, %s", cases[i].name, chain.path_count, chain.path[0].text);
        facts_chain_fini(&chain);
        trust_free(&trust);
    }
    file_remove_dir(dir);
    free(path);
    free(dir);
}

/* A list of another authority says nothing of the leaf; and without lists nobody asks. */
static void test_no_list(void **state) {
    const struct lab *lab = *state;
    struct trust *trust = forge_trust(lab->root);
    struct facts_chain chain;

    forge_judge(&lab->leaf, 1, trust, &chain);
    assert_int_equal(chain.path_count, 0);
    facts_chain_fini(&chain);
    trust->has_crls = true;
    forge_judge(&lab->leaf, 1, trust, &chain);
    assert_int_equal(chain.path_count, 1); /* of the leaf alone, not of the anchor */
    assert_int_equal(chain.path[0].flaw, FACTS_PATH_REVOCATION_UNKNOWN);
    assert_int_equal(chain.path[0].depth, 0);
    facts_chain_fini(&chain);
    trust_free(&trust);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_staples),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_no_list),
    };

    return cmocka_run_group_tests_name("revocation", tests, set_up, tear_down);
}
