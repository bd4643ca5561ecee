/* What is written and printed of an identity, and how long it stays what it is. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "mint/identity_internal.h"
#include "mint/mint.h"
#include "unit.h"

#define DAY_S INT64_C(86400)

static const int64_t now_s = 1906502400; /* 2030-06-01 */

struct room {
    char *dir;
    struct key_pool *pool;
    struct mint_lab *lab;
};

static int enter(void **state) {
    struct room *room = mem_zalloc(sizeof *room);

    *state = room;
    return file_temp_dir(&room->dir, NULL) | key_pool_new(NULL, &room->pool, NULL) |
           mint_lab_new("localhost", room->pool, now_s, &room->lab, NULL);
}

static int leave(void **state) {
    struct room *room = *state;

    mint_lab_free(&room->lab);
    key_pool_free(&room->pool);
    file_remove_dir(room->dir);
    free(room->dir);
    free(room);
    return 0;
}

static struct identity *mint(const struct room *room, const struct mint_knobs *knobs,
                             int64_t when_s) {
    struct identity *identity = NULL;
    struct err err;

    if (mint_identity(room->lab, knobs, when_s, &identity, &err) != 0)
        fail_msg("%s", err.text);
    return identity;
}

#define CHAIN_DAYS (3 * 365)
#define RELATIVE(a, b)                                                                             \
    {                                                                                              \
        .leaf.validity = { MINT_TIME_RELATIVE, (a)*DAY_S, (b)*DAY_S }                              \
    }
#define ABSOLUTE(a, b) .leaf.validity = {MINT_TIME_ABSOLUTE, a, b}

static const struct fresh_case {
    const char *name;
    struct mint_knobs knobs;
    int64_t fresh_s; /* from now; INT64_MAX: for ever */
} fresh_cases[] = {
    {"control: two thirds of 89 days", {.sent = MINT_SENT_CHAIN}, 89 * DAY_S / 3 * 2},
    {"expires tomorrow", RELATIVE(-89, 1), DAY_S / 3 * 2},
    {"expired yesterday: a day", RELATIVE(-91, -1), DAY_S},
    {"expired ten days ago: ten days", RELATIVE(-91, -10), 10 * DAY_S},
    {"not yet valid for 3 days: two of them", RELATIVE(3, 90), 2 * DAY_S},
    {"outlives its intermediate", RELATIVE(-1, 3000), CHAIN_DAYS *DAY_S / 3 * 2},
    {"1970 under the lab's intermediate", {ABSOLUTE(0, DAY_S)}, CHAIN_DAYS *DAY_S / 3 * 2},
    {"1970, self-signed", {ABSOLUTE(0, DAY_S), .issuer = MINT_ISSUER_SELF}, INT64_MAX},
};

static void test_fresh_until(void **state) {
    for (size_t i = 0; i < ARRAY_LEN(fresh_cases); i++) {
        const struct fresh_case *c = &fresh_cases[i];
        struct identity *identity = mint(*state, &c->knobs, now_s);
        int64_t until = identity_fresh_until(identity);
        int64_t wanted = c->fresh_s == INT64_MAX ? INT64_MAX : now_s + c->fresh_s;
        if (until != wanted)
            fail_msg("%s: %lld s", c->name, (long long)(until - now_s));
        identity_free(&identity);
    }
}

/* Minted late in the lab's life, and as seen when it is no longer fresh, it is what it was. */
static void test_ages_into_nothing(void **state) {
    const struct mint_knobs control = {.sent = MINT_SENT_CHAIN};
    const int64_t late_s = now_s + 10 * 365 * DAY_S;
    struct identity *identity = mint(*state, &control, late_s);
    X509 *const certs[] = {identity->leaf, sk_X509_value(identity->chain, 0), identity->anchor};
    time_t last = (time_t)identity_fresh_until(identity);

    for (size_t i = 0; i < ARRAY_LEN(certs); i++) {
        assert_true(X509_cmp_time(X509_get0_notBefore(certs[i]), &(time_t){late_s}) < 0);
        assert_true(X509_cmp_time(X509_get0_notAfter(certs[i]), &last) > 0);
    }
    identity_free(&identity);
}

static unsigned count_certs(const char *path, X509 *first) {
    FILE *file = fopen(path, "r");
    unsigned count = 0;
    X509 *cert;

    if (file == NULL)
        fail_msg("%s is not there", path);
    while ((cert = PEM_read_X509(file, NULL, NULL, NULL)) != NULL) {
        if (count++ == 0)
            assert_int_equal(X509_cmp(cert, first), 0);
        X509_free(cert);
    }
    ERR_clear_error(); /* the end of the file is an error to it */
    fclose(file);
    return count;
}

static unsigned certs_in(const char *dir, const char *name, X509 *first) {
    char *path = mem_printf("%s/%s", dir, name);
    unsigned count = count_certs(path, first);

    free(path);
    return count;
}

static void test_write(void **state) {
    static const struct {
        const char *name;
        struct mint_knobs knobs;
        unsigned sent;
    } cases[] = {
        {"chain", {.sent = MINT_SENT_CHAIN}, 2},
        {"leaf alone", {.sent = MINT_SENT_LEAF}, 1},
        {"self-signed", {.issuer = MINT_ISSUER_SELF}, 1},
        {"stranger", {.issuer = MINT_ISSUER_STRANGER}, 2},
        {"wrong EC key", {.private_half = MINT_PRIVATE_WRONG}, 2},
        {"wrong RSA key", {.leaf.key = {KEY_RSA, 1024, 0}, .private_half = MINT_PRIVATE_WRONG}, 2},
    };
    struct room *room = *state;
    char *key_path = mem_printf("%s/key.pem", room->dir);
    struct stat st;
    struct err err;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct identity *identity = mint(room, &cases[i].knobs, now_s);
        if (identity_write(identity, room->dir, &err) != 0)
            fail_msg("%s: %s", cases[i].name, err.text);
        assert_int_equal(certs_in(room->dir, "leaf.pem", identity->leaf), 1);
        assert_int_equal(certs_in(room->dir, "chain.pem", identity->leaf), cases[i].sent);
        assert_int_equal(certs_in(room->dir, "root.pem", identity->anchor), 1);
        assert_int_equal(stat(key_path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        FILE *file = fopen(key_path, "r");
        EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
        assert_int_equal(X509_check_private_key(identity->leaf, key), 1);
        EVP_PKEY_free(key);
        fclose(file);
        identity_free(&identity);
    }
    free(key_path);
}

static void test_write_fails(void **state) {
    struct room *room = *state;
    const struct mint_knobs control = {.sent = MINT_SENT_CHAIN};
    struct identity *identity = mint(room, &control, now_s);
    static const char *const in_the_way[] = {"leaf.pem", "chain.pem", "root.pem", "key.pem"};
    char *absent = mem_printf("%s/absent", room->dir);
    struct err err;

    assert_int_equal(identity_write(identity, absent, &err), -1);
    assert_non_null(strstr(err.text, "absent/leaf.pem: No such file"));
    for (size_t i = 0; i < ARRAY_LEN(in_the_way); i++) {
        char *path = mem_printf("%s/%s", room->dir, in_the_way[i]);
        unlink(path);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(identity_write(identity, room->dir, &err), -1);
        assert_non_null(strstr(err.text, path));
        assert_int_equal(rmdir(path), 0);
        free(path);
    }
    free(absent);
    identity_free(&identity);
}

static void test_anchor(void **state) {
    struct room *room = *state;
    const struct mint_knobs control = {.sent = MINT_SENT_CHAIN};
    struct identity *identity = mint(room, &control, now_s);
    char *dir = mem_printf("%s/made", room->dir);
    struct err err;

    if (mint_lab_write_anchor(room->lab, dir, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(certs_in(dir, "root.pem", identity->anchor), 1);
    char *ca_dir = mem_printf("%s/ca", dir);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    assert_int_equal(X509_STORE_load_path(store, ca_dir), 1);
    assert_int_equal(X509_STORE_CTX_init(ctx, store, identity->leaf, identity->chain), 1);
    X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), now_s);
    assert_int_equal(X509_verify_cert(ctx), 1); /* found by its hash */
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    file_remove_dir(dir);
    free(ca_dir);
    free(dir);
    identity_free(&identity);
}

static void test_anchor_fails(void **state) {
    struct room *room = *state;
    char *dir = mem_printf("%s/file", room->dir);
    struct err err;

    assert_int_equal(file_write(dir, "", 0, 0600, NULL), 0);
    assert_int_equal(mint_lab_write_anchor(room->lab, dir, &err), -1);
    assert_non_null(strstr(err.text, "Not a directory"));
    free(dir);
}

/* Line by line as in the output of `openssl x509 -text`, the article's command's certificate. */
static void test_print(void **state) {
    static const char *const lines[] = {
        "Certificate:\n    Data:\n        Version: 3 (0x2)\n        Serial Number:\n",
        "        Signature Algorithm: sha1WithRSAEncryption\n"
        "        Issuer: C = DE, ST = Saxony, L = Chemnitz, O = CA, OU = CA, CN = abc.xy\n"
        "        Validity\n"
        "            Not Before: Jan  1 00:00:00 1970 GMT\n"
        "            Not After : Jan  2 00:00:00 1970 GMT\n"
        "        Subject: C = DE, ST = Saxony, L = Chemnitz, O = CA, OU = CA, CN = abc.xy\n",
        "                Public-Key: (1024 bit)\n",
        "            X509v3 Basic Constraints: critical\n                CA:TRUE\n"
        "    Signature Algorithm: sha1WithRSAEncryption\n",
        "-----BEGIN CERTIFICATE-----\n",
        "-----END CERTIFICATE-----\n",
    };
    const struct mint_knobs worst = {
        .leaf = {.key = {KEY_RSA, 1024, 0},
                 .signature = MINT_SIGNATURE_SHA1,
                 .profile = MINT_PROFILE_REQ_X509,
                 .validity = {MINT_TIME_ABSOLUTE, 0, DAY_S},
                 .subject = "/C=DE/ST=Saxony/L=Chemnitz/O=CA/OU=CA/CN=abc.xy"},
        .issuer = MINT_ISSUER_SELF,
    };
    struct identity *identity = mint(*state, &worst, now_s);
    struct buf text;
    struct err err;

    buf_init(&text, 65536);
    assert_int_equal(identity_print(identity, &text, &err), 0);
    const char *at = buf_text(&text);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        at = strstr(at, lines[i]);
        if (at == NULL)
            fail_msg("not there, or not in this order: %s", lines[i]);
    }
    buf_fini(&text);
    buf_init(&text, 1000);
    assert_int_equal(identity_print(identity, &text, &err), -1);
    buf_fini(&text);
    identity_free(&identity);
    identity_free(&identity);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_ROOM(test_fresh_until), IN_ROOM(test_ages_into_nothing),
        IN_ROOM(test_write),       IN_ROOM(test_write_fails),
        IN_ROOM(test_anchor),      IN_ROOM(test_anchor_fails),
        IN_ROOM(test_print),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
