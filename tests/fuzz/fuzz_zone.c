/* Answers to any question, whatever the knobs: a message that libldns reads, that is as long as the terms allow, and that answers this
 * question.  The first bytes are the terms and the knobs, the others the query. */
#include <assert.h>

#include "base/mem.h"
#include "dns/answer.h"
#include "dns/domain.h"
#include "dns/own.h"
#include "dns/zone.h"

enum { HEAD_B = 12, MESSAGE_B = 65535 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct scene {
    struct zone *zone;
    struct dns_knobs knobs;
};

static void look_up(const struct dns_name *name, struct dns_node *node, void *arg) {
    static const struct dns_host host = {
        .ipv4 = "192.0.2.1",
        .ipv6 = "2001:db8::1",
        .certificates = {{{(const uint8_t *)"leaf", 4}, {(const uint8_t *)"key", 3}}}};
    static const char *const servers[] = {"192.0.2.54", NULL};
    const struct scene *scene = arg;
    struct dns_domain domain = {.knobs = &scene->knobs,
                                .hosts = {host, host, host},
                                .forged_ipv4 = "192.0.2.66",
                                .servers = servers};

    if (name->labels < 3)
        return;
    domain.name = dns_name_top(name, 3);
    if (domain.name.bytes[0] == 1)
        dns_domain_look_up(&domain, name, node);
}

static void begin(struct scene *scene) {
    static const char *const addresses[] = {"192.0.2.53", NULL};
    struct key_pool *keys;
    struct zone_setup setup = {.apex = "doormat.test",
                               .addresses = addresses,
                               .clock = clock_system(),
                               .look_up = look_up,
                               .arg = scene};
    struct err err;

    if (key_pool_new(NULL, &keys, &err) != 0)
        abort();
    setup.keys = keys;
    if (zone_new(&setup, &scene->zone, &err) != 0)
        abort();
    key_pool_free(&keys);
}

static struct dns_knobs knobs_of(const uint8_t *head) {
    struct dns_cut cut = {.is_zone = (head[5] & 1) != 0,
                          .is_unsigned = (head[5] & 2) != 0,
                          .ds = head[6] % DNS_DS_COUNT,
                          .key = head[7] % DNS_KEY_COUNT,
                          .algorithm = head[9]};
    struct dns_tlsa_knob tlsa = {.is_there = (head[5] & 4) != 0,
                                 .usage = head[8],
                                 .matching = head[8] % 4,
                                 .shape = head[8] % DNS_TLSA_SHAPE_COUNT,
                                 .copies = head[9]};

    return (struct dns_knobs){
        .reply = {.how = head[1] % DNS_REPLY_COUNT, .where = head[2]},
        .signature = {.how = head[3] % DNS_SIGNATURE_COUNT, .where = head[2]},
        .denial = {.how = head[4] % DNS_DENIAL_COUNT,
                   .by = (head[4] & 0x80) != 0 ? DNS_DENIAL_BY_NSEC3 : DNS_DENIAL_BY_NSEC,
                   .iterations = head[9]},
        .domain_cut = cut,
        .host_cut = cut,
        .domain_alias = head[10] % DNS_ALIAS_COUNT,
        .host_alias = head[10] / 4 % DNS_ALIAS_COUNT,
        .tlsa_alias = head[10] / 16 % DNS_ALIAS_COUNT,
        .beside = (head[5] & 8) != 0 ? DNS_BESIDE_FORGED_ADDRESS : DNS_BESIDE_NOTHING,
        .mx = {{head[11] % DNS_MX_TO_COUNT, 10, head[9]}},
        .tlsa = {tlsa},
        .alias_tlsa = {tlsa},
    };
}

static void check(const struct dns_question *question, const struct answer_terms *terms,
                  const struct buf *message) {
    ldns_pkt *packet = NULL;

    assert(!message->overflow && message->len <= MESSAGE_B);
    if (message->len == 0)
        return;
    assert(terms->is_tcp || message->len <= DNS_UDP_MAX_B);
    assert(!terms->is_stranger || terms->is_tcp || message->len <= DNS_REFLECTION * question->len);
    assert(ldns_wire2pkt(&packet, message->data, message->len) == LDNS_STATUS_OK);
    assert(ldns_pkt_id(packet) == question->id && ldns_pkt_qr(packet));
    if (question->has_name)
        assert(memcmp(message->data + DNS_HEADER_B, question->name.bytes, question->name.len) == 0);
    ldns_pkt_free(packet);
}

static void run(struct scene *scene, const uint8_t *head, const struct dns_question *question) {
    struct answer_terms terms = {.is_tcp = (head[0] & 1) != 0, .is_stranger = (head[0] & 2) != 0};
    uint8_t cookie[DNS_COOKIE_CLIENT_B + 16] = {0};
    struct dns_reply reply;
    struct buf message;

    if (question->cookie_len > 0) {
        terms.cookie = cookie;
        terms.cookie_len = sizeof cookie;
    }
    buf_init(&message, MESSAGE_B);
    dns_reply_init(&reply);
    zone_answer(scene->zone, question, (head[0] & 4) != 0 ? "192.0.2.53" : NULL, &reply);
    answer_write(question, &reply, &terms, &message);
    check(question, &terms, &message);
    dns_reply_fini(&reply);
    buf_fini(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct scene scene;
    struct dns_question question;

    if (scene.zone == NULL)
        begin(&scene);
    if (size < HEAD_B || !dns_question_read(data + HEAD_B, size - HEAD_B, &question))
        return 0;
    scene.knobs = knobs_of(data);
    run(&scene, data, &question);
    return 0;
}
