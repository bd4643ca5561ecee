#include "dns/server.h"

#include "base/mem.h"
#include "dns/answer.h"
#include "dns/cookie.h"
#include "net/datagram.h"
#include "net/quota.h"
#include "net/stream.h"

enum {
    LENGTH_B = 2,
    QUERY_MAX_B = 2048,
    INPUT_B = 64 * 1024, /* what comes in a turn, and a query besides */
    OUTPUT_B = 256 * 1024,
    PORT_TRIES = 64,
    ANSWERS_PER_TURN = 16, /* of one connection: signing takes time */
};

struct visit { /* one connection */
    struct dns_server *server;
    struct visit *next, *previous;
    struct stream *stream;
    struct quota_seat seat, shared_seat;
    struct cookie_peer peer;
    char local[PEER_SIZE_B];
    struct buf came;
    struct timer *again;
    bool is_paused; /* more queries have come than a turn takes */
};

struct dns_server {
    struct loop *loop;
    struct zone *zone;
    struct cookies *cookies;
    const struct dns_ops *ops;
    void *arg;
    bool trusts_peers;
    struct datagram *datagram;
    struct listener *listener;
    struct quota *quota, *shared;
    struct visit *visits;
};

/* --- one question --- */

struct call { /* whom it is from */
    struct cookie_peer peer;
    bool is_tcp;
    char from[PEER_SIZE_B], local[PEER_SIZE_B];
};

static void tell(const struct dns_server *server, const struct call *call,
                 const struct dns_question *question, const struct dns_reply *reply,
                 const struct buf *message) {
    enum { FLAGS_AT = 2, FLAG_TRUNCATED = 0x02 };
    struct dns_asked asked = {
        .type = question->type,
        .dnssec_ok = question->dnssec_ok,
        .authentic_data = question->authentic_data,
        .checking_disabled = question->checking_disabled,
        .recursion_desired = question->recursion_desired,
        .has_edns = question->has_edns,
        .is_tcp = call->is_tcp,
        .at_us = clock_wall_us(loop_clock(server->loop)),
        .is_answered = message->len > 0,
        .is_truncated = message->len > 0 && (message->data[FLAGS_AT] & FLAG_TRUNCATED) != 0,
        .rcode = reply->rcode,
    };

    if (server->ops->on_question == NULL || !question->has_name)
        return;
    dns_name_format(&question->name, asked.name);
    memcpy(asked.peer, call->from, sizeof asked.peer);
    memcpy(asked.local, call->local, sizeof asked.local);
    server->ops->on_question(&asked, server->arg);
}

static bool is_stranger(const struct dns_server *server, const struct call *call,
                        const struct dns_question *question, int64_t now_s) {
    return !call->is_tcp && !server->trusts_peers &&
           !cookie_is_ours(server->cookies, question, &call->peer, now_s) &&
           !cookies_know_tcp(server->cookies, &call->peer, now_s);
}

/* The answer to the bytes, appended to `out`; nothing if there is none. */
static void answer(struct dns_server *server, const struct call *call, const uint8_t *data,
                   size_t len, struct buf *out) {
    int64_t now_s = clock_wall_s(loop_clock(server->loop));
    uint8_t cookie[DNS_COOKIE_B];
    struct dns_question question;
    struct dns_reply reply;

    if (!dns_question_read(data, len, &question))
        return;
    struct answer_terms terms = {.is_tcp = call->is_tcp,
                                 .is_stranger = is_stranger(server, call, &question, now_s)};
    if (question.cookie_len > 0) {
        cookie_make(server->cookies, &question, &call->peer, now_s, cookie);
        terms.cookie = cookie;
        terms.cookie_len = sizeof cookie;
    }
    dns_reply_init(&reply);
    zone_answer(server->zone, &question, call->local, &reply);
    answer_write(&question, &reply, &terms, out);
    tell(server, call, &question, &reply, out);
    dns_reply_fini(&reply);
}

/* --- by UDP --- */

static void on_datagram(const uint8_t *data, size_t len, const struct datagram_route *route,
                        void *arg) {
    struct dns_server *server = arg;
    struct call call = {.is_tcp = false};
    struct buf out;

    buf_init(&out, DNS_TCP_MAX_B);
    call.peer.len = datagram_peer_bytes(route, call.peer.address);
    datagram_describe_peer(route, call.from);
    datagram_describe_local(route, call.local);
    answer(server, &call, data, len, &out);
    if (out.len > 0)
        datagram_answer(route, out.data, out.len);
    buf_fini(&out);
}

/* --- by TCP --- */

static void drop(struct visit *visit) {
    if (visit->previous != NULL)
        visit->previous->next = visit->next;
    else
        visit->server->visits = visit->next;
    if (visit->next != NULL)
        visit->next->previous = visit->previous;
    quota_leave(&visit->seat);
    quota_leave(&visit->shared_seat);
    listener_release(visit->server->listener);
    stream_free(&visit->stream);
    timer_free(&visit->again);
    buf_fini(&visit->came);
    free(visit);
}

static void shed(void *arg) {
    drop(arg);
}

static void answer_one(struct visit *visit, const uint8_t *data, size_t len) {
    struct dns_server *server = visit->server;
    struct call call = {.is_tcp = true, .peer = visit->peer};
    struct buf out;

    buf_init(&out, DNS_TCP_MAX_B);
    snprintf(call.from, sizeof call.from, "%s", stream_peer(visit->stream));
    memcpy(call.local, visit->local, sizeof call.local);
    cookies_note_tcp(server->cookies, &visit->peer, clock_wall_s(loop_clock(server->loop)));
    answer(server, &call, data, len, &out);
    const uint8_t length[LENGTH_B] = {(uint8_t)(out.len >> 8), (uint8_t)out.len};
    if (out.len > 0) {
        stream_write(visit->stream, length, sizeof length);
        stream_write(visit->stream, out.data, out.len);
    }
    buf_fini(&out);
}

/* What has come whole is answered; a length that no query has ends the connection.  True: there is more for another turn. */
static bool answer_some(struct visit *visit) {
    struct buf *came = &visit->came;
    size_t used = 0;
    int left = ANSWERS_PER_TURN;

    while (came->len - used >= LENGTH_B) {
        size_t query = (size_t)came->data[used] << 8 | came->data[used + 1];
        if (query > QUERY_MAX_B || query == 0) {
            stream_reset(visit->stream);
            return false;
        }
        if (came->len - used < LENGTH_B + query || left-- == 0)
            break;
        answer_one(visit, came->data + used + LENGTH_B, query);
        used += LENGTH_B + query;
    }
    buf_consume(came, used);
    return left < 0;
}

static void go_on(struct visit *visit) {
    bool was_paused = visit->is_paused;

    visit->is_paused = answer_some(visit);
    if (visit->is_paused)
        timer_set(visit->again, 0);
    if (visit->is_paused && !was_paused)
        stream_pause(visit->stream);
    else if (!visit->is_paused && was_paused)
        stream_resume(visit->stream);
}

static void on_again(void *arg) {
    go_on(arg);
}

static void on_data(struct stream *stream, const uint8_t *data, size_t len, void *arg) {
    struct visit *visit = arg;

    quota_touch(&visit->seat);
    quota_touch(&visit->shared_seat);
    if (buf_append(&visit->came, data, len) != 0)
        stream_reset(stream);
    else
        go_on(visit);
}

static void on_secured(struct stream *stream, void *arg) {
    (void)stream, (void)arg; /* never: there is no TLS here */
}

static void on_end(struct stream *stream, enum stream_end end, void *arg) {
    (void)stream, (void)end;
    drop(arg);
}

static bool find_room(struct visit *visit, int fd) {
    struct dns_server *server = visit->server;
    uint64_t peer = peer_number(fd);

    if (!quota_enter(server->shared, peer, &visit->shared_seat, shed, visit))
        return false;
    if (quota_enter(server->quota, peer, &visit->seat, shed, visit))
        return true;
    quota_leave(&visit->shared_seat);
    return false;
}

static void on_accept(int fd, void *arg) {
    static const struct stream_ops ops = {
        .on_data = on_data, .on_secured = on_secured, .on_end = on_end};
    static const struct stream_limits limits = {
        .idle_ms = DNS_IDLE_MS, .life_ms = DNS_LIFE_MS, .output_b = OUTPUT_B};
    struct dns_server *server = arg;
    struct visit *visit = mem_zalloc(sizeof *visit);

    visit->server = server;
    if (!find_room(visit, fd)) {
        free(visit);
        listener_turn_away(server->listener, fd, NULL);
        return;
    }
    visit->next = server->visits;
    if (visit->next != NULL)
        visit->next->previous = visit;
    server->visits = visit;
    visit->peer.len = peer_bytes(fd, visit->peer.address);
    peer_describe_local(fd, visit->local);
    buf_init(&visit->came, INPUT_B);
    visit->again = timer_new(server->loop, on_again, visit);
    visit->stream = stream_new(server->loop, fd, &limits, &ops, visit);
}

/* --- life --- */

/* A port that is free for both; 1: the one that TCP was given is taken for UDP. */
static int open_ports(struct dns_server *server, struct acceptor *acceptor,
                      const struct dns_setup *setup, struct err *err) {
    bool is_taken = false;

    if (listener_open(acceptor, setup->addresses, setup->port, DNS_MAX_OPEN + 1, on_accept, server,
                      &server->listener, err) != 0)
        return err_prefix(err, "the DNS port");
    if (datagram_open(server->loop, setup->addresses, listener_port(server->listener), on_datagram,
                      server, &server->datagram, &is_taken, err) == 0)
        return 0;
    listener_close(&server->listener);
    return is_taken && setup->port == 0 ? 1 : err_prefix(err, "the DNS port");
}

static int set_up(struct dns_server *server, struct acceptor *acceptor,
                  const struct dns_setup *setup, struct err *err) {
    struct zone_setup zone = {.apex = setup->apex,
                              .addresses = setup->name_addresses,
                              .ttl_s = setup->ttl_s,
                              .keys = setup->keys,
                              .clock = loop_clock(server->loop),
                              .look_up = setup->ops->look_up,
                              .arg = setup->arg};
    int rc = 1;

    if (zone.addresses == NULL)
        zone.addresses = setup->addresses;
    if (zone_new(&zone, &server->zone, err) != 0 || cookies_new(&server->cookies, err) != 0)
        return -1;
    server->quota = quota_new(zone.clock, DNS_MAX_OPEN, DNS_MAX_OPEN_PER_PEER);
    for (int i = 0; rc == 1 && i < PORT_TRIES; i++)
        rc = open_ports(server, acceptor, setup, err);
    return rc == 0 ? 0 : -1;
}

int dns_server_new(struct loop *loop, struct acceptor *acceptor, const struct dns_setup *setup,
                   struct dns_server **out, struct err *err) {
    struct dns_server *server = mem_zalloc(sizeof *server);

    *server = (struct dns_server){.loop = loop,
                                  .ops = setup->ops,
                                  .arg = setup->arg,
                                  .shared = setup->shared,
                                  .trusts_peers = setup->trusts_peers};
    if (set_up(server, acceptor, setup, err) != 0) {
        dns_server_free(&server);
        return -1;
    }
    *out = server;
    return 0;
}

void dns_server_free(struct dns_server **server) {
    struct dns_server *dying = *server;

    *server = NULL;
    if (dying == NULL)
        return;
    while (dying->visits != NULL)
        drop(dying->visits);
    datagram_close(&dying->datagram);
    listener_close(&dying->listener);
    quota_free(&dying->quota);
    cookies_free(&dying->cookies);
    zone_free(&dying->zone);
    free(dying);
}

unsigned dns_server_port(const struct dns_server *server) {
    return listener_port(server->listener);
}

const struct zone *dns_server_zone(const struct dns_server *server) {
    return server->zone;
}
