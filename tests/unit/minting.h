/* minting - identities for the tests that look at certificates, from one pool of keys per program. */
#ifndef DOORMAT_TESTS_MINTING_H
#define DOORMAT_TESTS_MINTING_H

#include <openssl/x509v3.h>

#include "base/mem.h"
#include "crypto/key_pool.h"
#include "mint/identity_internal.h"
#include "mint/mint.h"
#include "unit.h"

#define DAY_S INT64_C(86400)

/* 2030-06-01: no test depends on today. */
static const int64_t now_s = 1906502400;

#define RSA_LEAF(n)   .leaf.key = {KEY_RSA, n, 0}
#define RSA_ISSUER(n) .intermediate.key = {KEY_RSA, n, 0}
#define SOUND                                                                                      \
    { .sent = MINT_SENT_CHAIN }
#define RELATIVE(a, b) .leaf.validity = {MINT_TIME_RELATIVE, (a)*DAY_S, (b)*DAY_S}
#define WORST                                                                                      \
    {                                                                                              \
        RSA_LEAF(1024), .leaf.signature = MINT_SIGNATURE_SHA1,                                     \
                        .leaf.profile = MINT_PROFILE_REQ_X509,                                     \
                        .leaf.validity = {MINT_TIME_ABSOLUTE, 0, DAY_S},                           \
                        .leaf.subject = "/C=DE/ST=Saxony/L=Chemnitz/O=CA/OU=CA/CN=abc.xy",         \
                        .issuer = MINT_ISSUER_SELF                                                 \
    }

static struct key_pool *pool; /* one for all, since RSA keys take their time */

static int open_pool(void **state) {
    (void)state;
    return key_pool_new(NULL, &pool, NULL);
}

static int close_pool(void **state) {
    (void)state;
    key_pool_free(&pool);
    return 0;
}

static struct identity *mint(const char *host, const struct mint_knobs *knobs) {
    struct mint_lab *lab = NULL;
    struct identity *identity = NULL;
    struct err err = {""};

    if (mint_lab_new(host, pool, now_s, &lab, &err) != 0 ||
        mint_identity(lab, knobs, now_s, &identity, &err) != 0)
        fail_msg("%s", err.text);
    mint_lab_free(&lab);
    return identity;
}

#endif
