/* unit - cmocka, and what its header needs before it; and what all tests should know. */
#ifndef DOORMAT_TESTS_UNIT_H
#define DOORMAT_TESTS_UNIT_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <stdbool.h>
#include <stdlib.h>

/* Under valgrind, where what takes half a minute else would take half an hour: tools/check says so. */
static inline bool is_slow(void) {
    return getenv("DOORMAT_TESTS_ARE_SLOW") != NULL;
}

#endif
