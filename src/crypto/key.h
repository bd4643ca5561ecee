/* key - private keys, weak and strong: their kinds, their names, and how they are made.  They are never used for anything good.
 *
 * A key is named by its role and its spec ("leaf-rsa-1024"); the same name is the same key (key_pool.h), so that all faults
 * that need RSA 1024 share one. */
#ifndef DOORMAT_CRYPTO_KEY_H
#define DOORMAT_CRYPTO_KEY_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"

struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

/* By how they are made; the flawed ones are ours, with the flaw that others became known for. */
enum key_type {
    KEY_DEFAULT, /* EC P-256 */
    KEY_EC,
    KEY_RSA,
    KEY_EC_EXPLICIT, /* the curve is spelt out, not named (RFC 5480 2.1.1 forbids it) */
    KEY_DSA,
    KEY_ED25519,
    KEY_ED448,
    KEY_RSA_E3,     /* public exponent 3 */
    KEY_RSA_E1,     /* ... 1: signing is doing nothing */
    KEY_RSA_ROCA,   /* both primes are powers of 65537 modulo many small primes (CVE-2017-15361) */
    KEY_RSA_CLOSE,  /* the primes lie side by side, so that Fermat's method finds them */
    KEY_RSA_SHARED, /* one prime is the same in all such keys, and not secret */
    KEY_TYPE_COUNT
};
enum key_curve {
    KEY_CURVE_P256,
    KEY_CURVE_P384,
    KEY_CURVE_P521,
    KEY_CURVE_P224,
    KEY_CURVE_P192,
    KEY_CURVE_SECP160R1,
    KEY_CURVE_SECP256K1,
    KEY_CURVE_SECT163K1,
    KEY_CURVE_BRAINPOOL256,
    KEY_CURVE_BRAINPOOL384,
    KEY_CURVE_COUNT
};

struct key_spec {
    enum key_type type;
    unsigned bits;        /* RSA: the modulus; DSA: the prime; else unused, 0 */
    enum key_curve curve; /* EC only */
};

enum key_family { KEY_FAMILY_EC, KEY_FAMILY_RSA, KEY_FAMILY_DSA, KEY_FAMILY_EDWARDS };
enum key_family key_spec_family(const struct key_spec *spec);

enum key_role {
    KEY_ROLE_ROOT,
    KEY_ROLE_INTERMEDIATE,
    KEY_ROLE_LEAF,
    KEY_ROLE_STRANGER, /* the root that nobody trusts */
    KEY_ROLE_STRANGER_INTERMEDIATE,
    KEY_ROLE_STRANGER_LEAF, /* of who stands in the server's place */
    KEY_ROLE_ZONE,          /* signs DNS records */
    KEY_ROLE_STRANGER_ZONE,
    KEY_ROLE_COUNT
};

enum { KEY_NAME_SIZE_B = 64 };

/* "leaf-rsa-1024": as it is called in the pool and in the cache. */
void key_name(enum key_role role, const struct key_spec *spec, char out[KEY_NAME_SIZE_B]);

/* "RSA 1024", "ECDSA P-256": for people. */
void key_spec_describe(const struct key_spec *spec, char *out, unsigned long size_b);

/* Is it a key of that kind and size? */
bool key_fits(const struct evp_pkey_st *key, const struct key_spec *spec);

/* A new one, the caller's to EVP_PKEY_free.  It may take minutes: RSA of 16384 bits.  *stop (NULL: nobody stops it) gives the
 * search for primes up within a moment of becoming true. */
int key_make(const struct key_spec *spec, const atomic_bool *stop, struct evp_pkey_st **out,
             struct err *err) MUST_USE;

/* RSA of one of the flawed kinds. */
int key_make_flawed(const struct key_spec *spec, struct evp_pkey_st **out,
                    struct err *err) MUST_USE;

/* A copy with the right public half and a wrong private one: OpenSSL takes it for sound (it compares public halves), and
 * no signature made with it verifies. */
int key_spoil(const struct evp_pkey_st *sound, struct evp_pkey_st **out, struct err *err) MUST_USE;

#endif
