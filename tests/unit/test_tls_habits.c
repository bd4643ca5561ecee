/* How the server behaves beside what is agreed upon: names, client certificates, tickets, records, its end. */
#include "client_talk.h"
#include "tls/iana.h"
#include "tls/ossl.h"

enum { HEADER_B = 5 /* of a record */, ALERTS = 256, SUBJECT_B = 256 };

/* What a client reads: handshake messages by their type, alerts by their number. */
struct tally {
    unsigned messages[ALERTS], alerts[ALERTS];
};

static void count_message(int written, int version, int type, const void *data, size_t len,
                          SSL *ssl, void *arg) {
    struct tally *tally = arg;
    const uint8_t *body = data;

    (void)version, (void)ssl;
    if (!written && type == SSL3_RT_HANDSHAKE && len > 0)
        tally->messages[body[0]]++;
    if (!written && type == SSL3_RT_ALERT && len == 2)
        tally->alerts[body[1]]++;
}

static SSL *client_of(struct talk *talk) {
    return ((struct ossl *)talk->client)->ssl;
}

/* As talk_recipe, with the client's messages counted; before that, `prepare` may change the client. */
static enum engine_result talk_counted(struct talk *talk, struct lab *lab, const char *name,
                                       const char *sni, struct tally *tally,
                                       void (*prepare)(SSL *ssl)) {
    struct scenario scenario;

    *tally = (struct tally){0};
    assert_int_equal(scenario_parse(name, &scenario, NULL), 0);
    talk_init(talk, lab->wide, sni);
    talk_mint(talk, lab, &scenario.recipe);
    talk_listen(talk);
    SSL_set_msg_callback(client_of(talk), count_message);
    SSL_set_msg_callback_arg(client_of(talk), tally);
    if (prepare != NULL)
        prepare(client_of(talk));
    return talk_handshake(talk);
}

static const struct request_case {
    const char *recipe;
    unsigned requests;
    int authorities;
} request_cases[] = {
    {"control", 0, 0},
    {"control-tls12", 0, 0},
    {"client-cert-requested", 1, 0},
    {"client-cert-stranger", 1, 1},
    {"client-cert-many", 1, 400},
    {"client-cert-refused", 1, 0},
    {"client-cert-late", 0, 0},
    {"client-cert-requested+control-tls12", 1, 0},
    {"client-cert-many+control-tls12", 1, 400},
};

static void test_asks_for_a_client_certificate(void **state) {
    for (size_t i = 0; i < ARRAY_LEN(request_cases); i++) {
        const struct request_case *c = &request_cases[i];
        struct tally tally;
        struct talk talk;
        assert_int_equal(talk_counted(&talk, *state, c->recipe, "localhost", &tally, NULL),
                         ENGINE_OK);
        print_message("%s: %u\n", c->recipe, tally.messages[SSL3_MT_CERTIFICATE_REQUEST]);
        assert_int_equal(tally.messages[SSL3_MT_CERTIFICATE_REQUEST], c->requests);
        int named = sk_X509_NAME_num(SSL_get0_peer_CA_list(client_of(&talk)));
        assert_int_equal(named > 0 ? named : 0, c->authorities);
        talk_fini(&talk);
    }
}

static void offer_late_certificate(SSL *ssl) {
    SSL_set_post_handshake_auth(ssl, 1);
}

static void test_asks_for_a_certificate_late(void **state) {
    struct tally tally;
    struct talk talk;

    assert_int_equal(talk_counted(&talk, *state, "client-cert-late", "localhost", &tally,
                                  offer_late_certificate),
                     ENGINE_OK);
    assert_true(talk_exchanges(&talk));
    assert_int_equal(tally.messages[SSL3_MT_CERTIFICATE_REQUEST], 1);
    assert_true(talk_exchanges(&talk));
    talk_fini(&talk);
}

/* What a client certificate of its own gets the sender. */
static void present_certificate(SSL *ssl) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();

    X509_set_pubkey(cert, key);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    assert_int_equal(SSL_use_certificate(ssl, cert), 1);
    assert_int_equal(SSL_use_PrivateKey(ssl, key), 1);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void offer_late_and_present(SSL *ssl) {
    offer_late_certificate(ssl);
    present_certificate(ssl);
}

/* What the server says meanwhile is not lost, and waits. */
static void test_writes_while_a_late_certificate_is_half_read(void **state) {
    struct tally tally;
    struct talk talk;
    char data[64];
    size_t n;

    assert_int_equal(talk_counted(&talk, *state, "client-cert-late", "localhost", &tally,
                                  offer_late_and_present),
                     ENGINE_OK);
    assert_true(talk_exchanges(&talk));
    struct engine *server = talk.server_engine;
    struct pipe *in = &talk.to_server, rest = {.end = WIRE_AGAIN};
    buf_init(&rest.bytes, PIPE_MAX_B);
    size_t first_b = 5 + ((size_t)in->bytes.data[3] << 8 | in->bytes.data[4]);
    assert_true(in->bytes.len > first_b); /* the certificate, then its signature and Finished */
    buf_append(&rest.bytes, in->bytes.data + first_b, in->bytes.len - first_b);
    in->bytes.len = first_b;
    assert_int_equal(talk_read(server, data, sizeof data, &n), ENGINE_AGAIN);
    assert_int_equal(server->class->write(server, "250 one\r\n", 9), ENGINE_OK);
    assert_int_equal(server->class->write(server, "250 two\r\n", 9), ENGINE_OK);
    buf_append(&in->bytes, rest.bytes.data, rest.bytes.len);
    assert_int_equal(talk_read(server, data, sizeof data, &n), ENGINE_AGAIN);
    assert_int_equal(talk_read(talk.client, data, sizeof data, &n), ENGINE_OK);
    assert_memory_equal(data, "250 one\r\n250 two\r\n", 18);
    buf_fini(&rest.bytes);
    talk_fini(&talk);
}

static void test_judges_a_client_certificate(void **state) {
    static const struct {
        const char *recipe, *alert; /* NULL: it is taken */
    } cases[] = {
        {"client-cert-requested", NULL},
        {"client-cert-requested+control-tls12", NULL},
        {"client-cert-refused", "unknown_ca"},
        {"client-cert-refused+control-tls12", "unknown_ca"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tally tally;
        struct talk talk;
        char data[64];
        size_t n;
        talk_counted(&talk, *state, cases[i].recipe, "localhost", &tally, present_certificate);
        assert_int_equal(talk_exchanges(&talk), cases[i].alert == NULL);
        if (cases[i].alert != NULL)
            talk.client->class->read(talk.client, data, sizeof data, &n);
        if (cases[i].alert != NULL)
            assert_int_equal(tally.alerts[tls_alert_number(cases[i].alert)], 1);
        talk_fini(&talk);
    }
}

/* The subject of the certificate that a client of that name gets; "": none. */
static void subject_for(struct lab *lab, const char *recipe, const char *sni, char out[SUBJECT_B]) {
    struct facts_chain chain;
    struct tally tally;
    struct talk talk;

    *out = '\0';
    if (talk_counted(&talk, lab, recipe, sni, &tally, NULL) == ENGINE_OK &&
        tls_client_chain(talk.client, lab->trust, now_s, &chain, NULL) == 0) {
        snprintf(out, SUBJECT_B, "%.100s, %zu of %zu", chain.certs[0].common_name, chain.path_count,
                 chain.cert_count);
        facts_chain_fini(&chain);
    } else {
        assert_int_equal(tally.alerts[SSL_AD_UNRECOGNIZED_NAME], 1);
    }
    talk_fini(&talk);
}

static void test_goes_by_the_name(void **state) {
    static const struct {
        const char *recipe, *sni, *subject; /* common name, path flaws, certificates */
    } cases[] = {
        {"control", NULL, "localhost, 0 of 2"},
        {"sni-required", "localhost", "localhost, 0 of 2"},
        {"sni-required", "elsewhere.test", "localhost, 0 of 2"},
        {"sni-required", NULL, ""},
        {"sni-required+control-tls12", NULL, ""},
        {"sni-default-certificate", "localhost", "localhost, 0 of 2"},
        {"sni-default-certificate", NULL, "no-sni.invalid, 1 of 1"},
        {"sni-default-certificate+control-tls12", NULL, "no-sni.invalid, 1 of 1"},
        {"sni-default-certificate+control-rsa3072", NULL, "no-sni.invalid, 1 of 1"},
        {"sni-warning", "localhost", "localhost, 0 of 2"},
    };
    char subject[SUBJECT_B];

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        subject_for(*state, cases[i].recipe, cases[i].sni, subject);
        print_message("%s: %s\n", cases[i].recipe, subject);
        assert_string_equal(subject, cases[i].subject);
    }
}

static void test_warns_of_the_name(void **state) {
    struct tally tally;
    struct talk talk;

    assert_int_equal(talk_counted(&talk, *state, "sni-warning", "localhost", &tally, NULL),
                     ENGINE_OK);
    assert_int_equal(tally.alerts[SSL_AD_UNRECOGNIZED_NAME], 1);
    assert_true(talk_exchanges(&talk));
    talk_fini(&talk);
}

/* A probe asks for none, which matters below TLS 1.3 alone (RFC 5077 3.2). */
static void take_tickets(SSL *ssl) {
    SSL_clear_options(ssl, SSL_OP_NO_TICKET);
}

static void test_sends_tickets_and_takes_none(void **state) {
    static const struct {
        const char *recipe;
        unsigned tickets;
    } cases[] = {{"control", 0},
                 {"session-tickets", 32},
                 {"control-tls12", 0},
                 {"session-tickets+control-tls12", 1}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tally tally;
        struct talk talk;
        assert_int_equal(
            talk_counted(&talk, *state, cases[i].recipe, "localhost", &tally, take_tickets),
            ENGINE_OK);
        assert_true(talk_exchanges(&talk));
        assert_int_equal(tally.messages[SSL3_MT_NEWSESSION_TICKET], cases[i].tickets);
        SSL_SESSION *session = SSL_SESSION_dup(SSL_get0_session(client_of(&talk)));
        struct tls_server *server = talk.server;
        talk.server = NULL;
        talk_fini(&talk);
        assert_int_equal(SSL_SESSION_is_resumable(session), cases[i].tickets > 0);

        struct scenario scenario;
        assert_int_equal(scenario_parse("control", &scenario, NULL), 0);
        talk_init(&talk, ((struct lab *)*state)->wide, "localhost");
        talk.server = server;
        talk_listen(&talk);
        take_tickets(client_of(&talk));
        assert_int_equal(SSL_set_session(client_of(&talk), session), 1);
        assert_int_equal(talk_handshake(&talk), ENGINE_OK);
        assert_false(talk.facts.resumed);
        assert_true(talk_exchanges(&talk));
        talk_fini(&talk);
        SSL_SESSION_free(session);
    }
}

/* The longest record of the server's first flight, and how many there are. */
static unsigned longest_record(const struct buf *bytes, unsigned *count) {
    unsigned longest = 0;

    *count = 0;
    for (size_t at = 0; at + HEADER_B <= bytes->len; (*count)++) {
        unsigned len = (unsigned)bytes->data[at + 3] << 8 | bytes->data[at + 4];
        longest = len > longest ? len : longest;
        at += HEADER_B + len;
    }
    return longest;
}

static void test_cuts_records(void **state) {
    static const struct {
        const char *recipe;
        bool small;
    } cases[] = {
        {"control", false}, {"small-records", true}, {"small-records+control-tls12", true}};
    enum { EXPANSION_MAX_B = 256 /* RFC 8446 5.2 */ };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lab *lab = *state;
        struct scenario scenario;
        struct talk talk;
        unsigned count;
        assert_int_equal(scenario_parse(cases[i].recipe, &scenario, NULL), 0);
        talk_init(&talk, lab->wide, "localhost");
        talk_mint(&talk, lab, &scenario.recipe);
        talk_listen(&talk);
        do {
            buf_consume(&talk.to_client.bytes, talk.to_client.bytes.len);
            talk.client->class->handshake(talk.client);
            talk.server_engine->class->handshake(talk.server_engine);
        } while (talk.to_client.bytes.len < 200); /* a HelloRetryRequest comes first */
        unsigned longest = longest_record(&talk.to_client.bytes, &count);
        print_message("%s: %u records, %u bytes\n", cases[i].recipe, count, longest);
        assert_int_equal(longest <= 512 + EXPANSION_MAX_B, cases[i].small);
        talk_fini(&talk);
    }
}

static void note_extension(SSL *ssl, int by_client, int type, const unsigned char *data, int len,
                           void *arg) {
    (void)ssl, (void)by_client, (void)data, (void)len;
    *(bool *)arg |= type == TLSEXT_TYPE_server_name;
}

/* As other servers do, and so that the rows about the name differ in nothing else (RFC 6066 3). */
static void test_acknowledges_the_name(void **state) {
    static const char *const recipes[] = {"control", "control-tls12", "sni-required",
                                          "sni-default-certificate"};

    for (size_t i = 0; i < ARRAY_LEN(recipes); i++) {
        struct lab *lab = *state;
        struct scenario scenario;
        struct talk talk;
        bool is_acknowledged = false;
        assert_int_equal(scenario_parse(recipes[i], &scenario, NULL), 0);
        talk_init(&talk, lab->wide, "localhost");
        SSL_set_tlsext_debug_callback(client_of(&talk), note_extension);
        SSL_set_tlsext_debug_arg(client_of(&talk), &is_acknowledged);
        talk_mint(&talk, lab, &scenario.recipe);
        talk_listen(&talk);
        assert_int_equal(talk_handshake(&talk), ENGINE_OK);
        print_message("%s\n", recipes[i]);
        assert_true(is_acknowledged);
        talk_fini(&talk);
    }
}

static void test_updates_keys(void **state) {
    struct tally tally;
    struct talk talk;

    assert_int_equal(talk_counted(&talk, *state, "key-update", "localhost", &tally, NULL),
                     ENGINE_OK);
    assert_true(talk_exchanges(&talk));
    assert_int_equal(tally.messages[SSL3_MT_KEY_UPDATE], 1);
    assert_true(talk_exchanges(&talk)); /* with the client's new keys as well */
    talk_fini(&talk);
}

static void test_ends_with_or_without_close_notify(void **state) {
    static const struct {
        const char *recipe;
        enum engine_result result;
    } cases[] = {{"control", ENGINE_CLOSED}, {"no-close-notify", ENGINE_EOF}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct talk talk;
        char data[8];
        size_t n;
        struct lab *lab = *state;
        assert_int_equal(talk_recipe(&talk, lab, lab->wide, cases[i].recipe), ENGINE_OK);
        assert_true(talk_exchanges(&talk));
        talk.server_engine->class->close(talk.server_engine);
        talk.to_client.end = WIRE_EOF;
        assert_int_equal(talk.client->class->read(talk.client, data, sizeof data, &n),
                         cases[i].result);
        talk_fini(&talk);
    }
}

/* A TLS 1.3 client that guessed another group is asked again; one that guessed right is not. */
static void test_asks_again_for_a_group(void **state) {
    static const struct {
        const char *recipe;
        unsigned hellos;
    } cases[] = {{"control", 1}, {"p384-only", 2}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tally tally;
        struct talk talk;
        assert_int_equal(talk_counted(&talk, *state, cases[i].recipe, "localhost", &tally, NULL),
                         ENGINE_OK);
        assert_int_equal(tally.messages[SSL3_MT_SERVER_HELLO], cases[i].hellos);
        talk_fini(&talk);
    }
}

/* --- what cannot be served --- */

static void test_says_what_cannot_be_served(void **state) {
    static const struct {
        struct tls_knobs knobs;
        const char *text;
    } cases[] = {
        {{.kx = TLS_KX_ECDHE, .bulk = TLS_BULK_NULL_MD5},
         "OpenSSL has no cipher suite for ECDHE with NULL encryption and MD5"},
        {{.kx = TLS_KX_RSA, .bulk = TLS_BULK_CHACHA20},
         "OpenSSL has no cipher suite for static RSA with ChaCha20-Poly1305"},
        {{.dh_bits = 1024, .dh_kind = DH_KIND_COMPOSITE},
         "no Diffie-Hellman group of 1024 bits and that kind"},
        {{.group = 0xfafa}, "OpenSSL has no group 0xfafa"},
        {{.scheme = 0xfafa}, "no signature scheme has the number 0xfafa here"},
        {{.fragment_b = 511}, "records of at most 511 bytes"},
    };
    struct lab *lab = *state;
    struct identity *identity = NULL;
    struct mint_knobs spotless = {0};

    assert_int_equal(mint_identity(lab->lab, &spotless, now_s, &identity, NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tls_server *server = NULL;
        struct err err;
        assert_int_equal(tls_server_new(&cases[i].knobs, identity, &server, &err), -1);
        if (strncmp(err.text, cases[i].text, strlen(cases[i].text)) != 0)
            fail_msg("%s", err.text);
        assert_null(server);
    }
    identity_free(&identity);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asks_for_a_client_certificate),
        cmocka_unit_test(test_asks_for_a_certificate_late),
        cmocka_unit_test(test_judges_a_client_certificate),
        cmocka_unit_test(test_writes_while_a_late_certificate_is_half_read),
        cmocka_unit_test(test_goes_by_the_name),
        cmocka_unit_test(test_warns_of_the_name),
        cmocka_unit_test(test_sends_tickets_and_takes_none),
        cmocka_unit_test(test_cuts_records),
        cmocka_unit_test(test_updates_keys),
        cmocka_unit_test(test_acknowledges_the_name),
        cmocka_unit_test(test_ends_with_or_without_close_notify),
        cmocka_unit_test(test_asks_again_for_a_group),
        cmocka_unit_test(test_says_what_cannot_be_served),
    };

    return cmocka_run_group_tests_name("tls habits", tests, set_up, tear_down);
}
