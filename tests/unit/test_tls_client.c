/* The probing client against our own server, in memory: what was agreed, and why not.  And against servers that lie. */
#include <openssl/ssl.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "fault/compose.h"
#include "tls/client.h"
#include "tls/identity.h"
#include "tls/server_internal.h"
#include "unit.h"

static const int64_t now_s = 1795478400; /* 2026-11-24 */

enum { PIPE_MAX_B = 2 * 1024 * 1024 };

/* One direction of a connection, and how it ends once it is empty. */
struct pipe {
    struct buf bytes;
    long end;
};

/* An end's view: it reads from one and writes into the other. */
struct view {
    struct pipe *in, *out;
};

static long view_read(void *arg, void *data, size_t size_b) {
    struct pipe *in = ((struct view *)arg)->in;
    size_t n = in->bytes.len < size_b ? in->bytes.len : size_b;

    if (n == 0)
        return in->end;
    memcpy(data, in->bytes.data, n);
    buf_consume(&in->bytes, n);
    return (long)n;
}

static int view_write(void *arg, const void *data, size_t len) {
    return buf_append(&((struct view *)arg)->out->bytes, data, len);
}

struct lab {
    struct key_pool *keys;
    struct mint_lab *lab;
    struct tls_offer *wide;
    struct tls_trust *trust;
    char *dir;
};

struct talk {
    struct pipe to_server, to_client;
    struct view server_view, client_view;
    struct identity *identity;
    struct tls_server *server;
    struct engine *server_engine, *client;
    struct tls_record record;
    struct facts_handshake facts;
};

static void make_trust(struct lab *lab) {
    struct err err;
    char *path;

    assert_int_equal(file_temp_dir(&lab->dir, &err), 0);
    assert_int_equal(mint_lab_write_anchor(lab->lab, lab->dir, &err), 0);
    path = mem_printf("%s/root.pem", lab->dir);
    assert_int_equal(tls_trust_new(path, &lab->trust, &err), 0);
    free(path);
}

static int set_up(void **state) {
    static const struct tls_offer_spec everything = {0};
    struct lab *lab = mem_zalloc(sizeof *lab);

    assert_int_equal(key_pool_new(NULL, &lab->keys, NULL), 0);
    assert_int_equal(mint_lab_new("localhost", lab->keys, now_s, &lab->lab, NULL), 0);
    assert_int_equal(tls_offer_new(&everything, &lab->wide, NULL), 0);
    make_trust(lab);
    *state = lab;
    return 0;
}

static int tear_down(void **state) {
    struct lab *lab = *state;

    tls_offer_free(&lab->wide);
    tls_trust_free(&lab->trust);
    mint_lab_free(&lab->lab);
    key_pool_free(&lab->keys);
    file_remove_dir(lab->dir);
    free(lab->dir);
    free(lab);
    return 0;
}

static void talk_init(struct talk *talk, struct tls_offer *offer, const char *sni) {
    static const struct wire wire = {.read = view_read, .write = view_write};
    struct wire client_wire = wire;
    struct err err;

    *talk = (struct talk){.to_server.end = WIRE_AGAIN, .to_client.end = WIRE_AGAIN};
    buf_init(&talk->to_server.bytes, PIPE_MAX_B);
    buf_init(&talk->to_client.bytes, PIPE_MAX_B);
    talk->server_view = (struct view){&talk->to_server, &talk->to_client};
    talk->client_view = (struct view){&talk->to_client, &talk->to_server};
    client_wire.stream = &talk->client_view;
    assert_int_equal(tls_client_engine(offer, sni, &talk->facts, &talk->client, &err), 0);
    talk->client->class->attach(talk->client, &client_wire);
}

/* The server is told of the recipe; what it presents may be changed before talk_listen. */
static void talk_mint(struct talk *talk, struct lab *lab, const struct recipe *recipe) {
    struct err err = {.text = ""};

    if (mint_identity(lab->lab, &recipe->mint, now_s, &talk->identity, &err) != 0 ||
        tls_server_new(&recipe->tls, talk->identity, &talk->server, &err) != 0)
        fail_msg("%s", err.text);
}

static void talk_listen(struct talk *talk) {
    struct wire wire = {.read = view_read, .write = view_write, .stream = &talk->server_view};

    tls_record_init(&talk->record);
    assert_int_equal(tls_server_engine(talk->server, &talk->record, &talk->server_engine, NULL), 0);
    talk->server_engine->class->attach(talk->server_engine, &wire);
}

static enum engine_result talk_handshake(struct talk *talk) {
    enum engine_result client = ENGINE_AGAIN, server = ENGINE_AGAIN;

    for (int i = 0; i < 20 && (client == ENGINE_AGAIN || server == ENGINE_AGAIN); i++) {
        if (client == ENGINE_AGAIN)
            client = talk->client->class->handshake(talk->client);
        if (server == ENGINE_AGAIN)
            server = talk->server_engine->class->handshake(talk->server_engine);
    }
    return client;
}

static enum engine_result talk_recipe(struct talk *talk, struct lab *lab, struct tls_offer *offer,
                                      const char *name) {
    struct dish dish;
    struct err err = {.text = ""};

    if (dish_parse(name, &dish, &err) != 0)
        fail_msg("%s: %s", name, err.text);
    talk_init(talk, offer, "localhost");
    talk_mint(talk, lab, &dish.recipe);
    talk_listen(talk);
    return talk_handshake(talk);
}

static void talk_fini(struct talk *talk) {
    talk->client->class->free(talk->client);
    if (talk->server_engine != NULL)
        talk->server_engine->class->free(talk->server_engine);
    tls_server_free(&talk->server);
    identity_free(&talk->identity);
    buf_fini(&talk->to_server.bytes);
    buf_fini(&talk->to_client.bytes);
}

/* What a handshake below TLS 1.3 says of itself. */
enum { EMS = 1, ETM = 2, RI = 4 };

struct agreement {
    uint16_t version, suite, group, scheme;
    const char *suite_name, *group_name, *scheme_name;
    unsigned dh_bits, extensions;
};

static const struct agreement
    tls13_p256 = {0x0304,
                  0x1301,
                  23,
                  0x0403,
                  "TLS_AES_128_GCM_SHA256",
                  "secp256r1",
                  "ecdsa_secp256r1_sha256",
                  0,
                  0},
    tls13_rsa =
        {0x0304, 0x1301, 23, 0x0804, "TLS_AES_128_GCM_SHA256", "secp256r1", "rsa_pss_rsae_sha256",
         0,      0},
    dhe1024 = {0x0303,
               0x009e,
               0,
               0x0804,
               "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
               "dh 1024",
               "rsa_pss_rsae_sha256",
               1024,
               EMS | RI},
    dhe512 = {0x0303,
              0x009e,
              0,
              0x0804,
              "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
              "dh 512",
              "rsa_pss_rsae_sha256",
              512,
              EMS | RI},
    tls12_p256 = {0x0303,
                  0xc02b,
                  23,
                  0x0403,
                  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                  "secp256r1",
                  "ecdsa_secp256r1_sha256",
                  0,
                  EMS | RI},
    rsa512 = {0x0303,
              0xc02f,
              23,
              0x0401,
              "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
              "secp256r1",
              "rsa_pkcs1_sha256",
              0,
              EMS | RI},
    tls10 = {0x0301,      0xc009,       23, 0x0203,        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
             "secp256r1", "ecdsa_sha1", 0,  EMS | ETM | RI},
    tls11 = {0x0302,      0xc009,       23, 0x0203,        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
             "secp256r1", "ecdsa_sha1", 0,  EMS | ETM | RI},
    worst = {0x0301,
             0xc013,
             23,
             0,
             "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
             "secp256r1",
             "rsa_pkcs1_md5_sha1",
             0,
             EMS | ETM | RI},
    null_cipher = {0x0303,
                   0xc006,
                   23,
                   0x0403,
                   "TLS_ECDHE_ECDSA_WITH_NULL_SHA",
                   "secp256r1",
                   "ecdsa_secp256r1_sha256",
                   0,
                   EMS | ETM | RI},
    anon_dh = {0x0303,      0x00a6, 257,  0,       "TLS_DH_anon_WITH_AES_128_GCM_SHA256",
               "ffdhe3072", "",     3072, EMS | RI},
    tls10_dhe = {0x0301,
                 0x0033,
                 0,
                 0,
                 "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
                 "dh 1024",
                 "rsa_pkcs1_md5_sha1",
                 1024,
                 EMS | ETM | RI};

static const struct agreement_case {
    const char *recipe;
    const struct agreement *expected;
} agreement_cases[] = {
    {"control", &tls13_p256},
    {"control-tls12", &tls12_p256},
    {"control-tls13", &tls13_p256},
    {"control-rsa3072", &tls13_rsa},
    {"worst", &worst},
    {"self-signed", &tls13_p256},
    {"expired", &tls13_p256},
    {"expired-1970", &tls13_p256},
    {"not-yet-valid", &tls13_p256},
    {"wrong-host", &tls13_p256},
    {"untrusted-root", &tls13_p256},
    {"incomplete-chain", &tls13_p256},
    {"rsa1024", &tls13_rsa},
    {"rsa512", &rsa512},
    {"sha1", &tls13_p256},
    {"md5", &tls13_rsa},
    {"tls10", &tls10},
    {"tls11", &tls11},
    {"null-cipher", &null_cipher},
    {"anon-dh", &anon_dh},
    {"dhe1024", &dhe1024},
    {"dhe512", &dhe512},
    {"tls10+dhe1024", &tls10_dhe},
};

static void check_agreement(const char *name, const struct facts_handshake *facts,
                            const struct agreement *expected) {
    print_message("%s: %s %s %s %s\n", name, tls_version_name(facts->version), facts->suite_name,
                  facts->group_name, facts->scheme_name);
    assert_int_equal(facts->version, expected->version);
    assert_int_equal(facts->suite, expected->suite);
    assert_int_equal(facts->group, expected->group);
    assert_int_equal(facts->scheme, expected->scheme);
    assert_string_equal(facts->suite_name, expected->suite_name);
    assert_string_equal(facts->group_name, expected->group_name);
    assert_string_equal(facts->scheme_name, expected->scheme_name);
    assert_int_equal(facts->dh_bits, expected->dh_bits);
    assert_int_equal(facts->extended_master_secret, (expected->extensions & EMS) != 0);
    assert_int_equal(facts->encrypt_then_mac, (expected->extensions & ETM) != 0);
    assert_int_equal(facts->secure_renegotiation, (expected->extensions & RI) != 0);
    assert_false(facts->compression || facts->resumed || facts->early_data);
}

static void test_notes_what_was_agreed(void **state) {
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(agreement_cases); i++) {
        const struct agreement_case *c = &agreement_cases[i];
        struct talk talk;
        if (talk_recipe(&talk, lab, lab->wide, c->recipe) != ENGINE_OK)
            fail_msg("%s: no handshake: %s", c->recipe, talk.facts.reason);
        check_agreement(c->recipe, &talk.facts, c->expected);
        assert_int_equal(talk.facts.handshake, TLS_HANDSHAKE_COMPLETED);
        assert_int_equal(talk.facts.failure, TLS_FAILURE_NONE);
        assert_int_equal(talk.facts.alert_read, TLS_NO_ALERT);
        assert_true(talk.facts.begun);
        assert_string_equal(talk.record.hello.sni, "localhost");
        talk_fini(&talk);
    }
}

/* A new fault must say above what a client sees of it; those that never shake hands apart. */
static void test_knows_the_whole_catalogue(void **state) {
    (void)state;
    for (size_t i = 0; i < catalogue_count; i++) {
        const struct fault *fault = &catalogue[i];
        bool known = fault->layer == LAYER_STARTTLS || fault->layer == LAYER_SMTP ||
                     strcmp(fault->name, "bad-handshake-signature") == 0;
        for (size_t j = 0; !known && j < ARRAY_LEN(agreement_cases); j++)
            known = strcmp(agreement_cases[j].recipe, fault->name) == 0;
        if (!known)
            fail_msg("%s: not in the table of agreements", fault->name);
    }
}

/* The chain is there all the same: it was sent before. */
static void test_bad_handshake_signature(void **state) {
    static const struct tls_offer_spec tls12 = {.max_version = 0x0303};
    struct lab *lab = *state;

    for (int i = 0; i < 2; i++) {
        struct tls_offer *offer = NULL;
        struct facts_chain chain;
        struct talk talk;
        if (i == 1)
            assert_int_equal(tls_offer_new(&tls12, &offer, NULL), 0);
        assert_int_equal(
            talk_recipe(&talk, lab, i == 0 ? lab->wide : offer, "bad-handshake-signature"),
            ENGINE_FAILED);
        assert_true(talk.facts.bad_signature);
        assert_int_equal(talk.facts.handshake, TLS_HANDSHAKE_FAILED);
        assert_int_equal(talk.facts.failure, TLS_FAILURE_OTHER);
        assert_string_equal(talk.facts.reason, "bad signature");
        assert_string_equal(talk.facts.scheme_name, "rsa_pss_rsae_sha256");
        assert_int_equal(talk.facts.version, i == 0 ? 0x0304 : 0x0303);
        assert_int_equal(tls_client_chain(talk.client, lab->trust, now_s, &chain, NULL), 0);
        assert_int_equal(chain.cert_count, 2);
        assert_int_equal(chain.path_count, 0);
        facts_chain_fini(&chain);
        talk_fini(&talk);
        tls_offer_free(&offer);
    }
}

#define STRICT_GROUPS "P-256:P-384"
#define STRICT_SUITES "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"

static const struct refusal_case {
    const char *recipe;
    struct tls_offer_spec offer;
    const char *alert; /* of the server, which does not agree either */
} refusal_cases[] = {
    {"tls10", {.min_version = 0x0303}, "protocol_version"},
    {"tls11", {.min_version = 0x0303, .suites = STRICT_SUITES}, "protocol_version"},
    {"worst", {.min_version = 0x0303}, "protocol_version"},
    {"control-tls13", {.max_version = 0x0303}, "protocol_version"},
    {"control-tls12", {.min_version = 0x0304}, "protocol_version"},
    {"control", {.min_version = 0x0302, .max_version = 0x0302}, "protocol_version"},
    {"null-cipher", {.suites = STRICT_SUITES}, "handshake_failure"},
    {"anon-dh", {.suites = STRICT_SUITES}, "handshake_failure"},
    {"dhe1024", {.suites = STRICT_SUITES}, "handshake_failure"},
    {"control-tls12", {.groups = "P-521"}, "handshake_failure"},
    {"control-tls13", {.groups = "X25519"}, "handshake_failure"},
    {"control-tls13", {.suites13 = "TLS_CHACHA20_POLY1305_SHA256"}, "handshake_failure"},
    {"control-rsa3072", {.schemes = "rsa_pkcs1_sha256"}, "handshake_failure"},
};

static void test_strict_offers_are_refused(void **state) {
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(refusal_cases); i++) {
        const struct refusal_case *c = &refusal_cases[i];
        struct tls_offer *offer = NULL;
        struct talk talk;
        struct err err = {.text = ""};
        if (tls_offer_new(&c->offer, &offer, &err) != 0)
            fail_msg("%s: %s", c->recipe, err.text);
        enum engine_result result = talk_recipe(&talk, lab, offer, c->recipe);
        print_message("%s: %s\n", c->recipe, tls_alert_name(talk.facts.alert_read));
        assert_int_equal(result, ENGINE_FAILED);
        assert_string_equal(tls_alert_name(talk.facts.alert_read), c->alert);
        assert_int_equal(talk.facts.handshake, TLS_HANDSHAKE_FAILED);
        assert_int_equal(talk.facts.failure, TLS_FAILURE_NONE);
        assert_string_equal(talk.facts.reason, "");
        assert_true(talk.facts.begun);
        talk_fini(&talk);
        tls_offer_free(&offer);
    }
}

/* A strict offer that the server can meet is met. */
static void test_strict_offers_are_taken(void **state) {
    static const struct tls_offer_spec strict = {
        .min_version = 0x0303,
        .suites = STRICT_SUITES,
        .suites13 = "TLS_AES_256_GCM_SHA384",
        .groups = "P-384:P-256",
        .schemes = "ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256",
    };
    struct lab *lab = *state;
    struct tls_offer *offer = NULL;
    struct talk talk;

    assert_int_equal(tls_offer_new(&strict, &offer, NULL), 0);
    assert_int_equal(talk_recipe(&talk, lab, offer, "control"), ENGINE_OK);
    assert_string_equal(talk.facts.suite_name, "TLS_AES_256_GCM_SHA384");
    assert_int_equal(talk.record.hello.version_count, 2);
    assert_int_equal(talk.record.hello.group_count, 2);
    assert_int_equal(talk.record.hello.sigalg_count, 2);
    tls_offer_free(&offer); /* the engine goes on */
    assert_null(offer);
    talk_fini(&talk);
}

static bool is_in(uint16_t value, const uint16_t *list, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (list[i] == value)
            return true;
    return false;
}

static void test_wide_offers_hold_everything(void **state) {
    static const uint16_t suites[] = {0x1301, 0x1305, 0xc02b, 0x009c, 0x0002, 0x00a6, 0xc006};
    static const uint16_t groups[] = {23, 24, 25, 26, 29, 257, 21, 19, 16, 14};
    static const uint16_t schemes[] = {0x0403, 0x0804, 0x0401, 0x0201, 0x0203, 0x0202, 0x0807};
    struct lab *lab = *state;
    struct talk talk;

    assert_int_equal(talk_recipe(&talk, lab, lab->wide, "control"), ENGINE_OK);
    const struct client_hello *hello = &talk.record.hello;
    for (uint16_t version = 0x0301; version <= 0x0304; version++)
        assert_true(is_in(version, hello->versions, hello->version_count));
    for (size_t i = 0; i < ARRAY_LEN(suites); i++)
        assert_true(is_in(suites[i], hello->suites, hello->suite_count));
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        assert_true(is_in(groups[i], hello->groups, hello->group_count));
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        assert_true(is_in(schemes[i], hello->sigalgs, hello->sigalg_count));
    assert_true(is_in(5, hello->extensions, hello->extension_count));   /* status_request */
    assert_false(is_in(35, hello->extensions, hello->extension_count)); /* session_ticket */
    talk_fini(&talk);
}

static void test_sends_the_name_only_if_given(void **state) {
    struct lab *lab = *state;
    struct dish dish;
    struct talk talk;
    struct engine *engine = NULL;
    char name[300];
    struct err err;

    assert_int_equal(dish_parse("control", &dish, &err), 0);
    talk_init(&talk, lab->wide, NULL);
    talk_mint(&talk, lab, &dish.recipe);
    talk_listen(&talk);
    assert_int_equal(talk_handshake(&talk), ENGINE_OK);
    assert_string_equal(talk.record.hello.sni, "");
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_int_equal(tls_client_engine(lab->wide, name, &talk.facts, &engine, &err), -1);
    assert_non_null(strstr(err.text, "the server's name cannot be sent to it"));
    talk_fini(&talk);
}

static void test_refuses_lists_that_mean_nothing(void **state) {
    static const struct {
        struct tls_offer_spec spec;
        const char *text;
    } cases[] = {
        {{.suites = "NONESUCH"}, "OpenSSL cannot offer the cipher suites 'NONESUCH'"},
        {{.suites13 = "TLS_NONESUCH"}, "OpenSSL cannot offer the cipher suites 'TLS_NONESUCH'"},
        {{.groups = "P-256:P-257"}, "OpenSSL cannot offer the groups 'P-256:P-257'"},
        {{.schemes = "rsa"}, "OpenSSL cannot offer the signature schemes 'rsa'"},
        {{.min_version = 0x1234}, "OpenSSL cannot offer these TLS versions"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tls_offer *offer = NULL;
        struct err err;
        assert_int_equal(tls_offer_new(&cases[i].spec, &offer, &err), -1);
        assert_null(offer);
        if (strncmp(err.text, cases[i].text, strlen(cases[i].text)) != 0)
            fail_msg("%s", err.text);
    }
}

#define RANDOM  "0123456789abcdef0123456789abcdef"
#define HELLO12 "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" RANDOM "\x00\xc0\x2b\x00"

/* Servers that say a few bytes and then nothing more, or end. */
static const struct canned_case {
    const char *name, *bytes;
    size_t len;
    long end;
    enum engine_result result;
    enum tls_failure failure;
    const char *reason;
    int alert;
    bool begun;
    uint16_t version, suite;
} canned_cases[] = {
#define BYTES(text) text, sizeof text - 1
    {"silence", BYTES(""), WIRE_AGAIN, ENGINE_AGAIN, TLS_FAILURE_NONE, "", TLS_NO_ALERT, false, 0,
     0},
    {"FIN", BYTES(""), WIRE_EOF, ENGINE_EOF, TLS_FAILURE_NONE, "", TLS_NO_ALERT, false, 0, 0},
    {"RST", BYTES(""), WIRE_RESET, ENGINE_RESET, TLS_FAILURE_NONE, "", TLS_NO_ALERT, false, 0, 0},
    {"SMTP", BYTES("220 mail.example ESMTP\r\n"), WIRE_AGAIN, ENGINE_FAILED, TLS_FAILURE_OTHER,
     "wrong version number", TLS_NO_ALERT, false, 0, 0},
    {"a fatal alert", BYTES("\x15\x03\x01\x00\x02\x02\x28"), WIRE_EOF, ENGINE_FAILED,
     TLS_FAILURE_NONE, "", 40, true, 0, 0},
    {"a warning, then FIN", BYTES("\x15\x03\x01\x00\x02\x01\x70"), WIRE_EOF, ENGINE_EOF,
     TLS_FAILURE_NONE, "", TLS_NO_ALERT, true, 0, 0},
    {"a version that was not offered",
     BYTES("\x16\x03\x00\x00\x2a\x02\x00\x00\x26\x03\x00" RANDOM "\x00\x00\x05\x00"), WIRE_AGAIN,
     ENGINE_FAILED, TLS_FAILURE_VERSION, "unsupported protocol", TLS_NO_ALERT, true, 0x0300, 5},
    {"a suite that was not offered",
     BYTES("\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" RANDOM "\x00\x00\x05\x00"), WIRE_AGAIN,
     ENGINE_FAILED, TLS_FAILURE_CIPHER, "unknown cipher returned", TLS_NO_ALERT, true, 0x0303, 5},
    {"compression", BYTES("\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" RANDOM "\x00\xc0\x2b\x01"),
     WIRE_AGAIN, ENGINE_FAILED, TLS_FAILURE_OTHER, "compression disabled", TLS_NO_ALERT, true,
     0x0303, 0xc02b},
    {"a chain of 300 KB", BYTES(HELLO12 "\x16\x03\x03\x00\x07\x0b\x04\x93\xe0\x00\x00\x00"),
     WIRE_AGAIN, ENGINE_FAILED, TLS_FAILURE_OTHER, "excessive message size", TLS_NO_ALERT, true,
     0x0303, 0xc02b},
    {"a hello of 128 KB", BYTES("\x16\x03\x03\x00\x06\x02\x02\x00\x00\x03\x03"), WIRE_AGAIN,
     ENGINE_FAILED, TLS_FAILURE_OTHER, "excessive message size", TLS_NO_ALERT, false, 0, 0},
    {"a stall after the hello", BYTES(HELLO12), WIRE_AGAIN, ENGINE_AGAIN, TLS_FAILURE_NONE, "",
     TLS_NO_ALERT, true, 0x0303, 0xc02b},
    {"RST after the hello", BYTES(HELLO12), WIRE_RESET, ENGINE_RESET, TLS_FAILURE_NONE, "",
     TLS_NO_ALERT, true, 0x0303, 0xc02b},
};

static void test_servers_that_lie(void **state) {
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(canned_cases); i++) {
        const struct canned_case *c = &canned_cases[i];
        struct talk talk;
        struct facts_chain chain;
        talk_init(&talk, lab->wide, "localhost");
        assert_int_equal(talk.client->class->handshake(talk.client), ENGINE_AGAIN);
        assert_int_equal(buf_append(&talk.to_client.bytes, c->bytes, c->len), 0);
        talk.to_client.end = c->end;
        enum engine_result result = talk.client->class->handshake(talk.client);
        const struct facts_handshake *facts = &talk.facts;
        print_message("%s: %d '%s' %d\n", c->name, result, facts->reason, facts->failure);
        assert_int_equal(result, c->result);
        assert_int_equal(facts->failure, c->failure);
        assert_string_equal(facts->reason, c->reason);
        assert_int_equal(facts->alert_read, c->alert);
        assert_int_equal(facts->begun, c->begun);
        assert_int_equal(facts->version, c->version);
        assert_int_equal(facts->suite, c->suite);
        assert_int_not_equal(facts->handshake, TLS_HANDSHAKE_COMPLETED);
        assert_int_equal(tls_client_chain(talk.client, lab->trust, now_s, &chain, NULL), -1);
        assert_int_equal(chain.cert_count, 0);
        talk_fini(&talk);
    }
}

static void test_an_anonymous_server_has_no_chain(void **state) {
    struct lab *lab = *state;
    struct facts_chain chain;
    struct talk talk;
    struct err err;

    assert_int_equal(talk_recipe(&talk, lab, lab->wide, "anon-dh"), ENGINE_OK);
    assert_int_equal(tls_client_chain(talk.client, lab->trust, now_s, &chain, &err), -1);
    assert_string_equal(err.text, "the server sent no certificate");
    facts_chain_fini(&chain);
    talk_fini(&talk);
}

/* What a hostile server may send: a certificate of 100 KB, a chain of 100. */
static void test_large_certificates_and_long_chains(void **state) {
    struct lab *lab = *state;
    struct dish dish;
    struct buf san;
    struct talk talk;
    struct facts_chain chain;
    struct err err;

    assert_int_equal(dish_parse("control", &dish, &err), 0);
    buf_init(&san, 1024 * 1024);
    buf_puts(&san, "DNS:localhost");
    for (int i = 0; i < 6000; i++)
        buf_printf(&san, ",DNS:host%05d.test", i);
    dish.recipe.mint.leaf.san = buf_text(&san);
    talk_init(&talk, lab->wide, "localhost");
    talk_mint(&talk, lab, &dish.recipe);
    for (int i = 0; i < 100; i++) {
        X509 *cert = sk_X509_value(talk.identity->chain, 0);
        X509_up_ref(cert);
        assert_int_equal(SSL_CTX_add0_chain_cert(talk.server->ctx, cert), 1);
    }
    talk_listen(&talk);
    assert_int_equal(talk_handshake(&talk), ENGINE_OK);
    assert_int_equal(tls_client_chain(talk.client, lab->trust, now_s, &chain, &err), 0);
    assert_int_equal(chain.certs_seen, 102);
    assert_int_equal(chain.cert_count, FACTS_MAX_CERTS);
    assert_int_equal(chain.certs[0].names_seen, 6001);
    assert_int_equal(chain.certs[0].name_count, FACTS_MAX_NAMES);
    assert_int_equal(chain.path_count, 0);
    facts_chain_fini(&chain);
    talk_fini(&talk);
    buf_fini(&san);
}

static int give_staple(SSL *ssl, void *arg) {
    unsigned char *copy = OPENSSL_memdup(arg, strlen(arg));

    return SSL_set_tlsext_status_ocsp_resp(ssl, copy, (int)strlen(arg)) == 1
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* What staples mean is tested with the facts; here, that one arrives. */
static void test_asks_for_a_staple(void **state) {
    static const char *const recipes[] = {"control-tls12", "control-tls13"};
    static char no_response[] = "no response";
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(recipes); i++) {
        struct dish dish;
        struct talk talk;
        struct facts_chain chain;
        struct err err;
        assert_int_equal(dish_parse(recipes[i], &dish, &err), 0);
        talk_init(&talk, lab->wide, "localhost");
        talk_mint(&talk, lab, &dish.recipe);
        SSL_CTX_set_tlsext_status_cb(talk.server->ctx, give_staple);
        SSL_CTX_set_tlsext_status_arg(talk.server->ctx, no_response);
        talk_listen(&talk);
        assert_int_equal(talk_handshake(&talk), ENGINE_OK);
        assert_int_equal(tls_client_chain(talk.client, lab->trust, now_s, &chain, &err), 0);
        assert_int_equal(chain.staple, FACTS_STAPLE_INVALID);
        facts_chain_fini(&chain);
        talk_fini(&talk);
    }
}

static void test_reads_and_writes_behind_the_handshake(void **state) {
    struct lab *lab = *state;
    char data[16];
    size_t n;
    struct talk talk;

    assert_int_equal(talk_recipe(&talk, lab, lab->wide, "control"), ENGINE_OK);
    const struct engine_class *class = talk.client->class;
    assert_int_equal(class->read(talk.client, data, sizeof data, &n), ENGINE_AGAIN);
    assert_int_equal(class->write(talk.client, "QUIT", 4), ENGINE_OK);
    assert_int_equal(talk.server_engine->class->read(talk.server_engine, data, sizeof data, &n),
                     ENGINE_OK);
    assert_int_equal(n, 4);
    assert_memory_equal(data, "QUIT", 4);
    talk.server_engine->class->close(talk.server_engine);
    assert_int_equal(class->read(talk.client, data, sizeof data, &n), ENGINE_CLOSED);
    assert_int_equal(talk.facts.alert_read, TLS_NO_ALERT);
    assert_int_equal(talk.facts.failure, TLS_FAILURE_NONE);
    class->close(talk.client);
    assert_int_equal(talk.facts.handshake, TLS_HANDSHAKE_COMPLETED);
    talk_fini(&talk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notes_what_was_agreed),
        cmocka_unit_test(test_knows_the_whole_catalogue),
        cmocka_unit_test(test_bad_handshake_signature),
        cmocka_unit_test(test_strict_offers_are_refused),
        cmocka_unit_test(test_strict_offers_are_taken),
        cmocka_unit_test(test_wide_offers_hold_everything),
        cmocka_unit_test(test_sends_the_name_only_if_given),
        cmocka_unit_test(test_refuses_lists_that_mean_nothing),
        cmocka_unit_test(test_servers_that_lie),
        cmocka_unit_test(test_an_anonymous_server_has_no_chain),
        cmocka_unit_test(test_large_certificates_and_long_chains),
        cmocka_unit_test(test_asks_for_a_staple),
        cmocka_unit_test(test_reads_and_writes_behind_the_handshake),
    };

    return cmocka_run_group_tests_name("tls client", tests, set_up, tear_down);
}
