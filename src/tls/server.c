#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "mint/identity_internal.h"
#include "tls/ossl.h"
#include "tls/server_internal.h"

/* libssl serves no certificate below TLS 1.3 whose extensions forbid it or cannot be read.  That is for the client to find
 * out: libssl gets a copy whose extensions are gone where it looks, and still there in the bytes that it sends. */
static X509 *without_extensions(X509 *cert) {
    X509 *copy = X509_dup(cert);

    while (copy != NULL && X509_get_ext_count(copy) > 0)
        X509_EXTENSION_free(X509_delete_ext(copy, 0));
    return copy;
}

static int set_identity(SSL_CTX *ctx, const struct identity *identity, struct err *err) {
    X509 *leaf = without_extensions(identity->leaf);
    int rc = 0;

    if (leaf == NULL || SSL_CTX_use_certificate(ctx, leaf) != 1 ||
        SSL_CTX_use_PrivateKey(ctx, identity->key) != 1 ||
        (identity->chain != NULL && SSL_CTX_set1_chain(ctx, identity->chain) != 1))
        rc = err_openssl(err, "certificate");
    X509_free(leaf);
    return rc;
}

int tls_server_new(const struct tls_knobs *knobs, const struct identity *identity,
                   struct tls_server **out, struct err *err) {
    struct tls_server *server = mem_zalloc(sizeof *server);

    ERR_clear_error();
    server->references = 1;
    server->knobs = *knobs;
    server->wire_bio = ossl_bio_method_new();
    server->ctx = SSL_CTX_new(TLS_server_method());
    if (server->ctx == NULL || server->wire_bio == NULL) {
        err_openssl(err, "TLS context");
        goto fail;
    }
    engine_observe(server->ctx);
    if (server_set_habits(server, identity, err) != 0 ||
        server_set_parameters(server, identity, err) != 0 ||
        set_identity(server->ctx, identity, err) != 0)
        goto fail;
    *out = server;
    return 0;
fail:
    tls_server_free(&server);
    return -1;
}

void tls_server_unref(struct tls_server *server) {
    assert(server->references > 0);
    if (--server->references > 0)
        return;
    SSL_CTX_free(server->ctx);
    X509_free(server->decoy);
    revocation_free(&server->revocation);
    BIO_meth_free(server->wire_bio);
    free(server);
}

void tls_server_free(struct tls_server **server) {
    if (*server != NULL)
        tls_server_unref(*server);
    *server = NULL;
}
