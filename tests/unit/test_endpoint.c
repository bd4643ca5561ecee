/* Endpoints on a real loop, with clients that are sockets of this thread: they say all at once, then the loop runs. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "endpoint/credentials_internal.h"
#include "endpoint/endpoint_internal.h"
#include "fault/compose.h"
#include "net/watch.h"
#include "unit.h"

enum { GUARD_MS = 60 * 1000, MANY_JOBS = 64 /* more than there are threads */ };

struct stage {
    struct loop *loop;
    struct site site;
    struct scenario scenario;
    struct endpoint *endpoint;
    struct timer *guard;
    struct attempt *attempt; /* the last one */
    struct watch *watch;
    int gate;        /* what holds the threads until it is opened */
    bool has_failed; /* the endpoint, to get ready */
};

static void on_guard(void *arg) {
    (void)arg;
    fail_msg("nothing happened within the test's time");
}

static void on_attempt(struct endpoint *endpoint, struct attempt *attempt, void *arg) {
    struct stage *stage = arg;

    (void)endpoint;
    attempt_free(&stage->attempt);
    stage->attempt = attempt;
    loop_stop(stage->loop);
}

static void open_stage(struct stage *stage) {
    static const struct endpoint_ops ops = {.on_attempt = on_attempt};

    stage->endpoint = endpoint_new(&stage->site, &stage->scenario, &ops, stage);
    assert_int_equal(endpoint_listen(stage->endpoint, 0, 0, NULL), 0);
}

static void on_bytes(void *arg) {
    loop_stop(((struct stage *)arg)->loop);
}

/* The loop runs until the server has said something there, or closed. */
static void read_later(struct stage *stage, int fd) {
    stage->watch = watch_new(stage->loop, fd, on_bytes, stage);
}

static void stage_init(struct stage *stage, const char *recipe) {
    *stage = (struct stage){.gate = eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC)};
    assert_int_equal(scenario_parse(recipe, &stage->scenario, NULL), 0);
    assert_int_equal(loop_new(clock_system(), &stage->loop, NULL), 0);
    assert_int_equal(site_init(&stage->site, stage->loop, "localhost", NULL), 0);
    stage->guard = timer_new(stage->loop, on_guard, NULL);
    timer_set(stage->guard, GUARD_MS);
    open_stage(stage);
}

static void stage_fini(struct stage *stage) {
    endpoint_free(&stage->endpoint);
    timer_free(&stage->guard);
    site_fini(&stage->site);
    loop_free(&stage->loop);
    attempt_free(&stage->attempt);
    close(stage->gate);
}

/* Until an attempt is reported. */
static void stage_run(struct stage *stage) {
    assert_int_equal(loop_run(stage->loop, NULL), 0);
}

static int connect_to(unsigned port) {
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof in), 0);
    return fd;
}

static void say(int fd, const char *text) {
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* ... and no more: the server sees the end at once. */
static void say_last(int fd, const char *text) {
    say(fd, text);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
}

static void close_with_reset(int fd) {
    struct linger hard = {.l_onoff = 1, .l_linger = 0};

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard), 0);
    close(fd);
}

/* --- minting --- */

static void wait_at_gate(void *arg) {
    const struct stage *stage = arg;
    uint64_t one;

    if (read(stage->gate, &one, sizeof one) != sizeof one)
        abort();
}

static void is_done(void *arg) {
    (void)arg;
}

static void hold_threads(struct stage *stage) {
    for (int i = 0; i < MANY_JOBS; i++)
        work_submit(stage->site.work, wait_at_gate, is_done, stage);
}

static void release_threads(struct stage *stage) {
    const uint64_t all = MANY_JOBS;

    assert_int_equal(write(stage->gate, &all, sizeof all), sizeof all);
}

/* One client waits for a certificate that cannot be minted, for all threads are held; the others are served. */
static void test_others_are_served_while_one_waits_for_its_certificate(void **state) {
    struct stage stage;

    (void)state;
    stage_init(&stage, "control");
    hold_threads(&stage);
    int waiting = connect_to(endpoint_tls_port(stage.endpoint));
    say_last(waiting, "no ClientHello");
    for (int i = 0; i < 3; i++) {
        int served = connect_to(endpoint_port(stage.endpoint));
        say_last(served, "EHLO client.test\r\nQUIT\r\n");
        stage_run(&stage);
        assert_int_equal(stage.attempt->end, ATTEMPT_QUIT);
        assert_int_equal(endpoint_open_count(stage.endpoint), 1);
        close(served);
    }
    assert_non_null(stage.endpoint->credentials->minting);
    assert_null(stage.endpoint->credentials->tls);

    release_threads(&stage);
    stage_run(&stage);
    assert_non_null(stage.endpoint->credentials->tls);
    assert_true(stage.attempt->implicit_tls);
    assert_int_equal(stage.attempt->tls.handshake, TLS_HANDSHAKE_NONE);
    close(waiting);
    stage_fini(&stage);
}

static void test_who_waits_for_a_certificate_may_go(void **state) {
    struct stage stage;

    (void)state;
    stage_init(&stage, "control");
    hold_threads(&stage);
    int waiting = connect_to(endpoint_tls_port(stage.endpoint));
    int served = connect_to(endpoint_port(stage.endpoint));
    say_last(served, "QUIT\r\n");
    stage_run(&stage);
    close(served);
    close_with_reset(waiting);
    release_threads(&stage);
    stage_run(&stage);
    assert_int_equal(stage.attempt->end, ATTEMPT_RESET);
    assert_int_equal(endpoint_open_count(stage.endpoint), 0);
    stage_fini(&stage);
}

static void test_an_endpoint_may_go_while_it_is_minted(void **state) {
    struct stage stage;

    (void)state;
    stage_init(&stage, "control");
    hold_threads(&stage);
    endpoint_prepare(stage.endpoint);
    endpoint_free(&stage.endpoint);
    release_threads(&stage);
    stage_fini(&stage);
}

/* --- peers that are gone --- */

static void test_a_peer_that_is_gone_before_it_is_greeted(void **state) {
    static const char *const recipes[] = {
        "control", "greeting-421", "greeting-trickle", "greeting-100kb", "ehlo-rst",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(recipes); i++) {
        struct stage stage;
        stage_init(&stage, recipes[i]);
        close_with_reset(connect_to(endpoint_port(stage.endpoint)));
        stage_run(&stage);
        print_message("%s\n", recipes[i]);
        assert_int_equal(stage.attempt->end, ATTEMPT_RESET);
        assert_int_equal(endpoint_open_count(stage.endpoint), 0);
        stage_fini(&stage);
    }
}

static void on_ready(struct endpoint *endpoint, const struct err *err, void *arg) {
    struct stage *stage = arg;

    (void)endpoint;
    stage->has_failed = err != NULL;
    loop_stop(stage->loop);
}

/* A mixture that composition let through, and in which no sender could get in: its key cannot make the signature. */
static void test_what_nobody_can_enter_is_not_served(void **state) {
    static const struct endpoint_ops ops = {.on_attempt = on_attempt, .on_ready = on_ready};
    struct stage stage;

    (void)state;
    stage_init(&stage, "expired+wrong-host");
    endpoint_free(&stage.endpoint);
    stage.scenario.recipe.mint.leaf.key = (struct key_spec){.type = KEY_RSA, .bits = 1024};
    stage.scenario.recipe.tls.scheme = 0x0806 /* rsa_pss_rsae_sha512 */;
    stage.endpoint = endpoint_new(&stage.site, &stage.scenario, &ops, &stage);
    endpoint_prepare(stage.endpoint);
    stage_run(&stage);
    assert_true(stage.has_failed);

    /* Whoever comes all the same has met a failure of the server's own. */
    assert_int_equal(endpoint_listen(stage.endpoint, 0, 0, NULL), 0);
    int fd = connect_to(endpoint_port(stage.endpoint));
    say_last(fd, "EHLO a\r\nSTARTTLS\r\n");
    stage_run(&stage);
    assert_int_equal(stage.attempt->tls.failure, TLS_FAILURE_OURS);
    assert_int_equal(stage.attempt->smtp.starttls, STARTTLS_ACCEPTED);
    close(fd);

    /* It is not made for each who comes: not before a while has passed. */
    assert_null(stage.endpoint->credentials->minting);
    assert_true(stage.endpoint->credentials->retry_at_us > 0);
    stage.scenario.recipe = (struct recipe){.tls.scheme = 0};
    fd = connect_to(endpoint_port(stage.endpoint));
    say_last(fd, "EHLO a\r\nSTARTTLS\r\n");
    stage_run(&stage);
    assert_int_equal(stage.attempt->tls.failure, TLS_FAILURE_OURS);
    assert_null(stage.endpoint->credentials->tls);
    close(fd);
    stage.endpoint->credentials->retry_at_us = 0;
    fd = connect_to(endpoint_port(stage.endpoint));
    say_last(fd, "EHLO a\r\nSTARTTLS\r\n");
    stage_run(&stage);
    assert_non_null(stage.endpoint->credentials->tls);
    close(fd);
    stage_fini(&stage);
}

/* --- crowds --- */

/* Silent connections from one address; the last ones are told that there is no room. */
static void test_a_peer_is_told_when_it_has_too_many(void **state) {
    enum { ROOM = 5, MORE = 3 };
    struct stage stage;
    int fds[ROOM + MORE];
    char text[256];

    (void)state;
    stage_init(&stage, "control");
    endpoint_free(&stage.endpoint);
    stage.site.max_open_per_peer = ROOM;
    site_limit_peers(&stage.site, 0);
    open_stage(&stage);
    for (size_t i = 0; i < ROOM + MORE; i++)
        fds[i] = connect_to(endpoint_port(stage.endpoint));
    read_later(&stage, fds[ROOM + MORE - 1]);
    stage_run(&stage);
    watch_free(&stage.watch);
    int last = connect_to(endpoint_tls_port(stage.endpoint));
    read_later(&stage, last); /* nothing is said there, and it is closed */
    stage_run(&stage);
    for (size_t i = 0; i < ROOM + MORE; i++) {
        ssize_t n = read(fds[i], text, sizeof text - 1);
        assert_true(n > 3);
        text[n] = '\0';
        print_message("%zu: %s", i, text);
        assert_memory_equal(text, i < ROOM ? "220" : "421", 3);
        close(fds[i]);
    }
    assert_int_equal(read(last, text, sizeof text), 0);
    assert_int_equal(endpoint_open_count(stage.endpoint), ROOM);
    watch_free(&stage.watch);
    close(last);
    stage_fini(&stage);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_peer_is_told_when_it_has_too_many),
        cmocka_unit_test(test_what_nobody_can_enter_is_not_served),
        cmocka_unit_test(test_others_are_served_while_one_waits_for_its_certificate),
        cmocka_unit_test(test_who_waits_for_a_certificate_may_go),
        cmocka_unit_test(test_an_endpoint_may_go_while_it_is_minted),
        cmocka_unit_test(test_a_peer_that_is_gone_before_it_is_greeted),
    };

    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
