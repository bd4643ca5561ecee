/* Answers: the ordinary ones, and what the knobs put in their place. */
#include "base/mem.h"
#include "smtp/reply.h"
#include "smtp/session_state.h"

enum { ENDLESS_LINE_MS = 20, TRICKLE_MS = 1, HELD_MAX_B = 256 * 1024, WIDE_PIECE_B = 64 };

/* --- bytes --- */

static void put_reply(const struct smtp_answer *answer, unsigned code, const char *text,
                      struct buf *out) {
    (void)answer;
    smtp_reply_put(out, code, text);
}

static void put_raw(const struct smtp_answer *answer, unsigned code, const char *text,
                    struct buf *out) {
    (void)answer;
    (void)code;
    buf_puts(out, text);
}

static void put_with_lf(const struct smtp_answer *answer, unsigned code, const char *text,
                        struct buf *out) {
    struct buf whole;

    (void)answer;
    buf_init(&whole, HELD_MAX_B);
    smtp_reply_put(&whole, code, text);
    for (size_t i = 0; i < whole.len; i++)
        if (whole.data[i] != '\r')
            buf_append(out, &whole.data[i], 1);
    buf_fini(&whole);
}

static void put_lines(const struct smtp_answer *answer, unsigned code, const char *text,
                      struct buf *out) {
    for (unsigned i = 1; i <= answer->amount; i++)
        buf_printf(out, "%u-line %u of %u\r\n", code, i, answer->amount);
    smtp_reply_put(out, code, text);
}

static void put_wide(const struct smtp_answer *answer, unsigned code, const char *text,
                     struct buf *out) {
    char piece[WIDE_PIECE_B];

    memset(piece, 'x', sizeof piece);
    buf_printf(out, "%u-", code);
    for (size_t left = answer->amount, n; left > 0; left -= n) {
        n = left < sizeof piece ? left : sizeof piece;
        buf_append(out, piece, n);
    }
    buf_puts(out, "\r\n");
    smtp_reply_put(out, code, text);
}

static void put_form(const struct smtp_answer *answer, unsigned code, const char *text,
                     struct buf *out) {
    static void (*const put[])(const struct smtp_answer *answer, unsigned code, const char *text,
                               struct buf *out) = {
        [SMTP_FORM_REPLY] = put_reply, [SMTP_FORM_RAW] = put_raw,   [SMTP_FORM_LF] = put_with_lf,
        [SMTP_FORM_LINES] = put_lines, [SMTP_FORM_WIDE] = put_wide,
    };

    put[answer->form](answer, code, text, out);
}

/* --- manners --- */

static const struct manner {
    bool says; /* the reply, in the end */
    bool waits;
    enum smtp_step step; /* when it is said; SMTP_STEP_READ: what the command asks for */
} manners[] = {
    [SMTP_MANNER_AT_ONCE] = {true, false, SMTP_STEP_READ},
    [SMTP_MANNER_ONCE] = {true, false, SMTP_STEP_READ},
    [SMTP_MANNER_LATE] = {true, true, SMTP_STEP_READ},
    [SMTP_MANNER_TRICKLE] = {true, true, SMTP_STEP_READ},
    [SMTP_MANNER_LAST] = {true, false, SMTP_STEP_CLOSE},
    [SMTP_MANNER_STALL] = {false, true, SMTP_STEP_CLOSE},
    [SMTP_MANNER_FIN] = {false, false, SMTP_STEP_CLOSE},
    [SMTP_MANNER_RST] = {false, false, SMTP_STEP_RESET},
    [SMTP_MANNER_ENDLESS] = {false, true, SMTP_STEP_CLOSE},
    [SMTP_MANNER_LINES] = {true, true, SMTP_STEP_READ},
    [SMTP_MANNER_GUARDED] = {true, true, SMTP_STEP_READ},
};

static size_t lines_of(const struct buf *bytes) {
    size_t lines = 0;

    for (size_t i = 0; i < bytes->len; i++)
        lines += bytes->data[i] == '\n';
    return lines;
}

/* Starts to wait; what there is to say stands in the hold's bytes. */
static void start_hold(struct smtp_session *session, enum smtp_point point,
                       const struct smtp_answer *answer) {
    struct hold *hold = &session->hold;

    hold->on = true;
    hold->at = point;
    hold->wait_ms = answer->amount;
    hold->turns = 1;
    hold->piece_b = hold->bytes.len;
    if (answer->manner == SMTP_MANNER_TRICKLE) {
        hold->wait_ms = TRICKLE_MS;
        hold->turns = hold->bytes.len;
        hold->piece_b = 1;
    } else if (answer->manner == SMTP_MANNER_ENDLESS) {
        hold->wait_ms = ENDLESS_LINE_MS;
        hold->turns = answer->amount / ENDLESS_LINE_MS;
        hold->repeats = true;
    } else if (answer->manner == SMTP_MANNER_LINES) {
        hold->turns = lines_of(&hold->bytes);
        hold->piece_b = 0;
    }
}

static bool is_set(const struct smtp_answer *answer) {
    return answer->code != 0 || answer->text != NULL || answer->form != SMTP_FORM_REPLY ||
           answer->manner != SMTP_MANNER_AT_ONCE;
}

bool session_has_answer(const struct smtp_session *session, enum smtp_point point) {
    const struct smtp_answer *answer = &session->setup.knobs->at[point];

    return is_set(answer) &&
           (answer->manner != SMTP_MANNER_ONCE || (session->answered & 1U << point) == 0);
}

static void give(struct smtp_session *session, struct buf *out, enum smtp_point point,
                 unsigned code, const char *text) {
    const struct smtp_answer *answer = &session->setup.knobs->at[point];
    const struct manner *manner = &manners[answer->manner];
    struct buf *bytes = manner->waits ? &session->hold.bytes : out;

    if (manner->says)
        put_form(answer, code, text, bytes);
    if (answer->manner == SMTP_MANNER_ENDLESS)
        buf_printf(bytes, "%u-and so on\r\n", code);
    if (manner->waits)
        start_hold(session, point, answer);
    if (manner->step != SMTP_STEP_READ)
        session->step = manner->step;
}

unsigned session_answer(struct smtp_session *session, struct buf *out, enum smtp_point point,
                        unsigned code, const char *text) {
    const struct smtp_answer *answer = &session->setup.knobs->at[point];

    if (!session_has_answer(session, point)) {
        session_reply(session, out, code, text);
        return code;
    }
    session->answered |= 1U << point;
    if (answer->code != 0)
        code = answer->code;
    if (session_is_one_error_too_many(session, out, code))
        return code;
    give(session, out, point, code, answer->text != NULL ? answer->text : text);
    return manners[answer->manner].says ? code : 0;
}

void session_answer_unasked(struct smtp_session *session, struct buf *out, enum smtp_point point) {
    if (!session_has_answer(session, point))
        return;
    session->answered |= 1U << point;
    const struct smtp_answer *answer = &session->setup.knobs->at[point];
    give(session, out, point, answer->code != 0 ? answer->code : 250,
         answer->text != NULL ? answer->text : "2.0.0 Ok");
}

/* --- waiting --- */

static size_t next_piece_b(const struct hold *hold) {
    if (hold->piece_b > 0)
        return hold->piece_b;
    const char *bytes = buf_text(&hold->bytes), *end = memchr(bytes, '\n', hold->bytes.len);
    return end != NULL ? (size_t)(end - bytes) + 1 : hold->bytes.len;
}

unsigned smtp_session_wait_ms(const struct smtp_session *session) {
    return session->hold.wait_ms;
}

enum smtp_step smtp_session_go_on(struct smtp_session *session, struct buf *out) {
    struct hold *hold = &session->hold;
    struct buf early;

    if (!hold->on) /* what came meanwhile has ended the wait */
        return session->step;
    size_t piece_b = next_piece_b(hold);
    buf_append(out, hold->bytes.data, piece_b);
    if (!hold->repeats)
        buf_consume(&hold->bytes, piece_b);
    if (hold->turns > 1) {
        hold->turns--;
        return SMTP_STEP_WAIT;
    }
    buf_release(&hold->bytes);
    hold->on = hold->repeats = false;
    early = hold->early;
    buf_init(&hold->early, SESSION_EARLY_MAX_B);
    hold->is_early = hold->at == SMTP_POINT_DATA && early.len > 0;
    enum smtp_step step =
        smtp_session_feed(session, (const uint8_t *)buf_text(&early), early.len, out);
    hold->is_early = false;
    buf_fini(&early);
    return step;
}

/* --- what was said in plaintext must not count inside TLS (RFC 3207 4.2) --- */

/* What stands behind the reply to STARTTLS, for the sender to take as answers of later; NULL if nothing does. */
static const char *injected(const struct smtp_session *session) {
    const struct smtp_answer *answer = &session->setup.knobs->at[SMTP_POINT_STARTTLS];

    if (answer->form != SMTP_FORM_RAW || answer->text == NULL)
        return NULL;
    const char *behind = strchr(answer->text, '\n');
    return behind != NULL && behind[1] != '\0' ? behind + 1 : NULL;
}

/* A reply to nothing stood at the beginning of TLS. */
static bool has_been_greeted_again(const struct smtp_session *session) {
    return (session->answered & 1U << SMTP_POINT_SECURED) != 0;
}

bool session_is_guarded(const struct smtp_session *session) {
    return session->hold.on &&
           session->setup.knobs->at[session->hold.at].manner == SMTP_MANNER_GUARDED;
}

void session_turn_away(struct smtp_session *session, struct buf *out) {
    session->hold.on = false;
    buf_release(&session->hold.bytes);
    smtp_reply_put(out, 554, "5.5.1 You spoke before your turn");
    session->step = SMTP_STEP_CLOSE;
}

void session_keep_early(struct smtp_session *session, const uint8_t *data, size_t len) {
    struct hold *hold = &session->hold;

    if (len == 0)
        return;
    if (hold->at == SMTP_POINT_EHLO_TLS && injected(session) != NULL)
        session->seen.believed = true; /* it has an answer to EHLO, and none was given */
    if (buf_append(&hold->early, data, len) == 0)
        return;
    hold->on = false;
    session->step = SMTP_STEP_CLOSE;
}

void session_note_late_reader(struct smtp_session *session) {
    bool is_led_astray = injected(session) != NULL || has_been_greeted_again(session);

    if (session->channel == CHANNEL_TLS && is_led_astray)
        session->seen.believed = true;
}

void session_note_use(struct smtp_session *session, const char *keyword) {
    const char *behind = injected(session);

    if (session->channel != CHANNEL_TLS || session->setup.implicit_tls ||
        session_offers(session, CHANNEL_TLS, keyword))
        return;
    if (session_offers(session, CHANNEL_PLAIN, keyword) ||
        (behind != NULL && strstr(behind, keyword) != NULL))
        session->seen.believed = true;
}
