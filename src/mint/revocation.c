#include "mint/revocation.h"

#include <assert.h>
#include <limits.h>
#include <openssl/err.h>

#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "crypto/key_cost.h"
#include "mint/revocation_make.h"

/* Those that askers are known to use (RFC 5019 2.1.1, RFC 9654). */
static const EVP_MD *(*const digests[REVOCATION_DIGESTS])(void) = {EVP_sha1, EVP_sha256};

/* Responses that are an error alone (RFC 6960 4.2.1). */
static const uint8_t malformed_request[] = {0x30, 0x03, 0x0a, 0x01, 0x01},
                     unauthorized[] = {0x30, 0x03, 0x0a, 0x01, 0x06};

static int make_answers(const struct revocation_order *order, struct revocation *out,
                        struct err *err) {
    for (size_t i = 0; i < REVOCATION_DIGESTS; i++) {
        const EVP_MD *digest = digests[i]();
        out->ocsp[i].id = OCSP_cert_to_id(digest, order->leaf, order->issuer->cert);
        if (out->ocsp[i].id == NULL)
            return err_openssl(err, "cannot name a certificate by OCSP");
        if (ocsp_make(order, out->responder, digest, &out->ocsp[i].der, err) != 0)
            return -1;
    }
    return 0;
}

static struct revocation *revocation_new(const struct mint_knobs *knobs) {
    struct revocation *made = mem_zalloc(sizeof *made);

    *made =
        (struct revocation){.references = 1, .responder = knobs->responder, .crl_kind = knobs->crl};
    buf_init(&made->staple, REVOCATION_MAX_B);
    buf_init(&made->crl, REVOCATION_MAX_B);
    for (size_t i = 0; i < REVOCATION_DIGESTS; i++)
        buf_init(&made->ocsp[i].der, REVOCATION_MAX_B);
    return made;
}

int revocation_make(const struct revocation_order *order, const struct mint_knobs *knobs,
                    struct revocation **out, struct err *err) {
    *out = NULL;
    if (knobs->staple == MINT_OCSP_NONE && !mint_needs_web(knobs))
        return 0;
    struct revocation *made = revocation_new(knobs);
    if (ocsp_make(order, knobs->staple, digests[0](), &made->staple, err) != 0 ||
        crl_make(order, knobs->crl, &made->crl, err) != 0 || make_answers(order, made, err) != 0) {
        revocation_free(&made);
        return -1;
    }
    *out = made;
    return 0;
}

void revocation_ref(struct revocation *revocation) {
    revocation->references++;
}

void revocation_free(struct revocation **revocation) {
    struct revocation *dying = *revocation;

    *revocation = NULL;
    if (dying == NULL || --dying->references > 0)
        return;
    buf_fini(&dying->staple);
    buf_fini(&dying->crl);
    for (size_t i = 0; i < REVOCATION_DIGESTS; i++) {
        OCSP_CERTID_free(dying->ocsp[i].id);
        buf_fini(&dying->ocsp[i].der);
    }
    free(dying);
}

/* --- answers --- */

static enum revocation_answer answer(const void *bytes, size_t len, const uint8_t **out,
                                     size_t *out_len) {
    *out = bytes;
    *out_len = len;
    return REVOCATION_BYTES;
}

/* Which answer is about what is asked for; REVOCATION_DIGESTS: none.  As responders that sign ahead have it, the first
 * certificate of a request counts and a nonce is not repeated (RFC 5019 2.1.1, 2.2.1). */
static size_t find_asked(const struct revocation *revocation, OCSP_REQUEST *request) {
    OCSP_ONEREQ *first = OCSP_request_onereq_get0(request, 0);
    size_t i = 0;

    if (first == NULL)
        return REVOCATION_DIGESTS;
    while (i < REVOCATION_DIGESTS &&
           OCSP_id_cmp(revocation->ocsp[i].id, OCSP_onereq_get0_id(first)) != 0)
        i++;
    return i;
}

enum revocation_answer revocation_ocsp(const struct revocation *revocation, const uint8_t *request,
                                       size_t len, const uint8_t **out, size_t *out_len) {
    const uint8_t *at = request;

    if (revocation->responder == MINT_OCSP_NONE)
        return REVOCATION_MISSING;
    if (revocation->responder == MINT_OCSP_SILENCE)
        return REVOCATION_SILENCE;
    /* Who signs a request may send certificates with it. */
    bool is_readable = len <= LONG_MAX && !key_cost_is_high(request, len);
    OCSP_REQUEST *parsed = is_readable ? d2i_OCSP_REQUEST(NULL, &at, (long)len) : NULL;
    bool sound = parsed != NULL && at == request + len && OCSP_request_onereq_count(parsed) > 0;
    size_t which = sound ? find_asked(revocation, parsed) : 0;
    OCSP_REQUEST_free(parsed);
    ERR_clear_error();
    if (!sound)
        return answer(malformed_request, sizeof malformed_request, out, out_len);
    if (which == REVOCATION_DIGESTS)
        return answer(unauthorized, sizeof unauthorized, out, out_len);
    const struct buf *der = &revocation->ocsp[which].der;
    return answer(der->data, der->len, out, out_len);
}

/* What is no base64 becomes a request of no bytes, which is malformed. */
static size_t decode(const char *base64, size_t len, uint8_t *out) {
    size_t padding = 0;

    while (padding < 2 && padding < len && base64[len - 1 - padding] == '=')
        padding++;
    int decoded = len % 4 == 0 ? EVP_DecodeBlock(out, (const uint8_t *)base64, (int)len) : -1;
    return decoded > (int)padding ? (size_t)decoded - padding : 0;
}

enum revocation_answer revocation_ocsp_text(const struct revocation *revocation, const char *base64,
                                            const uint8_t **out, size_t *out_len) {
    size_t len = strlen(base64);
    uint8_t *request = mem_zalloc(len + 1);
    size_t request_len = len <= REVOCATION_MAX_B ? decode(base64, len, request) : 0;
    enum revocation_answer said = revocation_ocsp(revocation, request, request_len, out, out_len);

    free(request);
    return said;
}

enum revocation_answer revocation_crl(const struct revocation *revocation, const uint8_t **out,
                                      size_t *out_len) {
    if (revocation->crl.len == 0)
        return REVOCATION_MISSING;
    return answer(revocation->crl.data, revocation->crl.len, out, out_len);
}
