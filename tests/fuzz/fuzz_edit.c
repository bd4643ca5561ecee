/* DER as it is read, written and edited: what is read comes back the same, an edit of any certificate is one again or fails,
 * and whether a key takes long to decode can be asked of any bytes.
 *
 * Input: a byte that says which edit, then DER. */
#include <assert.h>
#include <openssl/err.h>

#include "base/mem.h"
#include "crypto/der.h"
#include "crypto/key_cost.h"
#include "mint/edit.h"

enum { MAX_B = 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_item(const struct der_item *item) {
    struct buf out;

    buf_init(&out, MAX_B);
    der_put(&out, item->tag, item->value.at, item->value.len);
    assert(out.len == item->whole.len && memcmp(out.data, item->whole.at, out.len) == 0);
    buf_fini(&out);
}

static void walk(struct der from, int depth) {
    struct der_item item;

    while (der_read(&from, &item) == 0) {
        check_item(&item);
        if ((item.tag & 0x20) != 0 && depth > 0)
            walk(item.value, depth - 1);
    }
}

static EVP_PKEY *key(void) {
    static EVP_PKEY *made;

    if (made == NULL)
        made = EVP_EC_gen("P-256");
    return made;
}

static void edit(const uint8_t *der, size_t len, uint8_t which) {
    const struct mint_cert as = {.encoding = which % MINT_ENCODING_COUNT,
                                 .tamper = which / MINT_ENCODING_COUNT % MINT_TAMPER_COUNT};
    X509 *cert = d2i_X509(NULL, &der, (long)len);
    struct err err = {.text = ""};

    if (cert != NULL && cert_edit(&cert, &as, key(), &err) != 0)
        assert(err.text[0] != '\0');
    X509_free(cert);
    ERR_clear_error();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    walk((struct der){data + 1, size - 1}, 8);
    if (!key_cost_is_high(data + 1, size - 1))
        edit(data + 1, size - 1, data[0]);
    return 0;
}
