/* Answers from the zone, in memory: question bytes in, answer bytes out; signatures checked by libldns. */
#include "dns_scene.h"

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
        scene.knobs.denial.by = hashed == 1 ? DNS_DENIAL_BY_NSEC3 : DNS_DENIAL_BY_NSEC;
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

/* --- names at the edge --- */

static void test_longest_names(void **state) {
    char name[256], label[64];
    struct scene scene;

    (void)state;
    begin(&scene);
    memset(label, 'z', 63);
    label[63] = '\0';
    for (int hashed = 0; hashed < 2; hashed++) {
        scene.knobs.denial.by = hashed == 1 ? DNS_DENIAL_BY_NSEC3 : DNS_DENIAL_BY_NSEC;
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
        cmocka_unit_test(test_longest_names),
        cmocka_unit_test(test_apexes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
