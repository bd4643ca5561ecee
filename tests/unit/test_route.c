/* Look-ups against a DNS server of our own on loopback: every kind of answer, a signed zone, silence, and many at once. */
#include <pthread.h>

#include "base/log.h"
#include "base/mem.h"
#include "dns_server.h"
#include "net/loop.h"
#include "net/watch.h"
#include "route/route.h"
#include "unit.h"

enum { GUARD_MS = 20000, TIMEOUT_MS = 10000, SHORT_MS = 1000, MANY = 300 };

static const struct dns_row zone[] = {
    {"plain.example", DNS_MX, "20 B.plain.example", 0},
    {"plain.example", DNS_MX, "10 z.plain.example", 0},
    {"plain.example", DNS_MX, "10 a.plain.example", 0},
    {"a.plain.example", DNS_A, "192.0.2.1", 0},
    {"z.plain.example", DNS_A, "192.0.2.3", 0},
    {"z.plain.example", DNS_A, "192.0.2.2", 0},
    {"z.plain.example", DNS_AAAA, "2001:db8::2", 0},
    {"b.plain.example", DNS_AAAA, "2001:db8::1", 0},
    {"implicit.example", DNS_A, "192.0.2.4", 0},
    {"null.example", DNS_MX, "0 .", 0},
    {"null-and-more.example", DNS_MX, "0 .", 0},
    {"null-and-more.example", DNS_MX, "5 a.plain.example", 0},
    {"odd.example", DNS_MX, "5 bad\\ name.example", 0},
    {"no-address.example", DNS_MX, "5 nowhere.example", 0},
    {"half.example", DNS_MX, "5 nowhere.example", 0},
    {"half.example", DNS_MX, "6 a.plain.example", 0},
    {"empty.example", DNS_MX, NULL, 0},
    {"alias.example", DNS_CNAME, "alias2.example", 0},
    {"alias2.example", DNS_CNAME, "plain.example", 0},
    {"mx-alias.example", DNS_MX, "5 host-alias.example", 0},
    {"host-alias.example", DNS_CNAME, "a.plain.example", 0},
    {"broken.example", DNS_MX, NULL, DNS_SERVFAIL},
    {"broken-hosts.example", DNS_MX, "5 broken-host.example", 0},
    {"broken-host.example", DNS_A, NULL, DNS_SERVFAIL},
    {"broken-host.example", DNS_AAAA, NULL, DNS_SERVFAIL},
    {"truncated.example", DNS_MX, "5 a.plain.example", DNS_TRUNCATED},
    {"silent.example", DNS_MX, NULL, DNS_SILENT},
    {"half-silent.example", DNS_A, "192.0.2.5", 0},
    {"half-silent.example", DNS_AAAA, NULL, DNS_SILENT},
    {"silent-host.example", DNS_MX, "5 mute.example", 0},
    {"mute.example", DNS_A, NULL, DNS_SILENT},
    {"mute.example", DNS_AAAA, NULL, DNS_SILENT},
    {"held.example", DNS_A, "192.0.2.5", DNS_HELD},
    {"held.example", DNS_AAAA, "2001:db8::5", DNS_HELD},
    {"held-mx.example", DNS_MX, "5 a.plain.example", DNS_HELD},
    {"*.many.example", DNS_MX, "5 a.plain.example", 0},
    {"signed.example", DNS_MX, "5 mx.signed.example", 0},
    {"mx.signed.example", DNS_A, "192.0.2.6", 0},
    {"mx.signed.example", DNS_AAAA, "2001:db8::6", 0},
    {"half.signed.example", DNS_A, "192.0.2.8", 0},
    {"half.signed.example", DNS_AAAA, NULL, DNS_SERVFAIL},
    {"forged.signed.example", DNS_MX, "5 mx.signed.example", DNS_FORGED},
    {"unsigned.example", DNS_MX, "5 mx.signed.example", 0},
    {"forged-host.example", DNS_MX, "5 forged-mx.signed.example", 0},
    {"forged-mx.signed.example", DNS_A, "192.0.2.7", DNS_FORGED},
    {"forged-mx.signed.example", DNS_AAAA, "2001:db8::7", DNS_FORGED},
};

struct scene {
    struct loop *loop;
    struct timer *guard;
    struct dns_server *server;
    struct route *route;
    unsigned wanted, answered;
    struct route_answer *answer; /* the last one */
    struct buf text;             /* the last one in words */
};

static void on_guard(void *arg) {
    (void)arg;
    fail_msg("no answer within the test's time");
}

static void scene_init(struct scene *scene, bool validating, int64_t timeout_ms) {
    *scene = (struct scene){.server = dns_server_start(zone, ARRAY_LEN(zone))};
    struct route_options options = {
        .forwarder = scene->server->address,
        .trust_anchor = validating ? scene->server->trust_anchor : "",
        .timeout_ms = timeout_ms,
    };
    struct err err = {""};

    buf_init(&scene->text, 65536);
    scene->answer = mem_zalloc(sizeof *scene->answer);
    assert_int_equal(loop_new(clock_system(), &scene->loop, NULL), 0);
    scene->guard = timer_new(scene->loop, on_guard, NULL);
    timer_set(scene->guard, GUARD_MS);
    assert_int_equal(route_new(scene->loop, &options, &scene->route, &err), 0);
}

static void scene_fini(struct scene *scene) {
    route_free(&scene->route);
    assert_null(scene->route);
    timer_free(&scene->guard);
    loop_free(&scene->loop);
    dns_server_stop(&scene->server);
    buf_fini(&scene->text);
    free(scene->answer);
}

/* "found insecure; 10 a.example 192.0.2.1 192.0.2.2; 20 (b.example)": hosts in parentheses are implicit, an error stands
 * in braces. */
static void describe(const struct route_answer *answer, struct buf *out) {
    buf_reset(out);
    buf_printf(out, "%s %s", route_outcome_name(answer->outcome),
               route_security_name(answer->security));
    for (size_t i = 0; i < answer->host_count; i++) {
        const struct route_host *host = &answer->hosts[i];
        buf_printf(out, host->is_implicit ? "; %u (%s)" : "; %u %s", host->preference, host->name);
        for (size_t k = 0; k < host->address_count; k++)
            buf_printf(out, " %s", host->addresses[k]);
        if (host->err.text[0] != '\0')
            buf_printf(out, " {%s}", host->err.text);
    }
    if (answer->err.text[0] != '\0')
        buf_printf(out, " {%s}", answer->err.text);
}

static void on_answer(const struct route_answer *answer, void *arg) {
    struct scene *scene = arg;

    *scene->answer = *answer;
    describe(answer, &scene->text);
    if (++scene->answered == scene->wanted)
        loop_stop(scene->loop);
}

static const char *look_up(struct scene *scene, enum route_what what, const char *name) {
    scene->wanted = scene->answered + 1;
    route_lookup(scene->route, what, name, on_answer, scene);
    assert_int_equal(scene->answered, scene->wanted - 1); /* never from inside */
    assert_int_equal(loop_run(scene->loop, NULL), 0);
    assert_int_equal(scene->answered, scene->wanted);
    return buf_text(&scene->text);
}

#define PLAIN                                                                                      \
    "found insecure; 10 a.plain.example 192.0.2.1; "                                               \
    "10 z.plain.example 2001:db8::2 192.0.2.2 192.0.2.3; 20 b.plain.example 2001:db8::1"

static const struct {
    const char *name;
    enum route_what what;
    const char *answer;
} cases[] = {
    {"plain.example", ROUTE_MX, PLAIN},
    {"Plain.EXAMPLE.", ROUTE_MX, PLAIN},
    {"z.plain.example", ROUTE_HOST,
     "found insecure; 0 (z.plain.example) 2001:db8::2 192.0.2.2 192.0.2.3"},
    {"implicit.example", ROUTE_MX, "found insecure; 0 (implicit.example) 192.0.2.4"},
    {"null.example", ROUTE_MX,
     "null-mx insecure {null.example: the domain takes no mail (null MX, RFC 7505)}"},
    {"null-and-more.example", ROUTE_MX, "found insecure; 5 a.plain.example 192.0.2.1"},
    {"odd.example", ROUTE_MX, "no-host insecure {odd.example: its MX records name no host}"},
    {"no-address.example", ROUTE_MX,
     "no-host insecure; 5 nowhere.example {nowhere.example has no address}"
     " {nowhere.example has no address}"},
    {"half.example", ROUTE_MX,
     "found insecure; 5 nowhere.example {nowhere.example has no address}; "
     "6 a.plain.example 192.0.2.1"},
    {"empty.example", ROUTE_MX,
     "no-host insecure; 0 (empty.example) {empty.example has no address}"
     " {empty.example has no address}"},
    {"missing.example", ROUTE_MX,
     "no-host insecure {missing.example: there is no such domain (NXDOMAIN)}"},
    {"missing.example", ROUTE_HOST,
     "no-host insecure; 0 (missing.example) {missing.example has no address}"
     " {missing.example has no address}"},
    {"alias.example", ROUTE_MX, PLAIN},
    {"mx-alias.example", ROUTE_MX, "found insecure; 5 host-alias.example 192.0.2.1"},
    {"broken.example", ROUTE_MX,
     "failed insecure {broken.example: the resolver gave no answer (SERVFAIL): see --resolver}"},
    {"broken-hosts.example", ROUTE_MX,
     "failed insecure; 5 broken-host.example {AAAA of broken-host.example: "
     "the resolver gave no answer (SERVFAIL): see --resolver}"
     " {AAAA of broken-host.example: "
     "the resolver gave no answer (SERVFAIL): see --resolver}"},
    {"truncated.example", ROUTE_MX, "found insecure; 5 a.plain.example 192.0.2.1"},
    {"a\x1b[31m.example", ROUTE_MX,
     "no-host insecure {a?[31m.example: there is no such domain (NXDOMAIN)}"},
    {"192.0.2.9", ROUTE_MX, "found insecure; 0 (192.0.2.9) 192.0.2.9"},
    {"2001:DB8:0::9", ROUTE_HOST, "found insecure; 0 (2001:db8:0::9) 2001:db8::9"},
};

static void test_answers(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene, false, TIMEOUT_MS);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(look_up(&scene, cases[i].what, cases[i].name), cases[i].answer);
    assert_int_equal(scene.answer->host_count, 1);
    scene_fini(&scene);
}

static void test_seen_is_more_than_listed(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene, false, TIMEOUT_MS);
    look_up(&scene, ROUTE_MX, "null-and-more.example");
    assert_int_equal(scene.answer->host_count, 1);
    assert_int_equal(scene.answer->hosts_seen, 2);
    scene_fini(&scene);
}

static void test_dnssec(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene, true, TIMEOUT_MS);
    assert_string_equal(look_up(&scene, ROUTE_MX, "signed.example"),
                        "found secure; 5 mx.signed.example 2001:db8::6 192.0.2.6");
    assert_string_equal(look_up(&scene, ROUTE_HOST, "mx.signed.example"),
                        "found secure; 0 (mx.signed.example) 2001:db8::6 192.0.2.6");
    assert_string_equal(look_up(&scene, ROUTE_MX, "unsigned.example"),
                        "found insecure; 5 mx.signed.example 2001:db8::6 192.0.2.6");
    look_up(&scene, ROUTE_HOST, "half.signed.example");
    assert_int_equal(scene.answer->outcome, ROUTE_FOUND);
    assert_int_equal(scene.answer->security, ROUTE_INSECURE);
    assert_string_equal(scene.answer->hosts[0].addresses[0], "192.0.2.8");
    look_up(&scene, ROUTE_MX, "forged.signed.example");
    assert_int_equal(scene.answer->outcome, ROUTE_FAILED);
    assert_int_equal(scene.answer->security, ROUTE_BOGUS);
    assert_non_null(
        strstr(scene.answer->err.text, "forged.signed.example: DNSSEC validation failed"));
    look_up(&scene, ROUTE_MX, "forged-host.example");
    assert_int_equal(scene.answer->outcome, ROUTE_FAILED);
    assert_int_equal(scene.answer->security, ROUTE_BOGUS);
    assert_int_equal(scene.answer->hosts[0].address_count, 0);
    scene_fini(&scene);
}

static void test_time_limit(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene, false, SHORT_MS);
    assert_string_equal(look_up(&scene, ROUTE_MX, "silent.example"),
                        "failed insecure {silent.example: no answer within 1 s}");
    scene_fini(&scene);
}

/* What is known when the time is up is used. */
static void test_time_limit_with_half_an_answer(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene, false, SHORT_MS);
    assert_string_equal(look_up(&scene, ROUTE_MX, "half-silent.example"),
                        "found insecure; 0 (half-silent.example) 192.0.2.5"
                        " {AAAA of half-silent.example: no answer within 1 s}");
    scene_fini(&scene);
}

static void test_time_limit_of_a_host(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene, false, SHORT_MS);
    assert_string_equal(look_up(&scene, ROUTE_MX, "silent-host.example"),
                        "failed insecure; 5 mute.example"
                        " {AAAA of mute.example: no answer within 1 s}"
                        " {AAAA of mute.example: no answer within 1 s}");
    scene_fini(&scene);
}

/* What comes after the time limit comes to nobody: its look-up is gone. */
static void test_late_answers(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene, false, SHORT_MS);
    scene.wanted = 2;
    route_lookup(scene.route, ROUTE_MX, "held-mx.example", on_answer, &scene);
    route_lookup(scene.route, ROUTE_HOST, "held.example", on_answer, &scene);
    assert_int_equal(loop_run(scene.loop, NULL), 0);
    assert_int_equal(scene.answer->outcome, ROUTE_FAILED);
    assert_string_equal(look_up(&scene, ROUTE_MX, "plain.example"), PLAIN);
    look_up(&scene, ROUTE_HOST, "z.plain.example");
    assert_int_equal(scene.answered, 4);
    scene_fini(&scene);
}

static void test_many_at_once(void **state) {
    struct scene scene;
    char name[64];

    (void)state;
    scene_init(&scene, false, TIMEOUT_MS);
    scene.wanted = MANY;
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "d%u.many.example", i);
        route_lookup(scene.route, ROUTE_MX, name, on_answer, &scene);
    }
    assert_int_equal(loop_run(scene.loop, NULL), 0);
    assert_int_equal(scene.answered, MANY);
    assert_string_equal(buf_text(&scene.text), "found insecure; 5 a.plain.example 192.0.2.1");
    assert_in_range(scene.server->questions, MANY + 2, 10 * MANY);
    scene_fini(&scene);
}

static void test_numeric_asks_nobody(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene, false, TIMEOUT_MS);
    assert_string_equal(look_up(&scene, ROUTE_MX, "::1"), "found insecure; 0 (::1) ::1");
    assert_int_equal(scene.server->questions, 0);
    scene_fini(&scene);
}

static void test_name_without_end(void **state) {
    struct scene scene;
    char name[1000];

    (void)state;
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    scene_init(&scene, false, TIMEOUT_MS);
    look_up(&scene, ROUTE_MX, name);
    assert_int_equal(scene.answer->outcome, ROUTE_NO_HOST);
    assert_int_equal(scene.server->questions, 0);
    name[200] = '\0'; /* a label of 200 bytes */
    look_up(&scene, ROUTE_MX, name);
    assert_int_equal(scene.answer->outcome, ROUTE_FAILED);
    look_up(&scene, ROUTE_HOST, name);
    assert_int_equal(scene.answer->outcome, ROUTE_FAILED);
    scene_fini(&scene);
}

static void free_in_callback(const struct route_answer *answer, void *arg) {
    struct scene *scene = arg;

    assert_int_equal(answer->outcome, ROUTE_FOUND);
    route_free(&scene->route);
    loop_stop(scene->loop);
}

static void test_free_in_callback(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene, false, TIMEOUT_MS);
    route_lookup(scene.route, ROUTE_MX, "silent.example", on_answer, &scene);
    route_lookup(scene.route, ROUTE_MX, "plain.example", free_in_callback, &scene);
    assert_int_equal(loop_run(scene.loop, NULL), 0);
    assert_int_equal(scene.answered, 0);
    scene_fini(&scene);
}

static void test_free_with_look_ups_under_way(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene, false, TIMEOUT_MS);
    for (unsigned i = 0; i < 10; i++)
        route_lookup(scene.route, ROUTE_MX, "silent.example", on_answer, &scene);
    route_lookup(scene.route, ROUTE_MX, "192.0.2.1", on_answer, &scene);
    route_free(&scene.route);
    assert_int_equal(scene.answered, 0);
    scene_fini(&scene);
}

static void test_bad_options(void **state) {
    static const struct route_options bad[] = {
        {.forwarder = "nonsense", .trust_anchor = "", .timeout_ms = 1},
        {.forwarder = "127.0.0.1", .trust_anchor = "nonsense", .timeout_ms = 1},
    };
    struct loop *loop;

    (void)state;
    assert_int_equal(loop_new(clock_system(), &loop, NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct route *route = NULL;
        struct err err = {""};
        assert_int_equal(route_new(loop, &bad[i], &route, &err), -1);
        assert_null(route);
        assert_string_not_equal(err.text, "");
    }
    loop_free(&loop);
}

/* Without options: this machine's resolvers and root key, which this name needs neither of. */
static void test_system(void **state) {
    struct scene scene;
    struct route_options options = {.timeout_ms = TIMEOUT_MS};
    bool found = false;

    (void)state;
    scene_init(&scene, false, TIMEOUT_MS);
    route_free(&scene.route);
    assert_int_equal(route_new(scene.loop, &options, &scene.route, NULL), 0);
    look_up(&scene, ROUTE_HOST, "localhost");
    assert_int_equal(scene.answer->outcome, ROUTE_FOUND);
    for (size_t i = 0; i < scene.answer->hosts[0].address_count; i++)
        found |= strcmp(scene.answer->hosts[0].addresses[i], "127.0.0.1") == 0;
    assert_true(found);
    assert_int_equal(scene.server->questions, 0);
    scene_fini(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_seen_is_more_than_listed),
        cmocka_unit_test(test_dnssec),
        cmocka_unit_test(test_time_limit),
        cmocka_unit_test(test_time_limit_with_half_an_answer),
        cmocka_unit_test(test_time_limit_of_a_host),
        cmocka_unit_test(test_late_answers),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_numeric_asks_nobody),
        cmocka_unit_test(test_name_without_end),
        cmocka_unit_test(test_free_in_callback),
        cmocka_unit_test(test_free_with_look_ups_under_way),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_system),
    };

    return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
