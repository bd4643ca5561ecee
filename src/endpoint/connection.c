#include <assert.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "endpoint/endpoint_internal.h"
#include "endpoint/notes.h"
#include "net/peer.h"

enum {
    TRANSCRIPT_MAX_B = 128 * 1024,
    REPLIES_MAX_B = 256 * 1024,
    LINGER_MS = 2000,
    AGAIN_MS = 500
};

/* One connection: stream (bytes) + session (dialogue) + engine (TLS), and the attempt that they fill. */
struct connection {
    struct door *door;
    struct connection *next, *previous;
    struct stream *stream;
    struct smtp_session *session;
    struct attempt *attempt;
    struct transcript *transcript; /* NULL: none is kept */
    bool is_tls_end_told;
    struct buf replies;
    int64_t started_us;     /* monotonic */
    bool waiting;           /* for the certificate */
    struct timer *patience; /* until the session goes on; NULL unless it ever waited */
    bool is_patient;        /* the timer runs */
    /* TLS failed while the sender had yet to read some of it.  Who reads lines may have them before our first answer in
     * plaintext, and wait; then it is given again, on a line of its own.  Who has read them has no need of that. */
    bool leaves_unread;
    struct buf first_answer;
    struct timer *again; /* NULL unless it ever ran */
    struct quota_seat seat, endpoint_seat;
    enum stream_end
        tls_end; /* how TLS ended, if the connection outlived it and nothing came behind; or NONE */
};

static void report(struct connection *connection, enum stream_end how);

static struct endpoint *endpoint_of(const struct connection *connection) {
    return connection->door->endpoint;
}

static void link_in(struct connection *connection) {
    struct endpoint *endpoint = endpoint_of(connection);

    connection->next = endpoint->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    endpoint->connections = connection;
    endpoint->open_count++;
}

static void unlink_from(struct connection *connection) {
    struct endpoint *endpoint = endpoint_of(connection);

    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        endpoint->connections = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    endpoint->open_count--;
}

struct connection *connection_next(const struct connection *connection) {
    return connection->next;
}

void connection_drop(struct connection *connection) {
    unlink_from(connection);
    quota_leave(&connection->seat);
    quota_leave(&connection->endpoint_seat);
    if (connection->door->listener != NULL)
        listener_release(connection->door->listener);
    stream_free(&connection->stream);
    timer_free(&connection->patience);
    timer_free(&connection->again);
    buf_fini(&connection->first_answer);
    smtp_session_free(&connection->session);
    transcript_free(&connection->transcript);
    attempt_free(&connection->attempt);
    buf_fini(&connection->replies);
    free(connection);
}

static void give_again(void *arg) {
    struct connection *connection = arg;

    stream_write(connection->stream, "\r\n", 2);
    stream_write(connection->stream, connection->first_answer.data, connection->first_answer.len);
    transcript_said(connection->transcript, connection->first_answer.data,
                    connection->first_answer.len);
}

static void keep_first_answer(struct connection *connection) {
    connection->leaves_unread = false;
    buf_append(&connection->first_answer, connection->replies.data, connection->replies.len);
    connection->again = timer_new(endpoint_of(connection)->site->loop, give_again, connection);
    timer_set(connection->again, AGAIN_MS);
}

static void send_replies(struct connection *connection) {
    if (connection->leaves_unread && connection->replies.len > 0)
        keep_first_answer(connection);
    stream_write(connection->stream, connection->replies.data, connection->replies.len);
    transcript_said(connection->transcript, connection->replies.data, connection->replies.len);
    buf_release(&connection->replies);
}

/* Our own failure, never the sender's: the connection ends. */
static void give_up(struct connection *connection) {
    connection->attempt->tls.failure = TLS_FAILURE_OURS;
    stream_finish(connection->stream, LINGER_MS);
}

static void start_tls(struct connection *connection) {
    struct endpoint *endpoint = endpoint_of(connection);
    struct engine *engine = NULL;
    struct err err;

    enum credentials_state state = credentials_get(endpoint->credentials);
    if (state == CREDENTIALS_FAILED) {
        give_up(connection);
        return;
    }
    if (state == CREDENTIALS_MINTING) {
        connection->waiting = true;
        stream_pause(connection->stream);
        return;
    }
    if (tls_server_engine(credentials_tls(endpoint->credentials), &connection->attempt->tls,
                          &engine, &err) != 0) {
        log_error("%s: %s", endpoint->scenario->name, err.text);
        give_up(connection);
        return;
    }
    send_replies(connection);
    stream_take_turns(connection->stream, &endpoint->handshakes);
    stream_secure(connection->stream, engine);
}

void connection_go_on(struct connection *connection, const struct err *err) {
    if (!connection->waiting)
        return;
    connection->waiting = false;
    if (err != NULL)
        give_up(connection);
    else
        start_tls(connection);
    if (!connection->waiting)
        stream_resume(connection->stream);
}

static void go_on(void *arg);

static void wait_for_session(struct connection *connection) {
    if (connection->is_patient)
        return;
    if (connection->patience == NULL)
        connection->patience = timer_new(endpoint_of(connection)->site->loop, go_on, connection);
    connection->is_patient = true;
    timer_set(connection->patience, smtp_session_wait_ms(connection->session));
}

static void stop_waiting(struct connection *connection) {
    if (connection->is_patient)
        timer_unset(connection->patience);
    connection->is_patient = false;
}

/* Does what the session asks for.  The connection may be gone afterwards. */
static void obey(struct connection *connection, enum smtp_step step) {
    if (step != SMTP_STEP_WAIT)
        stop_waiting(connection);
    switch (step) {
    case SMTP_STEP_READ:
        send_replies(connection);
        break;
    case SMTP_STEP_START_TLS:
        start_tls(connection);
        break;
    case SMTP_STEP_CLOSE:
        send_replies(connection);
        stream_finish(connection->stream, LINGER_MS);
        break;
    case SMTP_STEP_RESET:
        stream_reset(connection->stream);
        break;
    case SMTP_STEP_WAIT:
        send_replies(connection);
        wait_for_session(connection);
        break;
    }
}

static void go_on(void *arg) {
    struct connection *connection = arg;

    connection->is_patient = false;
    obey(connection, smtp_session_go_on(connection->session, &connection->replies));
}

static void touch(struct connection *connection) {
    quota_touch(&connection->seat);
    quota_touch(&connection->endpoint_seat);
}

static void on_data(struct stream *stream, const uint8_t *data, size_t len, void *arg) {
    struct connection *connection = arg;

    (void)stream;
    touch(connection);
    connection->tls_end = STREAM_END_NONE;
    if (connection->again != NULL)
        timer_unset(connection->again);
    obey(connection, smtp_session_feed(connection->session, data, len, &connection->replies));
}

static void tell_tls_end(struct connection *connection) {
    if (!connection->is_tls_end_told)
        notes_put_tls_end(connection->transcript, &connection->attempt->tls);
    connection->is_tls_end_told = true;
}

/* Whoever has said QUIT has nothing left to say in plaintext; who floods us would go on with it; and who meets a failure of
 * ours is not to be led into what it would not do otherwise. */
static bool on_insecure(struct stream *stream, enum stream_end how, void *arg) {
    struct connection *connection = arg;
    const struct tls_seen *tls = &connection->attempt->tls;

    (void)stream;
    if (smtp_session_seen(connection->session)->quit || tls->failure == TLS_FAILURE_FLOODED ||
        tls->failure == TLS_FAILURE_OURS)
        return false;
    connection->tls_end = how;
    tell_tls_end(connection);
    connection->attempt->channel = CHANNEL_PLAIN;
    obey(connection, smtp_session_unsecured(connection->session, &connection->replies));
    connection->leaves_unread = tls->version != 0 && tls->handshake != TLS_HANDSHAKE_COMPLETED;
    return true;
}

static void greet(struct connection *connection) {
    obey(connection, smtp_session_greet(connection->session, &connection->replies));
}

static void on_secured(struct stream *stream, void *arg) {
    struct connection *connection = arg;

    (void)stream;
    touch(connection);
    connection->attempt->channel = CHANNEL_TLS;
    notes_put_secured(connection->transcript, &connection->attempt->tls,
                      credentials_tls(endpoint_of(connection)->credentials));
    enum smtp_step step = smtp_session_secured(connection->session, &connection->replies);
    if (connection->door->implicit_tls)
        greet(connection);
    else
        obey(connection, step);
}

static void on_end(struct stream *stream, enum stream_end how, void *arg) {
    struct connection *connection = arg;

    (void)stream;
    report(connection, how);
}

static enum attempt_end attempt_end_of(const struct attempt *attempt, enum stream_end how) {
    if (how == STREAM_END_TLS && attempt->tls.alert_read != TLS_NO_ALERT)
        return ATTEMPT_ALERT;
    if (attempt->smtp.quit)
        return ATTEMPT_QUIT;
    if (how == STREAM_END_RESET)
        return ATTEMPT_RESET;
    return how == STREAM_END_TIMEOUT ? ATTEMPT_TIMEOUT : ATTEMPT_EOF;
}

static void fill_attempt(struct connection *connection, enum stream_end how) {
    struct attempt *attempt = connection->attempt;
    const struct clock *clock = loop_clock(endpoint_of(connection)->site->loop);

    attempt->duration_us = clock_mono_us(clock) - connection->started_us;
    smtp_session_ended(connection->session);
    attempt->smtp = *smtp_session_seen(connection->session);
    if (how == STREAM_END_BROKEN)
        attempt->tls.failure = TLS_FAILURE_OURS;
    if (attempt->tls.handshake == TLS_HANDSHAKE_BEGUN)
        attempt->tls.handshake = TLS_HANDSHAKE_FAILED;
    attempt->end =
        attempt_end_of(attempt, connection->tls_end != STREAM_END_NONE ? connection->tls_end : how);
}

static void keep_transcript(struct connection *connection) {
    struct buf text;

    if (connection->transcript == NULL)
        return;
    tell_tls_end(connection);
    notes_put_end(connection->transcript, connection->attempt);
    buf_init(&text, TRANSCRIPT_MAX_B);
    transcript_put(connection->transcript, &text);
    connection->attempt->transcript = mem_strdup(buf_text(&text));
    buf_fini(&text);
}

/* Unlinks before it reports: the callee may look at, or free, the endpoint. */
static void report(struct connection *connection, enum stream_end how) {
    struct endpoint *endpoint = endpoint_of(connection);
    struct attempt *attempt = connection->attempt;

    fill_attempt(connection, how);
    keep_transcript(connection);
    connection->attempt = NULL;
    connection_drop(connection);
    endpoint->ops->on_attempt(endpoint, attempt, endpoint->arg);
}

void connection_hang_up(struct connection *connection) {
    report(connection, STREAM_END_TIMEOUT);
}

/* Where STARTTLS is not offered there is no TLS at all: the other port speaks plaintext too. */
static bool has_implicit_tls(const struct connection *connection) {
    return connection->door->implicit_tls &&
           endpoint_of(connection)->scenario->recipe.smtp.starttls_offer !=
               SMTP_STARTTLS_NOT_OFFERED;
}

static void begin_dialogue(struct connection *connection) {
    struct endpoint *endpoint = endpoint_of(connection);
    struct smtp_setup setup = {.hostname = mint_lab_host(endpoint->site->lab),
                               .knobs = &endpoint->scenario->recipe.smtp,
                               .limits = &endpoint->site->smtp,
                               .implicit_tls = has_implicit_tls(connection),
                               .on_heard = connection->transcript != NULL ? transcript_heard : NULL,
                               .arg = connection->transcript};

    connection->session = smtp_session_new(&setup);
    if (setup.implicit_tls)
        start_tls(connection);
    else
        greet(connection);
}

/* Its place is given to another: it was silent, and its peer has most of them. */
static void shed(void *arg) {
    struct connection *connection = arg;
    const char *host = mint_lab_host(endpoint_of(connection)->site->lab);

    if (stream_can_speak(connection->stream) && !connection->waiting) {
        char *text = mem_printf("421 %s Too many connections, and this one is silent\r\n", host);
        stream_write(connection->stream, text, strlen(text));
        free(text);
    }
    connection_hang_up(connection);
}

static bool find_room(struct connection *connection, int fd) {
    struct endpoint *endpoint = endpoint_of(connection);
    uint64_t peer = endpoint->quota != NULL ? peer_number(fd) : 0;

    if (!quota_enter(endpoint->site->quota, peer, &connection->seat, shed, connection))
        return false;
    if (quota_enter(endpoint->quota, peer, &connection->endpoint_seat, shed, connection))
        return true;
    quota_leave(&connection->seat);
    return false;
}

/* RFC 5321 3.8.  Where TLS comes first nothing can be said. */
static void turn_away(struct door *door, int fd) {
    bool speaks_first =
        !door->implicit_tls ||
        door->endpoint->scenario->recipe.smtp.starttls_offer == SMTP_STARTTLS_NOT_OFFERED;
    char *text = mem_printf("421 %s Too many connections, try again later\r\n",
                            mint_lab_host(door->endpoint->site->lab));

    listener_turn_away(door->listener, fd, speaks_first ? text : NULL);
    free(text);
}

static struct connection *connection_new(struct door *door, int fd) {
    static const struct stream_ops ops = {
        .on_data = on_data, .on_secured = on_secured, .on_insecure = on_insecure, .on_end = on_end};
    struct connection *connection = mem_zalloc(sizeof *connection);
    struct site *site = door->endpoint->site;
    const struct clock *clock = loop_clock(site->loop);

    connection->door = door;
    if (!find_room(connection, fd)) {
        free(connection);
        return NULL;
    }
    buf_init(&connection->replies, REPLIES_MAX_B);
    buf_init(&connection->first_answer, REPLIES_MAX_B);
    connection->started_us = clock_mono_us(clock);
    connection->attempt = mem_zalloc(sizeof *connection->attempt);
    connection->attempt->started_us = clock_wall_us(clock);
    connection->attempt->implicit_tls = door->implicit_tls;
    tls_seen_init(&connection->attempt->tls);
    if (site->keeps_transcripts)
        connection->transcript = transcript_new();
    connection->stream = stream_new(site->loop, fd, &site->stream, &ops, connection);
    snprintf(connection->attempt->peer, sizeof connection->attempt->peer, "%s",
             stream_peer(connection->stream));
    link_in(connection);
    return connection;
}

void connection_open(struct door *door, int fd) {
    struct connection *connection = connection_new(door, fd);

    if (connection != NULL)
        begin_dialogue(connection);
    else
        turn_away(door, fd);
}
