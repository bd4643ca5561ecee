/* How a server behaves beside what it agrees upon. */
#include <openssl/err.h>

#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "mint/identity_internal.h"
#include "mint/revocation_make.h"
#include "tls/ossl.h"
#include "tls/server_internal.h"

static void set_options(SSL_CTX *ctx, const struct tls_knobs *knobs) {
    uint64_t options =
        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE;

    if (knobs->tickets == 0)
        options |= SSL_OP_NO_TICKET;
    if (knobs->no_extended_master_secret)
        options |= SSL_OP_NO_EXTENDED_MASTER_SECRET;
    if (knobs->no_encrypt_then_mac)
        options |= SSL_OP_NO_ENCRYPT_THEN_MAC;
    SSL_CTX_set_options(ctx, options);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
}

/* A connection that resumes another would show no whole handshake. */
static SSL_TICKET_RETURN ignore_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
                                       size_t len, SSL_TICKET_STATUS status, void *arg) {
    (void)ssl, (void)session, (void)name, (void)len, (void)status, (void)arg;
    return SSL_TICKET_RETURN_IGNORE_RENEW; /* in TLS 1.2 one is sent all the same */
}

static int set_records(SSL_CTX *ctx, const struct tls_knobs *knobs, struct err *err) {
    if (SSL_CTX_set_num_tickets(ctx, knobs->tickets) != 1 ||
        SSL_CTX_set_session_ticket_cb(ctx, NULL, ignore_ticket, NULL) != 1)
        return err_openssl(err, "session tickets");
    if (knobs->fragment_b != 0 && SSL_CTX_set_max_send_fragment(ctx, knobs->fragment_b) != 1)
        return err_openssl(err, "records of at most %u bytes", knobs->fragment_b);
    return 0;
}

/* --- a fatal alert --- */

static int answer_with_alert(SSL *ssl, int *alert, void *arg) {
    const struct tls_server *server = arg;

    (void)ssl;
    *alert = (int)server->knobs.alert;
    return SSL_CLIENT_HELLO_ERROR;
}

/* --- the server's name --- */

/* OpenSSL asks whether or not a name was sent. */
static int on_name(SSL *ssl, int *alert, void *arg) {
    const struct tls_server *server = arg;
    bool named = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) != NULL;

    *alert = SSL_AD_UNRECOGNIZED_NAME;
    if (server->knobs.sni == TLS_SNI_WARNED)
        return SSL_TLSEXT_ERR_ALERT_WARNING;
    if (server->knobs.sni == TLS_SNI_REQUIRED && !named)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    if (server->decoy != NULL && !named &&
        (SSL_use_certificate(ssl, server->decoy) != 1 || SSL_set0_chain(ssl, NULL) != 1)) {
        *alert = SSL_AD_INTERNAL_ERROR;
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    return SSL_TLSEXT_ERR_OK;
}

/* What large sites show to those who name no server. */
static X509_NAME *decoy_name(void) {
    X509_NAME *name = X509_NAME_new();
    const unsigned char why[] = "No SNI provided; please fix your client.", cn[] = "no-sni.invalid";

    if (name != NULL && X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_ASC, why, -1, -1, 0) &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, cn, -1, -1, 0))
        return name;
    X509_NAME_free(name);
    return NULL;
}

/* EdDSA has its own. */
static const EVP_MD *digest_for(const EVP_PKEY *key) {
    return EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448") ? NULL : EVP_sha256();
}

/* As old as the certificate in whose place it stands, and with its key. */
static int make_decoy(struct tls_server *server, const struct identity *identity, struct err *err) {
    X509 *cert = server->decoy = X509_new();
    X509_NAME *name = decoy_name();
    int rc = 0;

    if (cert == NULL || name == NULL || !X509_set_version(cert, X509_VERSION_3) ||
        !ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) || !X509_set_subject_name(cert, name) ||
        !X509_set_issuer_name(cert, name) ||
        !X509_set1_notBefore(cert, X509_get0_notBefore(identity->leaf)) ||
        !X509_set1_notAfter(cert, X509_get0_notAfter(identity->leaf)) ||
        !X509_set_pubkey(cert, identity->key) ||
        !X509_sign(cert, identity->key, digest_for(identity->key)))
        rc = err_openssl(err, "the certificate for those who name no server");
    X509_NAME_free(name);
    return rc;
}

static int set_name(struct tls_server *server, const struct identity *identity, struct err *err) {
    /* Without a callback the name would not be acknowledged, as others do (RFC 6066 3), and a knob here would change that too. */
    SSL_CTX_set_tlsext_servername_callback(server->ctx, on_name);
    if (SSL_CTX_set_tlsext_servername_arg(server->ctx, server) != 1)
        return err_openssl(err, "the server's name");
    return server->knobs.sni == TLS_SNI_CHOOSES ? make_decoy(server, identity, err) : 0;
}

/* --- the staple, for those who ask for one --- */

static int on_status_request(SSL *ssl, void *arg) {
    const struct buf *staple = &((struct tls_server *)arg)->revocation->staple;
    uint8_t *copy = OPENSSL_memdup(staple->data, staple->len);

    if (copy == NULL || SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)staple->len) != 1) {
        OPENSSL_free(copy);
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    return SSL_TLSEXT_ERR_OK;
}

static int set_staple(struct tls_server *server, const struct identity *identity, struct err *err) {
    server->revocation = identity_revocation(identity);
    if (server->revocation == NULL || server->revocation->staple.len == 0)
        return 0;
    if (SSL_CTX_set_tlsext_status_cb(server->ctx, on_status_request) != 1 ||
        SSL_CTX_set_tlsext_status_arg(server->ctx, server) != 1)
        return err_openssl(err, "the staple");
    return 0;
}

/* --- the client's certificate --- */

static const struct {
    int mode;
    unsigned authorities; /* how many are named in the request */
} requests[] = {
    [TLS_CLIENT_CERT_NONE] = {SSL_VERIFY_NONE, 0},
    [TLS_CLIENT_CERT_REQUESTED] = {SSL_VERIFY_PEER, 0},
    [TLS_CLIENT_CERT_REQUESTED_STRANGER] = {SSL_VERIFY_PEER, 1},
    [TLS_CLIENT_CERT_REQUESTED_MANY] = {SSL_VERIFY_PEER, 400}, /* more than a record holds */
    [TLS_CLIENT_CERT_REFUSED] = {SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, 0},
    [TLS_CLIENT_CERT_LATE] = {SSL_VERIFY_PEER | SSL_VERIFY_POST_HANDSHAKE, 0},
};

static int judge_client(X509_STORE_CTX *store, void *arg) {
    const struct tls_server *server = arg;

    if (server->knobs.client_cert != TLS_CLIENT_CERT_REFUSED)
        return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    return 0;
}

static X509_NAME *authority_name(unsigned number) {
    X509_NAME *name = X509_NAME_new();
    char text[64];

    snprintf(text, sizeof text, "Authority %u, of which nobody has heard", number);
    if (name != NULL && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                   (const unsigned char *)text, -1, -1, 0))
        return name;
    X509_NAME_free(name);
    return NULL;
}

static int name_authorities(SSL_CTX *ctx, unsigned count, struct err *err) {
    STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();

    for (unsigned i = 1; names != NULL && i <= count; i++) {
        X509_NAME *name = authority_name(i);
        if (name == NULL || sk_X509_NAME_push(names, name) <= 0) {
            X509_NAME_free(name);
            sk_X509_NAME_pop_free(names, X509_NAME_free);
            names = NULL;
        }
    }
    if (names == NULL)
        return err_openssl(err, "names of authorities");
    SSL_CTX_set0_CA_list(ctx, names);
    return 0;
}

static int set_client_cert(struct tls_server *server, struct err *err) {
    enum tls_client_cert wanted = server->knobs.client_cert;

    SSL_CTX_set_verify(server->ctx, requests[wanted].mode, NULL);
    SSL_CTX_set_cert_verify_callback(server->ctx, judge_client, server);
    return requests[wanted].authorities > 0
               ? name_authorities(server->ctx, requests[wanted].authorities, err)
               : 0;
}

int server_set_habits(struct tls_server *server, const struct identity *identity, struct err *err) {
    ossl_allow_everything(server->ctx);
    set_options(server->ctx, &server->knobs);
    if (server->knobs.alert != 0)
        SSL_CTX_set_client_hello_cb(server->ctx, answer_with_alert, server);
    if (set_records(server->ctx, &server->knobs, err) != 0 ||
        set_name(server, identity, err) != 0 || set_staple(server, identity, err) != 0)
        return -1;
    return set_client_cert(server, err);
}
