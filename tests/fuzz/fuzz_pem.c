/* Files that somebody gives us: trust anchors, revocation lists, and a key in the cache.  Any bytes; what is taken must be
 * usable, and a key that is taken must be whole.
 *
 * Input: a byte that says which, then the file. */
#include <assert.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "crypto/key_cache.h"
#include "x509/path.h"
#include "x509/trust_internal.h"

enum { KIND_TRUST, KIND_LISTS, KIND_KEY, KIND_COUNT };

static const int64_t now_s = 1795478400; /* 2026-11-24 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(int fd, const uint8_t *data, size_t size) {
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        assert(n > 0);
        data += n, size -= (size_t)n;
    }
}

/* Each anchor is judged as a chain of its own, by itself and by all lists that are there. */
static void judge_anchors(const struct trust *trust) {
    STACK_OF(X509) *anchors = X509_STORE_get1_all_certs(trust->store);
    struct facts_chain chain;
    struct err err;

    for (int i = 0; i < sk_X509_num(anchors); i++) {
        STACK_OF(X509) *sent = sk_X509_new_null();
        sk_X509_push(sent, sk_X509_value(anchors, i));
        if (path_judge(sent, (struct path_staple){NULL, 0}, trust, now_s, &chain, &err) == 0)
            assert(chain.certs_seen == 1);
        facts_chain_fini(&chain);
        sk_X509_free(sent);
    }
    sk_X509_pop_free(anchors, X509_free);
}

static void read_store(const uint8_t *data, size_t size, bool as_lists) {
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    char *path = mem_printf("/proc/self/fd/%d", fd);
    struct trust *trust = NULL;
    struct err err = {.text = ""};

    put(fd, data, size);
    if (trust_new(path, &trust, &err) != 0)
        assert(trust == NULL && err.text[0] != '\0');
    if (trust != NULL && as_lists && trust_add_crls(trust, path, &err) != 0)
        assert(!trust->has_crls && err.text[0] != '\0');
    if (trust != NULL)
        judge_anchors(trust);
    assert(ERR_peek_error() == 0);
    trust_free(&trust);
    free(path);
    close(fd);
}

static const struct key_spec spec = {KEY_DEFAULT, 0, 0};

static void read_key(const uint8_t *data, size_t size) {
    static char *dir;
    struct err err;

    if (dir == NULL && file_temp_dir(&dir, &err) != 0)
        abort();
    char *path = mem_printf("%s/root-ec-p256.pem", dir);
    struct key_cache *cache = key_cache_open(dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert(fd >= 0 && cache != NULL);
    put(fd, data, size);
    close(fd);
    EVP_PKEY *key = key_cache_load(cache, "root-ec-p256", &spec);
    assert(key == NULL || key_fits(key, &spec));
    assert(ERR_peek_error() == 0);
    EVP_PKEY_free(key);
    key_cache_close(&cache);
    unlink(path);
    free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    if (data[0] % KIND_COUNT == KIND_KEY)
        read_key(data + 1, size - 1);
    else
        read_store(data + 1, size - 1, data[0] % KIND_COUNT == KIND_LISTS);
    return 0;
}
