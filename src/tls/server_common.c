/* Whether a server that found nothing in common with a client is right: what the client offered against what the server
 * has.  libssl says "no shared cipher" also where its own certificate or key will not do. */
#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "tls/iana.h"
#include "tls/server_internal.h"

struct common {
    SSL *ssl;
    const struct tls_knobs *knobs;
    const struct client_hello *hello;
    unsigned version; /* the highest that both have; 0: none */
};

static bool has(const uint16_t *codes, unsigned count, unsigned code) {
    for (unsigned i = 0; i < count; i++)
        if (codes[i] == code)
            return true;
    return false;
}

static unsigned highest_version(SSL *ssl, const struct client_hello *hello) {
    unsigned min = (unsigned)SSL_get_min_proto_version(ssl),
             max = (unsigned)SSL_get_max_proto_version(ssl);
    unsigned best = 0;

    for (unsigned i = 0; i < hello->version_count; i++) {
        unsigned version = hello->versions[i];
        if (version >= min && version <= max && version > best)
            best = version;
    }
    return best;
}

/* The key with which a suite has the server prove itself. */
static bool fits_key(int auth, const EVP_PKEY *key) {
    switch (auth) {
    case NID_auth_rsa:
        return EVP_PKEY_is_a(key, "RSA");
    case NID_auth_ecdsa:
        return EVP_PKEY_is_a(key, "EC") || EVP_PKEY_is_a(key, "ED25519") ||
               EVP_PKEY_is_a(key, "ED448");
    case NID_auth_dss:
        return EVP_PKEY_is_a(key, "DSA");
    default: /* none, or any */
        return true;
    }
}

static bool has_suite(const struct common *common) {
    STACK_OF(SSL_CIPHER) *suites = SSL_get_ciphers(common->ssl);
    const EVP_PKEY *key = SSL_get_privatekey(common->ssl);
    const struct client_hello *hello = common->hello;

    for (int i = 0; i < sk_SSL_CIPHER_num(suites); i++) {
        const SSL_CIPHER *suite = sk_SSL_CIPHER_value(suites, i);
        bool is_13 = strcmp(SSL_CIPHER_get_version(suite), "TLSv1.3") == 0;

        if (is_13 == (common->version == TLS1_3_VERSION) &&
            has(hello->suites, hello->suite_count, SSL_CIPHER_get_protocol_id(suite)) &&
            (is_13 || fits_key(SSL_CIPHER_get_auth_nid(suite), key)))
            return true;
    }
    return false;
}

/* libcrypto has names of its own for two of them. */
static const struct {
    const char *name;
    unsigned code;
} others[] = {{"prime256v1", 23}, {"prime192v1", 19}};

static unsigned curve_of(const EVP_PKEY *key) {
    enum { LAST_CURVE = 28 };
    char name[64] = "";

    if (!EVP_PKEY_is_a(key, "EC") || EVP_PKEY_get_group_name(key, name, sizeof name, NULL) != 1)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (strcmp(others[i].name, name) == 0)
            return others[i].code;
    for (unsigned code = 1; code <= LAST_CURVE; code++)
        if (tls_group_name((uint16_t)code) != NULL &&
            strcmp(tls_group_name((uint16_t)code), name) == 0)
            return code;
    return 0;
}

/* Below TLS 1.3 the list of groups is for the certificate's key as well, and who sends none takes any (RFC 8422 4). */
static bool has_group(const struct common *common) {
    const struct client_hello *hello = common->hello;
    const struct tls_knobs *knobs = common->knobs;
    enum { P256 = 23, P384 = 24 };
    bool is_13 = common->version == TLS1_3_VERSION;
    unsigned curve = curve_of(SSL_get_privatekey(common->ssl));

    if (hello->group_count == 0 && !is_13)
        return true;
    if (!is_13 && curve != 0 && !has(hello->groups, hello->group_count, curve))
        return false;
    if (!is_13 && knobs->kx != TLS_KX_ECDHE && knobs->kx != TLS_KX_ANON_ECDH)
        return true;
    if (knobs->group != 0)
        return has(hello->groups, hello->group_count, knobs->group);
    return has(hello->groups, hello->group_count, P256) ||
           has(hello->groups, hello->group_count, P384);
}

/* In TLS 1.3 a scheme is for one curve, and PKCS #1 v1.5 signs no handshake (RFC 8446 4.2.3). */
static bool scheme_fits(const struct common *common, int sign, int hash) {
    static const struct {
        int hash;
        unsigned curve;
    } curves[] = {{NID_sha256, 23}, {NID_sha384, 24}, {NID_sha512, 25}};
    const EVP_PKEY *key = SSL_get_privatekey(common->ssl);
    bool is_13 = common->version == TLS1_3_VERSION;

    if (sign == EVP_PKEY_RSA || sign == EVP_PKEY_RSA_PSS)
        return EVP_PKEY_is_a(key, "RSA") && !(is_13 && sign == EVP_PKEY_RSA);
    if (sign != EVP_PKEY_EC)
        return EVP_PKEY_is_a(key, OBJ_nid2sn(sign));
    if (!is_13)
        return EVP_PKEY_is_a(key, "EC");
    for (size_t i = 0; i < ARRAY_LEN(curves); i++)
        if (curves[i].hash == hash)
            return curve_of(key) == curves[i].curve;
    return false;
}

static bool has_scheme(const struct common *common) {
    int count = SSL_get_shared_sigalgs(common->ssl, -1, NULL, NULL, NULL, NULL, NULL);
    int sign = 0, hash = 0;

    if (common->version < TLS1_2_VERSION ||
        (common->version == TLS1_2_VERSION && common->knobs->kx != TLS_KX_ECDHE &&
         common->knobs->kx != TLS_KX_DHE))
        return true; /* none is agreed upon */
    if (common->knobs->scheme != 0)
        return has(common->hello->sigalgs, common->hello->sigalg_count, common->knobs->scheme);
    for (int i = 0; i < count; i++)
        if (SSL_get_shared_sigalgs(common->ssl, i, &sign, &hash, NULL, NULL, NULL) > 0 &&
            scheme_fits(common, sign, hash))
            return true;
    return false;
}

enum tls_failure server_common_failure(const struct tls_server *server, SSL *ssl,
                                       const struct client_hello *hello) {
    struct common common = {ssl, &server->knobs, hello, highest_version(ssl, hello)};
    enum tls_failure failure = TLS_FAILURE_OURS;

    (void)err_openssl_take_own();
    if (common.version == 0)
        failure = TLS_FAILURE_VERSION;
    else if (!has_suite(&common) || !has_group(&common) || !has_scheme(&common))
        failure = TLS_FAILURE_CIPHER;
    return err_openssl_take_own() ? TLS_FAILURE_OURS : failure;
}
