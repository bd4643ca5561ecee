/* dns_scene - a zone in memory with one mail domain, whose knobs the test turns; questions as bytes, answers read by libldns. */
#ifndef DOORMAT_TESTS_DNS_SCENE_H
#define DOORMAT_TESTS_DNS_SCENE_H

#include "base/clock.h"
#include "base/mem.h"
#include "dns/answer.h"
#include "dns/domain.h"
#include "dns/own.h"
#include "dns/zone.h"
#include "unit.h"

enum { NOW_S = 1795478400, DAY_S = 24 * 3600, MESSAGE_B = 65535 };

#define APEX "doormat.test"

/* --- a zone of one mail domain, "one", which has the knobs of the test --- */

struct scene {
    struct clock clock;
    struct key_pool *keys;
    struct zone *zone;
    struct dns_knobs knobs;
    const char *const *servers;
    ldns_pkt *packet;
    struct buf message;
};

static void look_up(const struct dns_name *name, struct dns_node *node, void *arg) {
    static const struct dns_host host = {
        .ipv4 = "192.0.2.1",
        .ipv6 = "2001:db8::1",
        .certificates = {{{(const uint8_t *)"leaf", 4}, {(const uint8_t *)"key", 3}}}};
    struct scene *scene = arg;
    char text[DNS_NAME_TEXT_SIZE_B];
    struct dns_domain domain = {.knobs = &scene->knobs, .hosts = {host, host, host}};

    if (name->labels < 3)
        return;
    domain.name = dns_name_top(name, 3);
    domain.servers = scene->servers;
    if (strcmp(dns_name_format_prefix(&domain.name, 1, text), "one") == 0)
        dns_domain_look_up(&domain, name, node);
}

static void begin_with(struct scene *scene, unsigned ttl_s) {
    static const char *const addresses[] = {"192.0.2.53", "2001:db8::53", NULL};
    struct zone_setup setup = {.apex = "Doormat.TEST.",
                               .ttl_s = ttl_s,
                               .addresses = addresses,
                               .look_up = look_up,
                               .arg = scene};
    struct err err;

    *scene = (struct scene){.clock = clock_fake((int64_t)NOW_S * 1000000)};
    buf_init(&scene->message, MESSAGE_B);
    assert_int_equal(key_pool_new(NULL, &scene->keys, &err), 0);
    setup.clock = &scene->clock;
    setup.keys = scene->keys;
    if (zone_new(&setup, &scene->zone, &err) != 0)
        fail_msg("%s", err.text);
}

static inline void begin(struct scene *scene) {
    begin_with(scene, 0);
}

static void finish(struct scene *scene) {
    ldns_pkt_free(scene->packet);
    buf_fini(&scene->message);
    zone_free(&scene->zone);
    key_pool_free(&scene->keys);
}

struct asked {
    const char *name;
    unsigned type;
    bool dnssec_ok;
    unsigned udp_b; /* 0: without EDNS, but with dnssec_ok */
    bool is_tcp, is_stranger;
    const char *local; /* the address that is asked */
};

static void put_u16(struct buf *out, unsigned value) {
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

    buf_append(out, bytes, sizeof bytes);
}

static void write_question(const struct asked *asked, struct buf *out) {
    struct dns_name name;
    bool has_edns = asked->dnssec_ok || asked->udp_b > 0;
    const unsigned head[] = {0x1234, 0x0100, 1, 0, 0, has_edns};

    assert_int_equal(dns_name_parse(asked->name, &name), 0);
    for (size_t i = 0; i < ARRAY_LEN(head); i++)
        put_u16(out, head[i]);
    buf_append(out, name.bytes, name.len);
    put_u16(out, asked->type);
    put_u16(out, DNS_CLASS_IN);
    if (!has_edns)
        return;
    buf_append(out, "", 1);
    put_u16(out, DNS_TYPE_OPT);
    put_u16(out, asked->udp_b > 0 ? asked->udp_b : 4096);
    put_u16(out, 0);
    put_u16(out, asked->dnssec_ok ? 0x8000 : 0);
    put_u16(out, 0);
}

/* The answer is in scene->message, and read by libldns in scene->packet; NULL: none. */
static void ask_with(struct scene *scene, const struct asked *asked) {
    struct answer_terms terms = {.is_tcp = asked->is_tcp, .is_stranger = asked->is_stranger};
    struct dns_question question;
    struct dns_reply reply;
    struct buf bytes;

    buf_init(&bytes, MESSAGE_B);
    write_question(asked, &bytes);
    assert_true(dns_question_read(bytes.data, bytes.len, &question));
    dns_reply_init(&reply);
    zone_answer(scene->zone, &question, asked->local, &reply);
    buf_reset(&scene->message);
    answer_write(&question, &reply, &terms, &scene->message);
    dns_reply_fini(&reply);
    buf_fini(&bytes);
    ldns_pkt_free(scene->packet);
    scene->packet = NULL;
    if (scene->message.len > 0)
        assert_int_equal(ldns_wire2pkt(&scene->packet, scene->message.data, scene->message.len),
                         LDNS_STATUS_OK);
}

static void ask(struct scene *scene, const char *name, unsigned type) {
    struct asked asked = {.name = name, .type = type, .dnssec_ok = true, .is_tcp = true};

    ask_with(scene, &asked);
}

#endif
