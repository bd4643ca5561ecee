/* A stream whose engine hears its peer's goodbye, on a socket of its own and with an engine that only counts. */
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/stream.h"
#include "unit.h"

struct scene {
    struct loop *loop;
    struct stream *stream;
    int client;
    enum stream_end how; /* the engine ended, then the stream */
    enum stream_end end;
    bool finishes, has_plaintext; /* behind TLS */
};

/* Whatever comes is the peer's goodbye; its own is "bye". */
struct polite_engine {
    struct engine base;
    struct wire wire;
};

static void polite_attach(struct engine *engine, const struct wire *wire) {
    ((struct polite_engine *)engine)->wire = *wire;
}

static enum engine_result polite_handshake(struct engine *engine) {
    (void)engine;
    return ENGINE_OK;
}

static enum engine_result polite_read(struct engine *base, void *data, size_t size_b, size_t *n) {
    struct polite_engine *engine = (struct polite_engine *)base;
    long got = engine->wire.read(engine->wire.stream, data, size_b);

    *n = 0;
    return got == WIRE_AGAIN ? ENGINE_AGAIN : got == WIRE_EOF ? ENGINE_EOF : ENGINE_CLOSED;
}

static enum engine_result polite_write(struct engine *engine, const void *data, size_t len) {
    (void)engine, (void)data, (void)len;
    return ENGINE_OK;
}

static void polite_close(struct engine *base) {
    struct polite_engine *engine = (struct polite_engine *)base;

    assert_int_equal(engine->wire.write(engine->wire.stream, "bye", 3), 0);
}

static void polite_free(struct engine *engine) {
    free(engine);
}

static struct engine *polite_engine_new(void) {
    static const struct engine_class polite = {
        .attach = polite_attach,
        .handshake = polite_handshake,
        .read = polite_read,
        .write = polite_write,
        .close = polite_close,
        .free = polite_free,
    };
    struct polite_engine *engine = mem_zalloc(sizeof *engine);

    engine->base.class = &polite;
    return &engine->base;
}

static void on_data(struct stream *stream, const uint8_t *data, size_t len, void *arg) {
    (void)stream, (void)data, (void)len, (void)arg;
    fail_msg("nothing is said");
}

static void on_secured(struct stream *stream, void *arg) {
    struct scene *scene = arg;

    if (scene->finishes)
        stream_finish(stream, 5000);
}

static bool on_insecure(struct stream *stream, enum stream_end how, void *arg) {
    struct scene *scene = arg;

    (void)stream;
    scene->how = how;
    return true;
}

static void on_end(struct stream *stream, enum stream_end end, void *arg) {
    struct scene *scene = arg;

    (void)stream;
    scene->end = end;
    stream_free(&scene->stream);
    loop_stop(scene->loop);
}

static void scene_run(struct scene *scene) {
    static const struct stream_limits limits = {
        .idle_ms = 5000, .life_ms = 5000, .insecure_ms = 5000, .output_b = 1024};
    static const struct stream_ops server = {.on_data = on_data,
                                             .on_secured = on_secured,
                                             .on_insecure = on_insecure,
                                             .on_end = on_end},
                                   probe = {.on_data = on_data,
                                            .on_secured = on_secured,
                                            .on_end = on_end};
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(loop_new(clock_system(), &scene->loop, NULL), 0);
    scene->client = pair[0];
    scene->stream =
        stream_new(scene->loop, pair[1], &limits, scene->has_plaintext ? &server : &probe, scene);
    assert_int_equal(write(scene->client, "goodbye", 7), 7);
    assert_int_equal(shutdown(scene->client, SHUT_WR), 0);
    stream_secure(scene->stream, polite_engine_new());
    assert_int_equal(loop_run(scene->loop, NULL), 0);
}

static size_t read_all(int fd, char *out, size_t size_b) {
    size_t n = 0;

    for (ssize_t got; (got = read(fd, out + n, size_b - n)) > 0;)
        n += (size_t)got;
    return n;
}

/* RFC 8446 6.1, RFC 5246 7.2.1: whoever has not said goodbye does so before the end, and nobody says it twice. */
static void test_a_goodbye_is_answered_once(void **state) {
    static const struct {
        bool finishes, has_plaintext;
        enum stream_end end;
    } cases[] = {
        {false, true, STREAM_END_EOF},
        {true, true, STREAM_END_EOF},
        {false, false, STREAM_END_CLOSE_NOTIFY},
        {true, false, STREAM_END_CLOSE_NOTIFY},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scene scene = {.finishes = cases[i].finishes,
                              .has_plaintext = cases[i].has_plaintext};
        char back[16] = "";

        scene_run(&scene);
        assert_int_equal(scene.how == STREAM_END_CLOSE_NOTIFY, cases[i].has_plaintext);
        assert_int_equal(scene.end, cases[i].end);
        assert_int_equal(read_all(scene.client, back, sizeof back), 3);
        assert_string_equal(back, "bye");
        close(scene.client);
        loop_free(&scene.loop);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_goodbye_is_answered_once)};

    return cmocka_run_group_tests_name("goodbye", tests, NULL, NULL);
}
