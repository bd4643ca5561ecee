/* Replies as a whole, in memory: how long they may be, knobs that spoil all of one, and zones that are referred to. */
#include "dns_scene.h"

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

static void test_referrals(void **state) {
    static const char *const servers[] = {"192.0.2.54", NULL};
    static const struct {
        const char *name, *local;
        unsigned type;
        enum dns_ds_how ds;
        bool is_authoritative;
        size_t answer, authority, additional;
    } cases[] = {
        {"mx.one." APEX, "192.0.2.53", DNS_TYPE_A, DNS_DS_SOUND, false, 0, 3, 1},
        {"mx.one." APEX, "192.0.2.53", DNS_TYPE_A, DNS_DS_ABSENT, false, 0, 3, 1},
        {"nothere.one." APEX, "192.0.2.53", DNS_TYPE_A, DNS_DS_SOUND, false, 0, 3, 1},
        {"one." APEX, "192.0.2.53", DNS_TYPE_MX, DNS_DS_SOUND, false, 0, 3, 1},
        {"one." APEX, "192.0.2.53", DNS_TYPE_DS, DNS_DS_SOUND, true, 2, 0, 0},
        {"mx.one." APEX, "192.0.2.54", DNS_TYPE_A, DNS_DS_SOUND, true, 2, 2, 0},
        {"ns.one." APEX, "192.0.2.54", DNS_TYPE_A, DNS_DS_SOUND, true, 2, 2, 0},
        {"mx.one." APEX, NULL, DNS_TYPE_A, DNS_DS_SOUND, true, 2, 2, 0},
    };
    struct scene scene;

    (void)state;
    begin(&scene);
    scene.servers = servers;
    scene.knobs.domain_cut.is_zone = true;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct asked asked = {.name = cases[i].name,
                              .type = cases[i].type,
                              .dnssec_ok = true,
                              .is_tcp = true,
                              .local = cases[i].local};
        scene.knobs.domain_cut.ds = cases[i].ds;
        ask_with(&scene, &asked);
        assert_int_equal(ldns_pkt_aa(scene.packet), cases[i].is_authoritative);
        assert_int_equal(ldns_pkt_ancount(scene.packet), cases[i].answer);
        assert_int_equal(ldns_pkt_nscount(scene.packet), cases[i].authority);
        assert_int_equal(ldns_rr_list_rr_count(ldns_pkt_additional(scene.packet)),
                         cases[i].additional);
    }
    finish(&scene);
}

/* So that a resolver forgets in time for what comes next. */
static void test_ttl(void **state) {
    struct scene scene;

    (void)state;
    begin_with(&scene, 2);
    ask(&scene, "one." APEX, DNS_TYPE_MX);
    assert_int_equal(ldns_rr_ttl(ldns_rr_list_rr(ldns_pkt_answer(scene.packet), 0)), 2);
    ask(&scene, "two." APEX, DNS_TYPE_MX);
    assert_int_equal(ldns_rr_ttl(ldns_rr_list_rr(ldns_pkt_authority(scene.packet), 0)),
                     DNS_NEGATIVE_TTL_S);
    finish(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_referrals),
        cmocka_unit_test(test_ttl),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
