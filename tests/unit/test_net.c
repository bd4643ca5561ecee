/* Streams, listeners and workers, on a real loop; waits end by events, never by sleeping. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "net/listener.h"
#include "net/local.h"
#include "net/stream.h"
#include "net/work.h"
#include "unit.h"

static const char *const both[] = {"127.0.0.1", "::1", NULL};

/* One server-side connection under test, and the client's plain socket. */
struct scene {
    struct loop *loop;
    struct acceptor *acceptor;
    struct listener *listener;
    struct stream *stream;
    struct stream_limits limits;
    struct timer *guard;
    int client;
    struct buf seen;
    enum stream_end end;
    bool echo, finish_on_data, reset_on_data;
};

static void on_data(struct stream *stream, const uint8_t *data, size_t len, void *arg) {
    struct scene *scene = arg;

    assert_int_equal(buf_append(&scene->seen, data, len), 0);
    if (scene->echo)
        stream_write(stream, data, len);
    if (scene->finish_on_data)
        stream_finish(stream, 50);
    if (scene->reset_on_data)
        stream_reset(stream);
}

static void on_secured(struct stream *stream, void *arg) {
    (void)stream, (void)arg;
    fail_msg("no engine here");
}

static void on_end(struct stream *stream, enum stream_end end, void *arg) {
    struct scene *scene = arg;

    (void)stream;
    scene->end = end;
    listener_release(scene->listener);
    stream_free(&scene->stream);
    loop_stop(scene->loop);
}

static void on_accept(int fd, void *arg) {
    static const struct stream_ops ops = {
        .on_data = on_data, .on_secured = on_secured, .on_end = on_end};
    struct scene *scene = arg;

    scene->stream = stream_new(scene->loop, fd, &scene->limits, &ops, scene);
}

static void on_guard(void *arg) {
    (void)arg;
    fail_msg("nothing happened within the test's time");
}

static int connect_to(int family, unsigned port) {
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    in6.sin6_addr = in6addr_loopback;
    int rc = family == AF_INET ? connect(fd, (struct sockaddr *)&in, sizeof in)
                               : connect(fd, (struct sockaddr *)&in6, sizeof in6);
    assert_int_equal(rc, 0);
    return fd;
}

static void scene_init(struct scene *scene) {
    *scene = (struct scene){.limits = {.idle_ms = 5000, .life_ms = 5000, .output_b = 1 << 20}};
    buf_init(&scene->seen, 1 << 20);
    assert_int_equal(loop_new(clock_system(), &scene->loop, NULL), 0);
    assert_int_equal(acceptor_new(scene->loop, &scene->acceptor, NULL), 0);
    assert_int_equal(
        listener_open(scene->acceptor, both, 0, 8, on_accept, scene, &scene->listener, NULL), 0);
    scene->guard = timer_new(scene->loop, on_guard, NULL);
    timer_set(scene->guard, 10000);
    scene->client = connect_to(AF_INET, listener_port(scene->listener));
}

static void scene_run(struct scene *scene) {
    assert_int_equal(loop_run(scene->loop, NULL), 0);
}

static void scene_fini(struct scene *scene) {
    if (scene->client >= 0)
        close(scene->client);
    stream_free(&scene->stream);
    listener_close(&scene->listener);
    acceptor_free(&scene->acceptor);
    timer_free(&scene->guard);
    loop_free(&scene->loop);
    buf_fini(&scene->seen);
}

static void say(const struct scene *scene, const char *text) {
    assert_int_equal(write(scene->client, text, strlen(text)), strlen(text));
}

static void test_a_stream_tells_eof_with_all_data_before_it(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene);
    scene.echo = true;
    say(&scene, "hello");
    shutdown(scene.client, SHUT_WR);
    scene_run(&scene);
    assert_int_equal(scene.end, STREAM_END_EOF);
    assert_string_equal(buf_text(&scene.seen), "hello");
    char back[16] = "";
    assert_int_equal(read(scene.client, back, sizeof back), 5);
    assert_string_equal(back, "hello");
    scene_fini(&scene);
}

static void test_a_stream_tells_reset(void **state) {
    struct linger hard = {.l_onoff = 1, .l_linger = 0};
    struct scene scene;

    (void)state;
    scene_init(&scene);
    setsockopt(scene.client, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(scene.client);
    scene.client = -1;
    scene_run(&scene);
    assert_int_equal(scene.end, STREAM_END_RESET);
    scene_fini(&scene);
}

/* What was queued before goes with it. */
static void test_a_stream_resets(void **state) {
    struct scene scene;
    char back[16];

    (void)state;
    scene_init(&scene);
    scene.echo = scene.reset_on_data = true;
    say(&scene, "hello");
    scene_run(&scene);
    assert_int_equal(scene.end, STREAM_END_OURS);
    assert_int_equal(read(scene.client, back, sizeof back), -1);
    assert_int_equal(errno, ECONNRESET);
    scene_fini(&scene);
}

static void test_a_silent_stream_runs_out_of_time(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene);
    scene.limits.idle_ms = 20;
    scene_run(&scene);
    assert_int_equal(scene.end, STREAM_END_TIMEOUT);
    scene_fini(&scene);
}

static void test_a_chatty_stream_runs_out_of_life(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene);
    scene.limits.life_ms = 0;
    say(&scene, "x");
    scene_run(&scene);
    assert_int_equal(scene.end, STREAM_END_TIMEOUT);
    scene_fini(&scene);
}

static void test_finish_sends_all_then_fin_then_gives_up_waiting(void **state) {
    struct scene scene;
    char back[64];

    (void)state;
    scene_init(&scene);
    scene.echo = scene.finish_on_data = true;
    say(&scene, "bye");
    scene_run(&scene); /* the client does not close: the linger time ends it */
    assert_int_equal(scene.end, STREAM_END_OURS);
    assert_int_equal(read(scene.client, back, sizeof back), 3);
    assert_int_equal(read(scene.client, back, sizeof back), 0);
    scene_fini(&scene);
}

static void test_output_past_the_ceiling_ends_the_stream(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene);
    scene.limits.output_b = 2;
    scene.echo = true;
    say(&scene, "more than two");
    scene_run(&scene);
    assert_int_equal(scene.end, STREAM_END_RESET);
    scene_fini(&scene);
}

/* Idle for longer than all that is read takes a piece of, and for shorter than all of it. */
enum { IDLE_MS = 500, READ_EACH_MS = 5, PIECES_WANTED = 200, MUCH_B = 4 * 1024 * 1024 };

struct slow_reader {
    struct scene *scene;
    struct timer *timer;
    int pieces;
};

static void accept_only(int fd, void *arg) {
    struct scene *scene = arg;

    on_accept(fd, arg);
    loop_stop(scene->loop);
}

/* Who writes is in the midst of something, and must not lose the stream meanwhile. */
static void test_a_stream_does_not_end_within_a_call(void **state) {
    struct linger hard = {.l_onoff = 1, .l_linger = 0};
    struct scene scene;

    (void)state;
    scene_init(&scene);
    close(scene.client);
    listener_close(&scene.listener);
    assert_int_equal(
        listener_open(scene.acceptor, both, 0, 8, accept_only, &scene, &scene.listener, NULL), 0);
    scene.client = connect_to(AF_INET, listener_port(scene.listener));
    scene_run(&scene);
    setsockopt(scene.client, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(scene.client);
    scene.client = -1;

    stream_write(scene.stream, "x", 1);
    stream_pause(scene.stream);
    stream_write(scene.stream, "y", 1);
    stream_resume(scene.stream);
    stream_finish(scene.stream, 50);
    assert_non_null(scene.stream);
    assert_int_equal(scene.end, STREAM_END_NONE);
    scene_run(&scene);
    assert_null(scene.stream);
    assert_int_equal(scene.end, STREAM_END_RESET);
    scene_fini(&scene);
}

/* Where nothing may be read, what has come must not keep the loop awake until the end of the linger time. */
static void test_finish_while_it_is_paused(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene);
    listener_close(&scene.listener);
    close(scene.client);
    assert_int_equal(
        listener_open(scene.acceptor, both, 0, 8, accept_only, &scene, &scene.listener, NULL), 0);
    scene.client = connect_to(AF_INET, listener_port(scene.listener));
    scene_run(&scene);
    say(&scene, "x");
    stream_pause(scene.stream);
    stream_finish(scene.stream, 50);
    stream_resume(scene.stream); /* and does not begin a wait of its own */
    scene_run(&scene);
    assert_int_equal(scene.end, STREAM_END_OURS);
    assert_string_equal(buf_text(&scene.seen), "x");
    scene_fini(&scene);
}

/* The kernel takes little at a time. */
static void accept_with_little_room(int fd, void *arg) {
    int little = 16 * 1024;

    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &little, sizeof little);
    accept_only(fd, arg);
}

/* Reads at leisure what is more than the kernel holds, a piece a time, for twice the idle time. */
static void read_a_piece(void *arg) {
    struct slow_reader *reader = arg;
    char piece[16 * 1024];

    (void)!recv(reader->scene->client, piece, sizeof piece, MSG_DONTWAIT);
    if (reader->scene->stream == NULL)
        return;
    timer_set(reader->timer, READ_EACH_MS);
    if (++reader->pieces == PIECES_WANTED)
        loop_stop(reader->scene->loop);
}

static void test_what_is_read_slowly_is_not_idle(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene);
    close(scene.client);
    listener_close(&scene.listener);
    scene.limits.idle_ms = IDLE_MS;
    scene.limits.output_b = 16 * 1024 * 1024;
    assert_int_equal(listener_open(scene.acceptor, both, 0, 8, accept_with_little_room, &scene,
                                   &scene.listener, NULL),
                     0);
    scene.client = connect_to(AF_INET, listener_port(scene.listener));
    scene_run(&scene);
    char *much = mem_zalloc(MUCH_B);
    stream_write(scene.stream, much, MUCH_B);
    free(much);
    struct slow_reader reader = {.scene = &scene};
    reader.timer = timer_new(scene.loop, read_a_piece, &reader);
    timer_set(reader.timer, READ_EACH_MS);
    scene_run(&scene);
    assert_int_equal(scene.end, STREAM_END_NONE);
    assert_int_equal(reader.pieces, PIECES_WANTED);
    timer_free(&reader.timer);
    scene_fini(&scene);
}

static void test_a_port_is_the_same_on_both_families(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene);
    int six = connect_to(AF_INET6, listener_port(scene.listener));
    assert_true(six >= 0);
    close(six);
    scene_fini(&scene);
}

static void test_a_port_in_use_is_an_error_with_a_text(void **state) {
    struct scene scene;
    struct listener *second = NULL;
    struct err err;

    (void)state;
    scene_init(&scene);
    unsigned port = listener_port(scene.listener);
    assert_int_equal(listener_open(scene.acceptor, both, port, 8, on_accept, &scene, &second, &err),
                     -1);
    assert_non_null(strstr(err.text, "cannot listen on 127.0.0.1 port"));
    assert_non_null(strstr(err.text, "Address already in use"));
    const char *const nonsense[] = {"localhost", NULL};
    assert_int_equal(
        listener_open(scene.acceptor, nonsense, 0, 8, on_accept, &scene, &second, &err), -1);
    assert_string_equal(err.text, "localhost: not an IPv4 or IPv6 address");
    scene_fini(&scene);
}

/* ---- work ---- */

struct sum {
    struct loop *loop;
    int ran, finished, wanted;
};

static void sum_run(void *arg) {
    __atomic_add_fetch(&((struct sum *)arg)->ran, 1, __ATOMIC_SEQ_CST);
}

static void sum_done(void *arg) {
    struct sum *sum = arg;

    if (++sum->finished == sum->wanted)
        loop_stop(sum->loop);
}

static void test_work_comes_back_to_the_loop(void **state) {
    struct sum sum = {.wanted = 100};
    struct work *work = NULL;

    (void)state;
    assert_int_equal(loop_new(clock_system(), &sum.loop, NULL), 0);
    assert_int_equal(work_new(sum.loop, 4, &work, NULL), 0);
    for (int i = 0; i < sum.wanted; i++)
        work_submit(work, sum_run, sum_done, &sum);
    assert_int_equal(loop_run(sum.loop, NULL), 0);
    assert_int_equal(sum.ran, 100);
    for (int i = 0; i < 50; i++) /* left behind: each is handed back all the same */
        work_submit(work, sum_run, sum_done, &sum);
    work_free(&work);
    assert_int_equal(sum.finished, 150);
    loop_free(&sum.loop);
}

/* A socket has a name before its program listens at it. */
static void test_a_unix_socket_is_listened_on(void **state) {
    char dir[] = "/tmp/doormat-unit-XXXXXX";
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(name.sun_path, sizeof name.sun_path, "%s/socket", dir);
    assert_false(local_is_listening(name.sun_path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&name, sizeof name), 0);
    assert_false(local_is_listening(name.sun_path));
    assert_int_equal(listen(fd, 1), 0);
    assert_true(local_is_listening(name.sun_path));
    close(fd);
    assert_false(local_is_listening(name.sun_path));
    unlink(name.sun_path);
    rmdir(dir);
    char *longer = mem_zalloc(sizeof name.sun_path + 1);
    memset(longer, 'a', sizeof name.sun_path);
    assert_false(local_is_listening(longer));
    free(longer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stream_tells_eof_with_all_data_before_it),
        cmocka_unit_test(test_a_stream_tells_reset),
        cmocka_unit_test(test_a_stream_resets),
        cmocka_unit_test(test_a_silent_stream_runs_out_of_time),
        cmocka_unit_test(test_a_chatty_stream_runs_out_of_life),
        cmocka_unit_test(test_finish_sends_all_then_fin_then_gives_up_waiting),
        cmocka_unit_test(test_output_past_the_ceiling_ends_the_stream),
        cmocka_unit_test(test_a_stream_does_not_end_within_a_call),
        cmocka_unit_test(test_finish_while_it_is_paused),
        cmocka_unit_test(test_what_is_read_slowly_is_not_idle),
        cmocka_unit_test(test_a_port_is_the_same_on_both_families),
        cmocka_unit_test(test_a_port_in_use_is_an_error_with_a_text),
        cmocka_unit_test(test_a_unix_socket_is_listened_on),
        cmocka_unit_test(test_work_comes_back_to_the_loop),
    };

    return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
