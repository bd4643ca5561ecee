/* What a server sends, in words. */
#include <openssl/err.h>
#include <openssl/x509.h>

#include "tls/server_internal.h"

static void put_name(const char *what, const X509_NAME *name, struct buf *out) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;

    if (bio == NULL || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) < 0) {
        BIO_free(bio);
        return;
    }
    long len = BIO_get_mem_data(bio, &text);
    buf_printf(out, "%s %.*s", what, (int)(len < 200 ? len : 200), len > 0 ? text : "empty");
    BIO_free(bio);
}

void tls_server_describe(const struct tls_server *server, struct buf *out) {
    const X509 *leaf = SSL_CTX_get0_certificate(server->ctx);
    STACK_OF(X509) *above = NULL;

    if (leaf == NULL) {
        buf_puts(out, "none");
        return;
    }
    put_name("subject", X509_get_subject_name(leaf), out);
    put_name(", issuer", X509_get_issuer_name(leaf), out);
    const EVP_PKEY *key = X509_get0_pubkey(leaf);
    if (key != NULL && EVP_PKEY_get0_type_name(key) != NULL)
        buf_printf(out, ", %s %d", EVP_PKEY_get0_type_name(key), EVP_PKEY_get_bits(key));
    if (SSL_CTX_get0_chain_certs(server->ctx, &above) == 1 && above != NULL)
        buf_printf(out, ", and %d above it", sk_X509_num(above));
    ERR_clear_error();
}
