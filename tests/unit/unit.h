/* unit - cmocka, and what its header needs before it. */
#ifndef DOORMAT_TESTS_UNIT_H
#define DOORMAT_TESTS_UNIT_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
