/* client_talk - the probing client and our own server at the two ends of a connection in memory. */
#ifndef DOORMAT_TESTS_CLIENT_TALK_H
#define DOORMAT_TESTS_CLIENT_TALK_H

#include <openssl/ssl.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "fault/compose.h"
#include "mint/identity_internal.h"
#include "mint/mint.h"
#include "tls/client.h"
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
    struct trust *trust;
    char *dir;
};

struct talk {
    struct pipe to_server, to_client;
    struct view server_view, client_view;
    struct identity *identity;
    struct tls_server *server;
    struct engine *server_engine, *client;
    struct tls_seen record;
    struct facts_handshake facts;
};

static void make_trust(struct lab *lab) {
    struct err err;
    char *path;

    assert_int_equal(file_temp_dir(&lab->dir, &err), 0);
    assert_int_equal(mint_lab_write_anchor(lab->lab, lab->dir, &err), 0);
    path = mem_printf("%s/root.pem", lab->dir);
    assert_int_equal(trust_new(path, &lab->trust, &err), 0);
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
    trust_free(&lab->trust);
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

    tls_seen_init(&talk->record);
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

static enum engine_result talk_through(struct talk *talk, struct lab *lab, struct tls_offer *offer,
                                       const struct recipe *recipe) {
    talk_init(talk, offer, "localhost");
    talk_mint(talk, lab, recipe);
    talk_listen(talk);
    return talk_handshake(talk);
}

static inline enum engine_result talk_recipe(struct talk *talk, struct lab *lab,
                                             struct tls_offer *offer, const char *name) {
    struct scenario scenario;
    struct err err = {.text = ""};

    if (scenario_parse(name, &scenario, &err) != 0)
        fail_msg("%s: %s", name, err.text);
    return talk_through(talk, lab, offer, &scenario.recipe);
}

static inline enum engine_result talk_read(struct engine *engine, char *data, size_t size_b,
                                           size_t *n) {
    enum engine_result result;

    do
        result = engine->class->read(engine, data, size_b, n);
    while (result == ENGINE_YIELD);
    return result;
}

/* One line to the server and one back. */
static inline bool talk_exchanges(struct talk *talk) {
    char data[64];
    size_t n = 0;

    for (int i = 0; i < 2; i++) {
        struct engine *from = i == 0 ? talk->client : talk->server_engine;
        struct engine *to = i == 0 ? talk->server_engine : talk->client;
        if (from->class->write(from, "250 OK\r\n", 8) != ENGINE_OK ||
            talk_read(to, data, sizeof data, &n) != ENGINE_OK || n != 8)
            return false;
    }
    return true;
}

/* What the server says behind the handshake, whose client's end it sees only now. */
static inline void talk_hears(struct talk *talk) {
    char data[64];
    size_t n = 0;

    (void)talk->server_engine->class->write(talk->server_engine, "250 OK\r\n", 8);
    (void)talk_read(talk->client, data, sizeof data, &n);
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

#endif
