#include "base/wrap.h"

#include <string.h>

static size_t word_length(const struct wrap *wrap, const char *text, size_t len) {
    size_t room = wrap->columns - wrap->indent;
    const char *blank = memchr(text, ' ', len);
    size_t word = blank != NULL ? (size_t)(blank - text) : len;

    return wrap->cuts && word > room ? room : word;
}

void wrap_put(struct buf *out, const struct wrap *wrap, const char *text, size_t len) {
    unsigned column = wrap->column;
    bool at_start = !wrap->goes_on;

    while (len > 0) {
        size_t word = word_length(wrap, text, len);
        if (word > 0 && !at_start && column + 1 + word > wrap->columns) {
            buf_printf(out, "\n%*s", (int)wrap->indent, "");
            column = wrap->indent;
            at_start = true;
        }
        if (word > 0 && !at_start)
            column += buf_puts(out, " ") == 0;
        buf_append(out, text, word);
        column += (unsigned)word;
        at_start = at_start && word == 0;
        text += word;
        len -= word;
        for (; len > 0 && *text == ' '; len--)
            text++;
    }
    buf_puts(out, "\n");
}
