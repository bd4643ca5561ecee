#include "tls/key.h"

#include <assert.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <pthread.h>

#include "base/mem.h"
#include "tls/err_openssl.h"
#include "tls/key_cache.h"
#include "tls/key_pool.h"

enum { KEY_NAME_SIZE_B = 64, KEY_MIN_RSA_BITS = 512, KEY_MAX_RSA_BITS = 16384 };

static const char *const role_names[KEY_ROLE_COUNT] = {
    [KEY_ROLE_ROOT] = "root",
    [KEY_ROLE_INTERMEDIATE] = "intermediate",
    [KEY_ROLE_LEAF] = "leaf",
    [KEY_ROLE_STRANGER] = "stranger",
    [KEY_ROLE_STRANGER_INTERMEDIATE] = "stranger-intermediate",
};

static const struct {
    const char *name, *label, *group; /* in a file's name, for people, for OpenSSL */
} curves[KEY_CURVE_COUNT] = {
    [KEY_CURVE_P256] = {"p256", "P-256", "prime256v1"},
    [KEY_CURVE_P384] = {"p384", "P-384", "secp384r1"},
};

struct key_slot {
    struct key_slot *next;
    char name[KEY_NAME_SIZE_B];
    pthread_mutex_t lock; /* held while the key is made */
    EVP_PKEY *key;
};

struct key_pool {
    pthread_mutex_t lock; /* of the list, never held for long */
    struct key_slot *slots;
    struct key_cache *cache;
};

static bool is_rsa(const struct key_spec *spec) {
    return spec->type == KEY_RSA;
}

static enum key_curve curve_of(const struct key_spec *spec) {
    return spec->type == KEY_DEFAULT ? KEY_CURVE_P256 : spec->curve;
}

void key_spec_describe(const struct key_spec *spec, char *out, unsigned long size_b) {
    if (is_rsa(spec))
        snprintf(out, size_b, "RSA %u", spec->bits);
    else
        snprintf(out, size_b, "ECDSA %s", curves[curve_of(spec)].label);
}

static void name_key(enum key_role role, const struct key_spec *spec, char out[KEY_NAME_SIZE_B]) {
    if (is_rsa(spec))
        snprintf(out, KEY_NAME_SIZE_B, "%s-rsa-%u", role_names[role], spec->bits);
    else
        snprintf(out, KEY_NAME_SIZE_B, "%s-ec-%s", role_names[role], curves[curve_of(spec)].name);
}

bool key_fits(const EVP_PKEY *key, const struct key_spec *spec) {
    char group[64];
    size_t len;

    if (is_rsa(spec))
        return EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) == (int)spec->bits;
    return EVP_PKEY_is_a(key, "EC") &&
           EVP_PKEY_get_group_name(key, group, sizeof group, &len) == 1 &&
           strcmp(group, curves[curve_of(spec)].group) == 0;
}

int key_pool_new(const char *dir, struct key_pool **out, struct err *err) {
    struct key_pool *pool = mem_zalloc(sizeof *pool);
    int cause = pthread_mutex_init(&pool->lock, NULL);

    if (cause != 0) {
        free(pool);
        return err_set(err, "cannot make a pool of keys: %s", strerror(cause));
    }
    pool->cache = key_cache_open(dir);
    *out = pool;
    return 0;
}

void key_pool_free(struct key_pool **pool) {
    if (*pool == NULL)
        return;
    for (struct key_slot *slot = (*pool)->slots, *next; slot != NULL; slot = next) {
        next = slot->next;
        EVP_PKEY_free(slot->key);
        pthread_mutex_destroy(&slot->lock);
        free(slot);
    }
    key_cache_close(&(*pool)->cache);
    pthread_mutex_destroy(&(*pool)->lock);
    free(*pool);
    *pool = NULL;
}

/* Slots are only added, so that one stays valid when the list's lock is given back. */
static struct key_slot *find_slot(struct key_pool *pool, const char *name) {
    struct key_slot *slot;

    pthread_mutex_lock(&pool->lock);
    for (slot = pool->slots; slot != NULL; slot = slot->next)
        if (strcmp(slot->name, name) == 0)
            break;
    if (slot == NULL) {
        slot = mem_zalloc(sizeof *slot);
        snprintf(slot->name, sizeof slot->name, "%s", name);
        pthread_mutex_init(&slot->lock, NULL);
        slot->next = pool->slots;
        pool->slots = slot;
    }
    pthread_mutex_unlock(&pool->lock);
    return slot;
}

static int generate(const struct key_spec *spec, EVP_PKEY **out, struct err *err) {
    char what[64];

    *out = is_rsa(spec) ? EVP_RSA_gen(spec->bits) : EVP_EC_gen(curves[curve_of(spec)].group);
    if (*out != NULL)
        return 0;
    key_spec_describe(spec, what, sizeof what);
    return err_openssl(err, "cannot make an %s key", what);
}

static int load_or_make(struct key_pool *pool, const char *name, const struct key_spec *spec,
                        EVP_PKEY **out, struct err *err) {
    if (pool->cache != NULL)
        *out = key_cache_load(pool->cache, name, spec);
    if (*out != NULL)
        return 0;
    if (generate(spec, out, err) != 0)
        return -1;
    if (pool->cache != NULL)
        key_cache_store(pool->cache, name, spec, out);
    return 0;
}

int key_pool_get(struct key_pool *pool, enum key_role role, const struct key_spec *spec,
                 EVP_PKEY **out, struct err *err) {
    char name[KEY_NAME_SIZE_B];
    int rc = 0;

    assert(role < KEY_ROLE_COUNT && spec->type < KEY_TYPE_COUNT && spec->curve < KEY_CURVE_COUNT);
    if (is_rsa(spec) && (spec->bits < KEY_MIN_RSA_BITS || spec->bits > KEY_MAX_RSA_BITS))
        return err_set(err, "cannot make an RSA key of %u bits: they go from %d to %d", spec->bits,
                       KEY_MIN_RSA_BITS, KEY_MAX_RSA_BITS);
    name_key(role, spec, name);
    struct key_slot *slot = find_slot(pool, name);

    pthread_mutex_lock(&slot->lock);
    if (slot->key == NULL)
        rc = load_or_make(pool, name, spec, &slot->key, err);
    if (rc == 0) {
        EVP_PKEY_up_ref(slot->key);
        *out = slot->key;
    }
    pthread_mutex_unlock(&slot->lock);
    return rc;
}
