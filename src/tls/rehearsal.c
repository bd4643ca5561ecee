#include "tls/rehearsal.h"

#include <string.h>

#include "base/mem.h"
#include "tls/client.h"

enum { WAY_MAX_B = 1024 * 1024, MAX_ROUNDS = 64 };

/* One side's wire: it reads what the other wrote. */
struct side {
    struct engine *engine;
    struct buf in; /* what has come */
    size_t at;     /* how much of it was read */
    struct side *other;
    enum engine_result result;
};

static long read_way(void *stream, void *data, size_t size_b) {
    struct side *side = stream;
    size_t left = side->in.len - side->at, n = left < size_b ? left : size_b;

    if (n == 0)
        return WIRE_AGAIN;
    memcpy(data, side->in.data + side->at, n);
    side->at += n;
    return (long)n;
}

static int write_way(void *stream, const void *data, size_t len) {
    return buf_append(&((struct side *)stream)->other->in, data, len);
}

static void attach(struct side *side, struct side *other) {
    const struct wire wire = {read_way, write_way, side};

    side->other = other;
    side->result = ENGINE_AGAIN;
    buf_init(&side->in, WAY_MAX_B);
    side->engine->class->attach(side->engine, &wire);
}

static void detach(struct side *side) {
    side->engine->class->free(side->engine);
    buf_fini(&side->in);
}

static void shake(struct side *client, struct side *server) {
    for (int i = 0; i < MAX_ROUNDS; i++) {
        if (client->result == ENGINE_AGAIN)
            client->result = client->engine->class->handshake(client->engine);
        if (server->result != ENGINE_AGAIN)
            break;
        server->result = server->engine->class->handshake(server->engine);
    }
}

static bool turns_away(const struct side *client, const struct facts_handshake *facts) {
    return client->result == ENGINE_FAILED && facts->alert_read == TLS_NO_ALERT;
}

static int judge(const struct side *server, const struct tls_seen *seen, struct err *err) {
    if (server->result == ENGINE_OK || seen->alert_read != TLS_NO_ALERT ||
        seen->failure == TLS_FAILURE_REFUSED)
        return 0;
    return err_set(err, "no sender can get in: the server itself cannot finish the handshake");
}

int tls_server_rehearse(struct tls_server *server, const char *sni, struct err *err) {
    const struct tls_offer_spec everything = {0};
    struct facts_handshake facts;
    struct tls_seen seen;
    struct tls_offer *offer = NULL;
    struct side client = {0}, host = {0};
    int rc = -1;

    tls_seen_init(&seen);
    if (tls_offer_new(&everything, &offer, err) != 0)
        return -1;
    if (tls_client_engine(offer, sni, &facts, &client.engine, err) == 0 &&
        tls_server_engine(server, &seen, &host.engine, err) == 0) {
        attach(&client, &host);
        attach(&host, &client);
        shake(&client, &host);
        rc = turns_away(&client, &facts) ? 0 : judge(&host, &seen, err);
        detach(&host);
        detach(&client);
    } else if (client.engine != NULL) {
        client.engine->class->free(client.engine);
    }
    tls_offer_free(&offer);
    return rc;
}
