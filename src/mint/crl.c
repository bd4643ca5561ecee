/* One list of revoked certificates (RFC 5280 5). */
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "crypto/key_pool.h"
#include "mint/revocation_make.h"
#include "mint/sign.h"

#define HOUR_S INT64_C(3600)
#define DAY_S  (24 * HOUR_S)

#define UNKNOWN_EXTENSION "1.3.6.1.4.1.32473.1" /* RFC 5612: for documentation */

/* As in x509v3_config(5); an item "{place}" is the list's own URL. */
struct extension {
    const char *name, *value;
};

static const struct row {
    int64_t from_s, until_s;
    bool lists_leaf, other_key, by_stranger, no_number;
    bool on_hold;               /* ... is why the leaf is listed, and not that its key was stolen */
    unsigned others;            /* certificates of other serial numbers */
    struct extension extension; /* of the list */
    struct extension entry;     /* of each of the others */
} rows[MINT_CRL_COUNT] = {
    [MINT_CRL_GOOD] = {-HOUR_S, 7 * DAY_S},
    [MINT_CRL_REVOKED] = {-HOUR_S, 7 * DAY_S, .lists_leaf = true},
    [MINT_CRL_EXPIRED] = {-14 * DAY_S, -7 * DAY_S},
    [MINT_CRL_OTHER_KEY] = {-HOUR_S, 7 * DAY_S, .other_key = true},
    [MINT_CRL_ON_HOLD] = {-HOUR_S, 7 * DAY_S, .lists_leaf = true, .on_hold = true},
    [MINT_CRL_OTHERS] = {-HOUR_S, 7 * DAY_S, .others = 1000},
    [MINT_CRL_NOT_YET] = {DAY_S, 8 * DAY_S},
    [MINT_CRL_STRANGER] = {-HOUR_S, 7 * DAY_S, .by_stranger = true},
    [MINT_CRL_NO_NUMBER] = {-HOUR_S, 7 * DAY_S, .no_number = true},
    [MINT_CRL_UNKNOWN_CRITICAL] = {-HOUR_S, 7 * DAY_S,
                                   .extension = {UNKNOWN_EXTENSION, "critical,DER:0500"}},
    [MINT_CRL_ENTRY_UNKNOWN_CRITICAL] = {-HOUR_S, 7 * DAY_S, .others = 1,
                                         .entry = {UNKNOWN_EXTENSION, "critical,DER:0500"}},
    [MINT_CRL_OF_AUTHORITIES] = {-HOUR_S, 7 * DAY_S,
                                 .extension = {"issuingDistributionPoint", "critical,onlyCA:TRUE"}},
    [MINT_CRL_PARTITION] = {-HOUR_S, 7 * DAY_S,
                            .extension = {"issuingDistributionPoint",
                                          "critical,fullname:URI:{place},onlyuser:TRUE"}},
    [MINT_CRL_DELTA] = {-HOUR_S, 7 * DAY_S, .extension = {"deltaCRL", "critical,DER:020101"}},
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

/* Adds it, since yesterday; the list owns it then.  reason: -1 for none. */
static int add_entry(X509_CRL *list, int64_t now_s, const ASN1_INTEGER *serial, int reason,
                     const struct extension *extension) {
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *since = ASN1_TIME_set(NULL, now_s - DAY_S);
    ASN1_ENUMERATED *code = ASN1_ENUMERATED_new();
    X509_EXTENSION *made = NULL;
    int ok = entry != NULL && since != NULL && code != NULL &&
             X509_REVOKED_set_serialNumber(entry, (ASN1_INTEGER *)serial) == 1 &&
             X509_REVOKED_set_revocationDate(entry, since) == 1;

    if (ok && reason >= 0)
        ok = ASN1_ENUMERATED_set(code, reason) == 1 &&
             X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, code, 0, 0) == 1;
    if (ok && extension->name != NULL) {
        made = X509V3_EXT_nconf(NULL, NULL, extension->name, extension->value);
        ok = made != NULL && X509_REVOKED_add_ext(entry, made, -1) == 1;
    }
    ok = ok && X509_CRL_add0_revoked(list, entry) == 1;
    if (!ok)
        X509_REVOKED_free(entry);
    X509_EXTENSION_free(made);
    ASN1_TIME_free(since);
    ASN1_ENUMERATED_free(code);
    return ok;
}

static int add_leaf(X509_CRL *list, const struct revocation_order *order, const struct row *row) {
    static const struct extension none;

    return add_entry(list, order->now_s, X509_get0_serialNumber(order->leaf),
                     row->on_hold ? CRL_REASON_CERTIFICATE_HOLD : CRL_REASON_KEY_COMPROMISE, &none);
}

/* Serial numbers of a byte or two; those that are minted have twenty. */
static int add_others(X509_CRL *list, const struct revocation_order *order, const struct row *row) {
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    int ok = serial != NULL;

    for (unsigned i = 1; ok && i <= row->others; i++)
        ok = ASN1_INTEGER_set_int64(serial, i) == 1 &&
             add_entry(list, order->now_s, serial, -1, &row->entry);
    ASN1_INTEGER_free(serial);
    return ok;
}

static int add_extension(X509_CRL *list, X509V3_CTX *ctx, const char *name, const char *value) {
    X509_EXTENSION *made = X509V3_EXT_nconf(NULL, ctx, name, value);
    int ok = made != NULL && X509_CRL_add_ext(list, made, -1) == 1;

    X509_EXTENSION_free(made);
    return ok;
}

/* A leaf that names no place has no list of its own, either. */
static int add_odd_extension(X509_CRL *list, X509V3_CTX *ctx, const struct extension *extension,
                             const char *url) {
    const char *mark = strstr(extension->value, "{place}");

    if (mark == NULL)
        return add_extension(list, ctx, extension->name, extension->value);
    char *value = mem_printf("%.*s%s%s", (int)(mark - extension->value), extension->value,
                             url != NULL ? url : "", mark + strlen("{place}"));
    int ok = add_extension(list, ctx, extension->name, value);
    free(value);
    return ok;
}

/* The number grows with time, as it must from list to list (5.2.3). */
static int add_number(X509_CRL *list, int64_t now_s) {
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    int ok = number != NULL && ASN1_INTEGER_set_int64(number, now_s) == 1 &&
             X509_CRL_add1_ext_i2d(list, NID_crl_number, number, 0, 0) == 1;

    ASN1_INTEGER_free(number);
    return ok;
}

static int add_extensions(X509_CRL *list, const struct revocation_order *order,
                          const struct authority *issuer, const struct row *row) {
    X509V3_CTX ctx;
    const char *key_id =
        X509_get0_subject_key_id(issuer->cert) != NULL ? "keyid:always" : "issuer:always";

    X509V3_set_ctx(&ctx, issuer->cert, NULL, NULL, list, 0);
    return add_extension(list, &ctx, "authorityKeyIdentifier", key_id) &&
           (row->no_number || add_number(list, order->now_s)) &&
           (row->extension.name == NULL ||
            add_odd_extension(list, &ctx, &row->extension, order->crl_url));
}

static int fill(const struct revocation_order *order, const struct row *row,
                const struct authority *issuer, X509_CRL *list, struct err *err) {
    bool ok = X509_CRL_set_version(list, X509_CRL_VERSION_2) == 1 &&
              X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer->cert)) == 1 &&
              set_times(list, order->now_s + row->from_s, order->now_s + row->until_s) &&
              (!row->lists_leaf || add_leaf(list, order, row)) && add_others(list, order, row) &&
              add_extensions(list, order, issuer, row);

    return ok ? 0 : err_openssl(err, "cannot make a revocation list");
}

static int sign(const struct revocation_order *order, const struct row *row,
                const struct authority *issuer, X509_CRL *list, struct err *err) {
    static const struct key_spec other_spec = {KEY_DEFAULT, 0, 0};
    EVP_PKEY *other = NULL;
    int rc = -1;

    if (row->other_key && key_pool_get(order->lab->pool, KEY_ROLE_STRANGER_INTERMEDIATE,
                                       &other_spec, &other, err) != 0)
        return -1;
    EVP_MD_CTX *ctx =
        mint_sign_begin(MINT_SIGNATURE_SOUND, other != NULL ? other : issuer->key, err);
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

static int make(const struct revocation_order *order, const struct row *row,
                const struct authority *issuer, struct buf *out, struct err *err) {
    X509_CRL *list = X509_CRL_new();
    int rc = list != NULL ? 0 : err_openssl(err, "cannot make a revocation list");

    if (rc == 0)
        rc = fill(order, row, issuer, list, err);
    if (rc == 0)
        rc = sign(order, row, issuer, list, err);
    if (rc == 0)
        rc = put(list, out, err);
    X509_CRL_free(list);
    return rc;
}

int crl_make(const struct revocation_order *order, enum mint_crl kind, struct buf *out,
             struct err *err) {
    const struct authority_order stranger_order = {.kind = AUTHORITY_STRANGER};
    const struct row *row = &rows[kind];
    struct authority stranger = {0};

    if (row->until_s == 0)
        return 0;
    if (row->by_stranger &&
        authority_make(order->lab, &stranger_order, order->now_s, &stranger, err) != 0)
        return -1;
    int rc = make(order, row, row->by_stranger ? &stranger : order->issuer, out, err);
    authority_fini(&stranger);
    return rc;
}
