#include "smtp/session.h"

#include "base/mem.h"
#include "smtp/reply.h"
#include "smtp/session_state.h"

enum { HELD_MAX_B = 256 * 1024 };

/* The first byte of a TLS record (RFC 8446 5.1). */
enum { RECORD_FIRST = 20, RECORD_HANDSHAKE = 22, RECORD_LAST = 23 };

const struct smtp_limits smtp_limits_default = {
    .line_b = 12288,
    .message_b = 10 * 1024 * 1024,
    .commands = 1000,
    .errors = 20,
    .recipients = 1000,
    .messages = 100,
};

static enum starttls_outcome first_outcome(const struct smtp_setup *setup) {
    if (setup->implicit_tls)
        return STARTTLS_IMPLICIT;
    return setup->knobs->starttls_offer == SMTP_STARTTLS_NOT_OFFERED ? STARTTLS_NOT_OFFERED
                                                                     : STARTTLS_NOT_TRIED;
}

static bool is_stripped(const struct smtp_session *session) {
    return session->given != NULL;
}

static bool is_in_auth(const struct smtp_session *session) {
    return session->mode == MODE_AUTH_USER || session->mode == MODE_AUTH_LAST;
}

/* A line without an end is not acted on, and has been said. */
static void note_rest(struct smtp_session *session, const char *line, size_t len) {
    if (len > 0 && line[len - 1] == '\r')
        len--;
    if (len == 0 || (len == 1 && line[0] == '*'))
        return;
    if (is_in_auth(session))
        session_note_exposure(session, EXPOSURE_CREDENTIALS);
    else
        session_observe_rest(session, line, len);
}

static void note_begun(struct smtp_session *session) {
    const char *line;
    size_t len;

    line_reader_begun(&session->reader, &line, &len);
    if (len > 0 && (session->mode == MODE_COMMAND || is_in_auth(session)))
        note_rest(session, line, len);
}

static void forget_plaintext(struct smtp_session *session) {
    note_begun(session);
    if (is_stripped(session))
        session->setup.knobs = session->given;
    session->given = NULL;
    session->what_behind = BEHIND_NOTHING;
    buf_release(&session->behind);
    line_reader_reset(&session->reader);
    memset(&session->said, 0, sizeof session->said);
    session->mode = MODE_COMMAND;
    session->step = SMTP_STEP_READ;
    session->channel = CHANNEL_TLS;
    session_note_stage(session, SMTP_STAGE_HANDSHAKE);
}

/* What somebody on the path shows who has cut TLS out. */
static const struct smtp_knobs stripped_knobs = {
    .starttls_offer = SMTP_STARTTLS_NOT_OFFERED,
    .auth_in_plaintext = 1,
};

static void strip(struct smtp_session *session) {
    if (!is_stripped(session)) {
        session->given = session->setup.knobs;
        session->before = session->seen.exposed[CHANNEL_PLAIN];
    }
    session->setup.knobs = &stripped_knobs;
    session->hold.on = false;
    session->step = SMTP_STEP_READ;
    session->channel = CHANNEL_PLAIN;
    session->said.greeted = true; /* it said EHLO before, or inside TLS */
    session->said.authenticated = false;
}

struct smtp_session *smtp_session_new(const struct smtp_setup *setup) {
    struct smtp_session *session = mem_zalloc(sizeof *session);

    session->setup = *setup;
    session->seen.starttls = first_outcome(setup);
    line_reader_init(&session->reader, setup->limits->line_b);
    buf_init(&session->hold.bytes, HELD_MAX_B);
    buf_init(&session->hold.early, SESSION_EARLY_MAX_B);
    buf_init(&session->behind, HELD_MAX_B);
    if (setup->implicit_tls)
        forget_plaintext(session);
    return session;
}

void smtp_session_free(struct smtp_session **session) {
    if (*session == NULL)
        return;
    line_reader_fini(&(*session)->reader);
    buf_fini(&(*session)->hold.bytes);
    buf_fini(&(*session)->hold.early);
    buf_fini(&(*session)->behind);
    free(*session);
    *session = NULL;
}

const struct smtp_seen *smtp_session_seen(const struct smtp_session *session) {
    return &session->seen;
}

static enum smtp_step next_step(const struct smtp_session *session) {
    return session->hold.on ? SMTP_STEP_WAIT : session->step;
}

enum smtp_step smtp_session_greet(struct smtp_session *session, struct buf *out) {
    char *text = mem_printf("%s ESMTP Doormat", session->setup.hostname);

    session_answer(session, out, SMTP_POINT_GREETING, 220, text);
    free(text);
    return next_step(session);
}

enum smtp_step smtp_session_secured(struct smtp_session *session, struct buf *out) {
    forget_plaintext(session);
    if (!session->setup.implicit_tls)
        session_answer_unasked(session, out, SMTP_POINT_SECURED);
    return next_step(session);
}

enum smtp_step smtp_session_unsecured(struct smtp_session *session, struct buf *out) {
    bool is_greeting_due = session->setup.implicit_tls && session->seen.commands == 0;

    note_begun(session);
    strip(session);
    line_reader_reset(&session->reader);
    session->mode = MODE_COMMAND;
    session->head_len = 0;
    session->what_behind = BEHIND_NOTHING;
    buf_release(&session->behind);
    if (is_greeting_due)
        smtp_session_greet(session, out);
    return session->step;
}

void session_note_stage(struct smtp_session *session, enum smtp_stage stage) {
    if (session->seen.furthest < stage)
        session->seen.furthest = stage;
}

void session_note_exposure(struct smtp_session *session, enum exposure exposure) {
    enum exposure *most = &session->seen.exposed[session->channel];

    if (*most < exposure)
        *most = exposure;
}

void session_reset_transaction(struct smtp_session *session) {
    session->said.has_mail = session->said.mail_refused = false;
    session->said.smtputf8 = false;
    session->said.recipients = 0;
}

void session_end(struct smtp_session *session, struct buf *out, const char *text) {
    smtp_reply_put(out, 421, text);
    session->step = SMTP_STEP_CLOSE;
}

bool session_is_one_error_too_many(struct smtp_session *session, struct buf *out, unsigned code) {
    if (code < 500 || code > 504 || ++session->seen.errors <= session->setup.limits->errors)
        return false;
    session_end(session, out, "4.7.0 Too many errors");
    return true;
}

void session_reply(struct smtp_session *session, struct buf *out, unsigned code, const char *text) {
    if (!session_is_one_error_too_many(session, out, code))
        smtp_reply_put(out, code, text);
}

/* A sender may overshoot the announced size and is told so at the end, but not without end. */
bool session_is_without_end(const struct smtp_session *session, uint64_t size_b) {
    enum { OVERSIZE_FACTOR = 8 };

    return size_b / OVERSIZE_FACTOR > session->setup.limits->message_b;
}

void session_start_body(struct smtp_session *session) {
    smtp_body_init(&session->body);
    session->mode = MODE_BODY;
    session_note_stage(session, SMTP_STAGE_DATA);
}

static const char accepted_text[] = "2.0.0 Ok: seen, judged, and thrown away";

static void finish_message(struct smtp_session *session, struct buf *out) {
    struct smtp_seen *seen = &session->seen;
    bool is_wanted = !session->said.data_refused;

    session->said.data_refused = false;
    seen->messages++;
    seen->bare_lf += session->body.bare_lf;
    seen->false_ends += session->body.false_ends;
    session_note_stage(session, SMTP_STAGE_MESSAGE);
    session_reset_transaction(session);
    session->mode = MODE_COMMAND;
    if (session->body.size_b > session->setup.limits->message_b) {
        session_reply(session, out, 552, "5.3.4 Message too big");
        return;
    }
    if (!is_wanted)
        session_reply(session, out, 503, "5.5.1 DATA was refused");
    else if (session_answer(session, out, SMTP_POINT_DOT, 250, accepted_text) / 100 == 2)
        seen->accepted[session->channel] = true;
}

static void note_message(struct smtp_session *session) {
    session_note_exposure(session, EXPOSURE_MESSAGE);
    session->seen.is_planted |= session->body.is_planted;
    if (session->hold.is_early)
        session_note_late_reader(session);
}

static size_t feed_body(struct smtp_session *session, const uint8_t *data, size_t len,
                        struct buf *out) {
    struct smtp_body *body = &session->body;
    bool is_due = session_has_answer(session, SMTP_POINT_BODY) &&
                  (session->answered & 1U << SMTP_POINT_BODY) == 0;
    size_t used;
    bool ended = smtp_body_feed(body, data, is_due ? 1 : len, &used);

    if (body->size_b > 0 && (ended || !smtp_body_is_commands(body)))
        note_message(session);
    if (is_due && !smtp_body_is_commands(body))
        session_answer_unasked(session, out, SMTP_POINT_BODY);
    /* Before the end is looked at, so that the outcome does not hang on how the bytes were cut. */
    if (session_is_without_end(session, body->size_b))
        session_end(session, out, "4.3.4 Message without end");
    else if (ended)
        finish_message(session, out);
    return used;
}

static void take_long_line(struct smtp_session *session, const char *line, size_t len,
                           struct buf *out) {
    bool is_response = session->mode != MODE_COMMAND;

    note_rest(session, line, len);
    session->mode = MODE_COMMAND; /* an AUTH dialogue is broken off (RFC 4954 4) */
    session->said.tried_auth = false;
    session->seen.commands++;
    session_reply(session, out, 500,
                  is_response ? "5.5.6 Authentication exchange line is too long"
                              : "5.5.2 Line too long");
}

static size_t feed_line(struct smtp_session *session, const uint8_t *data, size_t len,
                        struct buf *out) {
    struct line_reader *reader = &session->reader;
    unsigned bare_lf = reader->bare_lf;
    const char *line;
    size_t line_len, used;
    enum line_result result = line_reader_next(reader, data, len, &used, &line, &line_len);

    session->seen.bare_lf += reader->bare_lf - bare_lf;
    if (result == LINE_ENDLESS) {
        note_rest(session, line, line_len);
        session_end(session, out, "4.5.2 Line without end");
    } else if (result == LINE_TOO_LONG)
        take_long_line(session, line, line_len, out);
    else if (result == LINE_READY && session->mode == MODE_COMMAND)
        session_take_command(session, line, line_len, out);
    else if (result == LINE_READY)
        session_take_auth_response(session, line, line_len, out);
    return used;
}

static size_t feed_chunk(struct smtp_session *session, size_t len, struct buf *out) {
    size_t used = len < session->chunk ? len : (size_t)session->chunk;

    session_note_exposure(session, EXPOSURE_MESSAGE);
    session->chunk -= used;
    if (session->chunk == 0)
        session_refuse_chunk(session, out);
    return used;
}

/* Where TLS is begun although there is none, both sides would wait for ever: a ClientHello has no line's end.  The alert
 * with which it may be given up needs no answer. */
static void take_record(struct smtp_session *session, struct buf *out) {
    session->mode = MODE_COMMAND;
    session->head_len = 0;
    if (++session->records > session->setup.limits->commands) {
        session_end(session, out, "4.7.0 Too many records");
        return;
    }
    if (session->head[0] != RECORD_HANDSHAKE || is_stripped(session))
        return;
    if (++session->seen.commands > session->setup.limits->commands)
        session_end(session, out, "4.7.0 Too many commands");
    else
        session_answer(session, out, SMTP_POINT_HANDSHAKE, 500, "5.5.1 Command unknown");
}

static size_t feed_record(struct smtp_session *session, const uint8_t *data, size_t len,
                          struct buf *out) {
    size_t used = 0;

    session->mode = MODE_RECORD;
    while (session->head_len < RECORD_HEAD_B && used < len) {
        session->head[session->head_len++] = data[used++];
        if (session->head_len == RECORD_HEAD_B)
            session->chunk = (unsigned)session->head[3] << 8 | session->head[4];
    }
    size_t rest = len - used < session->chunk ? len - used : (size_t)session->chunk;
    if (session->head_len < RECORD_HEAD_B)
        return used;
    session->chunk -= rest;
    if (session->chunk == 0)
        take_record(session, out);
    return used + rest;
}

static bool begins_record(uint8_t first) {
    return first >= RECORD_FIRST && first <= RECORD_LAST;
}

static bool is_record(const struct smtp_session *session, uint8_t first) {
    return session->mode == MODE_COMMAND && session->channel == CHANNEL_PLAIN &&
           begins_record(first) && line_reader_is_idle(&session->reader);
}

static size_t feed_some(struct smtp_session *session, const uint8_t *data, size_t len,
                        struct buf *out) {
    if (session->mode == MODE_BODY)
        return feed_body(session, data, len, out);
    if (session->mode == MODE_CHUNK)
        return feed_chunk(session, len, out);
    if (session->mode == MODE_RECORD || is_record(session, data[0]))
        return feed_record(session, data, len, out);
    return feed_line(session, data, len, out);
}

static enum smtp_heard kind_of(const struct smtp_session *session, uint8_t first) {
    static const enum smtp_heard kinds[] = {
        [MODE_COMMAND] = SMTP_HEARD_COMMAND,  [MODE_AUTH_USER] = SMTP_HEARD_SECRET,
        [MODE_AUTH_LAST] = SMTP_HEARD_SECRET, [MODE_BODY] = SMTP_HEARD_MESSAGE,
        [MODE_CHUNK] = SMTP_HEARD_MESSAGE,    [MODE_RECORD] = SMTP_HEARD_TLS,
    };

    return is_record(session, first) ? SMTP_HEARD_TLS : kinds[session->mode];
}

static size_t feed_heard(struct smtp_session *session, const uint8_t *data, size_t len,
                         struct buf *out) {
    enum smtp_heard kind = kind_of(session, data[0]);
    size_t used = feed_some(session, data, len, out);

    if (session->setup.on_heard != NULL)
        session->setup.on_heard(kind, data, used, session->setup.arg);
    return used;
}

/* Takes data until a step is asked, or an answer is held back.  Returns how much. */
static size_t feed_until_step(struct smtp_session *session, const uint8_t *data, size_t len,
                              struct buf *out) {
    size_t pos = 0;

    while (session->step == SMTP_STEP_READ && !session->hold.on && pos < len)
        pos += feed_heard(session, data + pos, len - pos, out);
    return pos;
}

/* Takes some of data in plaintext, whatever step was asked before. */
static size_t feed_stripped(struct smtp_session *session, const uint8_t *data, size_t len,
                            struct buf *out) {
    if (!is_stripped(session))
        strip(session);
    session->step = SMTP_STEP_READ;
    session->hold.on = false;
    size_t used = feed_heard(session, data, len, out);
    session->hold.on = false;
    return used;
}

/* What is said in plaintext to somebody who no longer answers; a message is seen, and not accepted. */
static void read_unanswered(struct smtp_session *session, const uint8_t *data, size_t len) {
    bool accepted = session->seen.accepted[CHANNEL_PLAIN];
    enum smtp_step step = session->step;
    struct buf unsaid;

    buf_init(&unsaid, HELD_MAX_B);
    for (size_t pos = 0; pos < len; buf_reset(&unsaid))
        pos += feed_stripped(session, data + pos, len - pos, &unsaid);
    buf_fini(&unsaid);
    session->seen.accepted[CHANNEL_PLAIN] = accepted;
    session->step = step;
}

static bool is_read_unanswered(const struct smtp_session *session) {
    return (session->step == SMTP_STEP_CLOSE || session->step == SMTP_STEP_RESET) &&
           session->channel == CHANNEL_PLAIN && !session->hold.on;
}

/* What waited for its turn in plaintext is read; of what it would have led to nothing is noted but how far the client went,
 * and what it gave away. */
static void read_early(struct smtp_session *session) {
    struct smtp_seen before = session->seen;
    struct buf early = session->hold.early;

    buf_init(&session->hold.early, SESSION_EARLY_MAX_B);
    session->hold.on = false;
    read_unanswered(session, (const uint8_t *)buf_text(&early), early.len);
    note_begun(session);
    buf_fini(&early);
    before.exposed[CHANNEL_PLAIN] = session->seen.exposed[CHANNEL_PLAIN];
    before.furthest = session->seen.furthest;
    session->seen = before;
}

void smtp_session_ended(struct smtp_session *session) {
    if (session->hold.on && session->channel == CHANNEL_PLAIN && session->hold.early.len > 0)
        read_early(session);
    else
        note_begun(session);
    line_reader_reset(&session->reader);
}

static bool has_given_away(const struct smtp_session *session) {
    return is_stripped(session) && session->seen.exposed[CHANNEL_PLAIN] > session->before;
}

/* A sender that sends its mail behind STARTTLS without waiting has sent it in plaintext, and is answered so.  What gives
 * nothing away is forgotten, and TLS may start.  Returns how much was taken: all, unless something was given away. */
static size_t take_behind_starttls(struct smtp_session *session, const uint8_t *data, size_t len,
                                   struct buf *out) {
    size_t pos = 0;

    if (len > 0 && session->what_behind == BEHIND_NOTHING)
        session->what_behind = begins_record(data[0]) ? BEHIND_RECORD : BEHIND_TEXT;
    if (session->what_behind != BEHIND_TEXT)
        return len;
    while (pos < len && !has_given_away(session)) {
        session->seen.quit = false; /* a QUIT that is forgotten, too */
        pos += feed_stripped(session, data + pos, len - pos, &session->behind);
    }
    if (has_given_away(session)) {
        buf_append(out, session->behind.data, session->behind.len);
        buf_release(&session->behind);
        return pos;
    }
    session->seen.quit = false;
    session->step = SMTP_STEP_START_TLS;
    return len;
}

static size_t count_behind(const struct smtp_session *session, bool was_behind, size_t len,
                           size_t pos) {
    if (was_behind)
        return len;
    return session->step == SMTP_STEP_START_TLS ? len - pos : 0;
}

enum smtp_step smtp_session_feed(struct smtp_session *session, const uint8_t *data, size_t len,
                                 struct buf *out) {
    bool was_behind = session->what_behind != BEHIND_NOTHING;
    size_t pos = feed_until_step(session, data, len, out);
    session->seen.behind_starttls_b += count_behind(session, was_behind, len, pos);
    if (session->step == SMTP_STEP_START_TLS && !session->hold.on) {
        pos += take_behind_starttls(session, data + pos, len - pos, out);
        pos += feed_until_step(session, data + pos, len - pos, out);
    }
    if (pos < len && session_is_guarded(session))
        session_turn_away(session, out);
    if (session->hold.on)
        session_keep_early(session, data + pos, len - pos);
    else if (is_read_unanswered(session))
        read_unanswered(session, data + pos, len - pos);
    if (out->overflow) {
        session->step = SMTP_STEP_CLOSE;
        session->hold.on = false;
    }
    return next_step(session);
}
