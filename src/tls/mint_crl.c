/* One list of revoked certificates (RFC 5280 5). */
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "tls/err_openssl.h"
#include "tls/key_pool.h"
#include "tls/mint_revocation.h"
#include "tls/mint_sign.h"

#define HOUR_S INT64_C(3600)
#define DAY_S  (24 * HOUR_S)

static const struct row {
    int64_t from_s, until_s;
    bool lists_leaf, other_key;
} rows[MINT_CRL_COUNT] = {
    [MINT_CRL_GOOD] = {-HOUR_S, 7 * DAY_S},
    [MINT_CRL_REVOKED] = {-HOUR_S, 7 * DAY_S, .lists_leaf = true},
    [MINT_CRL_EXPIRED] = {-14 * DAY_S, -7 * DAY_S},
    [MINT_CRL_OTHER_KEY] = {-HOUR_S, 7 * DAY_S, .other_key = true},
};

struct mint_validity crl_validity(enum mint_crl kind) {
    const struct row *row = &rows[kind];

    if (row->until_s == 0)
        return (struct mint_validity){.time = MINT_TIME_ABSOLUTE};
    return (struct mint_validity){MINT_TIME_RELATIVE, row->from_s, row->until_s};
}

static int set_times(X509_CRL *list, int64_t from_s, int64_t until_s) {
    ASN1_TIME *from = ASN1_TIME_set(NULL, from_s), *until = ASN1_TIME_set(NULL, until_s);
    int ok = from != NULL && until != NULL && X509_CRL_set1_lastUpdate(list, from) == 1 &&
             X509_CRL_set1_nextUpdate(list, until) == 1;

    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    return ok;
}

/* Since yesterday, because its key was stolen. */
static int add_leaf(X509_CRL *list, const struct revocation_order *order) {
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *since = ASN1_TIME_set(NULL, order->now_s - DAY_S);
    ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
    int ok = entry != NULL && since != NULL && reason != NULL &&
             ASN1_ENUMERATED_set(reason, CRL_REASON_KEY_COMPROMISE) == 1 &&
             X509_REVOKED_set_serialNumber(
                 entry, (ASN1_INTEGER *)X509_get0_serialNumber(order->leaf)) == 1 &&
             X509_REVOKED_set_revocationDate(entry, since) == 1 &&
             X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0) == 1 &&
             X509_CRL_add0_revoked(list, entry) == 1;

    if (!ok)
        X509_REVOKED_free(entry);
    ASN1_TIME_free(since);
    ASN1_ENUMERATED_free(reason);
    return ok;
}

/* The number grows with time, as it must from list to list (5.2.3). */
static int add_extensions(X509_CRL *list, const struct revocation_order *order) {
    X509V3_CTX ctx;
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    const char *key_id =
        X509_get0_subject_key_id(order->issuer->cert) != NULL ? "keyid:always" : "issuer:always";

    X509V3_set_ctx(&ctx, order->issuer->cert, NULL, NULL, list, 0);
    X509_EXTENSION *issuer = X509V3_EXT_nconf(NULL, &ctx, "authorityKeyIdentifier", key_id);
    int ok = number != NULL && issuer != NULL && X509_CRL_add_ext(list, issuer, -1) == 1 &&
             ASN1_INTEGER_set_int64(number, order->now_s) == 1 &&
             X509_CRL_add1_ext_i2d(list, NID_crl_number, number, 0, 0) == 1;
    X509_EXTENSION_free(issuer);
    ASN1_INTEGER_free(number);
    return ok;
}

static int fill(const struct revocation_order *order, const struct row *row, X509_CRL *list,
                struct err *err) {
    bool ok = X509_CRL_set_version(list, X509_CRL_VERSION_2) == 1 &&
              X509_CRL_set_issuer_name(list, X509_get_subject_name(order->issuer->cert)) == 1 &&
              set_times(list, order->now_s + row->from_s, order->now_s + row->until_s) &&
              (!row->lists_leaf || add_leaf(list, order)) && add_extensions(list, order);

    return ok ? 0 : err_openssl(err, "cannot make a revocation list");
}

static int sign(const struct revocation_order *order, const struct row *row, X509_CRL *list,
                struct err *err) {
    static const struct key_spec other_spec = {KEY_DEFAULT, 0, 0};
    EVP_PKEY *other = NULL;
    int rc = -1;

    if (row->other_key && key_pool_get(order->lab->pool, KEY_ROLE_STRANGER_INTERMEDIATE,
                                       &other_spec, &other, err) != 0)
        return -1;
    EVP_MD_CTX *ctx =
        mint_sign_begin(MINT_SIGNATURE_SOUND, other != NULL ? other : order->issuer->key, err);
    if (ctx != NULL)
        rc = X509_CRL_sign_ctx(list, ctx) > 0 ? 0
                                              : err_openssl(err, "cannot sign a revocation list");
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(other);
    return rc;
}

static int put(X509_CRL *list, struct buf *out, struct err *err) {
    uint8_t *der = NULL;
    int len = i2d_X509_CRL(list, &der);
    int rc = len > 0 ? 0 : err_openssl(err, "cannot write a revocation list");

    if (rc == 0 && buf_append(out, der, (size_t)len) != 0)
        rc = err_set(err, "a revocation list takes more than %zu bytes", out->max);
    OPENSSL_free(der);
    return rc;
}

int crl_make(const struct revocation_order *order, enum mint_crl kind, struct buf *out,
             struct err *err) {
    const struct row *row = &rows[kind];

    if (row->until_s == 0)
        return 0;
    X509_CRL *list = X509_CRL_new();
    int rc = list != NULL ? 0 : err_openssl(err, "cannot make a revocation list");
    if (rc == 0)
        rc = fill(order, row, list, err);
    if (rc == 0)
        rc = sign(order, row, list, err);
    if (rc == 0)
        rc = put(list, out, err);
    X509_CRL_free(list);
    return rc;
}
