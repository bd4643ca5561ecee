/* What takes long has a share of the loop; the real loop and clock, and work that takes this core's time. */
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/stream.h"
#include "net/turns.h"
#include "unit.h"

enum { PIECES = 5, COST_US = TURNS_SLOW_US + 1000, HARD_LIMIT_S = 20 };

struct piece {
    struct hall *hall;
    struct turn turn;
    struct stream *stream;
    struct engine engine;
    enum stream_end end;
    int number, peer;
};

struct hall {
    struct loop *loop;
    struct turns *turns;
    struct turns_kind kind;
    struct timer *tick;
    unsigned ticks;
    int done;
    int64_t ended_us; /* the piece before */
    struct piece pieces[PIECES];
};

static int64_t now_us(const struct hall *hall) {
    return clock_mono_us(loop_clock(hall->loop));
}

static void work_hard(void) {
    int64_t until_us = turns_measure() + COST_US;

    while (turns_measure() < until_us)
        continue;
}

/* In order, with a rest in which the loop does other things. */
static void take(struct piece *piece) {
    struct hall *hall = piece->hall;

    assert_int_equal(piece->number, hall->done);
    if (hall->done > 0) {
        assert_true(hall->ticks > 0);
        assert_true(now_us(hall) - hall->ended_us >= COST_US);
    }
    work_hard();
    hall->ticks = 0;
    hall->ended_us = now_us(hall);
    if (++hall->done == PIECES)
        loop_stop(hall->loop);
}

static void on_turn(void *arg) {
    take(arg);
}

static void on_tick(void *arg) {
    struct hall *hall = arg;

    hall->ticks++;
    timer_set(hall->tick, 1);
}

static void hall_init(struct hall *hall) {
    *hall = (struct hall){.done = 0};
    assert_int_equal(loop_new(clock_system(), &hall->loop, NULL), 0);
    hall->turns = turns_new(hall->loop);
    hall->kind.turns = hall->turns;
    hall->tick = timer_new(hall->loop, on_tick, hall);
    timer_set(hall->tick, 1);
    for (int i = 0; i < PIECES; i++)
        hall->pieces[i] = (struct piece){.hall = hall, .number = i};
    alarm(HARD_LIMIT_S);
}

static void hall_fini(struct hall *hall) {
    alarm(0);
    for (int i = 0; i < PIECES; i++) {
        stream_free(&hall->pieces[i].stream);
        if (hall->pieces[i].peer > 0)
            close(hall->pieces[i].peer);
    }
    timer_free(&hall->tick);
    turns_free(&hall->turns);
    loop_free(&hall->loop);
}

static void test_one_after_the_other_with_rests(void **state) {
    struct hall hall;
    struct turn given_up = {NULL};

    (void)state;
    hall_init(&hall);
    turn_ask(hall.turns, &given_up, on_turn, NULL);
    for (int i = 0; i < PIECES; i++) {
        turn_ask(hall.turns, &hall.pieces[i].turn, on_turn, &hall.pieces[i]);
        turn_ask(hall.turns, &hall.pieces[i].turn, on_turn, NULL); /* it waits already */
    }
    turn_cancel(&given_up);
    assert_int_equal(loop_run(hall.loop, NULL), 0);
    hall_fini(&hall);
}

static void test_a_kind_is_slow_once_a_piece_was(void **state) {
    struct turns_kind kind = {NULL, false};

    (void)state;
    turns_note(&kind, TURNS_SLOW_US - 1);
    assert_false(kind.is_slow);
    turns_note(&kind, TURNS_SLOW_US);
    turns_note(&kind, 1);
    assert_true(kind.is_slow);
}

/* --- handshakes --- */

static void attach(struct engine *engine, const struct wire *wire) {
    (void)engine, (void)wire;
}

static enum engine_result shake(struct engine *engine) {
    take((struct piece *)((char *)engine - offsetof(struct piece, engine)));
    return ENGINE_OK;
}

static enum engine_result read_nothing(struct engine *engine, void *data, size_t size_b,
                                       size_t *n) {
    (void)engine, (void)data, (void)size_b, (void)n;
    return ENGINE_AGAIN;
}

static void end_nothing(struct engine *engine) {
    (void)engine;
}

static const struct engine_class class = {.attach = attach,
                                          .handshake = shake,
                                          .read = read_nothing,
                                          .close = end_nothing,
                                          .free = end_nothing};

static void on_secured(struct stream *stream, void *arg) {
    (void)stream, (void)arg;
}

static void on_end(struct stream *stream, enum stream_end end, void *arg) {
    struct piece *piece = arg;

    (void)stream;
    piece->end = end;
    loop_stop(piece->hall->loop);
}

static void open_stream(struct piece *piece, int64_t life_ms) {
    static const struct stream_ops ops = {.on_secured = on_secured, .on_end = on_end};
    const struct stream_limits limits = {.idle_ms = life_ms, .life_ms = life_ms, .output_b = 1024};
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(write(pair[1], "hello", 5), 5); /* what the engine never reads */
    piece->peer = pair[1];
    piece->engine.class = &class;
    piece->stream = stream_new(piece->hall->loop, pair[0], &limits, &ops, piece);
    stream_take_turns(piece->stream, &piece->hall->kind);
    stream_secure(piece->stream, &piece->engine);
}

/* The first shows what they cost. */
static void test_slow_handshakes_take_turns(void **state) {
    struct hall hall;

    (void)state;
    hall_init(&hall);
    for (int i = 0; i < PIECES; i++)
        open_stream(&hall.pieces[i], 60000);
    assert_true(hall.kind.is_slow);
    assert_int_equal(hall.done, 1);
    hall.ended_us = 0; /* the first had no turn, and no rest behind it */
    hall.ticks = 1;
    assert_int_equal(loop_run(hall.loop, NULL), 0);
    assert_int_equal(hall.done, PIECES);
    for (int i = 0; i < PIECES; i++)
        assert_true(stream_is_secured(hall.pieces[i].stream));
    hall_fini(&hall);
}

static void test_who_waits_for_its_turn_runs_out_of_time(void **state) {
    struct hall hall;

    (void)state;
    hall_init(&hall);
    hall.kind.is_slow = true;
    struct turn endless = {NULL};
    turn_ask(hall.turns, &endless, on_turn, &hall.pieces[0]);
    hall.pieces[0].number = 0;
    open_stream(&hall.pieces[1], 1);
    open_stream(&hall.pieces[2], 60000);
    stream_free(&hall.pieces[2].stream);
    assert_int_equal(loop_run(hall.loop, NULL), 0);
    assert_int_equal(hall.pieces[1].end, STREAM_END_TIMEOUT);
    assert_int_equal(hall.done, 1);
    hall_fini(&hall);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_after_the_other_with_rests),
        cmocka_unit_test(test_a_kind_is_slow_once_a_piece_was),
        cmocka_unit_test(test_slow_handshakes_take_turns),
        cmocka_unit_test(test_who_waits_for_its_turn_runs_out_of_time),
    };

    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
