/* The web port: a request in two pieces, its place, and what is asked of the responder there.  Any bytes may come; an answer is
 * always a response that can be read, and the same whether the request came in one piece or in two. */
#include <assert.h>
#include <openssl/ocsp.h>

#include "base/mem.h"
#include "mint/mint.h"
#include "web/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct revocation *revocation; /* made once, and held to the end */

static void open_responder(void) {
    static const struct mint_knobs knobs = {.responder = MINT_OCSP_GOOD, .crl = MINT_CRL_GOOD};
    struct key_pool *keys;
    struct mint_lab *lab;
    struct identity *identity;

    if (key_pool_new(NULL, &keys, NULL) != 0 ||
        mint_lab_new("localhost", keys, 1795478400, &lab, NULL) != 0 ||
        mint_identity(lab, &knobs, 1795478400, &identity, NULL) != 0)
        abort();
    revocation = identity_revocation(identity);
    identity_free(&identity);
    mint_lab_free(&lab);
    key_pool_free(&keys);
}

static void check_answer(enum revocation_answer said, const uint8_t *der, size_t len) {
    const uint8_t *at = der;

    assert(said == REVOCATION_BYTES);
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)len);
    assert(response != NULL && at == der + len);
    OCSP_RESPONSE_free(response);
}

static void ask(const struct http_request *request) {
    struct place place;
    const uint8_t *der;
    size_t len;

    if (place_find(request, &place) != HTTP_OK)
        return;
    assert(place.name[0] != '\0' && strchr(place.name, '/') == NULL);
    if (place.kind != PLACE_OCSP)
        return;
    enum revocation_answer said =
        place.base64 != NULL
            ? revocation_ocsp_text(revocation, place.base64, &der, &len)
            : revocation_ocsp(revocation, request->body, request->body_len, &der, &len);
    check_answer(said, der, len);
}

static void check_same(const struct http_request *a, const struct http_request *b) {
    assert(a->method == b->method && strcmp(a->path, b->path) == 0 && a->path[0] == '/');
    assert(a->body_len == b->body_len && a->body_len <= HTTP_BODY_MAX_B);
    assert(memcmp(a->body, b->body, a->body_len) == 0);
}

/* The first byte says where it is cut. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct http_request whole, cut;

    if (revocation == NULL)
        open_responder();
    if (size < 1)
        return 0;
    size_t at = data[0] < size - 1 ? data[0] : size - 1;
    data++, size--;
    http_init(&whole);
    http_init(&cut);
    enum http_status status = http_feed(&whole, data, size), piece = http_feed(&cut, data, at);
    if (piece == HTTP_MORE)
        piece = http_feed(&cut, data + at, size - at);
    assert(piece == status);
    if (status == HTTP_OK) {
        check_same(&whole, &cut);
        ask(&whole);
    }
    http_fini(&whole);
    http_fini(&cut);
    return 0;
}
