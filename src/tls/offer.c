#include <assert.h>
#include <openssl/err.h>

#include "base/buf.h"
#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "tls/offer_internal.h"
#include "tls/ossl.h"

enum { LIST_MAX_B = 4096, CHAIN_MAX_B = 256 * 1024 };

/* A list of the specification, and what stands for it where it is NULL: all names that any OpenSSL from 3.0 on may know,
 * the sound ones first, since most servers follow the client's order. */
struct list {
    int command;
    const char *what, *all;
};

static const struct list
    groups = {SSL_CTRL_SET_GROUPS_LIST, "groups",
              "P-256:P-384:P-521:X25519:X448:brainpoolP256r1:brainpoolP384r1:brainpoolP512r1:"
              "brainpoolP256r1tls13:brainpoolP384r1tls13:brainpoolP512r1tls13:"
              "SecP256r1MLKEM768:X25519MLKEM768:SecP384r1MLKEM1024:"
              "ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192:ffdhe2048:secp256k1:"
              "secp224r1:secp224k1:secp192r1:secp192k1:secp160r1:secp160r2:secp160k1:"
              "sect571r1:sect571k1:sect409r1:sect409k1:sect283r1:sect283k1:sect239k1:"
              "sect233r1:sect233k1:sect193r1:sect193r2:sect163r1:sect163r2:sect163k1"},
    schemes = {SSL_CTRL_SET_SIGALGS_LIST, "signature schemes",
               "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:"
               "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
               "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:ed25519:ed448:"
               "ecdsa_brainpoolP256r1tls13_sha256:ecdsa_brainpoolP384r1tls13_sha384:"
               "ecdsa_brainpoolP512r1tls13_sha512:mldsa44:mldsa65:mldsa87:"
               "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512:"
               "DSA+SHA256:DSA+SHA384:DSA+SHA512:ECDSA+SHA224:RSA+SHA224:DSA+SHA224:"
               "ECDSA+SHA1:RSA+SHA1:DSA+SHA1:RSA+MD5"};

/* What encrypts or authenticates nothing goes to the end. */
static const char all_suites[] = "ALL:eNULL:+aNULL:+eNULL:@SECLEVEL=0";
static const char all_suites13[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
    "TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256";

/* OpenSSL refuses a whole list for one name that it does not know, so each is tried alone. */
static void keep_known(SSL_CTX *ctx, const struct list *list, struct buf *known) {
    char name[48];

    for (const char *at = list->all; *at != '\0'; at += *at == ':') {
        size_t len = strcspn(at, ":");
        snprintf(name, sizeof name, "%.*s", (int)len, at);
        if (SSL_CTX_ctrl(ctx, list->command, 0, name) == 1)
            buf_printf(known, "%s%s", known->len > 0 ? ":" : "", name);
        at += len;
    }
    ERR_clear_error();
}

static int set_list(SSL_CTX *ctx, const struct list *list, const char *asked, struct err *err) {
    struct buf known;
    int rc = 0;

    buf_init(&known, LIST_MAX_B);
    if (asked == NULL)
        keep_known(ctx, list, &known);
    else
        buf_puts(&known, asked);
    if (known.overflow || SSL_CTX_ctrl(ctx, list->command, 0, (void *)buf_text(&known)) != 1)
        rc = err_openssl(err, "OpenSSL cannot offer the %s '%s'", list->what, buf_text(&known));
    buf_fini(&known);
    return rc;
}

static int set_suites(SSL_CTX *ctx, const struct tls_offer_spec *spec, struct err *err) {
    const char *suites = spec->suites != NULL ? spec->suites : all_suites;
    const char *suites13 = spec->suites13 != NULL ? spec->suites13 : all_suites13;

    if (SSL_CTX_set_cipher_list(ctx, suites) != 1)
        return err_openssl(err, "OpenSSL cannot offer the cipher suites '%s'", suites);
    if (SSL_CTX_set_ciphersuites(ctx, suites13) != 1)
        return err_openssl(err, "OpenSSL cannot offer the cipher suites '%s'", suites13);
    return 0;
}

/* 0 is the library's own least and most. */
static int set_versions(SSL_CTX *ctx, const struct tls_offer_spec *spec, struct err *err) {
    if (SSL_CTX_set_min_proto_version(ctx, spec->min_version) != 1 ||
        SSL_CTX_set_max_proto_version(ctx, spec->max_version) != 1)
        return err_openssl(err, "OpenSSL cannot offer these TLS versions");
    return 0;
}

/* The chain is judged later, once, and with all its flaws. */
static int accept_any(X509_STORE_CTX *ctx, void *arg) {
    (void)ctx, (void)arg;
    return 1;
}

static int set_habits(SSL_CTX *ctx, struct err *err) {
    ossl_allow_everything(ctx);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_LEGACY_SERVER_CONNECT);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, accept_any, NULL);
    SSL_CTX_set_max_cert_list(ctx, CHAIN_MAX_B);
    return SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp) == 1
               ? 0
               : err_openssl(err, "OpenSSL cannot ask for a staple");
}

int tls_offer_new(const struct tls_offer_spec *spec, struct tls_offer **out, struct err *err) {
    struct tls_offer *offer = mem_zalloc(sizeof *offer);

    ERR_clear_error();
    offer->references = 1;
    offer->wire_bio = ossl_bio_method_new();
    offer->ctx = SSL_CTX_new(TLS_client_method());
    if (offer->ctx == NULL || offer->wire_bio == NULL) {
        err_openssl(err, "TLS context");
        goto fail;
    }
    if (set_habits(offer->ctx, err) != 0 || set_versions(offer->ctx, spec, err) != 0 ||
        set_suites(offer->ctx, spec, err) != 0 ||
        set_list(offer->ctx, &groups, spec->groups, err) != 0 ||
        set_list(offer->ctx, &schemes, spec->schemes, err) != 0)
        goto fail;
    *out = offer;
    return 0;
fail:
    tls_offer_free(&offer);
    return -1;
}

void tls_offer_unref(struct tls_offer *offer) {
    assert(offer->references > 0);
    if (--offer->references > 0)
        return;
    SSL_CTX_free(offer->ctx);
    BIO_meth_free(offer->wire_bio);
    free(offer);
}

void tls_offer_free(struct tls_offer **offer) {
    if (*offer != NULL)
        tls_offer_unref(*offer);
    *offer = NULL;
}
