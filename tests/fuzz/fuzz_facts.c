/* Certificates and chains: any DER, and whatever comes of it must keep the promises of facts.h.
 *
 * Input: a byte of flags, then items behind their length in two bytes.  ANCHOR: the last certificate is not sent but
 * trusted.  STAPLE: the item behind the certificates is an OCSP response. */
#include <assert.h>
#include <openssl/err.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "x509/chain.h"
#include "x509/staple.h"
#include "x509/trust_internal.h"

enum { ANCHOR = 1, STAPLE = 2, MAX_ITEMS = 8 };

static const int64_t now_s = 1795478400; /* 2026-11-24 */

struct items {
    const uint8_t *der[MAX_ITEMS];
    size_t len[MAX_ITEMS], count;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct items split(const uint8_t *data, size_t size) {
    struct items items = {.count = 0};

    while (size >= 2 && items.count < MAX_ITEMS) {
        size_t len = (size_t)(data[0] << 8 | data[1]);
        data += 2, size -= 2;
        if (len > size)
            len = size;
        items.der[items.count] = data;
        items.len[items.count++] = len;
        data += len, size -= len;
    }
    return items;
}

static X509 *decode(const uint8_t *der, size_t len) {
    X509 *cert = d2i_X509(NULL, &der, (long)len);

    ERR_clear_error();
    return cert;
}

static void check_text(const char *text, size_t size_b) {
    size_t len = strnlen(text, size_b);

    assert(len < size_b);
    for (size_t i = 0; i < len; i++)
        assert(ascii_is_print((unsigned char)text[i]));
}

static void check_cert(const struct facts_cert *cert) {
    check_text(cert->subject, sizeof cert->subject);
    check_text(cert->issuer, sizeof cert->issuer);
    check_text(cert->common_name, sizeof cert->common_name);
    check_text(cert->serial, sizeof cert->serial);
    check_text(cert->curve, sizeof cert->curve);
    check_text(cert->signature.name, sizeof cert->signature.name);
    assert(cert->key_flaw < FACTS_KEY_FLAW_COUNT);
    assert(cert->key_flaw == FACTS_KEY_FLAW_NONE || cert->key == FACTS_KEY_RSA ||
           cert->key == FACTS_KEY_RSA_PSS);
    assert(strlen(cert->sha256) == 64);
    assert(cert->name_count <= FACTS_MAX_NAMES && cert->name_count <= cert->names_seen);
    for (size_t i = 0; i < cert->name_count; i++) {
        check_text(cert->names[i].text, FACTS_NAME_TEXT_MAX_B + 1);
        assert(strlen(cert->names[i].text) <= cert->names[i].len);
    }
}

static void check_chain(const struct facts_chain *chain) {
    assert(chain->cert_count <= FACTS_MAX_CERTS && chain->cert_count <= chain->certs_seen);
    for (size_t i = 0; i < chain->cert_count; i++)
        check_cert(&chain->certs[i]);
    assert(chain->path_count <= FACTS_MAX_PATH_FLAWS);
    for (size_t i = 0; i < chain->path_count; i++) {
        assert(chain->path[i].flaw < FACTS_PATH_FLAW_COUNT && chain->path[i].depth >= 0);
        check_text(chain->path[i].text, sizeof chain->path[i].text);
        for (size_t j = 0; j < i; j++)
            assert(chain->path[i].flaw != chain->path[j].flaw ||
                   chain->path[i].depth != chain->path[j].depth);
    }
}

static void judge_staple(const struct items *items) {
    X509 *leaf = decode(items->der[0], items->len[0]);
    X509 *issuer = items->count > 2 ? decode(items->der[1], items->len[1]) : NULL;
    size_t last = items->count - 1;

    if (leaf != NULL)
        staple_judge(items->der[last], items->len[last], leaf, issuer, now_s);
    X509_free(leaf);
    X509_free(issuer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t flags = size > 0 ? data[0] : 0;
    struct items items = size > 0 ? split(data + 1, size - 1) : (struct items){.count = 0};
    struct trust trust = {.store = X509_STORE_new()};
    struct facts_chain chain;
    struct err err;

    if ((flags & STAPLE) != 0 && items.count > 1) {
        judge_staple(&items);
        items.count--;
    }
    if ((flags & ANCHOR) != 0 && items.count > 1) {
        items.count--;
        X509 *anchor = decode(items.der[items.count], items.len[items.count]);
        if (anchor != NULL)
            X509_STORE_add_cert(trust.store, anchor);
        X509_free(anchor);
    }
    if (chain_from_der(items.der, items.len, items.count, &trust, now_s, &chain, &err) == 0)
        check_chain(&chain);
    else
        assert(chain.certs == NULL && chain.path_count == 0);
    facts_chain_fini(&chain);
    X509_STORE_free(trust.store);
    return 0;
}
