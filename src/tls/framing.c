#include "tls/framing.h"

enum {
    TYPE_FIRST = 20,
    TYPE_ALERT = 21,
    TYPE_LAST = 24,
    MAJOR_VERSION = 3,
    SSL2_BIT = 0x80,
    SSL2_HEAD_B = 2
};

/* A record begins with its type and the version's first byte; nothing that people write does. */
static bool fits(const struct framing *framing, size_t at, uint8_t byte) {
    if (at == 0)
        return (byte >= TYPE_FIRST && byte <= TYPE_LAST) ||
               (!framing->begun && (byte & SSL2_BIT) != 0);
    return at != 1 || byte == MAJOR_VERSION || (framing->head[0] & SSL2_BIT) != 0;
}

static size_t head_size_b(const struct framing *framing) {
    return framing->head_len > 0 && (framing->head[0] & SSL2_BIT) != 0 ? SSL2_HEAD_B
                                                                       : FRAMING_HEAD_B;
}

static void begin_record(struct framing *framing) {
    const uint8_t *head = framing->head;
    bool is_ssl2 = (head[0] & SSL2_BIT) != 0;

    framing->rest_b =
        is_ssl2 ? (size_t)(head[0] & ~SSL2_BIT) << 8 | head[1] : (size_t)head[3] << 8 | head[4];
    framing->in_first_alert =
        !framing->begun && head[0] == TYPE_ALERT && framing->rest_b == FRAMING_ALERT_B;
    framing->begun = true;
    framing->head_len = 0;
}

static bool take_head(struct framing *framing, uint8_t byte) {
    if (!fits(framing, framing->head_len, byte)) {
        framing->foreign = true;
        return false;
    }
    framing->head[framing->head_len++] = byte;
    if (framing->head_len == head_size_b(framing))
        begin_record(framing);
    return true;
}

static size_t take_body(struct framing *framing, const uint8_t *data, size_t len) {
    size_t n = len < framing->rest_b ? len : framing->rest_b;

    for (size_t i = 0; i < n && framing->in_first_alert; i++)
        framing->alert[framing->alert_len++] = data[i];
    framing->rest_b -= n;
    return n;
}

size_t framing_take(struct framing *framing, const uint8_t *data, size_t len) {
    size_t pos = 0;

    while (pos < len && !framing->foreign) {
        if (framing->rest_b > 0)
            pos += take_body(framing, data + pos, len - pos);
        else
            pos += take_head(framing, data[pos]) ? 1 : 0;
    }
    return pos;
}
