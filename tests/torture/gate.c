/* gate - what stands in front of each call that can fail, in the build that is made to be tortured (V=torture).
 *
 * $DOORMAT_TORTURE says which call fails: "KIND:N", the N-th of its kind alone, or "KIND:N+", that and all after it.
 * $DOORMAT_TORTURE_NOTE is a file of NOTE_B bytes, in which the counts stand, and the name of the first call that failed.
 * Programs that the tortured one starts do not see either.  tools/torture-wraps writes the wrappers; calls.tsv says what
 * each call returns when it fails. */
#include "gate.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NAME_MAX_B = 64 };

struct note {
    _Atomic uint64_t counts[GATE_KIND_COUNT];
    _Atomic uint64_t failed; /* calls that were made to fail */
    char name[NAME_MAX_B];   /* the first of them */
};

static const char *const kind_names[GATE_KIND_COUNT] = {"ossl", "lib", "sys", "alloc"};

static struct note here, *note = &here;
static int kind_wanted = -1;
static uint64_t first, last;

static bool is_next(enum gate_kind kind, const char *name) {
    uint64_t count = atomic_fetch_add(&note->counts[kind], 1) + 1;

    if ((int)kind != kind_wanted || count < first || count > last)
        return false;
    if (atomic_fetch_add(&note->failed, 1) == 0)
        memcpy(note->name, name, strnlen(name, NAME_MAX_B - 1));
    return true;
}

/* A write to an eventfd wakes a loop; it counts to 2^64, and has no disk that may be full. */
static bool is_bell(int fd) {
    char path[32], target[32] = "";

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return syscall(SYS_readlinkat, AT_FDCWD, path, target, sizeof target - 1) > 0 &&
           strcmp(target, "anon_inode:[eventfd]") == 0;
}

/* libevent asks the kernel to watch a descriptor, which may fail; for a timer it needs memory alone. */
static bool is_timer(const struct event *event) {
    return event_get_fd(event) == -1;
}

static bool cannot_fail(const struct gate_call *call, uintptr_t argument) {
    return (strcmp(call->name, "write") == 0 && is_bell((int)argument)) ||
           (strcmp(call->name, "event_add") == 0 && is_timer((const struct event *)argument));
}

int gate_fails(const struct gate_call *call, uintptr_t argument) {
    if (cannot_fail(call, argument) || !is_next(call->kind, call->name))
        return 0;
    if (call->kind == GATE_OSSL)
        ERR_raise_data(ERR_LIB_USER, ERR_R_INTERNAL_ERROR, "tortured");
    if (call->error != 0)
        errno = call->error;
    return 1;
}

/* --- what to do --- */

static void share_note(void) {
    const char *path = getenv("DOORMAT_TORTURE_NOTE");
    int fd = path != NULL ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
    void *at =
        fd >= 0 ? mmap(NULL, sizeof *note, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;

    if (fd >= 0)
        syscall(SYS_close, fd);
    if (at != MAP_FAILED)
        note = at;
}

static void read_order(void) {
    const char *order = getenv("DOORMAT_TORTURE");
    char name[16], more = '\0';
    unsigned long long n;

    if (order == NULL || sscanf(order, "%15[a-z]:%llu%c", name, &n, &more) < 2)
        return;
    for (int kind = 0; kind < GATE_KIND_COUNT; kind++)
        if (strcmp(kind_names[kind], name) == 0)
            kind_wanted = kind;
    first = n;
    last = more == '+' ? UINT64_MAX : n;
}

__attribute__((constructor)) static void open_gate(void) {
    share_note();
    read_order();
    unsetenv("DOORMAT_TORTURE");
    unsetenv("DOORMAT_TORTURE_NOTE");
}
