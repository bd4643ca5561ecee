/* OCSP requests to the lab's responder, as bytes and as the text of a path: whatever comes, the answer is one of those that
 * were made, or an error of RFC 6960 4.2.1. */
#include <assert.h>

#include "base/mem.h"
#include "crypto/key_pool.h"
#include "mint/identity_internal.h"
#include "mint/mint.h"
#include "mint/revocation_make.h"

enum { ERROR_B = 5 };

static const int64_t now_s = 1795478400; /* 2026-11-24 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Once for all inputs. */
static const struct revocation *responder(void) {
    static const struct mint_knobs knobs = {.responder = MINT_OCSP_GOOD};
    static struct key_pool *pool;
    static struct mint_lab *lab;
    static struct identity *identity;
    struct err err;

    if (identity == NULL && (key_pool_new(NULL, &pool, &err) != 0 ||
                             mint_lab_new("localhost", pool, now_s, &lab, &err) != 0 ||
                             mint_identity(lab, &knobs, now_s, &identity, &err) != 0))
        abort();
    return identity->revocation;
}

static void check(const struct revocation *revocation, enum revocation_answer answer,
                  const uint8_t *der, size_t len) {
    bool is_ours = len == ERROR_B && der[0] == 0x30;

    assert(answer == REVOCATION_BYTES);
    for (size_t i = 0; i < REVOCATION_DIGESTS; i++)
        is_ours |= der == revocation->ocsp[i].der.data && len == revocation->ocsp[i].der.len;
    assert(is_ours);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct revocation *revocation = responder();
    char *text = mem_strndup((const char *)data, size);
    const uint8_t *der;
    size_t len;

    enum revocation_answer answer = revocation_ocsp(revocation, data, size, &der, &len);
    check(revocation, answer, der, len);
    answer = revocation_ocsp_text(revocation, text, &der, &len);
    check(revocation, answer, der, len);
    free(text);
    return 0;
}
