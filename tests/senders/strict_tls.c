/* strict_tls - what a server presents, judged as strictly as code can: OpenSSL's strictest, and on top of it what OpenSSL
 * overlooks. */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "scripted.h"
#include "strict_checks.h"

/* OpenSSL builds one path and looks for no other: where that does not hold, again without one of the certificates that were
 * sent. */
static int verify_some_path(X509_STORE_CTX *whole, void *arg) {
    X509_STORE *store = X509_STORE_CTX_get0_store(whole);
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(whole);
    int ssl_index = SSL_get_ex_data_X509_STORE_CTX_idx();
    int done = X509_verify_cert(whole);

    (void)arg;
    for (int i = 1; i < sk_X509_num(sent) && done != 1; i++) {
        X509_STORE_CTX *part = X509_STORE_CTX_new();
        STACK_OF(X509) *rest = sk_X509_dup(sent);
        sk_X509_delete(rest, i);
        X509_STORE_CTX_init(part, store, sk_X509_value(sent, 0), rest);
        X509_STORE_CTX_set_ex_data(part, ssl_index, X509_STORE_CTX_get_ex_data(whole, ssl_index));
        X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(part), X509_STORE_CTX_get0_param(whole));
        done = X509_verify_cert(part);
        if (done == 1) {
            X509_STORE_CTX_set0_verified_chain(whole, X509_STORE_CTX_get1_chain(part));
            X509_STORE_CTX_set_error(whole, X509_V_OK);
        }
        X509_STORE_CTX_free(part);
        sk_X509_free(rest);
    }
    return done == 1;
}

static int remember_staple(SSL *ssl, void *arg) {
    (void)ssl, (void)arg;
    return 1; /* judged after the handshake */
}

SSL_CTX *strict_context(const char *versions) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(context);

    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AESCCM:!CCM8:@SECLEVEL=2");
    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                      "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256");
    SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384:P-521:X448:ffdhe3072:ffdhe4096");
    SSL_CTX_set1_sigalgs_list(context,
                              "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:RSA-PSS+SHA256:"
                              "RSA-PSS+SHA384:RSA-PSS+SHA512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:"
                              "rsa_pss_pss_sha512:RSA+SHA256:RSA+SHA384:RSA+SHA512");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_load_verify_file(context, sender_env("DOORMAT_CA"));
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_POLICY_CHECK |
                                           X509_V_FLAG_CHECK_SS_SIGNATURE);
    X509_VERIFY_PARAM_add0_policy(param, OBJ_nid2obj(NID_any_policy));
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                               X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                               X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, sender_env("DOORMAT_HOST")) != 1)
        X509_VERIFY_PARAM_set1_host(param, sender_env("DOORMAT_HOST"), 0);
    SSL_CTX_set_cert_verify_callback(context, verify_some_path, NULL);
    SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp);
    SSL_CTX_set_tlsext_status_cb(context, remember_staple);
    limit_versions(context, versions);
    return context;
}

bool strict_accepts(SSL *ssl) {
    STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);

    ERR_clear_error();
    return chain != NULL && check_chain(chain) && check_revocation(ssl, chain);
}
