#include "crypto/der.h"

enum { LONG_FORM = 0x80, LENGTH_MAX_B = 3, HIGH_TAG = 0x1f };

/* X.690 10.1: as short as can be. */
static int read_length(struct der *from, size_t *out) {
    if (from->len == 0)
        return -1;
    size_t first = *from->at++, count = first & (LONG_FORM - 1);
    from->len--;
    if (first < LONG_FORM) {
        *out = first;
        return 0;
    }
    if (count == 0 || count > LENGTH_MAX_B || count > from->len || from->at[0] == 0)
        return -1;
    *out = 0;
    for (; count > 0; count--, from->at++, from->len--)
        *out = *out << 8 | *from->at;
    return *out < LONG_FORM ? -1 : 0;
}

int der_read(struct der *from, struct der_item *out) {
    struct der rest = *from;
    size_t len;

    if (rest.len == 0 || (rest.at[0] & HIGH_TAG) == HIGH_TAG)
        return -1;
    uint8_t tag = *rest.at++;
    rest.len--;
    if (read_length(&rest, &len) != 0 || len > rest.len)
        return -1;
    *out = (struct der_item){
        .tag = tag,
        .whole = {from->at, (size_t)(rest.at - from->at) + len},
        .value = {rest.at, len},
    };
    *from = (struct der){rest.at + len, rest.len - len};
    return 0;
}

void der_put(struct buf *out, uint8_t tag, const void *value, size_t value_b) {
    uint8_t head[2 + LENGTH_MAX_B] = {tag, (uint8_t)value_b};
    size_t head_b = 2;

    if (value_b >= (size_t)1 << 8 * LENGTH_MAX_B) {
        out->overflow = true;
        return;
    }
    if (value_b >= LONG_FORM) {
        size_t count = value_b > 0xffff ? 3 : value_b > 0xff ? 2 : 1;
        head[1] = (uint8_t)(LONG_FORM | count);
        for (size_t i = 0; i < count; i++)
            head[head_b++] = (uint8_t)(value_b >> 8 * (count - 1 - i));
    }
    buf_append(out, head, head_b);
    buf_append(out, value, value_b);
}

void der_copy(struct buf *out, const struct der_item *item) {
    buf_append(out, item->whole.at, item->whole.len);
}
