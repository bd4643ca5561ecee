/* dh_group - a group of finite-field Diffie-Hellman that a server made up, as a client below TLS 1.3 gets it: p and g, and no
 * word on who chose them (RFC 5246 7.4.3).
 *
 * Life: dh_group_of -> dh_group_judge -> dh_group_free. */
#ifndef DOORMAT_CRYPTO_DH_GROUP_H
#define DOORMAT_CRYPTO_DH_GROUP_H

#include <stdatomic.h>

struct dh_group;
struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

/* Those that are published count as sound. */
enum dh_flaw {
    DH_FLAW_NONE, /* or no group at all */
    DH_FLAW_COMPOSITE,
    DH_FLAW_NO_SAFE_PRIME, /* (p - 1) / 2 is no prime: there are small subgroups, and which one is used nobody can tell */
    DH_FLAW_GENERATOR, /* that of a group of one or two */
    DH_FLAW_COUNT,
};

/* NULL: it is one of RFC 7919, RFC 3526 or RFC 5114, or no such group at all. */
struct dh_group *dh_group_of(const struct evp_pkey_st *params);

/* Is it sound?  In any thread; not in the loop's, for it takes its time: 0.1 s for 3072 bits, 3 s for the longest that libssl
 * takes.  A number that was made to pass for a prime is found out in 255 of 256 cases.  Once *stop (NULL: nobody stops it) is
 * true, it comes to its end soon, and what it says means nothing. */
enum dh_flaw dh_group_judge(const struct dh_group *group, const atomic_bool *stop);
void dh_group_free(struct dh_group **group);

#endif
