/* What a client gets of the message that its resolver found. */
#include "dns/relay.h"
#include "dns_scene.h"

struct client {
    unsigned type;
    bool has_edns, dnssec_ok, authentic_data, checking_disabled;
};

static struct dns_question question_of(const struct client *client, const char *name) {
    struct dns_question question = {.id = 0x4321,
                                    .recursion_desired = true,
                                    .authentic_data = client->authentic_data,
                                    .checking_disabled = client->checking_disabled,
                                    .has_name = true,
                                    .type = (uint16_t)client->type,
                                    .class = DNS_CLASS_IN,
                                    .has_edns = client->has_edns || client->dnssec_ok,
                                    .dnssec_ok = client->dnssec_ok,
                                    .udp_b = DNS_UDP_MAX_B};

    assert_int_equal(dns_name_parse(name, &question.name), 0);
    return question;
}

static ldns_pkt *relay(const struct dns_question *question, const struct relay_found *found) {
    struct answer_terms terms = {.is_tcp = true};
    struct dns_reply reply;
    struct buf out;
    ldns_pkt *packet = NULL;

    buf_init(&out, MESSAGE_B);
    dns_reply_init(&reply);
    relay_fill(question, found, &reply);
    answer_write(question, &reply, &terms, &out);
    assert_int_equal(ldns_wire2pkt(&packet, out.data, out.len), LDNS_STATUS_OK);
    assert_memory_equal(out.data + DNS_HEADER_B, question->name.bytes, question->name.len);
    dns_reply_fini(&reply);
    buf_fini(&out);
    assert_int_equal(ldns_pkt_id(packet), question->id);
    assert_true(ldns_pkt_qr(packet) && ldns_pkt_ra(packet) && !ldns_pkt_aa(packet));
    assert_int_equal(ldns_pkt_rd(packet), question->recursion_desired);
    assert_int_equal(ldns_pkt_cd(packet), question->checking_disabled);
    assert_int_equal(ldns_pkt_edns(packet), question->has_edns);
    return packet;
}

/* What the resolver found: the zone's own answer, with DNSSEC. */
static struct relay_found find(struct scene *scene, const char *name, unsigned type) {
    ask(scene, name, type);
    return (struct relay_found){.message = scene->message.data, .len = scene->message.len};
}

static size_t count_of(const ldns_pkt *packet, unsigned type) {
    ldns_rr_list *all = ldns_pkt_all_noquestion(packet);
    size_t count = 0;

    for (size_t i = 0; i < ldns_rr_list_rr_count(all); i++)
        count += (unsigned)ldns_rr_get_type(ldns_rr_list_rr(all, i)) == type;
    ldns_rr_list_deep_free(all);
    return count;
}

static void test_flags(void **state) {
    static const struct {
        const char *what;
        struct client client;
        bool is_secure, is_authentic;
        size_t signatures;
    } cases[] = {
        {"nothing is asked for", {.type = DNS_TYPE_MX}, true, false, 0},
        {"AD is", {.type = DNS_TYPE_MX, .authentic_data = true}, true, true, 0},
        {"EDNS alone", {.type = DNS_TYPE_MX, .has_edns = true}, true, false, 0},
        {"DO is", {.type = DNS_TYPE_MX, .dnssec_ok = true}, true, true, 1},
        {"DO and CD",
         {.type = DNS_TYPE_MX, .dnssec_ok = true, .checking_disabled = true},
         true,
         false,
         1},
        {"DO, insecure", {.type = DNS_TYPE_MX, .dnssec_ok = true}, false, false, 1},
        {"AD, insecure", {.type = DNS_TYPE_MX, .authentic_data = true}, false, false, 0},
    };
    struct scene scene;

    (void)state;
    begin(&scene);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct dns_question question = question_of(&cases[i].client, "oNe.DOORMAT.test");
        struct relay_found found = find(&scene, "one." APEX, DNS_TYPE_MX);
        found.is_secure = cases[i].is_secure;
        ldns_pkt *packet = relay(&question, &found);
        if (ldns_pkt_ad(packet) != cases[i].is_authentic || count_of(packet, DNS_TYPE_MX) != 1 ||
            count_of(packet, DNS_TYPE_RRSIG) != cases[i].signatures)
            fail_msg("%s", cases[i].what);
        ldns_pkt_free(packet);
    }
    finish(&scene);
}

static void test_negative(void **state) {
    struct scene scene;

    (void)state;
    begin(&scene);
    for (int hashed = 0; hashed < 2; hashed++) {
        unsigned proof = hashed ? DNS_TYPE_NSEC3 : DNS_TYPE_NSEC;
        struct client client = {.type = DNS_TYPE_A};
        scene.knobs.denial.by = hashed ? DNS_DENIAL_BY_NSEC3 : DNS_DENIAL_BY_NSEC;
        struct relay_found found = find(&scene, "nothere.one." APEX, DNS_TYPE_A);
        struct dns_question question = question_of(&client, "nothere.one." APEX);
        ldns_pkt *packet = relay(&question, &found);
        assert_int_equal(ldns_pkt_get_rcode(packet), DNS_NXDOMAIN);
        assert_int_equal(count_of(packet, DNS_TYPE_SOA), 1);
        assert_int_equal(count_of(packet, proof) + count_of(packet, DNS_TYPE_RRSIG), 0);
        ldns_pkt_free(packet);
        question.dnssec_ok = question.has_edns = true;
        packet = relay(&question, &found);
        assert_true(count_of(packet, proof) > 0 && count_of(packet, DNS_TYPE_RRSIG) > 0);
        ldns_pkt_free(packet);
    }
    finish(&scene);
}

/* A type of DNSSEC's own is not left out where it is what was asked for. */
static void test_asked_for(void **state) {
    struct client client = {.type = DNS_TYPE_RRSIG};
    struct scene scene;

    (void)state;
    begin(&scene);
    struct relay_found found = find(&scene, "one." APEX, DNS_TYPE_MX);
    struct dns_question question = question_of(&client, "one." APEX);
    ldns_pkt *packet = relay(&question, &found);
    assert_int_equal(count_of(packet, DNS_TYPE_RRSIG), 1);
    ldns_pkt_free(packet);
    finish(&scene);
}

static void test_bogus(void **state) {
    static const struct {
        const char *why, *option; /* the code, and the text */
    } cases[] = {
        {"validation failure <one. MX IN>: signature expired from 192.0.2.53",
         "\x00\x07signature expired from 192.0.2.53"},
        {"validation failure <one. MX IN>: nobody knows", "\x00\x06nobody knows"},
        {NULL, "\x00\x06"},
    };
    struct client client = {.type = DNS_TYPE_MX, .dnssec_ok = true};
    struct scene scene;

    (void)state;
    begin(&scene);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct relay_found found = find(&scene, "one." APEX, DNS_TYPE_MX);
        found.is_bogus = true;
        found.why = cases[i].why;
        struct dns_question question = question_of(&client, "one." APEX);
        ldns_pkt *packet = relay(&question, &found);
        const ldns_rdf *options = ldns_pkt_edns_data(packet);
        assert_int_equal(ldns_pkt_get_rcode(packet), DNS_SERVFAIL);
        assert_int_equal(ldns_pkt_ancount(packet), 0);
        assert_non_null(options);
        size_t len = 2 + strlen(cases[i].option + 2);
        assert_int_equal(ldns_rdf_size(options), 4 + len);
        assert_memory_equal(ldns_rdf_data(options) + 4, cases[i].option, len);
        ldns_pkt_free(packet);
        question.checking_disabled = true;
        packet = relay(&question, &found);
        assert_int_equal(ldns_pkt_get_rcode(packet), DNS_NOERROR);
        assert_int_equal(count_of(packet, DNS_TYPE_MX), 1);
        assert_false(ldns_pkt_ad(packet));
        ldns_pkt_free(packet);
    }
    finish(&scene);
}

static void test_nothing(void **state) {
    static const uint8_t broken[] = {0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 3, 'c'};
    struct client client = {.type = DNS_TYPE_MX};
    struct dns_question question = question_of(&client, "one." APEX);

    (void)state;
    for (size_t len = 0; len <= sizeof broken; len++) {
        struct relay_found found = {
            .message = len > 0 ? broken : NULL, .len = len, .is_secure = true};
        ldns_pkt *packet = relay(&question, &found);
        assert_int_equal(ldns_pkt_get_rcode(packet), DNS_SERVFAIL);
        assert_false(ldns_pkt_ad(packet));
        ldns_pkt_free(packet);
    }
}

static void test_refusals(void **state) {
    static const struct {
        struct dns_question question;
        enum dns_rcode rcode;
    } cases[] = {
        {{.recursion_desired = true, .class = 1, .type = DNS_TYPE_MX}, DNS_NOERROR},
        {{.recursion_desired = true, .class = 1, .type = DNS_TYPE_ANY}, DNS_NOERROR},
        {{.recursion_desired = true, .class = 1, .type = 65280}, DNS_NOERROR},
        {{.recursion_desired = false, .class = 1, .type = DNS_TYPE_MX}, DNS_REFUSED},
        {{.recursion_desired = true, .class = 3, .type = DNS_TYPE_TXT}, DNS_REFUSED},
        {{.recursion_desired = true, .class = 1, .type = DNS_TYPE_AXFR}, DNS_REFUSED},
        {{.recursion_desired = true, .class = 1, .type = DNS_TYPE_OPT}, DNS_FORMERR},
        {{.recursion_desired = true, .class = 1, .type = 250}, DNS_FORMERR},
        {{.recursion_desired = true, .class = 1, .type = DNS_TYPE_MX, .rcode = DNS_BADVERS},
         DNS_BADVERS},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(relay_refusal(&cases[i].question), cases[i].rcode);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flags),     cmocka_unit_test(test_negative),
        cmocka_unit_test(test_asked_for), cmocka_unit_test(test_bogus),
        cmocka_unit_test(test_nothing),   cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
