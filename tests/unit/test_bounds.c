/* Who sends without end, on a real loop: whatever one stream does, the loop goes on. */
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/stream.h"
#include "unit.h"

enum {
    HARD_LIMIT_S = 20,           /* of the whole test; a loop that never comes back has no other */
    ENOUGH_TURNS = 20,           /* of a timer */
    WAITING_B = 2 * 1024 * 1024, /* in the kernel */
    READ_B = 1024,
    READS_A_TURN_MAX = 64,
};

struct source; /* what an engine does in a call */
typedef enum engine_result read_fn(struct source *source, void *data, size_t size_b, size_t *n);

struct source {
    struct engine base;
    struct wire wire;
    read_fn *read;
    size_t most_in_a_call, read_b;
};

struct scene {
    struct loop *loop;
    struct stream *stream;
    struct timer *timer;
    struct source source;
    int peer;
    unsigned turns;
    size_t wanted_b;
};

static enum engine_result data_without_end(struct source *source, void *data, size_t size_b,
                                           size_t *n) {
    (void)source, (void)size_b;
    *(char *)data = 'x';
    *n = 1;
    return ENGINE_OK;
}

static enum engine_result nothing_without_end(struct source *source, void *data, size_t size_b,
                                              size_t *n) {
    (void)source, (void)data, (void)size_b, (void)n;
    return ENGINE_YIELD;
}

/* As a library does that skips what it does not need. */
static enum engine_result take_all(struct source *source, void *data, size_t size_b, size_t *n) {
    size_t calls = 0;
    long got;

    (void)size_b, (void)n;
    while ((got = source->wire.read(source->wire.stream, data, READ_B)) > 0) {
        source->read_b += (size_t)got;
        calls++;
    }
    if (calls > source->most_in_a_call)
        source->most_in_a_call = calls;
    return ENGINE_AGAIN;
}

static void source_attach(struct engine *engine, const struct wire *wire) {
    ((struct source *)engine)->wire = *wire;
}

static enum engine_result source_handshake(struct engine *engine) {
    (void)engine;
    return ENGINE_OK;
}

static enum engine_result source_read(struct engine *engine, void *data, size_t size_b, size_t *n) {
    struct source *source = (struct source *)engine;

    return source->read(source, data, size_b, n);
}

static enum engine_result source_write(struct engine *engine, const void *data, size_t len) {
    (void)engine, (void)data, (void)len;
    return ENGINE_OK;
}

static void source_close(struct engine *engine) {
    (void)engine;
}

static const struct engine_class source_class = {
    .name = "source",
    .attach = source_attach,
    .handshake = source_handshake,
    .read = source_read,
    .write = source_write,
    .close = source_close,
    .free = source_close,
};

static void on_data(struct stream *stream, const uint8_t *data, size_t len, void *arg) {
    (void)stream, (void)data, (void)len, (void)arg;
}

static void on_secured(struct stream *stream, void *arg) {
    (void)stream, (void)arg;
}

static void on_end(struct stream *stream, enum stream_end end, void *arg) {
    (void)stream, (void)end, (void)arg;
    fail_msg("the stream ended");
}

static void on_turn(void *arg) {
    struct scene *scene = arg;

    if (++scene->turns >= ENOUGH_TURNS && scene->source.read_b >= scene->wanted_b)
        loop_stop(scene->loop);
    else
        timer_set(scene->timer, 1);
}

/* What is said lies in the kernel before the loop starts. */
static void scene_run(struct scene *scene, read_fn *read, size_t say_b) {
    static const struct stream_ops ops = {
        .on_data = on_data, .on_secured = on_secured, .on_end = on_end};
    static const struct stream_limits limits = {
        .idle_ms = 60000, .life_ms = 60000, .output_b = 1 << 20};
    int pair[2], size_b = 2 * WAITING_B;
    char *bytes = mem_zalloc(say_b);

    *scene = (struct scene){.source = {.base = {&source_class}, .read = read},
                            .wanted_b = say_b > 1 ? say_b : 0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUFFORCE, &size_b, sizeof size_b), 0);
    assert_int_equal(write(pair[1], bytes, say_b), say_b);
    free(bytes);
    assert_int_equal(loop_new(clock_system(), &scene->loop, NULL), 0);
    scene->peer = pair[1];
    scene->timer = timer_new(scene->loop, on_turn, scene);
    timer_set(scene->timer, 1);
    scene->stream = stream_new(scene->loop, pair[0], &limits, &ops, scene);
    stream_secure(scene->stream, &scene->source.base);
    alarm(HARD_LIMIT_S);
    assert_int_equal(loop_run(scene->loop, NULL), 0);
    alarm(0);
}

static void scene_fini(struct scene *scene) {
    stream_free(&scene->stream);
    timer_free(&scene->timer);
    loop_free(&scene->loop);
    close(scene->peer);
}

static void test_the_loop_goes_on_whatever_an_engine_has(void **state) {
    static read_fn *const reads[] = {data_without_end, nothing_without_end};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(reads); i++) {
        struct scene scene;
        scene_run(&scene, reads[i], 1);
        assert_true(scene.turns >= ENOUGH_TURNS);
        scene_fini(&scene);
    }
}

/* Where one call to the engine takes what it gets, it gets a turn's share; and in the end all. */
static void test_a_call_gets_a_turns_share(void **state) {
    struct scene scene;

    (void)state;
    scene_run(&scene, take_all, WAITING_B);
    assert_int_equal(scene.source.read_b, WAITING_B);
    assert_in_range(scene.source.most_in_a_call, 1, READS_A_TURN_MAX);
    scene_fini(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_loop_goes_on_whatever_an_engine_has),
        cmocka_unit_test(test_a_call_gets_a_turns_share),
    };

    return cmocka_run_group_tests_name("bounds", tests, NULL, NULL);
}
