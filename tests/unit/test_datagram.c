/* Datagrams: answers leave from the address that was asked, also at a wildcard socket; what is too long is dropped, and a flood
 * leaves the loop to others. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/datagram.h"
#include "net/watch.h"
#include "unit.h"

struct scene {
    struct loop *loop;
    struct datagram *datagram;
    struct timer *guard;
    int client;
    struct watch *watch;
    unsigned seen;      /* datagrams */
    unsigned last_turn; /* ... since the timer fired last */
    size_t len;         /* of the last one */
    char peer[PEER_SIZE_B], local[NUMERIC_SIZE_B];
    char answer_from[NUMERIC_SIZE_B], answer[64];
};

static void on_datagram(const uint8_t *data, size_t len, const struct datagram_route *route,
                        void *arg) {
    struct scene *scene = arg;
    uint8_t bytes[NUMERIC_IPV6_B];
    char text[NUMERIC_SIZE_B];

    scene->seen++;
    scene->last_turn++;
    scene->len = len;
    datagram_describe_peer(route, scene->peer);
    datagram_describe_local(route, scene->local);
    assert_int_equal(numeric_format(bytes, datagram_peer_bytes(route, bytes), text), 0);
    assert_non_null(strstr(scene->peer, text));
    datagram_answer(route, data, len);
}

static void on_answer(void *arg) {
    struct scene *scene = arg;
    struct sockaddr_storage from = {0};
    socklen_t from_len = sizeof from;
    ssize_t len = recvfrom(scene->client, scene->answer, sizeof scene->answer - 1, 0,
                           (struct sockaddr *)&from, &from_len);

    assert_true(len >= 0);
    scene->answer[len] = '\0';
    inet_ntop(from.ss_family,
              from.ss_family == AF_INET ? (void *)&((struct sockaddr_in *)&from)->sin_addr
                                        : (void *)&((struct sockaddr_in6 *)&from)->sin6_addr,
              scene->answer_from, sizeof scene->answer_from);
    loop_stop(scene->loop);
}

static void give_up(void *arg) {
    (void)arg;
    fail_msg("nothing came");
}

static void begin(struct scene *scene, const char *address) {
    const char *addresses[] = {address, NULL};
    struct err err;
    bool is_taken;

    *scene = (struct scene){.client = -1};
    assert_int_equal(loop_new(clock_system(), &scene->loop, &err), 0);
    if (datagram_open(scene->loop, addresses, 0, on_datagram, scene, &scene->datagram, &is_taken,
                      &err) != 0)
        fail_msg("%s", err.text);
    scene->guard = timer_new(scene->loop, give_up, scene);
    timer_set(scene->guard, 20 * 1000);
}

static void finish(struct scene *scene) {
    watch_free(&scene->watch);
    timer_free(&scene->guard);
    datagram_close(&scene->datagram);
    loop_free(&scene->loop);
    if (scene->client >= 0)
        close(scene->client);
}

/* An unconnected socket: it takes an answer from any address. */
static void send_to(struct scene *scene, const char *address, const void *data, size_t len) {
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)datagram_port(scene->datagram))};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = in.sin_port};
    bool is_v6 = inet_pton(AF_INET, address, &in.sin_addr) != 1;

    if (is_v6)
        assert_int_equal(inet_pton(AF_INET6, address, &in6.sin6_addr), 1);
    if (scene->client < 0)
        scene->client = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(sendto(scene->client, data, len, 0,
                            is_v6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in,
                            is_v6 ? sizeof in6 : sizeof in),
                     len);
}

static void expect_answer(const char *listen, const char *asked) {
    struct scene scene;
    struct err err;

    begin(&scene, listen);
    send_to(&scene, asked, "hello", 5);
    scene.watch = watch_new(scene.loop, scene.client, on_answer, &scene);
    assert_int_equal(loop_run(scene.loop, &err), 0);
    assert_string_equal(scene.answer, "hello");
    assert_string_equal(scene.answer_from, asked);
    assert_string_equal(scene.local, asked);
    finish(&scene);
}

static void test_answers_from_the_asked_address(void **state) {
    (void)state;
    expect_answer("127.0.0.1", "127.0.0.1");
    expect_answer("0.0.0.0", "127.0.0.1");
    expect_answer("0.0.0.0", "127.1.2.3");
    expect_answer("::1", "::1");
    expect_answer("::", "::1");
}

static void test_what_is_too_long_is_dropped(void **state) {
    static const char big[DATAGRAM_SIZE_B + 1];
    struct scene scene;
    struct err err;

    (void)state;
    begin(&scene, "127.0.0.1");
    send_to(&scene, "127.0.0.1", big, sizeof big);
    send_to(&scene, "127.0.0.1", "", 0);
    scene.watch = watch_new(scene.loop, scene.client, on_answer, &scene);
    assert_int_equal(loop_run(scene.loop, &err), 0);
    assert_int_equal(scene.seen, 1);
    assert_int_equal(scene.len, 0);
    finish(&scene);
}

static void on_tick(void *arg) {
    struct scene *scene = arg;

    assert_true(scene->last_turn <= DATAGRAM_PER_TURN);
    scene->last_turn = 0;
    if (scene->seen < 10 * DATAGRAM_PER_TURN)
        timer_set(scene->guard, 0);
    else
        loop_stop(scene->loop);
}

/* A timer has its turn between. */
static void test_a_flood_leaves_turns_to_others(void **state) {
    struct scene scene;
    struct err err;

    (void)state;
    begin(&scene, "127.0.0.1");
    timer_free(&scene.guard);
    scene.guard = timer_new(scene.loop, on_tick, &scene);
    timer_set(scene.guard, 0);
    for (int i = 0; i < 10 * DATAGRAM_PER_TURN; i++)
        send_to(&scene, "127.0.0.1", "x", 1);
    assert_int_equal(loop_run(scene.loop, &err), 0);
    finish(&scene);
}

static void test_ports_that_cannot_be_had(void **state) {
    const char *const same[] = {"127.0.0.1", NULL}, *const foreign[] = {"192.0.2.1", NULL},
                      *const none[] = {"localhost", NULL};
    struct datagram *other = NULL;
    struct scene scene;
    struct err err;
    bool is_taken;

    (void)state;
    begin(&scene, "127.0.0.1");
    unsigned port = datagram_port(scene.datagram);
    assert_int_equal(
        datagram_open(scene.loop, same, port, on_datagram, NULL, &other, &is_taken, &err), -1);
    assert_true(is_taken);
    assert_int_equal(
        datagram_open(scene.loop, foreign, 0, on_datagram, NULL, &other, &is_taken, &err), -1);
    assert_false(is_taken);
    assert_int_equal(datagram_open(scene.loop, none, 0, on_datagram, NULL, &other, &is_taken, &err),
                     -1);
    assert_null(other);
    finish(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_from_the_asked_address),
        cmocka_unit_test(test_what_is_too_long_is_dropped),
        cmocka_unit_test(test_a_flood_leaves_turns_to_others),
        cmocka_unit_test(test_ports_that_cannot_be_had),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
