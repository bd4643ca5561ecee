/* mem - allocation that cannot fail: out of memory ends the process (HACKING.md, "Errors").
 * What these return is released with free().  Zero bytes are a valid request. */
#ifndef DOORMAT_BASE_MEM_H
#define DOORMAT_BASE_MEM_H

#include <stddef.h>

#include "base/err.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

void *mem_zalloc(size_t size_b); /* zeroed */
void *mem_resize(void *old, size_t count,
                 size_t size_b);                 /* like reallocarray: the product is checked */
char *mem_strdup(const char *text);              /* NULL gives NULL */
char *mem_strndup(const char *text, size_t len); /* at most len bytes, then a NUL */
char *mem_printf(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
