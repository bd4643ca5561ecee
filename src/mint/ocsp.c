/* One OCSP response (RFC 6960 4.2). */
#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "mint/leaf.h"
#include "mint/revocation_make.h"
#include "mint/sign.h"

#define HOUR_S INT64_C(3600)
#define DAY_S  (24 * HOUR_S)

enum signer { SIGNER_ISSUER, SIGNER_STRANGER, SIGNER_LEAF, SIGNER_DELEGATE };

static const struct row {
    int status; /* V_OCSP_CERTSTATUS_... */
    int64_t from_s, until_s;
    enum signer signer;
    bool other_cert, spoilt;
} rows[MINT_OCSP_COUNT] = {
    [MINT_OCSP_GOOD] = {V_OCSP_CERTSTATUS_GOOD, -HOUR_S, 7 * DAY_S},
    [MINT_OCSP_REVOKED] = {V_OCSP_CERTSTATUS_REVOKED, -HOUR_S, 7 * DAY_S},
    [MINT_OCSP_UNKNOWN] = {V_OCSP_CERTSTATUS_UNKNOWN, -HOUR_S, 7 * DAY_S},
    [MINT_OCSP_EXPIRED] = {V_OCSP_CERTSTATUS_GOOD, -14 * DAY_S, -7 * DAY_S},
    [MINT_OCSP_NOT_YET] = {V_OCSP_CERTSTATUS_GOOD, DAY_S, 8 * DAY_S},
    [MINT_OCSP_OTHER_CERT] = {V_OCSP_CERTSTATUS_GOOD, -HOUR_S, 7 * DAY_S, .other_cert = true},
    [MINT_OCSP_BAD_SIGNATURE] = {V_OCSP_CERTSTATUS_GOOD, -HOUR_S, 7 * DAY_S, .spoilt = true},
    [MINT_OCSP_STRANGER] = {V_OCSP_CERTSTATUS_GOOD, -HOUR_S, 7 * DAY_S, SIGNER_STRANGER},
    [MINT_OCSP_SELF] = {V_OCSP_CERTSTATUS_GOOD, -HOUR_S, 7 * DAY_S, SIGNER_LEAF},
    [MINT_OCSP_DELEGATE] = {V_OCSP_CERTSTATUS_GOOD, -HOUR_S, 7 * DAY_S, SIGNER_DELEGATE},
};

/* What stands there in place of a signed response; empty where that is signed. */
static const struct {
    const char *bytes;
    size_t len;
} plain[MINT_OCSP_COUNT] = {
    [MINT_OCSP_TRY_LATER] = {"\x30\x03\x0a\x01\x03", 5}, /* OCSPResponse: tryLater, and no more */
    [MINT_OCSP_GARBAGE] = {"This is no OCSP response.\r\n", 27},
};

struct mint_validity ocsp_validity(enum mint_ocsp kind) {
    const struct row *row = &rows[kind];

    if (row->until_s == 0)
        return (struct mint_validity){.time = MINT_TIME_ABSOLUTE};
    return (struct mint_validity){MINT_TIME_RELATIVE, row->from_s, row->until_s};
}

static int make_delegate(const struct revocation_order *order, struct authority *out,
                         struct err *err) {
    static const struct mint_cert as = {.subject = "/O=Doormat/OU=Doormat lab OCSP responder",
                                        .san = "",
                                        .profile = MINT_PROFILE_OCSP_SIGNER};

    *out = (struct authority){.key = EVP_EC_gen("P-256")};
    if (out->key == NULL)
        return err_openssl(err, "cannot make a key");
    return leaf_make(order->lab, &as, &(struct leaf_keys){.leaf = out->key}, NULL, order->issuer,
                     order->now_s, &out->cert, err);
}

static int borrow(X509 *cert, EVP_PKEY *key, struct authority *out) {
    X509_up_ref(cert);
    EVP_PKEY_up_ref(key);
    *out = (struct authority){cert, key};
    return 0;
}

static int find_signer(const struct revocation_order *order, enum signer who, struct authority *out,
                       struct err *err) {
    static const struct authority_order stranger = {.kind = AUTHORITY_STRANGER};

    switch (who) {
    case SIGNER_STRANGER:
        return authority_make(order->lab, &stranger, order->now_s, out, err);
    case SIGNER_DELEGATE:
        return make_delegate(order, out, err);
    case SIGNER_LEAF:
        return borrow(order->leaf, order->leaf_key, out);
    default:
        return borrow(order->issuer->cert, order->issuer->key, out);
    }
}

/* The issuer needs no certificate with it: whoever asks has that already. */
static int sign(const struct revocation_order *order, enum signer who, OCSP_BASICRESP *basic,
                struct err *err) {
    struct authority signer = {0};
    unsigned long flags = OCSP_NOTIME | (who == SIGNER_ISSUER ? OCSP_NOCERTS : 0);
    EVP_MD_CTX *ctx = NULL;
    int rc = find_signer(order, who, &signer, err);

    if (rc == 0) {
        ctx = mint_sign_begin(MINT_SIGNATURE_SOUND, signer.key, err);
        rc = ctx != NULL ? 0 : -1;
    }
    if (rc == 0 && OCSP_basic_sign_ctx(basic, signer.cert, ctx, NULL, flags) != 1)
        rc = err_openssl(err, "cannot sign an OCSP response");
    EVP_MD_CTX_free(ctx);
    authority_fini(&signer);
    return rc;
}

static OCSP_CERTID *id_of(const struct revocation_order *order, bool other, const EVP_MD *digest) {
    OCSP_CERTID *id = NULL;
    BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(order->leaf), NULL);
    ASN1_INTEGER *number = NULL;

    if (serial != NULL && (!other || BN_add_word(serial, 1) == 1))
        number = BN_to_ASN1_INTEGER(serial, NULL);
    if (number != NULL)
        id = OCSP_cert_id_new(digest, X509_get_issuer_name(order->leaf),
                              X509_get0_pubkey_bitstr(order->issuer->cert), number);
    ASN1_INTEGER_free(number);
    BN_free(serial);
    return id;
}

static int fill(const struct revocation_order *order, const struct row *row, const EVP_MD *digest,
                OCSP_BASICRESP *basic, struct err *err) {
    OCSP_CERTID *id = id_of(order, row->other_cert, digest);
    ASN1_TIME *from = ASN1_GENERALIZEDTIME_set(NULL, order->now_s + row->from_s);
    ASN1_TIME *until = ASN1_GENERALIZEDTIME_set(NULL, order->now_s + row->until_s);
    ASN1_TIME *revoked = ASN1_GENERALIZEDTIME_set(NULL, order->now_s - DAY_S);
    ASN1_TIME *produced = (ASN1_TIME *)OCSP_resp_get0_produced_at(basic);

    int ok = id != NULL && from != NULL && until != NULL && revoked != NULL &&
             OCSP_basic_add1_status(basic, id, row->status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
                                    row->status == V_OCSP_CERTSTATUS_REVOKED ? revoked : NULL, from,
                                    until) != NULL &&
             ASN1_GENERALIZEDTIME_set(produced, order->now_s + row->from_s) != NULL;
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    ASN1_TIME_free(revoked);
    return ok ? 0 : err_openssl(err, "cannot make an OCSP response");
}

/* The signature stands last: no certificates follow what the issuer signed. */
static int put(OCSP_BASICRESP *basic, bool spoilt, struct buf *out, struct err *err) {
    uint8_t *der = NULL;
    OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    int len = response != NULL ? i2d_OCSP_RESPONSE(response, &der) : -1;
    int rc = len > 0 ? 0 : err_openssl(err, "cannot write an OCSP response");

    if (rc == 0 && spoilt)
        der[len - 1] ^= 1;
    if (rc == 0 && buf_append(out, der, (size_t)len) != 0)
        rc = err_set(err, "an OCSP response takes more than %zu bytes", out->max);
    OPENSSL_free(der);
    OCSP_RESPONSE_free(response);
    return rc;
}

int ocsp_make(const struct revocation_order *order, enum mint_ocsp kind, const EVP_MD *digest,
              struct buf *out, struct err *err) {
    const struct row *row = &rows[kind];

    if (row->until_s == 0)
        return buf_append(out, plain[kind].bytes, plain[kind].len);
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    int rc = basic != NULL ? 0 : err_openssl(err, "cannot make an OCSP response");
    if (rc == 0)
        rc = fill(order, row, digest, basic, err);
    if (rc == 0)
        rc = sign(order, row->signer, basic, err);
    if (rc == 0)
        rc = put(basic, row->spoilt, out, err);
    OCSP_BASICRESP_free(basic);
    return rc;
}
