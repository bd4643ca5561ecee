/* Peers that send without end what brings nothing, at both ends of a connection in memory. */
#include "client_talk.h"
#include "tls/ossl.h"

enum {
    FLOOD = 400 /* of what: more than any bound */,
    HELLOS_B = 4 * 300,
    A_TURN = 20,
    FLOOD_B = 600 * 1024
};

static SSL *ssl_of(struct engine *engine) {
    return ((struct ossl *)engine)->ssl;
}

static void update_keys(SSL *ssl) {
    assert_int_equal(SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
    assert_int_equal(SSL_do_handshake(ssl), 1);
}

static void send_ticket(SSL *ssl) {
    assert_int_equal(SSL_new_session_ticket(ssl), 1);
    assert_int_equal(SSL_do_handshake(ssl), 1);
}

/* How many calls it took until the engine gave up. */
static unsigned read_to_the_end(struct engine *engine) {
    char data[64];
    size_t n;
    unsigned calls = 0;
    enum engine_result result;

    do {
        result = engine->class->read(engine, data, sizeof data, &n);
        assert_true(++calls <= FLOOD);
    } while (result == ENGINE_YIELD || result == ENGINE_OK);
    assert_int_equal(result, ENGINE_FAILED);
    return calls;
}

static void test_a_call_reads_one_message_and_some_are_too_many(void **state) {
    static const struct {
        const char *name;
        void (*send)(SSL *ssl);
        bool by_client;
    } cases[] = {
        {"KeyUpdates of a server", update_keys, false},
        {"KeyUpdates of a client", update_keys, true},
        {"tickets", send_ticket, false},
    };
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct talk talk;
        assert_int_equal(talk_recipe(&talk, lab, lab->wide, "session-tickets+control-tls13"),
                         ENGINE_OK);
        assert_true(talk_exchanges(&talk)); /* and 32 tickets are not too many */
        struct engine *from = cases[i].by_client ? talk.client : talk.server_engine;
        struct engine *to = cases[i].by_client ? talk.server_engine : talk.client;
        for (int count = 0; count < FLOOD; count++)
            cases[i].send(ssl_of(from));
        unsigned calls = read_to_the_end(to);
        print_message("%s: %u calls\n", cases[i].name, calls);
        assert_true(calls > A_TURN);
        assert_int_equal(cases[i].by_client ? talk.record.failure : talk.facts.failure,
                         TLS_FAILURE_FLOODED);
        if (!cases[i].by_client)
            assert_string_equal(talk.facts.reason,
                                "the server sends records or messages without end");
        talk_fini(&talk);
    }
}

/* A record is 5 bytes of header and what it holds. */
static void put_record(struct buf *out, uint8_t type, const void *body, size_t len) {
    const uint8_t head[] = {type, 3, 3, (uint8_t)(len >> 8), (uint8_t)len};

    assert_int_equal(buf_append(out, head, sizeof head), 0);
    assert_int_equal(buf_append(out, body, len), 0);
}

/* HelloRequests below TLS 1.3, which the library skips within one call; and a Certificate of 200 KB, a byte a record. */
static void test_a_handshake_without_end(void **state) {
    static const struct {
        const char *name;
        uint8_t first[4];
        size_t first_b, body_b; /* of a record */
    } cases[] = {
        {"HelloRequests, many a record", {0}, 0, HELLOS_B},
        {"HelloRequests, one a record", {0}, 0, 4},
        {"a hello of 60 KB, a byte a record", {2, 0, 0xea, 0x60}, 4, 1},
    };
    static const uint8_t zeros[HELLOS_B] = {0};
    struct lab *lab = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct talk talk;
        talk_init(&talk, lab->wide, "localhost");
        assert_int_equal(talk.client->class->handshake(talk.client), ENGINE_AGAIN);
        struct buf *out = &talk.to_client.bytes;
        if (cases[i].first_b > 0)
            put_record(out, 22, cases[i].first, cases[i].first_b);
        while (out->len + 5 + cases[i].body_b < FLOOD_B)
            put_record(out, 22, zeros, cases[i].body_b);
        print_message("%s\n", cases[i].name);
        assert_int_equal(talk.client->class->handshake(talk.client), ENGINE_FAILED);
        assert_int_equal(talk.facts.failure, TLS_FAILURE_FLOODED);
        talk_fini(&talk);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_call_reads_one_message_and_some_are_too_many),
        cmocka_unit_test(test_a_handshake_without_end),
    };

    return cmocka_run_group_tests_name("floods", tests, set_up, tear_down);
}
