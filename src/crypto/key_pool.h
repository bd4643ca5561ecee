/* key_pool - keys, each made once: pooled in memory and cached on disk (key_cache.h).
 *
 * Life: key_pool_new -> key_pool_get, from any thread -> key_pool_free.  The cache is $XDG_CACHE_HOME/doormat (0700, files
 * 0600, written crash-safe); a damaged file is made anew; without a usable directory the pool works in memory and says so
 * once. */
#ifndef DOORMAT_CRYPTO_KEY_POOL_H
#define DOORMAT_CRYPTO_KEY_POOL_H

#include "crypto/key.h"

struct key_pool;

/* dir NULL: memory only.  "default": the place above. */
int key_pool_new(const char *dir, struct key_pool **out, struct err *err) MUST_USE;
void key_pool_free(struct key_pool **pool);

/* What is being made is given up within a moment, and what is asked for from then on is not made.  From any thread. */
void key_pool_stop(struct key_pool *pool);

/* The pool's key of that name, made or read from the cache at first.  *out is counted up: the caller frees it.  Threads
 * that ask for different keys do not wait for each other; a key asked for by several at once is made once. */
int key_pool_get(struct key_pool *pool, enum key_role role, const struct key_spec *spec,
                 struct evp_pkey_st **out, struct err *err) MUST_USE;

#endif
