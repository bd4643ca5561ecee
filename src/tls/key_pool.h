/* key_pool - the keys as minting uses them, in OpenSSL's terms.  Private to src/tls; see key.h for what a pool is. */
#ifndef DOORMAT_TLS_KEY_POOL_H
#define DOORMAT_TLS_KEY_POOL_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "tls/key.h"

/* The pool's key of that name, made or read from the cache at first.  *out is counted up: the caller frees it.  Threads
 * that ask for different keys do not wait for each other; a key asked for by several at once is made once. */
int key_pool_get(struct key_pool *pool, enum key_role role, const struct key_spec *spec,
                 EVP_PKEY **out, struct err *err) MUST_USE;

/* Is it a key of that kind and size? */
bool key_fits(const EVP_PKEY *key, const struct key_spec *spec);

/* RSA of one of the flawed kinds. */
int key_make_flawed(const struct key_spec *spec, EVP_PKEY **out, struct err *err) MUST_USE;

/* A copy with the right public half and a wrong private one: OpenSSL takes it for sound (it compares public halves), and
 * no signature made with it verifies. */
int key_spoil(const EVP_PKEY *sound, EVP_PKEY **out, struct err *err) MUST_USE;

#endif
