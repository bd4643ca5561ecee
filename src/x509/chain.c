#include "x509/chain.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "crypto/key_cost.h"
#include "x509/cert_facts.h"
#include "x509/path.h"

static int push_der(STACK_OF(X509) * chain, const uint8_t *der, size_t len, size_t number,
                    struct err *err) {
    const uint8_t *at = der;

    if (key_cost_is_high(der, len))
        return err_set(err, "certificate %zu: %s", number, KEY_COST_TEXT);
    X509 *cert = len <= LONG_MAX ? d2i_X509(NULL, &at, (long)len) : NULL;

    if (cert == NULL)
        return err_openssl(err, "certificate %zu", number);
    if (at != der + len || sk_X509_push(chain, cert) <= 0) {
        X509_free(cert);
        return err_set(err, "certificate %zu: bytes after its end", number);
    }
    return 0;
}

int chain_from_der(const uint8_t *const *der, const size_t *len, size_t count,
                   const struct trust *trust, int64_t now_s, struct facts_chain *out,
                   struct err *err) {
    STACK_OF(X509) *chain = sk_X509_new_null();
    int rc = chain != NULL ? 0 : err_openssl(err, "chain");

    *out = (struct facts_chain){0};
    ERR_clear_error();
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = push_der(chain, der[i], len[i], i + 1, err);
    if (rc == 0 && count == 0)
        rc = err_set(err, "there is no certificate");
    if (rc == 0)
        rc = path_judge(chain, (struct path_staple){NULL, 0}, trust, now_s, out, err);
    sk_X509_pop_free(chain, X509_free);
    return rc;
}

struct chain_sent {
    STACK_OF(X509) * certs;
    struct buf staple;
};

struct chain_sent *chain_sent_new(STACK_OF(X509) * certs, const uint8_t *staple,
                                  size_t staple_len) {
    struct chain_sent *sent = mem_zalloc(sizeof *sent);

    sent->certs = X509_chain_up_ref(certs);
    buf_init(&sent->staple, staple_len);
    if (staple_len > 0)
        buf_append(&sent->staple, staple, staple_len);
    if (sent->certs == NULL)
        chain_sent_free(&sent);
    return sent;
}

void chain_sent_free(struct chain_sent **sent) {
    if (*sent == NULL)
        return;
    sk_X509_pop_free((*sent)->certs, X509_free);
    buf_fini(&(*sent)->staple);
    free(*sent);
    *sent = NULL;
}

bool chain_sent_is_of(const struct chain_sent *sent, const char *sha256) {
    char own[sizeof((struct facts_cert *)0)->sha256];

    cert_facts_fingerprint(sk_X509_value(sent->certs, 0), own, sizeof own);
    return own[0] != '\0' && strcmp(own, sha256) == 0;
}

int chain_sent_judge(const struct chain_sent *sent, const struct trust *trust, int64_t now_s,
                     struct facts_chain *out, struct err *err) {
    const struct path_staple staple = {sent->staple.data, sent->staple.len};

    return path_judge(sent->certs, staple, trust, now_s, out, err);
}
