#include "smtp/transcript.h"

#include <stdarg.h>
#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "smtp/command.h"
#include "smtp/loose.h"

enum { SHOWN_MAX_B = 4 * TRANSCRIPT_LINE_B + 128, NOTE_SIZE_B = 512 };

/* What one side has begun to say. */
struct part {
    char mark;
    enum smtp_heard kind;
    uint8_t kept[TRANSCRIPT_LINE_B];
    size_t len; /* of which so many are kept as fit */
    bool ends_with_cr;
};

struct transcript {
    struct part client, server;
    bool after_auth; /* what is no command may answer a prompt that was not given, however late */
    bool in_message; /* what is no command belongs to a message that was not waited for */
    char *head[TRANSCRIPT_HEAD_LINES], *tail[TRANSCRIPT_TAIL_LINES];
    size_t count; /* lines in all */
};

struct transcript *transcript_new(void) {
    struct transcript *transcript = mem_zalloc(sizeof *transcript);

    transcript->client.mark = 'C';
    transcript->server.mark = 'S';
    return transcript;
}

void transcript_free(struct transcript **transcript) {
    struct transcript *dying = *transcript;

    *transcript = NULL;
    if (dying == NULL)
        return;
    for (size_t i = 0; i < TRANSCRIPT_HEAD_LINES; i++)
        free(dying->head[i]);
    for (size_t i = 0; i < TRANSCRIPT_TAIL_LINES; i++)
        free(dying->tail[i]);
    free(dying);
}

static void add_line(struct transcript *transcript, const char *line) {
    size_t at = transcript->count++;
    char **place;

    if (at < TRANSCRIPT_HEAD_LINES)
        place = &transcript->head[at];
    else
        place = &transcript->tail[(at - TRANSCRIPT_HEAD_LINES) % TRANSCRIPT_TAIL_LINES];
    free(*place);
    *place = mem_strdup(line);
}

static void put_shown(struct buf *out, const uint8_t *data, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\\')
            buf_puts(out, "\\\\");
        else if (ascii_is_print(data[i]))
            buf_append(out, &data[i], 1);
        else
            buf_printf(out, "\\x%02x", data[i]);
    }
}

static size_t kept_of(const struct part *part) {
    return part->len < TRANSCRIPT_LINE_B ? part->len : TRANSCRIPT_LINE_B;
}

static bool is_command(const uint8_t *text, size_t len) {
    struct smtp_command command;

    smtp_command_parse((const char *)text, len, &command);
    return command.verb != SMTP_UNKNOWN;
}

/* What is a secret, or may be one, or belongs to a message: no line of which a part may be shown. */
static bool is_hidden(const struct transcript *transcript, const struct part *part, size_t len) {
    const char *line = (const char *)part->kept;

    return part->kind == SMTP_HEARD_SECRET ||
           (len > 0 && !is_command(part->kept, len) && !loose_announces_message(line, len) &&
            (transcript->after_auth || transcript->in_message || loose_is_secret(line, len)));
}

static void note_what_follows(struct transcript *transcript, const char *line, size_t len,
                              bool is_auth, bool is_field) {
    bool goes_on = transcript->in_message && !is_command((const uint8_t *)line, len);

    transcript->after_auth |= is_auth;
    transcript->in_message = is_field || goes_on || loose_announces_message(line, len);
}

/* A line of the client's with what is secret taken out. */
static void put_client_line(struct transcript *transcript, const struct part *part, size_t len,
                            struct buf *out) {
    const char *line = (const char *)part->kept;
    bool is_secret = part->kind == SMTP_HEARD_SECRET;
    size_t field = is_secret ? 0 : loose_field_shown(line, len);
    size_t shown = is_secret || field > 0 ? field : loose_auth_shown(line, len);

    if (shown == 0 && is_hidden(transcript, part, len)) {
        buf_puts(out, len == 1 && line[0] == '*' ? "*" : "***");
        return;
    }
    note_what_follows(transcript, line, len, shown > 0 && field == 0, field > 0);
    put_shown(out, part->kept, shown > 0 ? shown : len);
    if (shown > 0 && shown < part->len)
        buf_puts(out, " ***");
    else if (part->len > len)
        buf_printf(out, " [%zu bytes]", part->len);
}

static void put_size(struct buf *out, size_t size_b) {
    if (size_b >= 1000000)
        buf_printf(out, "%zu,%03zu,%03zu", size_b / 1000000, size_b / 1000 % 1000, size_b % 1000);
    else if (size_b >= 1000)
        buf_printf(out, "%zu,%03zu", size_b / 1000, size_b % 1000);
    else
        buf_printf(out, "%zu", size_b);
}

static void put_opaque(const struct part *part, struct buf *out) {
    buf_puts(out, "[");
    put_size(out, part->len);
    buf_puts(out,
             part->kind == SMTP_HEARD_MESSAGE ? " bytes of message]" : " bytes of a TLS record]");
}

static bool is_opaque(enum smtp_heard kind) {
    return kind == SMTP_HEARD_MESSAGE || kind == SMTP_HEARD_TLS;
}

/* ending: what is said of the line's end, where it is not the usual one. */
static void end_line(struct transcript *transcript, struct part *part, const char *ending) {
    size_t len = kept_of(part);
    struct buf line;

    if (part->ends_with_cr && len == part->len && len > 0)
        len = --part->len;
    buf_init(&line, SHOWN_MAX_B);
    buf_printf(&line, "%c: ", part->mark);
    if (is_opaque(part->kind))
        put_opaque(part, &line);
    else if (part->mark == 'C')
        put_client_line(transcript, part, len, &line);
    else
        put_shown(&line, part->kept, len);
    if (part->mark == 'S' && part->len > len)
        buf_printf(&line, " [%zu bytes]", part->len);
    buf_puts(&line, is_opaque(part->kind) ? "" : ending);
    add_line(transcript, buf_text(&line));
    buf_fini(&line);
    part->len = 0;
    part->ends_with_cr = false;
}

static void end_begun(struct transcript *transcript, struct part *part) {
    if (part->len > 0)
        end_line(transcript, part, " [no line end]");
}

static void add_byte(struct transcript *transcript, struct part *part, uint8_t byte) {
    if (byte == '\n' && !is_opaque(part->kind)) {
        end_line(transcript, part, part->ends_with_cr ? "" : " [LF alone]");
        return;
    }
    if (part->len < TRANSCRIPT_LINE_B)
        part->kept[part->len] = byte;
    part->len++;
    part->ends_with_cr = byte == '\r' && !is_opaque(part->kind);
}

void transcript_heard(enum smtp_heard kind, const uint8_t *data, size_t len, void *arg) {
    struct transcript *transcript = arg;

    if (transcript == NULL)
        return;
    if (transcript->client.kind != kind)
        end_begun(transcript, &transcript->client);
    transcript->client.kind = kind;
    for (size_t i = 0; i < len; i++)
        add_byte(transcript, &transcript->client, data[i]);
}

/* The client has been answered: its message is over, if it is one. */
void transcript_said(struct transcript *transcript, const uint8_t *data, size_t len) {
    if (transcript == NULL || len == 0)
        return;
    if (is_opaque(transcript->client.kind))
        end_begun(transcript, &transcript->client);
    for (size_t i = 0; i < len; i++)
        add_byte(transcript, &transcript->server, data[i]);
}

static void end_both(struct transcript *transcript) {
    end_begun(transcript, &transcript->client);
    end_begun(transcript, &transcript->server);
}

void transcript_note(struct transcript *transcript, const char *fmt, ...) {
    char text[NOTE_SIZE_B];
    struct buf line;
    va_list ap;

    if (transcript == NULL)
        return;
    end_both(transcript);
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    buf_init(&line, 4 * NOTE_SIZE_B);
    buf_puts(&line, "*  ");
    put_shown(&line, (const uint8_t *)text, strlen(text));
    add_line(transcript, buf_text(&line));
    buf_fini(&line);
}

void transcript_put(struct transcript *transcript, struct buf *out) {
    if (transcript == NULL)
        return;
    end_both(transcript);
    size_t after =
        transcript->count > TRANSCRIPT_HEAD_LINES ? transcript->count - TRANSCRIPT_HEAD_LINES : 0;
    size_t lost = after > TRANSCRIPT_TAIL_LINES ? after - TRANSCRIPT_TAIL_LINES : 0;

    for (size_t i = 0; i < TRANSCRIPT_HEAD_LINES && transcript->head[i] != NULL; i++)
        buf_printf(out, "%s\n", transcript->head[i]);
    if (lost > 0)
        buf_printf(out, "*  [%zu lines left out]\n", lost);
    for (size_t i = lost; i < after; i++)
        buf_printf(out, "%s\n", transcript->tail[i % TRANSCRIPT_TAIL_LINES]);
}
