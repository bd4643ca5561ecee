#include "crypto/key_pool.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/key_cache.h"

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
    atomic_bool stopping;
};

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

void key_pool_stop(struct key_pool *pool) {
    atomic_store(&pool->stopping, true);
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

static int load_or_make(struct key_pool *pool, const char *name, const struct key_spec *spec,
                        EVP_PKEY **out, struct err *err) {
    if (pool->cache != NULL)
        *out = key_cache_load(pool->cache, name, spec);
    if (*out != NULL)
        return 0;
    if (key_make(spec, &pool->stopping, out, err) != 0)
        return -1;
    if (pool->cache != NULL)
        key_cache_store(pool->cache, name, spec, out);
    return 0;
}

int key_pool_get(struct key_pool *pool, enum key_role role, const struct key_spec *spec,
                 EVP_PKEY **out, struct err *err) {
    char name[KEY_NAME_SIZE_B];
    int rc = 0;

    key_name(role, spec, name);
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
