/* The session: the same answers and the same record whatever the pieces in which the bytes come, a record that only grows,
 * and no more answers than lines.  The first byte chooses the set-up; where its bit 4 is set, the next two choose a point of
 * the dialogue and what is answered there.  The byte 0xfe ends a piece, after which TLS starts if the session asked for
 * it (bit 6: comes to nothing), and an answer that was held back is given. */
#include <assert.h>
#include <stdint.h>

#include "smtp/session.h"

enum { REPLY_MAX_B = 700, END_OF_PIECE = 0xfe, AMOUNT = 40 };
enum { BIT_LIMITS = 4, BIT_IMPLICIT = 8, BIT_ANSWER = 16, BIT_LISTS = 32, BIT_NO_TLS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct smtp_limits limits[] = {
    {.line_b = 12288,
     .message_b = 1000,
     .commands = 1000,
     .errors = 20,
     .recipients = 10,
     .messages = 10},
    {.line_b = 40, .message_b = 10, .commands = 15, .errors = 3, .recipients = 2, .messages = 2},
};

static const struct smtp_knobs knobs[] = {
    {.starttls_offer = SMTP_STARTTLS_OFFERED},
    {.starttls_offer = SMTP_STARTTLS_NOT_OFFERED},
    {.at[SMTP_POINT_STARTTLS] = {.code = 454, .text = "4.7.0 TLS not available"}},
    {.at[SMTP_POINT_STARTTLS] = {.code = 220, .text = "go on"}},
};

/* What may stand at a point: with each code, each form, each manner. */
static void choose_answer(uint8_t where, uint8_t what, struct smtp_knobs *out) {
    static const unsigned codes[] = {0, 220, 250, 354, 421, 454, 502, 554};
    struct smtp_answer *answer = &out->at[where % SMTP_POINT_COUNT];

    answer->code = codes[what & 7];
    answer->form = (what >> 3) % (SMTP_FORM_WIDE + 1);
    answer->manner = (where >> 4) % SMTP_MANNER_COUNT;
    answer->text = answer->form == SMTP_FORM_RAW ? "220 x\r\n250-y\r\n250 AUTH\r\n" : NULL;
    answer->amount = AMOUNT;
    if (answer->form == SMTP_FORM_LINES)
        answer->amount = AMOUNT / 4;
}

static void check_growth(const struct smtp_seen *before, const struct smtp_seen *after) {
    assert(after->furthest >= before->furthest);
    for (enum channel channel = 0; channel < CHANNEL_COUNT; channel++) {
        assert(after->exposed[channel] >= before->exposed[channel]);
        assert(after->accepted[channel] >= before->accepted[channel]);
    }
    assert(after->quit >= before->quit && after->believed >= before->believed);
    assert(after->commands >= before->commands && after->errors >= before->errors);
    assert(after->messages >= before->messages && after->bare_lf >= before->bare_lf);
    assert(after->false_ends >= before->false_ends);
    assert(after->behind_starttls_b >= before->behind_starttls_b);
    assert(before->starttls != STARTTLS_ACCEPTED || after->starttls == STARTTLS_ACCEPTED);
    assert(before->starttls != STARTTLS_IMPLICIT || after->starttls == STARTTLS_IMPLICIT);
    assert(strlen(after->helo) < sizeof after->helo);
    assert(strlen(after->first_inside_tls) < sizeof after->first_inside_tls);
}

/* What the record says must fit together. */
static void check_sense(const struct smtp_seen *record, bool has_tls) {
    bool had_tls = record->starttls == STARTTLS_ACCEPTED || record->starttls == STARTTLS_IMPLICIT;

    assert(had_tls || record->exposed[CHANNEL_TLS] == EXPOSURE_NOTHING);
    assert(record->starttls != STARTTLS_IMPLICIT || !has_tls ||
           record->exposed[CHANNEL_PLAIN] == EXPOSURE_NOTHING);
    for (enum channel channel = 0; channel < CHANNEL_COUNT; channel++)
        assert(!record->accepted[channel] || record->exposed[channel] != EXPOSURE_NOTHING);
    assert(record->behind_starttls_b == 0 || record->starttls == STARTTLS_ACCEPTED);
}

static size_t count_lf(const uint8_t *data, size_t size) {
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += data[i] == '\n';
    return count;
}

struct game {
    struct smtp_session *session;
    struct buf *out;
    uint8_t choice;
    size_t lines; /* ends of lines that were fed */
};

static bool has_tls(const struct game *game) {
    return (game->choice & BIT_NO_TLS) == 0;
}

static enum smtp_step feed(struct game *game, const uint8_t *data, size_t size) {
    struct smtp_seen before = *smtp_session_seen(game->session);
    enum smtp_step step = smtp_session_feed(game->session, data, size, game->out);

    game->lines += count_lf(data, size);
    check_growth(&before, smtp_session_seen(game->session));
    check_sense(smtp_session_seen(game->session), has_tls(game));
    assert(game->out->len <= REPLY_MAX_B * (game->lines + 2));
    return step;
}

static enum smtp_step start_tls(struct game *game) {
    if (has_tls(game))
        return smtp_session_secured(game->session, game->out);
    return smtp_session_unsecured(game->session, game->out);
}

/* What the session asks for at the end of a piece. */
static void do_step(struct game *game, enum smtp_step step) {
    while (step == SMTP_STEP_WAIT || step == SMTP_STEP_START_TLS) {
        struct smtp_seen before = *smtp_session_seen(game->session);

        if (step == SMTP_STEP_START_TLS)
            step = start_tls(game);
        else
            step = smtp_session_go_on(game->session, game->out);
        check_growth(&before, smtp_session_seen(game->session));
        check_sense(smtp_session_seen(game->session), has_tls(game));
    }
}

/* Plays all pieces, each at once or byte by byte; leaves the record in *record. */
static void play(const struct smtp_setup *setup, uint8_t choice, const uint8_t *data, size_t size,
                 bool bytewise, struct buf *out, struct smtp_seen *record) {
    struct game game = {smtp_session_new(setup), out, choice, 0};
    size_t pos = 0;

    if (setup->implicit_tls && !has_tls(&game))
        do_step(&game, start_tls(&game));
    else
        do_step(&game, smtp_session_greet(game.session, out));
    while (pos < size) {
        const uint8_t *end = memchr(data + pos, END_OF_PIECE, size - pos);
        size_t piece = end != NULL ? (size_t)(end - data) - pos : size - pos;
        size_t chunk = bytewise ? 1 : piece;
        enum smtp_step step = feed(&game, data + pos, 0);

        for (size_t i = 0; i < piece; i += chunk)
            step = feed(&game, data + pos + i, chunk);
        do_step(&game, step);
        pos += piece + 1;
    }
    struct smtp_seen before = *smtp_session_seen(game.session);
    smtp_session_ended(game.session);
    check_growth(&before, smtp_session_seen(game.session));
    *record = *smtp_session_seen(game.session);
    smtp_session_free(&game.session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct smtp_seen whole_record, bytewise_record;
    struct buf whole, bytewise;

    if (size < 3)
        return 0;
    struct smtp_knobs chosen = knobs[data[0] & 3];
    size_t head = 1;
    const struct smtp_setup setup = {
        .hostname = "mx.example",
        .knobs = &chosen,
        .limits = &limits[(data[0] & BIT_LIMITS) != 0],
        .implicit_tls = (data[0] & BIT_IMPLICIT) != 0,
    };
    if ((data[0] & BIT_ANSWER) != 0) {
        choose_answer(data[1], data[2], &chosen);
        head = 3;
    }
    if ((data[0] & BIT_LISTS) != 0) {
        chosen.capabilities[CHANNEL_PLAIN] = "STARTTLS\nAUTH PLAIN\nSIZE";
        chosen.capabilities[CHANNEL_TLS] = "8BITMIME";
    }
    buf_init(&whole, REPLY_MAX_B * (size + 2));
    buf_init(&bytewise, REPLY_MAX_B * (size + 2));
    play(&setup, data[0], data + head, size - head, false, &whole, &whole_record);
    play(&setup, data[0], data + head, size - head, true, &bytewise, &bytewise_record);
    assert(strcmp(buf_text(&whole), buf_text(&bytewise)) == 0 && whole.len == bytewise.len);
    assert(memcmp(&whole_record, &bytewise_record, sizeof whole_record) == 0);
    buf_fini(&whole);
    buf_fini(&bytewise);
    return 0;
}
