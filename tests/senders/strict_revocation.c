/* strict_revocation - whether the leaf is still good: the staple, the responder, the list.  What is there must be sound; only
 * a responder or list that does not answer is done without, as RFC 6960 leaves it to the client. */
#include <openssl/err.h>
#include <openssl/http.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "strict_checks.h"

enum { FETCH_LIMIT_S = 5, FETCH_MAX_B = 1024 * 1024, SKEW_S = 300, STATUS_REQUEST = 5 };

static bool must_staple(X509 *leaf) {
    TLS_FEATURE *features = X509_get_ext_d2i(leaf, NID_tlsfeature, NULL, NULL);
    bool must = false;

    for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
        must = must || ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == STATUS_REQUEST;
    TLS_FEATURE_free(features);
    return must;
}

/* Whether one of the response's answers is about the leaf, of now, and good. */
static bool is_good(OCSP_BASICRESP *basic, const X509 *leaf, const X509 *issuer) {
    ASN1_GENERALIZEDTIME *from, *until;
    int status = V_OCSP_CERTSTATUS_UNKNOWN;
    bool is_known = false;

    for (int i = 0; i < OCSP_resp_count(basic) && !is_known; i++) {
        const OCSP_CERTID *said = OCSP_SINGLERESP_get0_id(OCSP_resp_get0(basic, i));
        ASN1_OBJECT *digest;
        OCSP_id_get0_info(NULL, &digest, NULL, NULL, (OCSP_CERTID *)said);
        OCSP_CERTID *wanted = OCSP_cert_to_id(EVP_get_digestbyobj(digest), leaf, issuer);
        is_known = OCSP_resp_find_status(basic, wanted, &status, NULL, NULL, &from, &until) == 1;
        OCSP_CERTID_free(wanted);
    }
    return is_known && OCSP_check_validity(from, until, SKEW_S, -1) == 1 &&
           status == V_OCSP_CERTSTATUS_GOOD;
}

static bool is_good_response(SSL *ssl, STACK_OF(X509) * chain, OCSP_RESPONSE *response) {
    X509_STORE *store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
    OCSP_BASICRESP *basic = NULL;
    bool good = false;

    if (response != NULL && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
        basic = OCSP_response_get1_basic(response);
    if (basic != NULL && OCSP_basic_verify(basic, chain, store, 0) == 1)
        good = is_good(basic, sk_X509_value(chain, 0), sk_X509_value(chain, 1));
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    return good || disliked("no sound OCSP response that calls the certificate good");
}

static BIO *encode_request(STACK_OF(X509) * chain) {
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    BIO *body = BIO_new(BIO_s_mem());

    OCSP_request_add0_id(
        request, OCSP_cert_to_id(EVP_sha1(), sk_X509_value(chain, 0), sk_X509_value(chain, 1)));
    (void)ASN1_item_i2d_bio(ASN1_ITEM_rptr(OCSP_REQUEST), body, request);
    OCSP_REQUEST_free(request);
    return body;
}

/* NULL: there is none, or it cannot be had. */
static OCSP_RESPONSE *ask_responder(const char *url, STACK_OF(X509) * chain) {
    char *host = NULL, *port = NULL, *path = NULL;
    int tls;
    OCSP_RESPONSE *response = NULL;

    if (OSSL_HTTP_parse_url(url, &tls, NULL, &host, &port, NULL, &path, NULL, NULL) == 1) {
        BIO *request = encode_request(chain);
        BIO *answer =
            OSSL_HTTP_transfer(NULL, host, port, path, tls, NULL, NULL, NULL, NULL, NULL, NULL, 0,
                               NULL, "application/ocsp-request", request,
                               "application/ocsp-response", 1, FETCH_MAX_B, FETCH_LIMIT_S, 0);
        if (answer != NULL)
            response = ASN1_item_d2i_bio(ASN1_ITEM_rptr(OCSP_RESPONSE), answer, NULL);
        BIO_free(answer);
        BIO_free(request);
    }
    OPENSSL_free(host);
    OPENSSL_free(port);
    OPENSSL_free(path);
    return response;
}

static bool check_responder(SSL *ssl, STACK_OF(X509) * chain) {
    STACK_OF(OPENSSL_STRING) *urls = X509_get1_ocsp(sk_X509_value(chain, 0));
    OCSP_RESPONSE *response = NULL;

    if (sk_OPENSSL_STRING_num(urls) > 0)
        response = ask_responder(sk_OPENSSL_STRING_value(urls, 0), chain);
    X509_email_free(urls);
    if (response != NULL && OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        OCSP_RESPONSE_free(response); /* it says itself that it has no answer */
        return true;
    }
    return response == NULL || is_good_response(ssl, chain, response);
}

/* The first URL of the first distribution point. */
static const char *url_of(const CRL_DIST_POINTS *points) {
    const DIST_POINT *point = sk_DIST_POINT_num(points) > 0 ? sk_DIST_POINT_value(points, 0) : NULL;

    if (point == NULL || point->distpoint == NULL || point->distpoint->type != 0)
        return NULL;
    const GENERAL_NAMES *names = point->distpoint->name.fullname;
    const GENERAL_NAME *name =
        sk_GENERAL_NAME_num(names) > 0 ? sk_GENERAL_NAME_value(names, 0) : NULL;
    return name != NULL && name->type == GEN_URI
               ? (const char *)ASN1_STRING_get0_data(name->d.uniformResourceIdentifier)
               : NULL;
}

static bool is_on_list(X509_CRL *list, STACK_OF(X509) * chain) {
    X509_REVOKED *entry;
    const ASN1_TIME *until = X509_CRL_get0_nextUpdate(list);

    if (X509_CRL_verify(list, X509_get0_pubkey(sk_X509_value(chain, 1))) != 1 ||
        X509_cmp_current_time(X509_CRL_get0_lastUpdate(list)) > 0 ||
        (until != NULL && X509_cmp_current_time(until) < 0))
        return !disliked("a list that is not sound");
    return X509_CRL_get0_by_cert(list, &entry, sk_X509_value(chain, 0)) == 1 &&
           !disliked("the certificate is on the list of those revoked");
}

static bool check_list(STACK_OF(X509) * chain) {
    CRL_DIST_POINTS *points =
        X509_get_ext_d2i(sk_X509_value(chain, 0), NID_crl_distribution_points, NULL, NULL);
    const char *url = url_of(points);
    X509_CRL *list = url != NULL ? X509_CRL_load_http(url, NULL, NULL, FETCH_LIMIT_S) : NULL;
    bool is_sound = list == NULL || !is_on_list(list, chain);

    X509_CRL_free(list);
    CRL_DIST_POINTS_free(points);
    return is_sound;
}

bool check_revocation(SSL *ssl, STACK_OF(X509) * chain) {
    const unsigned char *staple;
    long staple_b = SSL_get_tlsext_status_ocsp_resp(ssl, &staple);
    bool is_sound;

    if (sk_X509_num(chain) < 2)
        return true; /* nobody is above it who could have said anything */
    if (staple_b > 0)
        is_sound = is_good_response(ssl, chain, d2i_OCSP_RESPONSE(NULL, &staple, staple_b));
    else if (must_staple(sk_X509_value(chain, 0)))
        is_sound = disliked("no staple, which the certificate demands");
    else
        is_sound = check_responder(ssl, chain);
    is_sound = is_sound && check_list(chain);
    ERR_clear_error();
    return is_sound;
}
