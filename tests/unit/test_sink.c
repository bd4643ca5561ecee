/* A sink before a reader who stops, who fails, and who comes back. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sink.h"
#include "unit.h"

enum { MOST_B = 100, PATIENCE_MS = 20000 };

struct scene {
    struct sink *sink;
    int ends[2]; /* what is written comes out of the first */
};

static int write_pipe(const void *data, size_t len, void *arg, struct err *err) {
    const struct scene *scene = arg;

    if (len >= 4 && memcmp(data, "fail", 4) == 0)
        return err_set(err, "%.*s", (int)len, (const char *)data);
    return write(scene->ends[1], data, len) == (ssize_t)len ? 0 : err_errno(err, "pipe");
}

static void scene_init(struct scene *scene) {
    assert_int_equal(pipe(scene->ends), 0);
    assert_int_equal(sink_new(MOST_B, write_pipe, scene, &scene->sink, NULL), 0);
}

/* Fills the pipe, so that the next write waits. */
static size_t stop_reading(struct scene *scene) {
    int flags = fcntl(scene->ends[1], F_GETFL);
    size_t filled = 0;

    fcntl(scene->ends[1], F_SETFL, flags | O_NONBLOCK);
    for (char byte = '.'; write(scene->ends[1], &byte, 1) == 1;)
        filled++;
    fcntl(scene->ends[1], F_SETFL, flags);
    return filled;
}

static void skip_bytes(struct scene *scene, size_t len) {
    char byte;

    for (size_t i = 0; i < len; i++)
        assert_int_equal(read(scene->ends[0], &byte, 1), 1);
}

static void scene_fini(struct scene *scene) {
    sink_free(&scene->sink);
    assert_null(scene->sink);
    close(scene->ends[0]);
    close(scene->ends[1]);
}

static void put(struct scene *scene, const char *text) {
    sink_put(scene->sink, text, strlen(text));
}

static bool offer(struct scene *scene, const char *text) {
    return sink_offer(scene->sink, text, strlen(text));
}

static const char *read_text(struct scene *scene, char *out, size_t size_b) {
    ssize_t n = read(scene->ends[0], out, size_b - 1);

    assert_true(n >= 0);
    out[n] = '\0';
    return out;
}

static bool rings(const struct scene *scene, int patience_ms) {
    struct pollfd bell = {.fd = sink_bell(scene->sink), .events = POLLIN};

    return poll(&bell, 1, patience_ms) == 1;
}

static void test_order(void **state) {
    struct scene scene;
    char text[64];

    (void)state;
    scene_init(&scene);
    put(&scene, "one ");
    assert_true(offer(&scene, "two "));
    put(&scene, "");
    put(&scene, "three");
    assert_int_equal(sink_finish(scene.sink, SINK_FOR_EVER), 0);
    assert_string_equal(read_text(&scene, text, sizeof text), "one two three");
    assert_false(rings(&scene, 0));
    scene_fini(&scene);
}

static void test_full(void **state) {
    char big[MOST_B] = {0}, text[2 * MOST_B];
    struct scene scene;

    (void)state;
    scene_init(&scene);
    memset(big, 'x', sizeof big - 1);
    size_t filled = stop_reading(&scene);
    put(&scene, big);
    assert_false(sink_is_full(scene.sink));
    assert_true(offer(&scene, "more"));
    assert_true(sink_is_full(scene.sink));
    assert_false(offer(&scene, "dropped"));
    assert_false(offer(&scene, "dropped"));
    put(&scene, "kept");
    assert_int_equal(sink_finish(scene.sink, 10), -1);
    assert_false(rings(&scene, 0));
    skip_bytes(&scene, filled);
    assert_true(rings(&scene, PATIENCE_MS));
    sink_answer(scene.sink);
    assert_false(rings(&scene, 0));
    assert_false(sink_is_full(scene.sink));
    assert_int_equal(sink_take_dropped(scene.sink), 2);
    assert_int_equal(sink_take_dropped(scene.sink), 0);
    read_text(&scene, text, sizeof text);
    assert_string_equal(text + sizeof big - 1, "morekept");
    scene_fini(&scene);
}

static void test_failure(void **state) {
    struct err err = {"none"};
    struct scene scene;
    char text[64];

    (void)state;
    scene_init(&scene);
    assert_int_equal(sink_failures(scene.sink, &err), 0);
    assert_string_equal(err.text, "none");
    put(&scene, "fail 1");
    assert_true(rings(&scene, PATIENCE_MS));
    put(&scene, "fail 2");
    put(&scene, "well");
    assert_int_equal(sink_finish(scene.sink, SINK_FOR_EVER), 0);
    assert_int_equal(sink_failures(scene.sink, &err), 2);
    assert_string_equal(err.text, "fail 1");
    assert_string_equal(read_text(&scene, text, sizeof text), "well");
    scene_fini(&scene);
}

/* The thread is in a write that nobody ends, until the pipe is closed. */
static void test_free_while_writing(void **state) {
    struct scene scene;

    (void)state;
    scene_init(&scene);
    stop_reading(&scene);
    put(&scene, "one");
    put(&scene, "two");
    assert_int_equal(sink_finish(scene.sink, 10), -1);
    scene_fini(&scene);
}

static void test_log(void **state) {
    char text[4096];
    struct scene scene;

    (void)state;
    scene_init(&scene);
    log_through(scene.sink);
    size_t filled = stop_reading(&scene);
    for (int i = 0; i < 20; i++)
        log_error("message %02d", i);
    skip_bytes(&scene, filled);
    assert_int_equal(sink_finish(scene.sink, SINK_FOR_EVER), 0);
    log_error("last");
    assert_int_equal(sink_finish(scene.sink, SINK_FOR_EVER), 0);
    log_through(NULL);
    read_text(&scene, text, sizeof text);
    assert_non_null(strstr(text, "doormat: message 00\n"));
    assert_null(strstr(text, "message 19"));
    assert_non_null(strstr(text, "doormat: 15 messages were dropped, since nobody read them\n"
                                 "doormat: last\n"));
    scene_fini(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),   cmocka_unit_test(test_full),
        cmocka_unit_test(test_failure), cmocka_unit_test(test_free_while_writing),
        cmocka_unit_test(test_log),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
