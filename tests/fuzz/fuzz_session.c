/* The session: the same answers and the same record whatever the pieces in which the bytes come, a record that only grows,
 * and no more answers than lines.  The first byte chooses the set-up; the byte 0xfe ends a piece, after which TLS starts if
 * the session asked for it. */
#include <assert.h>
#include <stdint.h>

#include "smtp/session.h"

enum { REPLY_MAX_B = 300, END_OF_PIECE = 0xfe };

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
    {.starttls_reply = {454, "4.7.0 TLS not available"}},
    {.starttls_reply = {220, "go on"}},
};

static void check_growth(const struct smtp_record *before, const struct smtp_record *after) {
    assert(after->furthest >= before->furthest);
    for (enum channel channel = 0; channel < CHANNEL_COUNT; channel++) {
        assert(after->exposed[channel] >= before->exposed[channel]);
        assert(after->accepted[channel] >= before->accepted[channel]);
    }
    assert(after->quit >= before->quit);
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
static void check_sense(const struct smtp_record *record) {
    bool had_tls = record->starttls == STARTTLS_ACCEPTED || record->starttls == STARTTLS_IMPLICIT;

    assert(had_tls || record->exposed[CHANNEL_TLS] == EXPOSURE_NOTHING);
    assert(record->starttls != STARTTLS_IMPLICIT ||
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

static enum smtp_step feed(struct smtp_session *session, const uint8_t *data, size_t size,
                           struct buf *out) {
    struct smtp_record before = *smtp_session_record(session);
    size_t out_before = out->len;
    enum smtp_step step = smtp_session_feed(session, data, size, out);

    check_growth(&before, smtp_session_record(session));
    check_sense(smtp_session_record(session));
    assert(out->len - out_before <= REPLY_MAX_B * (count_lf(data, size) + 1));
    assert(step != SMTP_STEP_CLOSE || out->len > 0);
    return step;
}

/* Plays all pieces, each at once or byte by byte; leaves the record in *record. */
static void play(const struct smtp_setup *setup, const uint8_t *data, size_t size, bool bytewise,
                 struct buf *out, struct smtp_record *record) {
    struct smtp_session *session = smtp_session_new(setup);
    size_t pos = 0;

    smtp_session_greet(session, out);
    while (pos < size) {
        const uint8_t *end = memchr(data + pos, END_OF_PIECE, size - pos);
        size_t piece = end != NULL ? (size_t)(end - data) - pos : size - pos;
        size_t chunk = bytewise ? 1 : piece;
        enum smtp_step step = feed(session, data + pos, 0, out);

        for (size_t i = 0; i < piece; i += chunk)
            step = feed(session, data + pos + i, chunk, out);
        if (step == SMTP_STEP_START_TLS)
            smtp_session_secured(session);
        pos += piece + 1;
    }
    *record = *smtp_session_record(session);
    smtp_session_free(&session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct smtp_record whole_record, bytewise_record;
    struct buf whole, bytewise;

    if (size == 0)
        return 0;
    const struct smtp_setup setup = {
        .hostname = "mx.example",
        .knobs = &knobs[data[0] & 3],
        .limits = &limits[data[0] >> 2 & 1],
        .implicit_tls = (data[0] & 8) != 0,
    };
    buf_init(&whole, REPLY_MAX_B * (size + 2));
    buf_init(&bytewise, REPLY_MAX_B * (size + 2));
    play(&setup, data + 1, size - 1, false, &whole, &whole_record);
    play(&setup, data + 1, size - 1, true, &bytewise, &bytewise_record);
    assert(whole.len == bytewise.len && memcmp(whole.data, bytewise.data, whole.len) == 0);
    assert(memcmp(&whole_record, &bytewise_record, sizeof whole_record) == 0);
    buf_fini(&whole);
    buf_fini(&bytewise);
    return 0;
}
