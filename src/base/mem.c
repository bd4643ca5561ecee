#include "base/mem.h"

#include <stdint.h>

static void *must(void *p) {
    if (p == NULL) {
        fputs("doormat: out of memory\n", stderr);
        abort();
    }
    return p;
}

void *mem_zalloc(size_t size_b) {
    return must(calloc(1, size_b > 0 ? size_b : 1));
}

void *mem_resize(void *old, size_t count, size_t size_b) {
    size_t total;

    if (__builtin_mul_overflow(count, size_b, &total))
        total = SIZE_MAX;
    return must(realloc(old, total > 0 ? total : 1));
}

char *mem_strdup(const char *text) {
    return text == NULL ? NULL : must(strdup(text));
}

char *mem_strndup(const char *text, size_t len) {
    return must(strndup(text, len));
}

char *mem_printf(const char *fmt, ...) {
    char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    int n = vasprintf(&text, fmt, ap);
    va_end(ap);
    return must(n < 0 ? NULL : text);
}
