#include "smtp/body.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "smtp/command.h"

/* The window holds the last four bytes, the newest lowest. */
enum {
    DOT = '.',
    CR = '\r',
    LF = '\n',
    CRLF = CR << 8 | LF,
    CRLF_DOT = CRLF << 8 | DOT,
    CRLF_DOT_CR = CRLF_DOT << 8 | CR,
    LAST_1 = 0xff,
    LAST_2 = 0xffff,
    LAST_3 = 0xffffff,
};

void smtp_body_init(struct smtp_body *body) {
    /* The CRLF of the DATA line itself may be the one before the final dot (RFC 5321 4.1.1.4). */
    *body = (struct smtp_body){.window = CRLF};
}

/* Whether the byte makes the bytes before it an end of data for a lax reader: a dot alone between any two line ends.  CRLF
 * "." CR is one only if no LF follows. */
static bool is_false_end(uint32_t window, uint8_t byte) {
    bool after_crlf_dot = (window & LAST_3) == CRLF_DOT;
    uint32_t before_dot = window >> 8 & LAST_1;

    if (window == CRLF_DOT_CR)
        return byte != LF;
    if ((window & LAST_1) != DOT || (before_dot != CR && before_dot != LF))
        return false;
    return byte == LF || (byte == CR && !after_crlf_dot);
}

/* How many bytes of message the byte settles.  A dot after CRLF is stuffing or the end, and counts as nothing (RFC 1870 3);
 * the CR behind it waits for the byte that shows which. */
static unsigned settled(uint32_t window, uint8_t byte) {
    if (window == CRLF_DOT_CR)
        return byte == LF ? 0 : 2;
    if ((window & LAST_3) == CRLF_DOT)
        return byte == CR ? 0 : 1;
    return (window & LAST_2) == CRLF && byte == DOT ? 0 : 1;
}

/* How many bytes stand before the first CR or LF; of many it looks at some, lest a line of CRs be searched for LF anew
 * at each. */
static size_t until_line_end(const uint8_t *data, size_t len) {
    enum { PIECE_B = 256 };
    size_t n = len < PIECE_B ? len : PIECE_B;
    const uint8_t *end = memchr(data, CR, n);

    if (end != NULL)
        n = (size_t)(end - data);
    end = memchr(data, LF, n);
    return end != NULL ? (size_t)(end - data) : n;
}

/* Within a line nothing changes but the size and the window, and most bytes are within one. */
static size_t skip_within_line(struct smtp_body *body, const uint8_t *data, size_t len) {
    uint32_t last = body->window & LAST_1;

    if (last == CR || last == LF)
        return 0;
    size_t n = until_line_end(data, len);
    body->size_b += n;
    for (size_t i = n > sizeof body->window ? n - sizeof body->window : 0; i < n; i++)
        body->window = body->window << 8 | data[i];
    return n;
}

/* --- commands in place of a message --- */

/* Whether the word is a command; as far as it goes, if it may go on. */
static bool is_command(const struct smtp_body *body, bool may_go_on) {
    for (enum smtp_verb verb = SMTP_UNKNOWN + 1; verb < SMTP_VERB_COUNT; verb++) {
        const char *name = smtp_verb_name(verb);
        size_t len = strlen(name);

        if ((body->word_len == len || (may_go_on && body->word_len < len)) &&
            strncasecmp(body->word, name, body->word_len) == 0)
            return true;
    }
    return false;
}

static void take_word_byte(struct smtp_body *body, char c) {
    if (c == ' ' || c == '\r' || c == '\n') {
        body->has_text = !is_command(body, false);
        body->in_arguments = c != '\n';
        body->word_len = 0;
    } else if (body->word_len == SMTP_BODY_WORD_B) {
        body->has_text = true;
    } else {
        body->word[body->word_len++] = c;
        body->has_text = !is_command(body, true);
    }
}

static void look_for_text(struct smtp_body *body, const uint8_t *data, size_t len) {
    for (size_t i = 0; i < len && !body->has_text; i++) {
        if (!body->in_arguments)
            take_word_byte(body, (char)data[i]);
        else if (data[i] == '\n')
            body->in_arguments = false;
    }
}

bool smtp_body_is_commands(const struct smtp_body *body) {
    return !body->has_text;
}

/* --- the mark --- */

enum { MARK_WITHIN_B = 16 * 1024 }; /* it stands in the header */

/* No beginning of the mark stands within it again, so that a byte that does not fit can only begin it anew. */
static void look_for_mark(struct smtp_body *body, const uint8_t *data, size_t len) {
    static const char mark[] = SMTP_BODY_MARK;

    if (body->size_b > MARK_WITHIN_B)
        return;
    for (size_t i = 0; i < len && !body->is_planted; i++) {
        if (data[i] != mark[body->mark_len])
            body->mark_len = 0;
        body->mark_len += data[i] == mark[body->mark_len];
        body->is_planted = body->mark_len == sizeof mark - 1;
    }
}

bool smtp_body_feed(struct smtp_body *body, const uint8_t *data, size_t len, size_t *used) {
    look_for_text(body, data, len);
    look_for_mark(body, data, len);
    for (size_t i = skip_within_line(body, data, len); i < len;
         i += 1 + skip_within_line(body, data + i + 1, len - i - 1)) {
        uint32_t window = body->window;
        uint8_t byte = data[i];

        body->window = window << 8 | byte;
        body->size_b += settled(window, byte);
        body->bare_cr += (window & LAST_1) == CR && byte != LF;
        body->bare_lf += (window & LAST_1) != CR && byte == LF;
        body->false_ends += is_false_end(window, byte);
        if (window == CRLF_DOT_CR && byte == LF) {
            *used = i + 1;
            return true;
        }
    }
    *used = len;
    return false;
}
