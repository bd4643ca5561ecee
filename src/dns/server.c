#include "dns/server.h"

#include "base/mem.h"
#include "dns/answer.h"
#include "dns/cookie.h"

struct dns_server {
    struct loop *loop;
    struct zone *zone;
    struct cookies *cookies;
    const struct dns_ops *ops;
    void *arg;
    bool trusts_peers;
    struct dns_port *port;
};

/* --- one question --- */

static void tell(const struct dns_server *server, const struct dns_call *call,
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

static bool is_stranger(const struct dns_server *server, const struct dns_call *call,
                        const struct dns_question *question, int64_t now_s) {
    return !call->is_tcp && !server->trusts_peers &&
           !cookie_is_ours(server->cookies, question, &call->peer, now_s) &&
           !cookies_know_tcp(server->cookies, &call->peer, now_s);
}

/* The answer to the bytes, appended to `out`; nothing if there is none. */
static void answer(struct dns_server *server, const struct dns_call *call, struct buf *out) {
    int64_t now_s = clock_wall_s(loop_clock(server->loop));
    uint8_t cookie[DNS_COOKIE_B];
    struct dns_question question;
    struct dns_reply reply;

    if (!dns_question_read(call->data, call->len, &question))
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

static void on_call(const struct dns_call *call, void *arg) {
    struct dns_server *server = arg;
    struct buf out;

    buf_init(&out, DNS_TCP_MAX_B);
    if (call->is_tcp)
        cookies_note_tcp(server->cookies, &call->peer, clock_wall_s(loop_clock(server->loop)));
    answer(server, call, &out);
    if (out.len > 0)
        dns_call_answer(call, out.data, out.len);
    buf_fini(&out);
}

/* --- life --- */

static int set_up(struct dns_server *server, struct acceptor *acceptor,
                  const struct dns_setup *setup, struct err *err) {
    struct zone_setup zone = {.apex = setup->apex,
                              .addresses = setup->name_addresses,
                              .ttl_s = setup->ttl_s,
                              .keys = setup->keys,
                              .clock = loop_clock(server->loop),
                              .look_up = setup->ops->look_up,
                              .arg = setup->arg};
    struct dns_port_setup port = {.addresses = setup->addresses,
                                  .port = setup->port,
                                  .shared = setup->shared,
                                  .fn = on_call,
                                  .arg = server};

    if (zone.addresses == NULL)
        zone.addresses = setup->addresses;
    if (zone_new(&zone, &server->zone, err) != 0 || cookies_new(&server->cookies, err) != 0)
        return -1;
    return dns_port_open(server->loop, acceptor, &port, &server->port, err);
}

int dns_server_new(struct loop *loop, struct acceptor *acceptor, const struct dns_setup *setup,
                   struct dns_server **out, struct err *err) {
    struct dns_server *server = mem_zalloc(sizeof *server);

    *server = (struct dns_server){
        .loop = loop, .ops = setup->ops, .arg = setup->arg, .trusts_peers = setup->trusts_peers};
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
    dns_port_close(&dying->port);
    cookies_free(&dying->cookies);
    zone_free(&dying->zone);
    free(dying);
}

unsigned dns_server_port(const struct dns_server *server) {
    return dns_port_number(server->port);
}

const struct zone *dns_server_zone(const struct dns_server *server) {
    return server->zone;
}
