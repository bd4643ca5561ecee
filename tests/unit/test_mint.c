/* Certificates as checkers see them: RFC 5280 path validation by libcrypto, strictly, for each knob. */
#include "minting.h"

struct check {
    int level;        /* OpenSSL's security level; 3 asks for 128 bits throughout */
    int64_t days;     /* from now */
    const char *name; /* NULL: the host */
};

/* The X509_V_ERR of a checker that trusts the lab root. */
static int verify(const struct identity *identity, const char *host, const struct check *check) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    const char *name = check->name != NULL ? check->name : host;

    assert_int_equal(X509_STORE_add_cert(store, identity->anchor), 1);
    assert_int_equal(X509_STORE_CTX_init(ctx, store, identity->leaf, identity->chain), 1);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_STORE_CTX_set_default(ctx, "ssl_server");
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_auth_level(param, check->level);
    X509_VERIFY_PARAM_set_time(param, now_s + check->days * DAY_S);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, name) != 1)
        assert_int_equal(X509_VERIFY_PARAM_set1_host(param, name, 0), 1);
    X509_verify_cert(ctx);
    int result = X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return result;
}

static const struct verify_case {
    const char *name, *host;
    struct mint_knobs knobs;
    struct check check;
    int result;
} verify_cases[] = {
    {"control", "localhost", SOUND, {.level = 3}, X509_V_OK},
    {"control by name", "mx.example.org", SOUND, {.level = 3}, X509_V_OK},
    {"control in .test", "a.b.test", SOUND, {.level = 3}, X509_V_OK},
    {"control at an IPv4 address", "127.0.0.1", SOUND, {.level = 3}, X509_V_OK},
    {"control at an IPv6 address", "::1", SOUND, {.level = 3}, X509_V_OK},
    {"control at an address abroad", "192.0.2.7", SOUND, {.level = 3}, X509_V_OK},
    {"control at an IPv6 address abroad", "2001:db8::7", SOUND, {.level = 3}, X509_V_OK},
    {"control under a long name",
     "a-very-long-label-of-a-host-name.another-very-long-label-of-a-host-name.example.org",
     SOUND,
     {.level = 3},
     X509_V_OK},
    {"control for another name",
     "localhost",
     SOUND,
     {.name = "mx.test"},
     X509_V_ERR_HOSTNAME_MISMATCH},
    {"control for another address",
     "::1",
     SOUND,
     {.name = "127.0.0.2"},
     X509_V_ERR_IP_ADDRESS_MISMATCH},
    {"control-rsa3072", "localhost", {RSA_LEAF(3072), RSA_ISSUER(3072)}, {.level = 3}, X509_V_OK},
    {"control-p384",
     "localhost",
     {.leaf.key = {KEY_EC, 0, KEY_CURVE_P384}, .intermediate.key = {KEY_EC, 0, KEY_CURVE_P384}},
     {.level = 3},
     X509_V_OK},
    {"control on its last day", "localhost", SOUND, {.level = 3, .days = 88}, X509_V_OK},
    {"control too late", "localhost", SOUND, {.days = 90}, X509_V_ERR_CERT_HAS_EXPIRED},
    {"self-signed",
     "localhost",
     {.issuer = MINT_ISSUER_SELF},
     {.level = 3},
     X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
    {"untrusted-root",
     "localhost",
     {.issuer = MINT_ISSUER_STRANGER},
     {.level = 3},
     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    {"incomplete-chain",
     "localhost",
     {.sent = MINT_SENT_LEAF},
     {.level = 3},
     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    {"expired", "localhost", {RELATIVE(-91, -1)}, {.level = 3}, X509_V_ERR_CERT_HAS_EXPIRED},
    {"expired, seen while it was good",
     "localhost",
     {RELATIVE(-91, -1)},
     {.level = 3, .days = -2},
     X509_V_OK},
    {"expired-1970",
     "localhost",
     {.leaf.validity = {MINT_TIME_ABSOLUTE, 0, DAY_S}},
     {.level = 3},
     X509_V_ERR_CERT_HAS_EXPIRED},
    {"not-yet-valid", "localhost", {RELATIVE(1, 91)}, {.level = 3}, X509_V_ERR_CERT_NOT_YET_VALID},
    {"not-yet-valid, seen later",
     "localhost",
     {RELATIVE(1, 91)},
     {.level = 3, .days = 2},
     X509_V_OK},
    {"wrong-host",
     "localhost",
     {.leaf.subject = "/CN=somebody-else.test", .leaf.san = "DNS:somebody-else.test"},
     {.level = 3},
     X509_V_ERR_HOSTNAME_MISMATCH},
    {"wrong-host, seen by the other",
     "localhost",
     {.leaf.subject = "/CN=somebody-else.test", .leaf.san = "DNS:somebody-else.test"},
     {.level = 3, .name = "somebody-else.test"},
     X509_V_OK},
    {"a name that the root may not give",
     "localhost",
     {.leaf.san = "DNS:mail.example.com"},
     {.name = "mail.example.com"},
     X509_V_ERR_PERMITTED_VIOLATION},
    {"an address that the root may not give",
     "localhost",
     {.leaf.san = "IP:192.0.2.1"},
     {.name = "192.0.2.1"},
     X509_V_ERR_PERMITTED_VIOLATION},
    {"the host among others",
     "mx.test",
     {.leaf.san = "DNS:a.test,{host},DNS:b.test"},
     {.level = 3},
     X509_V_OK},
    {"the address among others", "::1", {.leaf.san = "DNS:a.test,{host}"}, {.level = 3}, X509_V_OK},
    {"a name below the host",
     "mx.test",
     {.leaf.san = "DNS:smtp.{host}"},
     {.level = 3, .name = "smtp.mx.test"},
     X509_V_OK},
    {"no subject", "localhost", {.leaf.subject = ""}, {.level = 3}, X509_V_OK},
    {"sha1",
     "localhost",
     {.leaf.signature = MINT_SIGNATURE_SHA1},
     {.level = 3},
     X509_V_ERR_CA_MD_TOO_WEAK},
    {"sha1 at level 0",
     "localhost",
     {.leaf.signature = MINT_SIGNATURE_SHA1},
     {.level = 0},
     X509_V_OK},
    {"md5",
     "localhost",
     {RSA_ISSUER(3072), .leaf.signature = MINT_SIGNATURE_MD5},
     {.level = 1},
     X509_V_ERR_CA_MD_TOO_WEAK},
    {"md5 at level 0",
     "localhost",
     {RSA_ISSUER(3072), .leaf.signature = MINT_SIGNATURE_MD5},
     {.level = 0},
     X509_V_OK},
    {"rsa1024",
     "localhost",
     {RSA_LEAF(1024), RSA_ISSUER(3072)},
     {.level = 2},
     X509_V_ERR_EE_KEY_TOO_SMALL},
    {"rsa1024 at level 1",
     "localhost",
     {RSA_LEAF(1024), RSA_ISSUER(3072)},
     {.level = 1},
     X509_V_OK},
    {"rsa512",
     "localhost",
     {RSA_LEAF(512), RSA_ISSUER(3072)},
     {.level = 1},
     X509_V_ERR_EE_KEY_TOO_SMALL},
    {"rsa512 at level 0", "localhost", {RSA_LEAF(512), RSA_ISSUER(3072)}, {.level = 0}, X509_V_OK},
    {"rsa512, self-signed",
     "localhost",
     {RSA_LEAF(512), .issuer = MINT_ISSUER_SELF},
     {.level = 0},
     X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
    {"bad-handshake-signature",
     "localhost",
     {.private_half = MINT_PRIVATE_WRONG},
     {.level = 3},
     X509_V_OK},
    {"worst", "localhost", WORST, {.level = 0}, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
};

static void test_verify(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(verify_cases); i++) {
        const struct verify_case *c = &verify_cases[i];
        struct identity *identity = mint(c->host, &c->knobs);
        int result = verify(identity, c->host, &c->check);
        if (result != c->result)
            fail_msg("%s: %s, wanted %s", c->name, X509_verify_cert_error_string(result),
                     X509_verify_cert_error_string(c->result));
        identity_free(&identity);
    }
}

static void test_impossible(void **state) {
    static const struct {
        const char *name, *host;
        struct mint_knobs knobs;
        const char *text; /* within the error */
    } cases[] = {
        {"MD5 with an EC issuer", "localhost", {.leaf.signature = MINT_SIGNATURE_MD5}, "RSA key"},
        {"RSA too small", "localhost", {RSA_LEAF(511)}, "511 bits"},
        {"RSA too large", "localhost", {RSA_LEAF(16385)}, "16385 bits"},
        {"unknown attribute", "localhost", {.leaf.subject = "/XYZZY=1"}, "XYZZY=1"},
        {"no attribute", "localhost", {.leaf.subject = "/CN=a/b"}, "'b' is no attribute"},
        {"common name too long",
         "localhost",
         {.leaf.subject = "/CN=12345678901234567890123456789012345678901234567890123456789012345"},
         "too long"},
        {"SAN of an unknown kind", "localhost", {.leaf.san = "FAX:1"}, "subjectAltName"},
        {"SAN without a kind", "localhost", {.leaf.san = "mx.test"}, "subjectAltName"},
        {"a year that has no name",
         "localhost",
         {.leaf.validity = {MINT_TIME_ABSOLUTE, 0, INT64_MAX / 2}},
         "validity"},
        {"empty host", "", SOUND, "neither a host name"},
        {"host with a comma", "a,DNS:b", SOUND, "neither a host name"},
        {"host with an empty label", "a..b", SOUND, "neither a host name"},
        {"host with a final dot", "a.test.", SOUND, "neither a host name"},
        {"host with a newline", "a\nb", SOUND, "'a?b'"},
        {"half an address", "1.2.3.4/8", SOUND, "neither a host name"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mint_lab *lab = NULL;
        struct identity *identity = NULL;
        struct err err = {""};
        if (mint_lab_new(cases[i].host, pool, now_s, &lab, &err) == 0 &&
            mint_identity(lab, &cases[i].knobs, now_s, &identity, &err) == 0)
            fail_msg("%s: was minted", cases[i].name);
        assert_null(identity);
        if (strstr(err.text, cases[i].text) == NULL || strchr(err.text, '\n') != NULL)
            fail_msg("%s: '%s'", cases[i].name, err.text);
        mint_lab_free(&lab);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_impossible),
    };

    return cmocka_run_group_tests(tests, open_pool, close_pool);
}
