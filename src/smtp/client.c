#include "smtp/client.h"

#include <assert.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "smtp/line.h"
#include "smtp/reply.h"

enum { SAMPLE_SIZE_B = 80, CODE_CLOSING = 421, CODE_UNKNOWN = 500, CODE_UNIMPLEMENTED = 502 };

/* The state that a row leaves out is STATE_FAILED. */
enum state {
    STATE_FAILED,
    STATE_DONE,
    STATE_NOT_OFFERED,
    STATE_REFUSED,
    STATE_GREETING,
    STATE_EHLO,
    STATE_HELO,
    STATE_STARTTLS,
    STATE_HANDSHAKE,
    STATE_IMPLICIT,
    STATE_TLS_GREETING,
    STATE_TLS_EHLO,
};

struct code_range {
    unsigned min, max;
};

/* What is said, what is waited for, and where the reply leads. */
struct row {
    enum smtp_client_step step;
    enum smtp_client_starttls outcome; /* known from here on; UNKNOWN changes nothing */
    const char *verb;                  /* said on entering */
    bool says_name;                    /* ... with the client's name behind it */
    const char *awaits;
    const char *refusal;    /* stands before the server's words when they end the dialogue */
    struct code_range good; /* such a reply leads to `next`, */
    const char *keyword;    /* if it lists this, and otherwise to `lacking` */
    enum state next, lacking;
    enum state unknown;   /* after 500 and 502: the server has no such command */
    enum state permanent; /* after any other 5yz */
    enum state others;    /* after all that is neither good nor 5yz */
};

static const struct row rows[] = {
    [STATE_FAILED] = {.step = SMTP_CLIENT_FAILED, .verb = "QUIT", .awaits = "nothing"},
    [STATE_DONE] = {.step = SMTP_CLIENT_DONE, .verb = "QUIT", .awaits = "nothing"},
    [STATE_NOT_OFFERED] = {.step = SMTP_CLIENT_DONE,
                           .outcome = SMTP_CLIENT_STARTTLS_NOT_OFFERED,
                           .verb = "QUIT",
                           .awaits = "nothing"},
    [STATE_REFUSED] = {.step = SMTP_CLIENT_DONE,
                       .outcome = SMTP_CLIENT_STARTTLS_REFUSED,
                       .verb = "QUIT",
                       .awaits = "nothing"},
    [STATE_GREETING] = {.awaits = "the greeting",
                        .refusal = "the server refuses the client",
                        .good = {200, 299},
                        .next = STATE_EHLO},
    [STATE_EHLO] = {.verb = "EHLO",
                    .says_name = true,
                    .awaits = "the reply to EHLO",
                    .refusal = "EHLO is refused",
                    .good = {200, 299},
                    .keyword = "STARTTLS",
                    .next = STATE_STARTTLS,
                    .lacking = STATE_NOT_OFFERED,
                    .unknown = STATE_HELO},
    [STATE_HELO] = {.verb = "HELO",
                    .says_name = true,
                    .awaits = "the reply to HELO",
                    .refusal = "EHLO is unknown, and HELO is refused",
                    .good = {200, 299},
                    .next = STATE_NOT_OFFERED},
    [STATE_STARTTLS] = {.verb = "STARTTLS",
                        .awaits = "the reply to STARTTLS",
                        .good = {220, 220},
                        .next = STATE_HANDSHAKE,
                        .unknown = STATE_REFUSED,
                        .permanent = STATE_REFUSED,
                        .others = STATE_REFUSED},
    [STATE_HANDSHAKE] = {.step = SMTP_CLIENT_START_TLS,
                         .outcome = SMTP_CLIENT_STARTTLS_ACCEPTED,
                         .awaits = "the TLS handshake",
                         .next = STATE_TLS_EHLO},
    [STATE_IMPLICIT] = {.step = SMTP_CLIENT_START_TLS,
                        .outcome = SMTP_CLIENT_STARTTLS_IMPLICIT,
                        .awaits = "the TLS handshake",
                        .next = STATE_TLS_GREETING},
    [STATE_TLS_GREETING] = {.awaits = "the greeting",
                            .refusal = "the server refuses the client within TLS",
                            .good = {200, 299},
                            .next = STATE_TLS_EHLO},
    [STATE_TLS_EHLO] = {.verb = "EHLO",
                        .says_name = true,
                        .awaits = "the reply to EHLO",
                        .refusal = "EHLO is refused within TLS",
                        .good = {200, 299},
                        .next = STATE_DONE},
};

struct smtp_client {
    char *helo;
    const struct row *at;
    struct line_reader reader;
    struct smtp_reply reply;
    enum smtp_client_starttls starttls;
    unsigned last_code;
    char last_text[SMTP_CLIENT_TEXT_SIZE_B];
    size_t behind_starttls_b;
    bool offers_auth; /* before TLS */
    struct err err;
};

static void enter(struct smtp_client *client, enum state state) {
    client->at = &rows[state];
    if (client->at->outcome != SMTP_CLIENT_STARTTLS_UNKNOWN)
        client->starttls = client->at->outcome;
}

struct smtp_client *smtp_client_new(const char *helo, bool implicit_tls) {
    struct smtp_client *client = mem_zalloc(sizeof *client);

    client->helo = mem_strdup(helo);
    line_reader_init(&client->reader, SMTP_CLIENT_LINE_B);
    smtp_reply_init(&client->reply);
    enter(client, implicit_tls ? STATE_IMPLICIT : STATE_GREETING);
    return client;
}

void smtp_client_free(struct smtp_client **client) {
    if (*client == NULL)
        return;
    line_reader_fini(&(*client)->reader);
    smtp_reply_fini(&(*client)->reply);
    free((*client)->helo);
    free(*client);
    *client = NULL;
}

static void speak(struct smtp_client *client, struct buf *out) {
    const struct row *at = client->at;

    if (at->verb == NULL)
        return;
    if (at->says_name)
        buf_printf(out, "%s %s\r\n", at->verb, client->helo);
    else
        buf_printf(out, "%s\r\n", at->verb);
    if (out->overflow) {
        enter(client, STATE_FAILED);
        err_set(&client->err, "no room to send %s", at->verb);
    }
}

/* One line that is safe to show: the lines of a reply stand behind each other. */
static void note_reply(struct smtp_client *client) {
    const char *text = buf_text(&client->reply.text);

    client->last_code = client->reply.code;
    ascii_copy_clean(client->last_text, sizeof client->last_text, text, client->reply.text.len);
    for (size_t i = 0; client->last_text[i] != '\0'; i++)
        if (text[i] == '\n')
            client->last_text[i] = ' ';
}

static enum state state_after(const struct row *at, const struct smtp_reply *reply) {
    if (reply->code >= at->good.min && reply->code <= at->good.max)
        return at->keyword == NULL || smtp_reply_has_keyword(reply, at->keyword) ? at->next
                                                                                 : at->lacking;
    if (reply->code == CODE_UNKNOWN || reply->code == CODE_UNIMPLEMENTED)
        return at->unknown;
    return reply->code >= 500 ? at->permanent : at->others;
}

static void take_reply(struct smtp_client *client, struct buf *out) {
    const struct row *asked = client->at;
    enum state next = state_after(asked, &client->reply);

    note_reply(client);
    client->offers_auth |=
        asked == &rows[STATE_EHLO] && smtp_reply_has_keyword(&client->reply, "AUTH");
    smtp_reply_reset(&client->reply);
    enter(client, next);
    if (next == STATE_FAILED)
        err_set(&client->err, "%s: %u%s%s", asked->refusal, client->last_code,
                client->last_text[0] != '\0' ? " " : "", client->last_text);
    /* With 421 the server has closed already (RFC 5321 3.8). */
    if (client->last_code != CODE_CLOSING)
        speak(client, out);
}

/* What does not speak SMTP gets no QUIT. */
static void take_unreadable(struct smtp_client *client, const char *line, size_t len) {
    char sample[SAMPLE_SIZE_B];
    const char *awaited = client->at->awaits;

    enter(client, STATE_FAILED);
    if (client->reply.text.overflow || client->reply.lines == SMTP_REPLY_MAX_LINES) {
        err_set(&client->err, "%s does not end: more than %d lines or %d KiB", awaited,
                SMTP_REPLY_MAX_LINES, SMTP_REPLY_MAX_B / 1024);
        return;
    }
    ascii_copy_clean(sample, sizeof sample, line, len);
    err_set(&client->err, "%s is malformed: \"%s\"", awaited, sample);
}

static void take_line(struct smtp_client *client, const char *line, size_t len, struct buf *out) {
    enum smtp_reply_result result = smtp_reply_line(&client->reply, line, len);

    if (result == SMTP_REPLY_COMPLETE)
        take_reply(client, out);
    else if (result == SMTP_REPLY_MALFORMED)
        take_unreadable(client, line, len);
}

static void take_endless_line(struct smtp_client *client) {
    err_set(&client->err, "%s has a line of more than %d bytes", client->at->awaits,
            SMTP_CLIENT_LINE_B);
    enter(client, STATE_FAILED);
}

static size_t feed_line(struct smtp_client *client, const uint8_t *data, size_t len,
                        struct buf *out) {
    const char *line;
    size_t line_len, used;
    enum line_result result = line_reader_next(&client->reader, data, len, &used, &line, &line_len);

    /* A line that is too long already is not read to its end, which may never come. */
    if (result == LINE_TOO_LONG || result == LINE_ENDLESS || client->reader.dropping)
        take_endless_line(client);
    else if (result == LINE_READY)
        take_line(client, line, line_len, out);
    return used;
}

enum smtp_client_step smtp_client_feed(struct smtp_client *client, const uint8_t *data, size_t len,
                                       struct buf *out) {
    size_t pos = 0;

    while (client->at->step == SMTP_CLIENT_READ && pos < len)
        pos += feed_line(client, data + pos, len - pos, out);
    if (client->at->step == SMTP_CLIENT_START_TLS)
        client->behind_starttls_b += len - pos;
    return client->at->step;
}

enum smtp_client_step smtp_client_secured(struct smtp_client *client, struct buf *out) {
    assert(client->at->step == SMTP_CLIENT_START_TLS);
    line_reader_reset(&client->reader);
    enter(client, client->at->next);
    speak(client, out);
    return client->at->step;
}

const char *smtp_client_starttls_name(enum smtp_client_starttls outcome) {
    static const char *const names[] = {
        [SMTP_CLIENT_STARTTLS_UNKNOWN] = "unknown",
        [SMTP_CLIENT_STARTTLS_ACCEPTED] = "accepted",
        [SMTP_CLIENT_STARTTLS_REFUSED] = "refused",
        [SMTP_CLIENT_STARTTLS_NOT_OFFERED] = "not-offered",
        [SMTP_CLIENT_STARTTLS_IMPLICIT] = "implicit",
    };

    return names[outcome];
}

enum smtp_client_starttls smtp_client_starttls(const struct smtp_client *client) {
    return client->starttls;
}

unsigned smtp_client_last_code(const struct smtp_client *client) {
    return client->last_code;
}

const char *smtp_client_last_text(const struct smtp_client *client) {
    return client->last_text;
}

const char *smtp_client_error(const struct smtp_client *client) {
    return client->err.text;
}

const char *smtp_client_awaits(const struct smtp_client *client) {
    return client->at->awaits;
}

size_t smtp_client_behind_starttls_b(const struct smtp_client *client) {
    return client->behind_starttls_b;
}

bool smtp_client_is_temporary(const struct smtp_client *client) {
    return client->last_code >= 400 && client->last_code <= 499;
}

bool smtp_client_offers_auth(const struct smtp_client *client) {
    return client->offers_auth;
}

bool smtp_client_is_done(const struct smtp_client *client) {
    return client->at->step == SMTP_CLIENT_DONE;
}
