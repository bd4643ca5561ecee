/* Each fault that lies in certificates, as a strict checker sees it: the flaw that its name says, and no other. */
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>

#include "crypto/der.h"
#include "fault/compose.h"
#include "minting.h"

enum { MAX_ERRORS = 8, LEVEL = 2 /* 112 bits; the control holds to 3 */ };

/* --- what libcrypto finds --- */

struct errors {
    int codes[MAX_ERRORS];
    size_t count;
};

static void add_error(struct errors *errors, int code) {
    for (size_t i = 0; i < errors->count; i++)
        if (errors->codes[i] == code)
            return;
    assert_true(errors->count < MAX_ERRORS);
    errors->codes[errors->count++] = code;
}

/* Notes the error and goes on, so that no flaw hides another. */
static int on_verified(int ok, X509_STORE_CTX *ctx) {
    if (!ok)
        add_error(X509_STORE_CTX_get_app_data(ctx), X509_STORE_CTX_get_error(ctx));
    return 1;
}

static void verify(const struct identity *identity, const char *host, struct errors *out) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();

    *out = (struct errors){.count = 0};
    assert_int_equal(X509_STORE_add_cert(store, identity->anchor), 1);
    assert_int_equal(X509_STORE_CTX_init(ctx, store, identity->leaf, identity->chain), 1);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_STORE_CTX_set_default(ctx, "ssl_server");
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_POLICY_CHECK);
    X509_VERIFY_PARAM_add0_policy(param, OBJ_nid2obj(NID_any_policy)); /* whichever it is */
    X509_VERIFY_PARAM_set_auth_level(param, LEVEL);
    X509_VERIFY_PARAM_set_time(param, now_s);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                               X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    assert_int_equal(X509_VERIFY_PARAM_set1_host(param, host, 0), 1);
    X509_STORE_CTX_set_verify_cb(ctx, on_verified);
    X509_STORE_CTX_set_app_data(ctx, out);
    /* Some ends do not ask the callback. */
    if (X509_verify_cert(ctx) != 1 && out->count == 0)
        add_error(out, X509_STORE_CTX_get_error(ctx));
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    ERR_clear_error();
}

/* --- what it shows --- */

/* What `openssl x509 -text` says of the leaf; the leaf in hexadecimal; and who is sent behind it. */
static void put_shown(struct identity *identity, struct buf *out) {
    unsigned char *der = NULL;
    struct err err;
    int len = i2d_X509(identity->leaf, &der);

    if (identity_print(identity, out, &err) != 0)
        fail_msg("%s", err.text);
    buf_puts(out, "\nhex:");
    for (int i = 0; i < len; i++)
        buf_printf(out, "%02x", der[i]);
    buf_puts(out, "\nsent: ");
    for (int i = 0; i < sk_X509_num(identity->chain); i++) {
        X509 *cert = sk_X509_value(identity->chain, i);
        char name[128] = "";
        const X509_NAME *subject = X509_get_subject_name(cert);
        int kind = X509_NAME_get_index_by_NID(subject, NID_commonName, -1) >= 0
                       ? NID_commonName
                       : NID_organizationalUnitName; /* intermediates have none */
        X509_NAME_get_text_by_NID(subject, kind, name, sizeof name);
        buf_printf(out, "%s%s (%s to %s)", i > 0 ? "; " : "", name,
                   (const char *)ASN1_STRING_get0_data(X509_get0_notBefore(cert)),
                   (const char *)ASN1_STRING_get0_data(X509_get0_notAfter(cert)));
    }
    buf_puts(out, "\n");
    OPENSSL_free(der);
}

static bool says(const char *shown, const char *what) {
    static const char hex[] = "hex:", hex_end[] = "hex-end:";
    const char *line = strstr(shown, "\nhex:");

    if (strncmp(what, hex, strlen(hex)) == 0)
        return strstr(line, what + strlen(hex)) != NULL;
    if (strncmp(what, hex_end, strlen(hex_end)) == 0) {
        what += strlen(hex_end);
        const char *end = strstr(line, "\nsent:");
        return strncmp(end - strlen(what), what, strlen(what)) == 0;
    }
    return strstr(shown, what) != NULL;
}

/* --- what no text shows --- */

static bool has_two_constraints(const struct identity *identity) {
    int first = X509_get_ext_by_NID(identity->leaf, NID_basic_constraints, -1);

    return first >= 0 && X509_get_ext_by_NID(identity->leaf, NID_basic_constraints, first) > first;
}

static bool has_long_serial(const struct identity *identity) {
    return ASN1_STRING_length(X509_get0_serialNumber(identity->leaf)) == 40;
}

static bool sends_intermediate_twice(const struct identity *identity) {
    return sk_X509_num(identity->chain) == 2 &&
           X509_cmp(sk_X509_value(identity->chain, 0), sk_X509_value(identity->chain, 1)) == 0;
}

static bool sends_two_of_one_name(const struct identity *identity) {
    X509 *first = sk_X509_value(identity->chain, 0), *second = sk_X509_value(identity->chain, 1);

    return second != NULL &&
           X509_NAME_cmp(X509_get_subject_name(first), X509_get_subject_name(second)) == 0;
}

static bool sends_a_hundred(const struct identity *identity) {
    return sk_X509_num(identity->chain) == 100;
}

/* Two of one name, of which the second holds the key that signed the leaf. */
static bool sends_other_key(const struct identity *identity) {
    return sends_two_of_one_name(identity) &&
           X509_verify(identity->leaf, X509_get0_pubkey(sk_X509_value(identity->chain, 0))) != 1 &&
           X509_verify(identity->leaf, X509_get0_pubkey(sk_X509_value(identity->chain, 1))) == 1;
}

static BIGNUM *part_of(const struct identity *identity, const char *name) {
    BIGNUM *part = NULL;

    return EVP_PKEY_get_bn_param(X509_get0_pubkey(identity->leaf), name, &part) ? part : NULL;
}

/* Fermat: for n = p q with p and q side by side, the least square above n is no more than a step or two away. */
static bool is_factored_by_fermat(const BIGNUM *n, BN_CTX *ctx) {
    BIGNUM *root = BN_new(), *next = BN_new(), *two = BN_new();
    bool factored = false;

    BN_set_word(two, 2);
    BN_lshift(root, BN_value_one(), BN_num_bits(n) / 2 + 1);
    for (;;) { /* Newton's way to the square root */
        BN_div(next, NULL, n, root, ctx);
        BN_add(next, next, root);
        BN_rshift1(next, next);
        if (BN_cmp(next, root) >= 0)
            break;
        BN_copy(root, next);
    }
    BN_add_word(root, 1);
    BN_sqr(next, root, ctx);
    BN_sub(next, next, n); /* a square where the primes are close: b with n = a^2 - b^2 */
    for (int b = 0; b < 5000 && !factored; b++) {
        BN_set_word(two, (BN_ULONG)b);
        BN_sqr(two, two, ctx);
        factored = BN_cmp(two, next) == 0;
    }
    BN_free(root), BN_free(next), BN_free(two);
    return factored;
}

static bool has_close_primes(const struct identity *identity) {
    BIGNUM *n = part_of(identity, "n");
    BN_CTX *ctx = BN_CTX_new();
    bool close = n != NULL && is_factored_by_fermat(n, ctx);

    BN_CTX_free(ctx);
    BN_free(n);
    return close;
}

/* The fingerprint of Nemec et al.: modulo each small prime, n is a power of 65537. */
static bool has_roca_form(const struct identity *identity) {
    static const BN_ULONG primes[] = {11, 13, 17,  19,  37,  53,  61,  71, 73,
                                      79, 97, 103, 107, 109, 127, 151, 157};
    BIGNUM *n = part_of(identity, "n");
    bool fits = n != NULL;

    for (size_t i = 0; fits && i < ARRAY_LEN(primes); i++) {
        BN_ULONG rest = BN_mod_word(n, primes[i]), power = 1;
        for (BN_ULONG k = 0; k < primes[i] && power != rest; k++)
            power = power * (65537 % primes[i]) % primes[i];
        fits = power == rest;
    }
    BN_free(n);
    return fits;
}

/* Made in another pool, another key has a factor in common with it. */
static bool has_shared_prime(const struct identity *identity) {
    static const struct key_spec spec = {KEY_RSA_SHARED, 3072, 0};
    BIGNUM *n = part_of(identity, "n"), *other_n = NULL, *common = BN_new();
    BN_CTX *ctx = BN_CTX_new();
    EVP_PKEY *other = NULL;

    assert_int_equal(key_make_flawed(&spec, &other, NULL), 0);
    EVP_PKEY_get_bn_param(other, "n", &other_n);
    bool shared = n != NULL && BN_gcd(common, n, other_n, ctx) && BN_num_bits(common) == 1536 &&
                  BN_cmp(n, other_n) != 0;
    EVP_PKEY_free(other);
    BN_CTX_free(ctx);
    BN_free(n), BN_free(other_n), BN_free(common);
    return shared;
}

/* --- the table --- */

static const struct flaw_case {
    const char *name;
    int errors[4];             /* all that X509_verify_cert finds */
    const char *shows, *hides; /* what is in the text of it and not of its twin, and the reverse */
    bool (*has)(const struct identity *identity); /* true of it and not of its twin */
    const char
        *issuer_shows; /* in the text of the first certificate above it, and not of its twin's */
} flaw_cases[] = {
#include "flaw_cases.inc"
};

static const struct flaw_case *case_of(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(flaw_cases); i++)
        if (strcmp(flaw_cases[i].name, name) == 0)
            return &flaw_cases[i];
    fail_msg("%s is not in the table", name);
    return NULL;
}

static struct identity *mint_scenario(const char *name, bool twin) {
    struct scenario scenario;
    struct recipe recipe;
    struct err err;

    if (scenario_parse(name, &scenario, &err) != 0)
        fail_msg("%s", err.text);
    scenario_twin_recipe(&scenario, &recipe);
    return mint("localhost", twin ? &recipe.mint : &scenario.recipe.mint);
}

static unsigned complaints; /* so that one run shows them all */

#define complain(...) (complaints++, print_error(__VA_ARGS__), print_error("\n"))

static void check_errors(const struct flaw_case *c, const struct identity *identity) {
    struct errors seen;
    size_t wanted = 0;

    verify(identity, "localhost", &seen);
    while (wanted < ARRAY_LEN(c->errors) && c->errors[wanted] != 0)
        wanted++;
    for (size_t i = 0; i < wanted; i++) {
        bool found = false;
        for (size_t j = 0; j < seen.count; j++)
            found = found || seen.codes[j] == c->errors[i];
        if (!found)
            complain("%s: not '%s'", c->name, X509_verify_cert_error_string(c->errors[i]));
    }
    for (size_t j = wanted; j < seen.count; j++)
        complain("%s: also '%s'", c->name, X509_verify_cert_error_string(seen.codes[j]));
}

static void check_shown(const struct flaw_case *c, struct identity *identity,
                        struct identity *twin) {
    struct buf text, twin_text;

    buf_init(&text, 4 << 20);
    buf_init(&twin_text, 4 << 20);
    put_shown(identity, &text);
    put_shown(twin, &twin_text);
    const char *shown = buf_text(&text), *twin_shown = buf_text(&twin_text);
    if (c->shows != NULL && (!says(shown, c->shows) || says(twin_shown, c->shows)))
        complain("%s: '%s' is not there, or in its twin", c->name, c->shows);
    if (c->hides != NULL && (says(shown, c->hides) || !says(twin_shown, c->hides)))
        complain("%s: '%s' is there, or not in its twin", c->name, c->hides);
    buf_fini(&twin_text);
    buf_fini(&text);
}

static void put_issuer(const struct identity *identity, struct buf *out) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;

    X509_print(bio, sk_X509_value(identity->chain, 0));
    long len = BIO_get_mem_data(bio, &text);
    buf_append(out, text, (size_t)len);
    BIO_free(bio);
}

static void check_issuer(const struct flaw_case *c, const struct identity *identity,
                         const struct identity *twin) {
    struct buf text, twin_text;

    buf_init(&text, 1 << 20);
    buf_init(&twin_text, 1 << 20);
    put_issuer(identity, &text);
    put_issuer(twin, &twin_text);
    if (strstr(buf_text(&text), c->issuer_shows) == NULL ||
        strstr(buf_text(&twin_text), c->issuer_shows) != NULL)
        complain("%s: '%s' is not in the issuer, or in its twin's:\n%s", c->name, c->issuer_shows,
                 buf_text(&text));
    buf_fini(&twin_text);
    buf_fini(&text);
}

static bool is_minted(const struct fault *f) {
    return f->layer == LAYER_CERTIFICATE || f->layer == LAYER_CHAIN || f->layer == LAYER_KEY ||
           f->layer == LAYER_SIGNATURE;
}

static bool is_large(const struct fault *f) {
    return f->changes.mint.leaf.key.bits >= 8192;
}

static void for_each_minted(void (*check)(const struct fault *fault), bool large) {
    for (size_t i = 0; i < catalogue_count; i++)
        if (is_minted(&catalogue[i]) && is_large(&catalogue[i]) == large)
            check(&catalogue[i]);
}

static void check_flaw(const struct fault *f) {
    static const struct flaw_case spotless = {.name = "twin"};
    const struct flaw_case *c = case_of(f->name);
    struct identity *identity = mint_scenario(f->name, false), *twin = mint_scenario(f->name, true);

    print_message("%s\n", f->name);
    assert_true(c->errors[0] != 0 || c->shows != NULL || c->hides != NULL || c->has != NULL ||
                c->issuer_shows != NULL);
    check_errors(c, identity);
    check_errors(&spotless, twin);
    check_shown(c, identity, twin);
    if (c->issuer_shows != NULL)
        check_issuer(c, identity, twin);
    if (c->has != NULL && (!c->has(identity) || c->has(twin)))
        complain("%s: does not have it, or its twin does", c->name);
    identity_free(&twin);
    identity_free(&identity);
}

static void test_flaws(void **state) {
    (void)state;
    for_each_minted(check_flaw, false);
    assert_int_equal(complaints, 0);
}

static void test_flaws_of_large_keys(void **state) {
    (void)state;
    if (is_slow())
        skip();
    for_each_minted(check_flaw, true);
    assert_int_equal(complaints, 0);
}

/* --- OpenSSL serves it --- */

#define GROUPS "P-256:P-384:P-521:P-224:P-192:secp160r1:secp256k1:sect163k1:brainpoolP256r1:X25519"

static SSL *new_side(SSL_CTX **out, const struct identity *identity, unsigned max_version) {
    bool server = identity != NULL;
    SSL_CTX *ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());

    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_max_proto_version(ctx, (int)max_version);
    SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
    SSL_CTX_set_max_cert_list(ctx, 1 << 20);
    assert_int_equal(SSL_CTX_set1_groups_list(ctx, GROUPS), 1);
    SSL_CTX_set_dh_auto(ctx, 1);
    if (server) {
        assert_int_equal(SSL_CTX_use_certificate(ctx, identity->leaf), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(ctx, identity->key), 1);
        assert_int_equal(SSL_CTX_set1_chain(ctx, identity->chain), 1);
    }
    SSL *ssl = SSL_new(ctx);
    server ? SSL_set_accept_state(ssl) : SSL_set_connect_state(ssl);
    *out = ctx;
    return ssl;
}

static bool is_served(const struct identity *identity, unsigned max_version) {
    SSL_CTX *server_ctx, *client_ctx;
    SSL *server = new_side(&server_ctx, identity, max_version);
    SSL *client = new_side(&client_ctx, NULL, max_version);
    BIO *near, *far;
    bool done = false;

    assert_int_equal(BIO_new_bio_pair(&near, 1 << 20, &far, 1 << 20), 1);
    SSL_set_bio(server, near, near);
    SSL_set_bio(client, far, far);
    for (int turn = 0; turn < 20 && !done; turn++) {
        int client_rc = SSL_do_handshake(client), server_rc = SSL_do_handshake(server);
        done = client_rc == 1 && server_rc == 1;
    }
    const X509 *seen = SSL_get0_peer_certificate(client);
    done = done && seen != NULL && X509_cmp(seen, identity->leaf) == 0;
    ERR_clear_error();
    SSL_free(server), SSL_free(client);
    SSL_CTX_free(server_ctx), SSL_CTX_free(client_ctx);
    return done;
}

static void check_served(const struct fault *f) {
    struct identity *identity = mint_scenario(f->name, false);

    if (!is_served(identity, f->needs.tls.versions.max))
        fail_msg("%s: OpenSSL does not serve it", f->name);
    identity_free(&identity);
}

static void test_served(void **state) {
    (void)state;
    for_each_minted(check_served, false);
}

static void test_large_keys_are_served(void **state) {
    (void)state;
    if (is_slow())
        skip();
    for_each_minted(check_served, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flaws),
        cmocka_unit_test(test_flaws_of_large_keys),
        cmocka_unit_test(test_served),
        cmocka_unit_test(test_large_keys_are_served),
    };

    return cmocka_run_group_tests(tests, open_pool, close_pool);
}
