/* key - private keys of shame: made, pooled in memory and cached on disk, never used for anything good.
 *
 * A key is named by its role and its spec ("leaf-rsa-1024"); the same name gives the same key, so that all faults that
 * need RSA 1024 share one.  The cache is $XDG_CACHE_HOME/doormat (0700, files 0600, written crash-safe); a damaged file is
 * made anew; without a usable directory the pool works in memory and says so once.
 * Thread-safe: keys may be asked for from worker threads. */
#ifndef DOORMAT_TLS_KEY_H
#define DOORMAT_TLS_KEY_H

#include "base/err.h"

enum key_type { KEY_DEFAULT /* EC P-256 */, KEY_EC, KEY_RSA, KEY_TYPE_COUNT };
enum key_curve { KEY_CURVE_P256, KEY_CURVE_P384, KEY_CURVE_COUNT };

struct key_spec {
    enum key_type type;
    unsigned bits;        /* RSA: the modulus; EC: unused, 0 */
    enum key_curve curve; /* EC only */
};

enum key_role {
    KEY_ROLE_ROOT,
    KEY_ROLE_INTERMEDIATE,
    KEY_ROLE_LEAF,
    KEY_ROLE_STRANGER, /* the root that nobody trusts */
    KEY_ROLE_STRANGER_INTERMEDIATE,
    KEY_ROLE_COUNT
};

struct key_pool;

/* dir NULL: memory only.  "default": the place above. */
int key_pool_new(const char *dir, struct key_pool **out, struct err *err) MUST_USE;
void key_pool_free(struct key_pool **pool);

/* "RSA 1024", "ECDSA P-256": for people. */
void key_spec_describe(const struct key_spec *spec, char *out, unsigned long size_b);

#endif
