#include "net/stream.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "net/stream_internal.h"

enum { LEFTOVER_MAX_B = 64 * 1024 };

static void destroy(struct stream *stream) {
    event_free(stream->readable);
    event_free(stream->writable);
    turn_cancel(&stream->turn);
    if (stream->again != NULL)
        event_free(stream->again);
    stream_drain_and_close(stream->fd);
    buf_fini(&stream->out);
    free(stream);
}

static void end(struct stream *stream, enum stream_end how) {
    if (stream->ended || stream->doomed)
        return;
    stream->ended = true;
    turn_cancel(&stream->turn);
    event_del(stream->readable);
    event_del(stream->writable);
    if (stream->again != NULL)
        event_del(stream->again);
    stream->ops->on_end(stream, how, stream->arg);
}

/* The owner may be in the midst of something: it is not told from within a call of its own. */
static void end_soon(struct stream *stream, enum stream_end how) {
    if (stream->ending != STREAM_END_NONE || stream->ended || stream->doomed)
        return;
    stream->ending = how;
    event_active(stream->readable, EV_TIMEOUT, 0);
}

static bool is_over(const struct stream *stream) {
    return stream->ended || stream->doomed || stream->ending != STREAM_END_NONE;
}

/* The event persists: libevent starts the idle time anew with each read. */
static void arm_read(struct stream *stream, int64_t idle_ms) {
    struct timeval tv = {.tv_sec = idle_ms / 1000, .tv_usec = idle_ms % 1000 * 1000};

    if (event_add(stream->readable, &tv) != 0) {
        stream_break(stream, true);
        end_soon(stream, STREAM_END_BROKEN);
    }
}

/* Leaves a callback: what was queued goes out in one write, and a stream that was freed inside goes away. */
static void leave(struct stream *stream) {
    assert(stream->busy > 0);
    if (stream->busy > 1) {
        stream->busy--;
        return;
    }
    stream_flush(stream);
    if (stream->broken)
        end_soon(stream, stream->is_ours ? STREAM_END_BROKEN : STREAM_END_RESET);
    stream->busy--;
    if (stream->doomed)
        destroy(stream);
}

/* One read in plaintext or through the engine; *n is 0 when nothing has come, or nothing but what the engine keeps. */
static enum stream_end read_some(struct stream *stream, uint8_t *data, size_t *n, bool *is_dry) {
    *n = 0;
    if (stream->engine != NULL) {
        enum engine_result result =
            stream->engine->class->read(stream->engine, data, STREAM_CHUNK_B, n);
        *is_dry = result != ENGINE_OK && result != ENGINE_YIELD;
        return stream_end_of(result);
    }
    long got = stream_wire_read(stream, data, STREAM_CHUNK_B);
    if (got > 0)
        *n = (size_t)got;
    *is_dry = got <= 0;
    return got > 0 ? STREAM_END_NONE : stream_end_of_wire(got);
}

static void on_again(evutil_socket_t fd, short what, void *arg);
static void on_turn(void *arg);

static bool is_reading(const struct stream *stream) {
    return !is_over(stream) && !stream->paused;
}

static void set_again(struct stream *stream, int64_t delay_ms) {
    const struct timeval tv = {.tv_sec = delay_ms / 1000, .tv_usec = delay_ms % 1000 * 1000};

    if (stream->again == NULL)
        stream->again = event_new(loop_base(stream->loop), -1, 0, on_again, stream);
    if (stream->again == NULL)
        abort();
    event_add(stream->again, &tv);
}

/* By a timer: an event that activates itself within its own callback gives way to none. */
static void take_another_turn(struct stream *stream) {
    set_again(stream, 0);
}

static int64_t left_ms(const struct stream *stream) {
    int64_t left_us = stream->deadline_us - clock_mono_us(loop_clock(stream->loop));

    return left_us > 0 ? left_us / 1000 + 1 : 0;
}

static bool is_waiting(const struct stream *stream) {
    return stream->turn.turns != NULL;
}

/* What has come stays where it is; the limits hold on. */
static void wait_for_turn(struct stream *stream) {
    int64_t wait_ms = left_ms(stream);

    event_del(stream->readable);
    turn_ask(stream->kind->turns, &stream->turn, on_turn, stream);
    set_again(stream, wait_ms < stream->limits.idle_ms ? wait_ms : stream->limits.idle_ms);
}

static enum stream_end advance_handshake(struct stream *stream) {
    int64_t before_us = 0;

    if (stream->kind != NULL && stream->kind->is_slow && !stream->has_turn) {
        wait_for_turn(stream);
        return STREAM_END_NONE;
    }
    stream->has_turn = false;
    if (stream->kind != NULL)
        before_us = turns_measure();
    enum engine_result result = stream->engine->class->handshake(stream->engine);
    if (stream->kind != NULL)
        turns_note(stream->kind, turns_measure() - before_us);
    if (result == ENGINE_OK) {
        stream->secured = true;
        stream->ops->on_secured(stream, stream->arg);
    }
    return stream_end_of(result);
}

/* The rest of a cut record is no plaintext. */
static void hand_over(struct stream *stream, const uint8_t *data, size_t len) {
    size_t skipped = len < stream->skip_b ? len : stream->skip_b;

    stream->skip_b -= skipped;
    if (len == skipped)
        return;
    if (stream->tls_end != STREAM_END_NONE && !stream->finishing)
        arm_read(stream, stream->limits.idle_ms);
    stream->tls_end = STREAM_END_NONE;
    stream->ops->on_data(stream, data + skipped, len - skipped, stream->arg);
}

/* The engine is over, and the connection need not be: back to plaintext, if its owner wants.  Whether it does. */
static bool leave_engine(struct stream *stream, enum stream_end how) {
    struct engine *engine = stream->engine;
    struct buf leftover;

    buf_init(&leftover, LEFTOVER_MAX_B);
    if (engine->class->leftover != NULL)
        stream->skip_b = engine->class->leftover(engine, &leftover);
    engine->class->free(engine);
    stream->engine = NULL;
    stream->secured = false;
    stream->tls_end = how;
    bool goes_on = stream->ops->on_insecure(stream, how, stream->arg) && !is_over(stream);
    if (goes_on && !stream->finishing)
        arm_read(stream, stream->limits.insecure_ms);
    if (goes_on && leftover.len > 0)
        hand_over(stream, leftover.data, leftover.len);
    buf_fini(&leftover);
    return goes_on;
}

/* RFC 8446 6.1, RFC 5246 7.2.1: whoever has not said goodbye yet does so before the connection ends. */
static void answer_goodbye(struct stream *stream, enum stream_end how) {
    if (how == STREAM_END_CLOSE_NOTIFY && stream->engine != NULL && !stream->finishing)
        stream->engine->class->close(stream->engine);
}

static bool outlives_engine(const struct stream *stream, enum stream_end how) {
    return (how == STREAM_END_TLS || how == STREAM_END_CLOSE_NOTIFY) && stream->engine != NULL &&
           stream->ops->on_insecure != NULL && !stream->broken;
}

/* Until nothing is there, an end, or a turn's worth.  Of what is left the kernel reminds us, if it has it; for what the engine
 * has there is a next turn. */
static enum stream_end read_on(struct stream *stream) {
    uint8_t data[STREAM_CHUNK_B];
    size_t n;
    enum stream_end how = STREAM_END_NONE;
    bool is_dry = false;

    for (int i = 0; how == STREAM_END_NONE && !is_dry && is_reading(stream); i++) {
        struct engine *engine = stream->engine;
        if (i == STREAM_READS_PER_TURN) {
            take_another_turn(stream);
            break;
        }
        how = read_some(stream, data, &n, &is_dry);
        if (n > 0)
            hand_over(stream, data, n);
        if (stream->engine != engine)
            break; /* STARTTLS: what comes next is the handshake's */
    }
    return how;
}

static void pump(struct stream *stream) {
    enum stream_end how = stream->failed;

    stream->failed = STREAM_END_NONE;
    if (how == STREAM_END_NONE && stream->engine != NULL && !stream->secured)
        how = advance_handshake(stream);
    if (how == STREAM_END_NONE && (stream->engine == NULL || stream->secured))
        how = read_on(stream);
    answer_goodbye(stream, how);
    if (outlives_engine(stream, how) && leave_engine(stream, how))
        how = read_on(stream);
    if (how != STREAM_END_NONE)
        end(stream, how);
}

static bool is_out_of_time(const struct stream *stream, short what) {
    return (what & EV_TIMEOUT) != 0 ||
           clock_mono_us(loop_clock(stream->loop)) >= stream->deadline_us;
}

static enum stream_end how_time_ends(const struct stream *stream) {
    if (stream->finishing)
        return STREAM_END_OURS;
    return stream->tls_end != STREAM_END_NONE ? stream->tls_end : STREAM_END_TIMEOUT;
}

static void take_turn(struct stream *stream, short what) {
    stream->busy++;
    stream->wrote = stream->drained = false;
    stream->wire_reads = 0;
    if (stream->ending != STREAM_END_NONE)
        end(stream, stream->ending);
    else if ((what & EV_READ) != 0)
        pump(stream);
    if (is_out_of_time(stream, what))
        end(stream, how_time_ends(stream));
    stream_acknowledge(stream);
    leave(stream);
}

static void on_readable(evutil_socket_t fd, short what, void *arg) {
    (void)fd;
    take_turn(arg, what);
}

/* Either more is to be read, or the time is over in which the turn should have come. */
static void on_again(evutil_socket_t fd, short what, void *arg) {
    struct stream *stream = arg;

    (void)fd, (void)what;
    if (is_waiting(stream))
        take_turn(stream, EV_TIMEOUT);
    else if (is_reading(stream))
        take_turn(stream, EV_READ);
}

static void on_turn(void *arg) {
    struct stream *stream = arg;

    event_del(stream->again);
    if (!is_reading(stream))
        return;
    arm_read(stream, stream->finishing ? left_ms(stream) : stream->limits.idle_ms);
    stream->has_turn = true;
    take_turn(stream, EV_READ);
}

static void on_writable(evutil_socket_t fd, short what, void *arg) {
    struct stream *stream = arg;

    (void)fd;
    (void)what;
    stream->busy++;
    stream->wrote = false;
    stream_flush(stream);
    if (stream->wrote && !stream->finishing && !stream->paused && !is_over(stream) &&
        stream->tls_end == STREAM_END_NONE)
        arm_read(stream, stream->limits.idle_ms);
    leave(stream);
}

struct stream *stream_new(struct loop *loop, int fd, const struct stream_limits *limits,
                          const struct stream_ops *ops, void *arg) {
    struct stream *stream = mem_zalloc(sizeof *stream);
    int one = 1;

    *stream = (struct stream){.loop = loop, .fd = fd, .limits = *limits, .ops = ops, .arg = arg};
    stream->deadline_us = clock_mono_us(loop_clock(loop)) + limits->life_ms * 1000;
    buf_init(&stream->out, limits->output_b);
    peer_describe(fd, stream->peer);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    stream->readable = event_new(loop_base(loop), fd, EV_READ | EV_PERSIST, on_readable, stream);
    stream->writable = event_new(loop_base(loop), fd, EV_WRITE, on_writable, stream);
    if (stream->readable == NULL || stream->writable == NULL)
        abort();
    arm_read(stream, limits->idle_ms);
    return stream;
}

void stream_free(struct stream **stream) {
    struct stream *dying = *stream;

    *stream = NULL;
    if (dying == NULL)
        return;
    dying->busy++;
    dying->doomed = true;
    if (dying->engine != NULL) /* at once: what it notes things in is its owner's */
        dying->engine->class->free(dying->engine);
    dying->engine = NULL;
    leave(dying);
}

void stream_write(struct stream *stream, const void *data, size_t len) {
    stream->busy++;
    if (len == 0 || is_over(stream) || stream->finishing) {
        leave(stream);
        return;
    }
    if (stream->engine == NULL)
        stream_wire_write(stream, data, len);
    else if (stream->engine->class->write(stream->engine, data, len) != ENGINE_OK)
        stream_break(stream, false);
    leave(stream);
}

void stream_secure(struct stream *stream, struct engine *engine) {
    struct wire wire = {.read = stream_wire_read, .write = stream_wire_write, .stream = stream};

    assert(stream->engine == NULL);
    stream->busy++;
    stream->engine = engine;
    engine->class->attach(engine, &wire);
    enum stream_end how =
        is_over(stream) ? STREAM_END_NONE : advance_handshake(stream); /* a client speaks first */
    if (stream->secured && !is_over(stream))
        take_another_turn(stream); /* more may have come in the same record's company */
    if (outlives_engine(stream, how)) {
        stream->failed = how;
        event_active(stream->readable, EV_READ, 0);
    } else if (how != STREAM_END_NONE) {
        end_soon(stream, how);
    }
    leave(stream);
}

void stream_take_turns(struct stream *stream, struct turns_kind *kind) {
    stream->kind = kind;
}

void stream_pause(struct stream *stream) {
    stream->paused = true;
    if (!is_over(stream))
        event_del(stream->readable); /* no time limit either: the wait is ours */
}

void stream_resume(struct stream *stream) {
    stream->busy++;
    if (!is_over(stream) && stream->paused) {
        arm_read(stream, stream->limits.idle_ms);
        if (stream->engine != NULL)
            take_another_turn(stream);
    }
    stream->paused = false;
    leave(stream);
}

void stream_finish(struct stream *stream, int64_t linger_ms) {
    if (stream->finishing || is_over(stream))
        return;
    stream->busy++;
    if (stream->secured)
        stream->engine->class->close(stream->engine);
    stream->finishing = true;
    stream->paused = false;
    stream->deadline_us = clock_mono_us(loop_clock(stream->loop)) + linger_ms * 1000;
    arm_read(stream, linger_ms);
    leave(stream);
}

void stream_reset(struct stream *stream) {
    struct linger hard = {.l_onoff = 1, .l_linger = 0}; /* makes of close() a reset */

    stream->busy++;
    buf_reset(&stream->out);
    setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    end_soon(stream, STREAM_END_OURS);
    leave(stream);
}

const char *stream_peer(const struct stream *stream) {
    return stream->peer;
}

bool stream_is_secured(const struct stream *stream) {
    return stream->secured;
}

bool stream_can_speak(const struct stream *stream) {
    return stream->engine == NULL || stream->secured;
}

void stream_prolong(struct stream *stream, int64_t life_ms) {
    if (stream->finishing || is_over(stream))
        return;
    stream->limits.idle_ms = stream->limits.life_ms = life_ms;
    stream->deadline_us = clock_mono_us(loop_clock(stream->loop)) + life_ms * 1000;
    if (!stream->paused)
        arm_read(stream, life_ms);
}
