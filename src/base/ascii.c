#include "base/ascii.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool ascii_equal_n(const char *a, size_t a_len, const char *b) {
    if (strlen(b) != a_len)
        return false;
    for (size_t i = 0; i < a_len; i++)
        if (ascii_lower((unsigned char)a[i]) != ascii_lower((unsigned char)b[i]))
            return false;
    return true;
}

bool ascii_equal(const char *a, const char *b) {
    return ascii_equal_n(a, strlen(a), b);
}

void ascii_copy_clean(char *out, size_t size_b, const char *text, size_t len) {
    size_t n = 0;

    for (; n < len && n + 1 < size_b; n++)
        out[n] = ascii_is_print((unsigned char)text[n]) ? text[n] : '?';
    if (size_b > 0)
        out[n] = '\0';
}

int ascii_number(const char *text, long min, long max, long *out) {
    char *end;

    if (!ascii_is_digit((unsigned char)text[0]) && text[0] != '-')
        return -1;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < min || value > max)
        return -1;
    *out = value;
    return 0;
}
