#include "crypto/library.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/mem.h"

static void *allocate(size_t size_b, const char *file, int line) {
    (void)file, (void)line;
    return mem_resize(NULL, 1, size_b);
}

static void release(void *old, const char *file, int line) {
    (void)file, (void)line;
    free(old);
}

static void *reallocate(void *old, size_t size_b, const char *file, int line) {
    if (size_b > 0)
        return mem_resize(old, 1, size_b);
    release(old, file, line);
    return NULL;
}

void tls_library_init(void) {
    CRYPTO_set_mem_functions(allocate, reallocate, release);
}

const char *tls_library_text(void) {
    return OpenSSL_version(OPENSSL_VERSION);
}
