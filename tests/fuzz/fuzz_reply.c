/* The reply reader: bounded whatever a server says, and a complete reply written by smtp_reply_put reads the same. */
#include <assert.h>
#include <stdint.h>

#include "smtp/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned count_lf(const struct buf *text) {
    unsigned count = 0;

    for (size_t i = 0; i < text->len; i++)
        count += text->data[i] == '\n';
    return count;
}

static void check(const struct smtp_reply *reply) {
    assert(reply->code >= 200 && reply->code <= 599);
    assert(reply->lines >= 1 && reply->lines <= SMTP_REPLY_MAX_LINES);
    assert(reply->text.len <= SMTP_REPLY_MAX_B);
    assert(count_lf(&reply->text) == reply->lines - 1);
    assert(strlen(buf_text(&reply->text)) == reply->text.len);
    assert(!smtp_reply_has_keyword(reply, "STARTTLS") || reply->lines > 1);
}

/* Reads the lines of text, each ended by the given bytes, until a reply is complete or malformed. */
static enum smtp_reply_result read_lines(struct smtp_reply *reply, const char *text, size_t len,
                                         const char *ending) {
    enum smtp_reply_result result = SMTP_REPLY_MORE;
    size_t pos = 0;

    while (result == SMTP_REPLY_MORE && pos < len) {
        const char *end = memmem(text + pos, len - pos, ending, strlen(ending));
        size_t line_len = end != NULL ? (size_t)(end - text) - pos : len - pos;

        result = smtp_reply_line(reply, text + pos, line_len);
        if (result != SMTP_REPLY_MALFORMED)
            check(reply);
        pos += line_len + strlen(ending);
    }
    return result;
}

static void check_round_trip(const struct smtp_reply *reply) {
    struct smtp_reply again;
    struct buf wire;

    buf_init(&wire, SMTP_REPLY_MAX_B + SMTP_REPLY_MAX_LINES * 8);
    smtp_reply_init(&again);
    smtp_reply_put(&wire, reply->code, buf_text(&reply->text));
    assert(!wire.overflow);
    assert(read_lines(&again, buf_text(&wire), wire.len, "\r\n") == SMTP_REPLY_COMPLETE);
    assert(again.code == reply->code && again.lines == reply->lines);
    assert(strcmp(buf_text(&again.text), buf_text(&reply->text)) == 0);
    smtp_reply_fini(&again);
    buf_fini(&wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct smtp_reply reply;

    smtp_reply_init(&reply);
    if (read_lines(&reply, (const char *)data, size, "\n") == SMTP_REPLY_COMPLETE)
        check_round_trip(&reply);
    smtp_reply_fini(&reply);
    return 0;
}
