#include "smtp/reply.h"

#include <assert.h>
#include <string.h>

#include "base/ascii.h"

enum { CODE_MIN = 200, CODE_MAX = 599, CODE_DIGITS = 3 };

static void put_line(struct buf *out, unsigned code, char sep, const char *text, size_t len) {
    char head[] = {(char)('0' + code / 100), (char)('0' + code / 10 % 10), (char)('0' + code % 10),
                   sep};

    buf_append(out, head, sizeof head);
    buf_append(out, text, len);
    buf_puts(out, "\r\n");
}

void smtp_reply_put(struct buf *out, unsigned code, const char *text) {
    assert(code >= CODE_MIN && code <= CODE_MAX);
    for (;;) {
        size_t len = strcspn(text, "\n");
        bool last = text[len] == '\0';

        put_line(out, code, last ? ' ' : '-', text, len);
        if (last)
            return;
        text += len + 1;
    }
}

void smtp_reply_init(struct smtp_reply *reply) {
    *reply = (struct smtp_reply){0};
    buf_init(&reply->text, SMTP_REPLY_MAX_B);
}

void smtp_reply_fini(struct smtp_reply *reply) {
    buf_fini(&reply->text);
    *reply = (struct smtp_reply){0};
}

void smtp_reply_reset(struct smtp_reply *reply) {
    buf_reset(&reply->text);
    reply->code = 0;
    reply->lines = 0;
}

/* The line's code, or 0 if it begins with none. */
static unsigned line_code(const char *line, size_t len) {
    unsigned code = 0;

    if (len < CODE_DIGITS)
        return 0;
    for (size_t i = 0; i < CODE_DIGITS; i++) {
        if (!ascii_is_digit((unsigned char)line[i]))
            return 0;
        code = code * 10 + (unsigned)(line[i] - '0');
    }
    return code >= CODE_MIN && code <= CODE_MAX ? code : 0;
}

/* NUL, CR and LF within a line could hide or feign text (RFC 5321 2.3.8). */
static bool has_hidden_bytes(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\0' || text[i] == '\r' || text[i] == '\n')
            return true;
    return false;
}

enum smtp_reply_result smtp_reply_line(struct smtp_reply *reply, const char *line, size_t len) {
    unsigned code = line_code(line, len);
    char separator = len > CODE_DIGITS ? line[CODE_DIGITS] : ' ';

    if (code == 0 || (separator != ' ' && separator != '-') || has_hidden_bytes(line, len))
        return SMTP_REPLY_MALFORMED;
    if (reply->lines == SMTP_REPLY_MAX_LINES || (reply->lines > 0 && code != reply->code))
        return SMTP_REPLY_MALFORMED;
    if (reply->lines > 0)
        buf_puts(&reply->text, "\n");
    if (len > CODE_DIGITS + 1)
        buf_append(&reply->text, line + CODE_DIGITS + 1, len - CODE_DIGITS - 1);
    if (reply->text.overflow)
        return SMTP_REPLY_MALFORMED;
    reply->code = code;
    reply->lines++;
    return separator == '-' ? SMTP_REPLY_MORE : SMTP_REPLY_COMPLETE;
}

bool smtp_reply_has_keyword(const struct smtp_reply *reply, const char *keyword) {
    /* The first line is the server's name and greeting, not a keyword. */
    const char *line = strchr(buf_text(&reply->text), '\n');

    while (line != NULL) {
        line++;
        if (ascii_equal_n(line, strcspn(line, " \n"), keyword))
            return true;
        line = strchr(line, '\n');
    }
    return false;
}
