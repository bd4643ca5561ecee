/* Record framing: the same records whatever the pieces in which the bytes come, and nothing behind the first foreign byte.
 * The first byte is the size of the pieces. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "tls/framing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t play(const uint8_t *data, size_t size, size_t piece, struct framing *framing) {
    size_t ours = 0;

    memset(framing, 0, sizeof *framing);
    for (size_t pos = 0, n; pos < size; pos += n) {
        n = size - pos < piece ? size - pos : piece;
        size_t taken = framing_take(framing, data + pos, n);
        assert(taken <= n && (taken == n) == !framing->foreign);
        assert(framing->head_len < FRAMING_HEAD_B && framing->alert_len <= FRAMING_ALERT_B);
        ours += taken;
    }
    return ours;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct framing whole, pieces;

    if (size < 1)
        return 0;
    size_t at_once = play(data + 1, size - 1, SIZE_MAX, &whole);
    size_t in_pieces = play(data + 1, size - 1, (size_t)data[0] % 16 + 1, &pieces);
    assert(at_once == in_pieces && whole.foreign == pieces.foreign);
    assert(whole.rest_b == pieces.rest_b && whole.alert_len == pieces.alert_len);
    return 0;
}
