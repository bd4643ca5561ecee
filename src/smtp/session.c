#include "smtp/session.h"

#include "base/mem.h"
#include "smtp/reply.h"
#include "smtp/session_state.h"

/* A sender may overshoot the announced size and is told so at the end, but not without end. */
enum { OVERSIZE_FACTOR = 8 };

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

struct smtp_session *smtp_session_new(const struct smtp_setup *setup) {
    struct smtp_session *session = mem_zalloc(sizeof *session);

    session->setup = *setup;
    session->record.starttls = first_outcome(setup);
    line_reader_init(&session->reader, setup->limits->line_b);
    if (setup->implicit_tls)
        smtp_session_secured(session);
    return session;
}

void smtp_session_free(struct smtp_session **session) {
    if (*session == NULL)
        return;
    line_reader_fini(&(*session)->reader);
    free(*session);
    *session = NULL;
}

const struct smtp_record *smtp_session_record(const struct smtp_session *session) {
    return &session->record;
}

void smtp_session_greet(struct smtp_session *session, struct buf *out) {
    buf_printf(out, "220 %s ESMTP Doormat\r\n", session->setup.hostname);
}

void smtp_session_secured(struct smtp_session *session) {
    line_reader_reset(&session->reader);
    memset(&session->said, 0, sizeof session->said);
    session->mode = MODE_COMMAND;
    session->step = SMTP_STEP_READ;
    session->channel = CHANNEL_TLS;
    session_note_stage(session, SMTP_STAGE_HANDSHAKE);
}

void session_note_stage(struct smtp_session *session, enum smtp_stage stage) {
    if (session->record.furthest < stage)
        session->record.furthest = stage;
}

void session_note_exposure(struct smtp_session *session, enum exposure exposure) {
    enum exposure *most = &session->record.exposed[session->channel];

    if (*most < exposure)
        *most = exposure;
}

void session_reset_transaction(struct smtp_session *session) {
    session->said.has_mail = false;
    session->said.smtputf8 = false;
    session->said.recipients = 0;
}

void session_end(struct smtp_session *session, struct buf *out, const char *text) {
    smtp_reply_put(out, 421, text);
    session->step = SMTP_STEP_CLOSE;
}

void session_reply(struct smtp_session *session, struct buf *out, unsigned code, const char *text) {
    if (code >= 500 && code <= 504 && ++session->record.errors > session->setup.limits->errors) {
        session_end(session, out, "4.7.0 Too many errors");
        return;
    }
    smtp_reply_put(out, code, text);
}

static void finish_message(struct smtp_session *session, struct buf *out) {
    struct smtp_record *record = &session->record;

    record->messages++;
    record->bare_lf += session->body.bare_lf;
    record->false_ends += session->body.false_ends;
    session_note_stage(session, SMTP_STAGE_MESSAGE);
    session_reset_transaction(session);
    session->mode = MODE_COMMAND;
    if (session->body.size_b > session->setup.limits->message_b) {
        session_reply(session, out, 552, "5.3.4 Message too big");
        return;
    }
    record->accepted[session->channel] = true;
    session_reply(session, out, 250, "2.0.0 Ok: seen, judged, and thrown away");
}

static size_t feed_body(struct smtp_session *session, const uint8_t *data, size_t len,
                        struct buf *out) {
    struct smtp_body *body = &session->body;
    size_t used;
    bool ended = smtp_body_feed(body, data, len, &used);

    if (body->size_b > 0)
        session_note_exposure(session, EXPOSURE_MESSAGE);
    /* Before the end is looked at, so that the outcome does not hang on how the bytes were cut. */
    if (body->size_b / OVERSIZE_FACTOR > session->setup.limits->message_b)
        session_end(session, out, "4.3.4 Message without end");
    else if (ended)
        finish_message(session, out);
    return used;
}

static void take_long_line(struct smtp_session *session, struct buf *out) {
    session->mode = MODE_COMMAND; /* an AUTH dialogue is broken off (RFC 4954 4) */
    session->said.auth_in_clear = false;
    session->record.commands++;
    session_reply(session, out, 500, "5.5.2 Line too long");
}

static size_t feed_line(struct smtp_session *session, const uint8_t *data, size_t len,
                        struct buf *out) {
    struct line_reader *reader = &session->reader;
    unsigned bare_lf = reader->bare_lf;
    const char *line;
    size_t line_len, used;
    enum line_result result = line_reader_next(reader, data, len, &used, &line, &line_len);

    session->record.bare_lf += reader->bare_lf - bare_lf;
    if (result == LINE_TOO_LONG)
        take_long_line(session, out);
    else if (result == LINE_READY && session->mode == MODE_COMMAND)
        session_take_command(session, line, line_len, out);
    else if (result == LINE_READY)
        session_take_auth_response(session, line, line_len, out);
    return used;
}

enum smtp_step smtp_session_feed(struct smtp_session *session, const uint8_t *data, size_t len,
                                 struct buf *out) {
    size_t pos = 0;

    while (session->step == SMTP_STEP_READ && pos < len) {
        if (session->mode == MODE_BODY)
            pos += feed_body(session, data + pos, len - pos, out);
        else
            pos += feed_line(session, data + pos, len - pos, out);
    }
    if (session->step == SMTP_STEP_START_TLS)
        session->record.behind_starttls_b += len - pos;
    if (out->overflow)
        session->step = SMTP_STEP_CLOSE;
    return session->step;
}
