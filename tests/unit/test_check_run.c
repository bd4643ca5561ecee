/* A run over mail domains, whose MX hosts are on loopback, at a port that connects and says nothing. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "check/check.h"
#include "dns_server.h"
#include "unit.h"

enum { DOMAINS = 500, MX_HOSTS = 12, HOST_MS = 400 };

static const struct dns_row zone[] = {
    {"*.shared.example", DNS_MX, "5 mx.example", 0}, {"mx.example", DNS_A, "127.0.0.2", 0},
    {"wide.example", DNS_MX, "1 h1.example", 0},     {"wide.example", DNS_MX, "2 h2.example", 0},
    {"wide.example", DNS_MX, "3 h3.example", 0},     {"wide.example", DNS_MX, "4 h4.example", 0},
    {"wide.example", DNS_MX, "5 h5.example", 0},     {"wide.example", DNS_MX, "6 h6.example", 0},
    {"wide.example", DNS_MX, "7 h7.example", 0},     {"wide.example", DNS_MX, "8 h8.example", 0},
    {"wide.example", DNS_MX, "9 h9.example", 0},     {"wide.example", DNS_MX, "10 h10.example", 0},
    {"wide.example", DNS_MX, "11 h11.example", 0},   {"wide.example", DNS_MX, "12 h12.example", 0},
    {"h1.example", DNS_A, "127.0.1.1", 0},           {"h2.example", DNS_A, "127.0.1.2", 0},
    {"h3.example", DNS_A, "127.0.1.3", 0},           {"h4.example", DNS_A, "127.0.1.4", 0},
    {"h5.example", DNS_A, "127.0.1.5", 0},           {"h6.example", DNS_A, "127.0.1.6", 0},
    {"h7.example", DNS_A, "127.0.1.7", 0},           {"h8.example", DNS_A, "127.0.1.8", 0},
    {"h9.example", DNS_A, "127.0.1.9", 0},           {"h10.example", DNS_A, "127.0.1.10", 0},
    {"h11.example", DNS_A, "127.0.1.11", 0},         {"h12.example", DNS_A, "127.0.1.12", 0},
};

struct scene {
    struct dns_server *dns;
    int listener;
    unsigned port;
    const char *format; /* of domain names, with a number */
    unsigned next, count;
    unsigned results, shared, unreached;
    unsigned reasons[CHECK_REASON_ADDRESS_TIME + 1]; /* hosts by them */
};

static void scene_init(struct scene *scene, const char *format, unsigned count) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;

    *scene = (struct scene){.format = format, .count = count};
    scene->dns = dns_server_start(zone, ARRAY_LEN(zone));
    scene->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(scene->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(scene->listener, 1000), 0);
    assert_int_equal(getsockname(scene->listener, (struct sockaddr *)&address, &len), 0);
    scene->port = ntohs(address.sin_port);
}

static void scene_fini(struct scene *scene) {
    close(scene->listener);
    dns_server_stop(&scene->dns);
}

static unsigned count_visits(const struct scene *scene) {
    unsigned count = 0;
    int fd;

    for (; (fd = accept(scene->listener, NULL, NULL)) >= 0; count++)
        close(fd);
    return count;
}

static enum check_next next(struct target *out, struct err *err, void *arg) {
    struct scene *scene = arg;
    char name[64];

    if (scene->next == scene->count)
        return CHECK_NEXT_END;
    snprintf(name, sizeof name, "%u%s", scene->next++, scene->format);
    assert_int_equal(target_parse(scene->count == 1 ? scene->format : name, scene->port, out, err),
                     0);
    return CHECK_NEXT_TARGET;
}

static void on_result(struct check_result *result, void *arg) {
    struct scene *scene = arg;

    scene->results++;
    scene->unreached += result->verdict == CHECK_UNREACHED;
    for (size_t i = 0; i < result->host_count; i++) {
        scene->reasons[result->hosts[i].reason]++;
        scene->shared += result->hosts[i].is_shared;
    }
    check_result_free(&result);
}

static void run(struct scene *scene, bool allow_private) {
    struct check_options options = {
        .policy = policy_find("rfc9325"),
        .jobs = 4,
        .tries = 1,
        .connect_ms = HOST_MS,
        .step_ms = HOST_MS,
        .host_ms = HOST_MS,
        .allow_private = allow_private,
        .route = {.forwarder = scene->dns->address, .trust_anchor = "", .timeout_ms = 10000},
        .input_fd = -1,
        .next = next,
        .on_result = on_result,
        .arg = scene,
    };
    struct err err = {""};

    assert_int_equal(check_run(&options, &err), CHECK_DONE);
    assert_string_equal(err.text, "");
}

static void test_one_mx_for_many(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene, ".shared.example", DOMAINS);
    run(&scene, true);
    assert_int_equal(scene.results, DOMAINS);
    assert_int_equal(scene.unreached, DOMAINS);
    assert_int_equal(scene.shared, DOMAINS - 1);
    assert_int_equal(count_visits(&scene), 1);
    scene_fini(&scene);
}

static void test_time_of_a_target(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene, "wide.example", 1);
    run(&scene, true);
    assert_int_equal(scene.results, 1);
    unsigned visits = count_visits(&scene);
    assert_in_range(visits, 2, 6);
    assert_int_equal(scene.reasons[CHECK_REASON_TARGET_TIME], MX_HOSTS - visits);
    scene_fini(&scene);
}

static void test_private_mx(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene, "wide.example", 1);
    run(&scene, false);
    assert_int_equal(scene.results, 1);
    assert_int_equal(scene.reasons[CHECK_REASON_PRIVATE], MX_HOSTS);
    assert_int_equal(count_visits(&scene), 0);
    scene_fini(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_mx_for_many),
        cmocka_unit_test(test_time_of_a_target),
        cmocka_unit_test(test_private_mx),
    };

    return cmocka_run_group_tests_name("check_run", tests, NULL, NULL);
}
