#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"

static const struct {
    uint32_t first, last;
} hidden[] = {
    {0x80, 0x9f},        /* C1 controls */
    {0xad, 0xad},        /* soft hyphen */
    {0x61c, 0x61c},      /* Arabic letter mark */
    {0x180e, 0x180e},    /* Mongolian vowel separator */
    {0x200b, 0x200f},    /* no width, marks of direction */
    {0x2028, 0x202e},    /* separators of lines, embeddings and overrides */
    {0x2060, 0x206f},    /* invisible operators, isolates */
    {0xd800, 0xdfff},    /* surrogates */
    {0xfdd0, 0xfdef},    /* no characters */
    {0xfeff, 0xfeff},    /* byte order mark */
    {0xfff0, 0xfffb},    /* annotations */
    {0xfffe, 0xffff},    /* no characters */
    {0xe0000, 0x10ffff}, /* tags, private use */
};

static bool is_hidden(uint32_t c) {
    for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
        if (c >= hidden[i].first && c <= hidden[i].last)
            return true;
    return false;
}

/* The sequence's length and the least code point that takes so many; 0 for a byte that begins none. */
static size_t length_of(unsigned char lead, uint32_t *least) {
    static const struct {
        unsigned char mask, value;
        uint32_t least;
    } leads[] = {{0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

    for (size_t i = 0; i < ARRAY_LEN(leads); i++)
        if ((lead & leads[i].mask) == leads[i].value) {
            *least = leads[i].least;
            return i + 2;
        }
    return 0;
}

size_t utf8_shown_length(const char *text, size_t len) {
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t least = 0;

    if (len > 0 && bytes[0] < 0x80)
        return ascii_is_print(bytes[0]) ? 1 : 0;
    size_t n = len > 0 ? length_of(bytes[0], &least) : 0;
    if (n == 0 || n > len)
        return 0;
    uint32_t c = bytes[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (bytes[i] & 0x3fu);
    }
    return c < least || c > 0x10ffff || is_hidden(c) ? 0 : n;
}

bool utf8_is_shown(const char *text, size_t len) {
    while (len > 0) {
        size_t n = utf8_shown_length(text, len);

        if (n == 0)
            return false;
        text += n;
        len -= n;
    }
    return true;
}

void utf8_copy_clean(char *out, size_t size_b, const char *text, size_t len) {
    size_t used = 0;

    while (len > 0) {
        size_t n = utf8_shown_length(text, len);
        size_t step = n > 0 ? n : 1;

        if (used + step >= size_b)
            break;
        memcpy(out + used, n > 0 ? text : "?", step);
        used += step;
        text += step;
        len -= step;
    }
    if (size_b > 0)
        out[used] = '\0';
}
