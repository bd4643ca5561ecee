#include "net/turns.h"

#include <assert.h>
#include <time.h>

#include "base/mem.h"

enum { REST_PER_COST = 15 /* tenths */, REST_MAX_US = 10 * 1000 * 1000 };

TAILQ_HEAD(turn_list, turn);

struct turns {
    struct loop *loop;
    struct timer *timer; /* set if anybody waits */
    struct turn_list waiting;
    int64_t free_at_us; /* monotonic */
};

int64_t turns_measure(void) {
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void turns_note(struct turns_kind *kind, int64_t cost_us) {
    kind->is_slow |= cost_us >= TURNS_SLOW_US;
}

static int64_t now_us(const struct turns *turns) {
    return clock_mono_us(loop_clock(turns->loop));
}

static void wait_for_next(struct turns *turns) {
    int64_t left_us = turns->free_at_us - now_us(turns);

    timer_set(turns->timer, left_us > 0 ? (left_us + 999) / 1000 : 0);
}

static void on_timer(void *arg) {
    struct turns *turns = arg;
    struct turn *turn = TAILQ_FIRST(&turns->waiting);

    if (turn == NULL)
        return;
    if (now_us(turns) < turns->free_at_us) { /* the loop counts from when its turn began */
        wait_for_next(turns);
        return;
    }
    int64_t before_us = turns_measure();
    turn_cancel(turn);
    turn->fn(turn->arg); /* it may be gone now */
    int64_t rest_us = (turns_measure() - before_us) * REST_PER_COST / 10;
    turns->free_at_us = now_us(turns) + (rest_us < REST_MAX_US ? rest_us : REST_MAX_US);
    if (!TAILQ_EMPTY(&turns->waiting))
        wait_for_next(turns);
}

struct turns *turns_new(struct loop *loop) {
    struct turns *turns = mem_zalloc(sizeof *turns);

    *turns = (struct turns){.loop = loop};
    TAILQ_INIT(&turns->waiting);
    turns->timer = timer_new(loop, on_timer, turns);
    return turns;
}

void turns_free(struct turns **turns) {
    if (*turns == NULL)
        return;
    assert(TAILQ_EMPTY(&(*turns)->waiting));
    timer_free(&(*turns)->timer);
    free(*turns);
    *turns = NULL;
}

void turn_ask(struct turns *turns, struct turn *turn, turn_fn *fn, void *arg) {
    bool is_first = TAILQ_EMPTY(&turns->waiting);

    if (turn->turns != NULL)
        return;
    *turn = (struct turn){.turns = turns, .fn = fn, .arg = arg};
    TAILQ_INSERT_TAIL(&turns->waiting, turn, link);
    if (is_first)
        wait_for_next(turns);
}

void turn_cancel(struct turn *turn) {
    if (turn->turns == NULL)
        return;
    TAILQ_REMOVE(&turn->turns->waiting, turn, link);
    turn->turns = NULL;
}
