/* gate - see gate.c.  The wrappers, which tools/torture-wraps writes, hold a struct gate_call each, and ask before each call. */
#ifndef DOORMAT_TORTURE_GATE_H
#define DOORMAT_TORTURE_GATE_H

#include <stdint.h>

enum gate_kind { GATE_OSSL, GATE_LIB, GATE_SYS, GATE_ALLOC, GATE_KIND_COUNT };

struct gate_call { /* laid out as the wrappers write it */
    const char *name;
    int32_t kind;
    int32_t error; /* errno; 0: is left alone */
};

/* Whether this call, with this as its first argument, is to fail instead of being made.  In any thread. */
int gate_fails(const struct gate_call *call, uintptr_t argument);

#endif
