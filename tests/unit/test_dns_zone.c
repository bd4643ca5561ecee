/* Answers from the zone, in memory: question bytes in, answer bytes out; signatures checked by libldns. */
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
    if (strcmp(dns_name_format_prefix(&domain.name, 1, text), "one") == 0)
        dns_domain_look_up(&domain, name, node);
}

static void begin(struct scene *scene) {
    static const char *const addresses[] = {"192.0.2.53", "2001:db8::53", NULL};
    struct zone_setup setup = {
        .apex = "Doormat.TEST.", .addresses = addresses, .look_up = look_up, .arg = scene};
    struct err err;

    *scene = (struct scene){.clock = clock_fake((int64_t)NOW_S * 1000000)};
    buf_init(&scene->message, MESSAGE_B);
    assert_int_equal(key_pool_new(NULL, &scene->keys, &err), 0);
    setup.clock = &scene->clock;
    setup.keys = scene->keys;
    if (zone_new(&setup, &scene->zone, &err) != 0)
        fail_msg("%s", err.text);
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
    zone_answer(scene->zone, &question, &reply);
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

/* --- what is said --- */

static const struct answer_case {
    const char *name;
    unsigned type;
    enum dns_rcode rcode;
    size_t answer, authority; /* records, signatures too */
    bool is_authoritative;
} answers[] = {
    {APEX, DNS_TYPE_SOA, DNS_NOERROR, 2, 0, true},
    {APEX, DNS_TYPE_NS, DNS_NOERROR, 2, 0, true},
    {APEX, DNS_TYPE_DNSKEY, DNS_NOERROR, 2, 0, true},
    {APEX, DNS_TYPE_A, DNS_NOERROR, 0, 4, true},
    {APEX, DNS_TYPE_ANY, DNS_NOERROR, 2, 0, true},
    {"ns." APEX, DNS_TYPE_A, DNS_NOERROR, 2, 0, true},
    {"ns." APEX, DNS_TYPE_AAAA, DNS_NOERROR, 2, 0, true},
    {"one." APEX, DNS_TYPE_MX, DNS_NOERROR, 2, 0, true},
    {"ONE.doormat.TEST", DNS_TYPE_MX, DNS_NOERROR, 2, 0, true},
    {"one." APEX, DNS_TYPE_DS, DNS_NOERROR, 0, 4, true},
    {"one." APEX, 65280, DNS_NOERROR, 0, 4, true},
    {"mx.one." APEX, DNS_TYPE_A, DNS_NOERROR, 2, 0, true},
    {"_25._tcp.mx.one." APEX, DNS_TYPE_TLSA, DNS_NOERROR, 0, 4, true},
    {"_tcp.mx.one." APEX, DNS_TYPE_TLSA, DNS_NOERROR, 0, 4, true},
    {"two." APEX, DNS_TYPE_MX, DNS_NXDOMAIN, 0, 6, true},
    {"a.b.c.two." APEX, DNS_TYPE_MX, DNS_NXDOMAIN, 0, 6, true},
    {"*." APEX, DNS_TYPE_MX, DNS_NXDOMAIN, 0, 4, true},
    {"xdoormat.test", DNS_TYPE_SOA, DNS_REFUSED, 0, 0, false},
    {"test", DNS_TYPE_SOA, DNS_REFUSED, 0, 0, false},
    {"", DNS_TYPE_NS, DNS_REFUSED, 0, 0, false},
    {APEX, DNS_TYPE_DS, DNS_REFUSED, 0, 0, false},
    {APEX, DNS_TYPE_AXFR, DNS_REFUSED, 0, 0, false},
    {APEX, DNS_TYPE_RRSIG, DNS_REFUSED, 0, 0, false},
};

static void test_answers(void **state) {
    struct scene scene;

    (void)state;
    begin(&scene);
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        const struct answer_case *c = &answers[i];
        print_message("%s %u\n", c->name, c->type);
        ask(&scene, c->name, c->type);
        assert_int_equal(ldns_pkt_id(scene.packet), 0x1234);
        assert_true(ldns_pkt_qr(scene.packet) && ldns_pkt_rd(scene.packet) &&
                    !ldns_pkt_ra(scene.packet) && !ldns_pkt_tc(scene.packet));
        assert_int_equal(ldns_pkt_get_rcode(scene.packet), c->rcode);
        assert_int_equal(ldns_pkt_aa(scene.packet), c->is_authoritative);
        assert_int_equal(ldns_pkt_ancount(scene.packet), c->answer);
        assert_int_equal(ldns_pkt_nscount(scene.packet), c->authority);
        assert_true(ldns_pkt_edns_do(scene.packet));
    }
    finish(&scene);
}

/* Without EDNS nothing is signed, and no OPT record comes back. */
static void test_plain_clients(void **state) {
    static const struct asked asked[] = {{.name = "one." APEX, .type = DNS_TYPE_MX},
                                         {.name = "two." APEX, .type = DNS_TYPE_MX},
                                         {.name = "one." APEX, .type = DNS_TYPE_A}};
    struct scene scene;

    (void)state;
    begin(&scene);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        ask_with(&scene, &asked[i]);
        assert_int_equal(ldns_pkt_ancount(scene.packet) + ldns_pkt_nscount(scene.packet), 1);
        assert_int_equal(ldns_pkt_arcount(scene.packet), 0);
        assert_false(ldns_pkt_edns(scene.packet));
    }
    finish(&scene);
}

/* The question comes back with its capitals: they are the client's mark (draft-vixie-dnsext-dns0x20). */
static void test_capitals_come_back(void **state) {
    static const char name[] = "\3oNe\7dOOrmat\4tEst";
    struct scene scene;

    (void)state;
    begin(&scene);
    ask(&scene, "oNe.dOOrmat.tEst", DNS_TYPE_MX);
    assert_memory_equal(scene.message.data + DNS_HEADER_B, name, sizeof name);
    finish(&scene);
}

/* --- signatures --- */

/* The key, as the zone gives it out. */
static ldns_rr *key_of(struct scene *scene) {
    struct buf text;
    ldns_rr *key;

    buf_init(&text, 4096);
    zone_format_key(scene->zone, &text);
    assert_int_equal(ldns_rr_new_frm_str(&key, buf_text(&text), 0, NULL, NULL), LDNS_STATUS_OK);
    buf_fini(&text);
    return key;
}

/* How many of the signatures in the list hold, at the time of the scene. */
static size_t count_sound(struct scene *scene, ldns_rr_list *list) {
    ldns_rr_list *keys = ldns_rr_list_new(), *good = ldns_rr_list_new();
    size_t sound = 0;

    ldns_rr_list_push_rr(keys, key_of(scene));
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
        ldns_rr *rr = ldns_rr_list_rr(list, i);
        if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_RRSIG)
            continue;
        ldns_rr_list *set = ldns_rr_list_new();
        for (size_t k = 0; k < ldns_rr_list_rr_count(list); k++) {
            ldns_rr *covered = ldns_rr_list_rr(list, k);
            if (ldns_rr_get_type(covered) == ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(rr)) &&
                ldns_dname_compare(ldns_rr_owner(covered), ldns_rr_owner(rr)) == 0)
                ldns_rr_list_push_rr(set, covered);
        }
        sound += ldns_verify_rrsig_keylist_time(set, rr, keys, clock_wall_s(&scene->clock), good) ==
                 LDNS_STATUS_OK;
        ldns_rr_list_free(set);
    }
    ldns_rr_list_free(good);
    ldns_rr_list_deep_free(keys);
    return sound;
}

static size_t count_type(const ldns_rr_list *list, ldns_rr_type type) {
    size_t count = 0;

    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++)
        count += ldns_rr_get_type(ldns_rr_list_rr(list, i)) == type;
    return count;
}

static const struct {
    enum dns_signature_how how;
    size_t signatures, sound;
} signatures[] = {
    {DNS_SIGNATURE_SOUND, 1, 1},
    {DNS_SIGNATURE_EXPIRED, 1, 0},
    {DNS_SIGNATURE_EARLY, 1, 0},
    {DNS_SIGNATURE_INVERTED, 1, 0},
    {DNS_SIGNATURE_OTHER_KEY, 1, 0},
    {DNS_SIGNATURE_OTHER_KEY_SAME_TAG, 1, 0},
    {DNS_SIGNATURE_MISSING, 0, 0},
    {DNS_SIGNATURE_BROKEN, 1, 0},
    {DNS_SIGNATURE_TTL, 1, 0},
    {DNS_SIGNATURE_ALGORITHM, 1, 0},
    {DNS_SIGNATURE_BESIDE_ALGORITHM, 2, 1},
};

static void test_signatures(void **state) {
    struct scene scene;

    (void)state;
    begin(&scene);
    for (size_t i = 0; i < ARRAY_LEN(signatures); i++) {
        scene.knobs.signature.how = signatures[i].how;
        scene.knobs.signature.where = DNS_AT_MX;
        ask(&scene, "one." APEX, DNS_TYPE_MX);
        ldns_rr_list *answer = ldns_pkt_answer(scene.packet);
        assert_int_equal(count_type(answer, LDNS_RR_TYPE_RRSIG), signatures[i].signatures);
        assert_int_equal(count_sound(&scene, answer), signatures[i].sound);
        ask(&scene, "mx.one." APEX, DNS_TYPE_A);
        assert_int_equal(count_sound(&scene, ldns_pkt_answer(scene.packet)), 1);
    }
    finish(&scene);
}

/* They begin an hour ago, since clocks differ, and last; the times are those of the knob. */
static void test_signature_times(void **state) {
    static const struct {
        enum dns_signature_how how;
        int64_t begin_s, end_s;
    } cases[] = {{DNS_SIGNATURE_SOUND, -3600, 14 * DAY_S},
                 {DNS_SIGNATURE_EXPIRED, -21 * DAY_S, -7 * DAY_S},
                 {DNS_SIGNATURE_EARLY, 7 * DAY_S, 21 * DAY_S},
                 {DNS_SIGNATURE_INVERTED, DAY_S, -DAY_S}};
    struct scene scene;

    (void)state;
    begin(&scene);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        scene.knobs.signature.how = cases[i].how;
        ask(&scene, "one." APEX, DNS_TYPE_MX);
        const ldns_rr *rr = ldns_rr_list_rr(ldns_pkt_answer(scene.packet), 1);
        assert_int_equal(ldns_rdf2native_int32(ldns_rr_rrsig_inception(rr)),
                         NOW_S + cases[i].begin_s);
        assert_int_equal(ldns_rdf2native_int32(ldns_rr_rrsig_expiration(rr)),
                         NOW_S + cases[i].end_s);
    }
    finish(&scene);
}

static void test_denial(void **state) {
    static const char *const names[] = {"two." APEX, "nothere.one." APEX, "_25._tcp.mx.one." APEX};
    struct scene scene;

    (void)state;
    begin(&scene);
    for (int hashed = 0; hashed < 2; hashed++) {
        scene.knobs.denial.is_hashed = hashed == 1;
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            ask(&scene, names[i], DNS_TYPE_TLSA);
            ldns_rr_list *list = ldns_pkt_authority(scene.packet);
            size_t proofs =
                count_type(list, hashed == 1 && i > 0 ? LDNS_RR_TYPE_NSEC3 : LDNS_RR_TYPE_NSEC);
            assert_int_equal(proofs, i == 2 ? 1 : i == 1 && hashed == 1 ? 3 : 2);
            assert_int_equal(count_sound(&scene, list), proofs + 1);
        }
    }
    finish(&scene);
}

/* --- the store of signatures --- */

static void test_signatures_are_kept(void **state) {
    enum { MANY = 5000 };
    struct scene scene;
    char name[64];

    (void)state;
    begin(&scene);
    ask(&scene, "one." APEX, DNS_TYPE_MX);
    unsigned long made = zone_signature_count(scene.zone);
    ask(&scene, "ONE." APEX, DNS_TYPE_MX);
    assert_int_equal(zone_signature_count(scene.zone), made);
    for (int i = 0; i < (is_slow() ? 50 : MANY); i++) {
        snprintf(name, sizeof name, "made-up-%d." APEX, i);
        ask(&scene, name, DNS_TYPE_A);
    }
    made = zone_signature_count(scene.zone);
    ask(&scene, "one." APEX, DNS_TYPE_MX);
    assert_int_equal(zone_signature_count(scene.zone), made); /* made-up names drove nothing out */
    scene.clock.fake_us += (int64_t)DAY_S * 1000000;
    ask(&scene, "one." APEX, DNS_TYPE_MX);
    assert_int_equal(zone_signature_count(scene.zone), made + 1);
    assert_int_equal(count_sound(&scene, ldns_pkt_answer(scene.packet)), 1);
    scene.clock.fake_us -= (int64_t)2 * DAY_S * 1000000; /* a clock that is set back */
    ask(&scene, "one." APEX, DNS_TYPE_MX);
    assert_int_equal(count_sound(&scene, ldns_pkt_answer(scene.packet)), 1);
    finish(&scene);
}

static void test_sizes(void **state) {
    static const struct {
        unsigned udp_b;
        bool is_tcp, is_stranger, is_truncated;
    } cases[] = {{0, true, false, false},   {0, false, false, true},   {4096, false, false, false},
                 {4096, false, true, true}, {700, false, false, true}, {100, false, false, true}};
    struct scene scene;

    (void)state;
    begin(&scene);
    scene.knobs.mx[0] = (struct dns_mx_knob){DNS_MX_DEAD, 10, 40}; /* about 900 bytes */
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct asked asked = {.name = "one." APEX,
                              .type = DNS_TYPE_MX,
                              .udp_b = cases[i].udp_b,
                              .is_tcp = cases[i].is_tcp,
                              .is_stranger = cases[i].is_stranger};
        ask_with(&scene, &asked);
        assert_int_equal(ldns_pkt_tc(scene.packet), cases[i].is_truncated);
        assert_int_equal(ldns_pkt_ancount(scene.packet), cases[i].is_truncated ? 0 : 40);
    }
    finish(&scene);
}

static const struct {
    enum dns_reply_how how;
    bool is_tcp, is_there;
    enum dns_rcode rcode;
    bool is_truncated;
} replies[] = {
    {DNS_REPLY_NONE, false, false, 0, false},
    {DNS_REPLY_NONE, true, false, 0, false},
    {DNS_REPLY_SERVFAIL, false, true, DNS_SERVFAIL, false},
    {DNS_REPLY_REFUSED, false, true, DNS_REFUSED, false},
    {DNS_REPLY_NODATA, false, true, DNS_NOERROR, false},
    {DNS_REPLY_TCP_ONLY, false, true, DNS_NOERROR, true},
    {DNS_REPLY_TCP_ONLY, true, true, DNS_NOERROR, false},
    {DNS_REPLY_TRUNCATED, false, true, DNS_NOERROR, true},
    {DNS_REPLY_TRUNCATED, true, false, 0, false},
    {DNS_REPLY_NO_EDNS, false, true, DNS_FORMERR, false},
};

static void test_replies(void **state) {
    struct scene scene;

    (void)state;
    begin(&scene);
    for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
        struct asked asked = {.name = "one." APEX,
                              .type = DNS_TYPE_MX,
                              .dnssec_ok = true,
                              .is_tcp = replies[i].is_tcp};
        scene.knobs.reply.how = replies[i].how;
        scene.knobs.reply.where = DNS_AT_MX;
        ask_with(&scene, &asked);
        assert_int_equal(scene.packet != NULL, replies[i].is_there);
        if (scene.packet != NULL) {
            assert_int_equal(ldns_pkt_get_rcode(scene.packet), replies[i].rcode);
            assert_int_equal(ldns_pkt_tc(scene.packet), replies[i].is_truncated);
        }
        ask(&scene, "mx.one." APEX, DNS_TYPE_A);
        assert_int_equal(ldns_pkt_ancount(scene.packet), 2);
    }
    finish(&scene);
}

/* --- names at the edge --- */

static void test_longest_names(void **state) {
    char name[256], label[64];
    struct scene scene;

    (void)state;
    begin(&scene);
    memset(label, 'z', 63);
    label[63] = '\0';
    for (int hashed = 0; hashed < 2; hashed++) {
        scene.knobs.denial.is_hashed = hashed == 1;
        snprintf(name, sizeof name, "%s.%s.%s.%.44s.one." APEX, label, label, label, label);
        ask(&scene, name, DNS_TYPE_A);
        assert_int_equal(ldns_pkt_get_rcode(scene.packet), DNS_NXDOMAIN);
        assert_int_equal(count_sound(&scene, ldns_pkt_authority(scene.packet)),
                         hashed == 1 ? 4 : 3);
    }
    finish(&scene);
}

static void test_apexes(void **state) {
    static const char *const addresses[] = {NULL};
    char longest[256], label[64];
    struct key_pool *keys;
    struct zone *zone;
    struct err err;

    (void)state;
    memset(label, 'a', 63);
    label[63] = '\0';
    snprintf(longest, sizeof longest, "%s.%s.%s.%.40s", label, label, label, label);
    const char *const bad[] = {".a", "a..b", longest};
    assert_int_equal(key_pool_new(NULL, &keys, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct zone_setup setup = {.apex = bad[i],
                                   .addresses = addresses,
                                   .keys = keys,
                                   .clock = clock_system(),
                                   .look_up = look_up};
        assert_int_equal(zone_new(&setup, &zone, &err), -1);
    }
    key_pool_free(&keys);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_plain_clients),
        cmocka_unit_test(test_capitals_come_back),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_signature_times),
        cmocka_unit_test(test_denial),
        cmocka_unit_test(test_signatures_are_kept),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_longest_names),
        cmocka_unit_test(test_apexes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
