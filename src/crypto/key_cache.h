/* key_cache - private keys in files, <dir>/<name>.pem.  For the rooms that use OpenSSL.
 *
 * Life: key_cache_open -> load and store, from any thread -> key_cache_close.  Whatever goes wrong here costs time only,
 * so nothing is an error: it is said once on the log, and the pool works in memory.
 * Several processes may share a directory: the first to store a key of a name wins, and the others take over its key. */
#ifndef DOORMAT_CRYPTO_KEY_CACHE_H
#define DOORMAT_CRYPTO_KEY_CACHE_H

#include <openssl/evp.h>

#include "crypto/key.h"

struct key_cache;

/* dir as for key_pool_new.  NULL: none was asked for, or it cannot be used safely. */
struct key_cache *key_cache_open(const char *dir);
void key_cache_close(struct key_cache **cache);

/* The caller's to free; NULL if there is none that is whole and fits. */
EVP_PKEY *key_cache_load(const struct key_cache *cache, const char *name,
                         const struct key_spec *spec);

/* Stores *key, or replaces it by the one that another process has stored meanwhile. */
void key_cache_store(struct key_cache *cache, const char *name, const struct key_spec *spec,
                     EVP_PKEY **key);

#endif
