#include "crypto/key_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypto/key_pool.h"
#include "crypto/pem.h"

enum { KEY_FILE_MAX_B = 64 * 1024, KEY_SIGNATURE_MAX_B = 2048 }; /* RSA 16384: 13 KiB, 2 KiB */
enum { LOCK_TRIES = 200, LOCK_PAUSE_MS = 10 };

struct key_cache {
    char *dir;
    atomic_flag complained; /* one line on the log is enough */
};

/* The XDG base directory specification says that a relative path is to be ignored. */
static char *default_dir(void) {
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

    if (xdg != NULL && *xdg == '/')
        return mem_printf("%s/doormat", xdg);
    return home != NULL && *home == '/' ? mem_printf("%s/.cache/doormat", home) : NULL;
}

/* Whoever may write there could give us a key of theirs as the lab root's. */
static int check_dir(const char *dir, struct err *err) {
    struct stat st;

    if (file_make_dir(dir, 0700, err) != 0)
        return -1;
    if (stat(dir, &st) != 0)
        return err_errno(err, "%s", dir);
    if (!S_ISDIR(st.st_mode))
        return err_set(err, "%s: not a directory", dir);
    if (st.st_uid != geteuid())
        return err_set(err, "%s: belongs to another user", dir);
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return err_set(err, "%s: others may write there (chmod 700 helps)", dir);
    return 0;
}

struct key_cache *key_cache_open(const char *dir) {
    struct err err;

    if (dir == NULL)
        return NULL;
    char *path = strcmp(dir, "default") == 0 ? default_dir() : mem_strdup(dir);
    int rc = path != NULL ? check_dir(path, &err)
                          : err_set(&err, "neither XDG_CACHE_HOME nor HOME names a directory");
    if (rc != 0) {
        log_warn("keys are kept in memory only: %s", err.text);
        free(path);
        return NULL;
    }
    struct key_cache *cache = mem_zalloc(sizeof *cache);
    *cache = (struct key_cache){.dir = path, .complained = ATOMIC_FLAG_INIT};
    return cache;
}

void key_cache_close(struct key_cache **cache) {
    if (*cache == NULL)
        return;
    free((*cache)->dir);
    free(*cache);
    *cache = NULL;
}

static char *path_of(const struct key_cache *cache, const char *name) {
    return mem_printf("%s/%s.pem", cache->dir, name);
}

/* Without it, OpenSSL would ask on the terminal for the password of a file that is encrypted. */
static int no_password(char *out, int size_b, int writing, void *arg) {
    (void)out, (void)size_b, (void)writing, (void)arg;
    return -1;
}

/* A file may parse and still be damaged: only a signature shows that both halves are whole. */
static bool key_signs(EVP_PKEY *key) {
    static const unsigned char text[] = "doormat";
    unsigned char signature[KEY_SIGNATURE_MAX_B];
    size_t len = sizeof signature;
    bool has_digest = !EVP_PKEY_is_a(key, "ED25519") && !EVP_PKEY_is_a(key, "ED448");
    const char *digest = has_digest ? "SHA256" : NULL; /* these have their own */
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_PKEY_get_size(key) <= (int)sizeof signature &&
              EVP_DigestSignInit_ex(ctx, NULL, digest, NULL, NULL, key, NULL) == 1 &&
              EVP_DigestSign(ctx, signature, &len, text, sizeof text) == 1 &&
              EVP_MD_CTX_reset(ctx) == 1 &&
              EVP_DigestVerifyInit_ex(ctx, NULL, digest, NULL, NULL, key, NULL) == 1 &&
              EVP_DigestVerify(ctx, signature, len, text, sizeof text) == 1;

    EVP_MD_CTX_free(ctx);
    return ok;
}

static EVP_PKEY *parse(const struct buf *pem, const struct key_spec *spec) {
    BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;

    BIO_free(bio);
    if (key != NULL && (!key_fits(key, spec) || !key_signs(key))) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    ERR_clear_error();
    return key;
}

EVP_PKEY *key_cache_load(const struct key_cache *cache, const char *name,
                         const struct key_spec *spec) {
    char *path = path_of(cache, name);
    EVP_PKEY *key = NULL;
    struct buf pem;
    struct err err;

    buf_init(&pem, KEY_FILE_MAX_B);
    if (file_read_own(path, &pem, &err) == 0) {
        key = pem.len > 0 ? parse(&pem, spec) : NULL;
        if (key == NULL)
            log_info("%s: damaged or of another kind; it is made again", path);
    } else if (access(path, F_OK) == 0) {
        log_info("%s; the key is made again", err.text);
    }
    buf_fini(&pem);
    free(path);
    return key;
}

/* Between processes.  Where a file system has no locks, or somebody was stopped while holding it, the worst is that two of them
 * work with different keys, each whole in itself: so -1 is as good as a lock. */
static int lock_dir(const char *dir) {
    static const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    for (int i = 0; fd >= 0 && i < LOCK_TRIES && flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            break;
        nanosleep(&pause, NULL);
    }
    return fd;
}

void key_cache_store(struct key_cache *cache, const char *name, const struct key_spec *spec,
                     EVP_PKEY **key) {
    struct err err;
    char *path = path_of(cache, name);
    int lock = lock_dir(cache->dir);
    EVP_PKEY *first = key_cache_load(cache, name, spec);

    if (first != NULL) {
        EVP_PKEY_free(*key);
        *key = first;
    } else if (pem_write_key(path, *key, &err) != 0 &&
               !atomic_flag_test_and_set(&cache->complained))
        log_warn("keys are kept in memory only: %s", err.text);
    if (lock >= 0)
        close(lock);
    free(path);
}
