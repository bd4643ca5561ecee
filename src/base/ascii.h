/* ascii - letters and comparisons as protocols mean them: bytes, whatever the locale (RFC 5321 2.4). */
#ifndef DOORMAT_BASE_ASCII_H
#define DOORMAT_BASE_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline int ascii_lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}
static inline bool ascii_is_digit(int c) {
    return c >= '0' && c <= '9';
}
static inline bool ascii_is_alpha(int c) {
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}
static inline bool ascii_is_print(int c) {
    return c >= 0x20 && c <= 0x7e;
}

bool ascii_equal(const char *a, const char *b);                 /* ignoring case */
bool ascii_equal_n(const char *a, size_t a_len, const char *b); /* the same, a not terminated */

/* Copies at most size_b - 1 bytes of text, each unprintable one as '?', and a NUL: safe to show on a terminal. */
void ascii_copy_clean(char *out, size_t size_b, const char *text, size_t len);

/* A whole decimal number between min and max; 0, or -1 when the text is anything else. */
int ascii_number(const char *text, long min, long max, long *out);

#endif
