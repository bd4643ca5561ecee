#include "x509/staple.h"

#include <limits.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "crypto/key_cost.h"

enum {
    MAX_RESPONSES = 64, /* of which one is about the leaf */
    SKEW_S = 300,
    UNBOUNDED_S = 86400 /* how long a response without a nextUpdate is fresh */
};

static bool is_valid_at(const X509 *cert, int64_t now_s) {
    int from = ASN1_TIME_cmp_time_t(X509_get0_notBefore(cert), now_s);
    int until = ASN1_TIME_cmp_time_t(X509_get0_notAfter(cert), now_s);

    return (from == -1 || from == 0) && (until == 0 || until == 1);
}

/* RFC 6960 4.2.2.2: certified by the issuer itself, for this. */
static bool is_delegated(X509 *signer, X509 *issuer, int64_t now_s) {
    return (X509_get_extension_flags(signer) & EXFLAG_XKUSAGE) != 0 &&
           (X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) != 0 &&
           X509_check_issued(issuer, signer) == X509_V_OK &&
           X509_verify(signer, X509_get0_pubkey(issuer)) == 1 && is_valid_at(signer, now_s);
}

static bool is_signed(OCSP_BASICRESP *basic, X509 *issuer, int64_t now_s) {
    STACK_OF(X509) *candidates = sk_X509_new_null();
    X509 *signer = NULL;
    const EVP_PKEY *key = X509_get0_pubkey(issuer);

    bool sound =
        candidates != NULL && key != NULL && sk_X509_push(candidates, issuer) > 0 &&
        OCSP_resp_get0_signer(basic, &signer, candidates) == 1 &&
        (EVP_PKEY_eq(X509_get0_pubkey(signer), key) == 1 || is_delegated(signer, issuer, now_s)) &&
        OCSP_basic_verify(basic, candidates, NULL, OCSP_NOVERIFY) == 1;
    sk_X509_free(candidates);
    return sound;
}

/* The responder chooses the hash by which it names the certificate. */
static bool is_about(const OCSP_SINGLERESP *single, const X509 *leaf, const X509 *issuer) {
    OCSP_CERTID *named = (OCSP_CERTID *)OCSP_SINGLERESP_get0_id(single), *ours = NULL;
    ASN1_OBJECT *hash = NULL;

    if (OCSP_id_get0_info(NULL, &hash, NULL, NULL, named) != 1)
        return false;
    const EVP_MD *digest = EVP_get_digestbyobj(hash);
    if (digest != NULL)
        ours = OCSP_cert_to_id(digest, leaf, issuer);
    bool same = ours != NULL && OCSP_id_cmp(ours, named) == 0;
    OCSP_CERTID_free(ours);
    return same;
}

static bool is_fresh(const ASN1_GENERALIZEDTIME *from, const ASN1_GENERALIZEDTIME *until,
                     int64_t now_s) {
    int begun = from != NULL ? ASN1_TIME_cmp_time_t(from, now_s + SKEW_S) : -2;
    int over = until != NULL ? ASN1_TIME_cmp_time_t(until, now_s - SKEW_S)
               : begun == -2 ? -2
                             : ASN1_TIME_cmp_time_t(from, now_s - UNBOUNDED_S);

    return (begun == -1 || begun == 0) && (over == 0 || over == 1);
}

static enum facts_staple status_of(OCSP_SINGLERESP *single, int64_t now_s) {
    static const enum facts_staple statuses[] = {
        [V_OCSP_CERTSTATUS_GOOD] = FACTS_STAPLE_GOOD,
        [V_OCSP_CERTSTATUS_REVOKED] = FACTS_STAPLE_REVOKED,
        [V_OCSP_CERTSTATUS_UNKNOWN] = FACTS_STAPLE_UNKNOWN,
    };
    ASN1_GENERALIZEDTIME *from = NULL, *until = NULL;
    int status = OCSP_single_get0_status(single, NULL, NULL, &from, &until);

    if (status < 0 || (size_t)status >= ARRAY_LEN(statuses) || !is_fresh(from, until, now_s))
        return FACTS_STAPLE_INVALID;
    return statuses[status];
}

static enum facts_staple judge(OCSP_BASICRESP *basic, X509 *leaf, X509 *issuer, int64_t now_s) {
    int count = OCSP_resp_count(basic);

    if (!is_signed(basic, issuer, now_s))
        return FACTS_STAPLE_INVALID;
    for (int i = 0; i < count && i < MAX_RESPONSES; i++) {
        OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
        if (is_about(single, leaf, issuer))
            return status_of(single, now_s);
    }
    return FACTS_STAPLE_INVALID;
}

enum facts_staple staple_judge(const uint8_t *der, size_t len, X509 *leaf, X509 *issuer,
                               int64_t now_s) {
    const uint8_t *at = der;
    bool is_readable = len <= LONG_MAX && !key_cost_is_high(der, len);
    OCSP_RESPONSE *response = is_readable ? d2i_OCSP_RESPONSE(NULL, &at, (long)len) : NULL;
    OCSP_BASICRESP *basic = NULL;
    enum facts_staple staple = FACTS_STAPLE_INVALID;

    if (response != NULL && at == der + len && issuer != NULL &&
        OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
        basic = OCSP_response_get1_basic(response);
    if (basic != NULL)
        staple = judge(basic, leaf, issuer, now_s);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    err_openssl_drop();
    return staple;
}
