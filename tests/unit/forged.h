/* forged - a chain of three forged certificates, and what path building says of one. */
#ifndef DOORMAT_TESTS_FORGED_H
#define DOORMAT_TESTS_FORGED_H

#include "forge.h"

/* Names the key of an issuer that does not name it itself. */
#define AKI_OF_NOBODY                                                                              \
    { "authorityKeyIdentifier", "DER:3006800401020304" }
static const char *const flaw_names[FACTS_PATH_FLAW_COUNT] = {
    [FACTS_PATH_UNTRUSTED] = "untrusted",
    [FACTS_PATH_SELF_SIGNED_LEAF] = "self-signed leaf",
    [FACTS_PATH_SELF_SIGNED_ROOT] = "self-signed root",
    [FACTS_PATH_EXPIRED] = "expired",
    [FACTS_PATH_NOT_YET_VALID] = "not yet valid",
    [FACTS_PATH_BAD_TIME] = "bad time",
    [FACTS_PATH_BAD_SIGNATURE] = "bad signature",
    [FACTS_PATH_NOT_A_CA] = "not a CA",
    [FACTS_PATH_LENGTH] = "length",
    [FACTS_PATH_KEY_USAGE] = "key usage",
    [FACTS_PATH_PURPOSE] = "purpose",
    [FACTS_PATH_ANY_PURPOSE] = "any purpose",
    [FACTS_PATH_NAME_CONSTRAINTS] = "name constraints",
    [FACTS_PATH_UNKNOWN_CRITICAL] = "unknown critical",
    [FACTS_PATH_ENCODING] = "encoding",
    [FACTS_PATH_REVOKED] = "revoked",
    [FACTS_PATH_REVOCATION_UNKNOWN] = "revocation unknown",
    [FACTS_PATH_OTHER] = "other",
};

/* "expired 0, untrusted 1" */
static void check_flaws(const char *name, const struct facts_chain *chain, const char *expected) {
    char seen[1000] = "";
    size_t used = 0;

    for (size_t i = 0; i < chain->path_count; i++)
        used += (size_t)snprintf(seen + used, sizeof seen - used, "%s%s %d", i > 0 ? ", " : "",
                                 flaw_names[chain->path[i].flaw], chain->path[i].depth);
    if (strcmp(seen, expected) != 0)
        fail_msg("%s: '%s' instead of '%s'", name, seen, expected);
}

static const struct forge sound_leaf = FORGE("mx.test", FORGE_SOUND),
                          sound_middle = FORGE("Middle", FORGE_CA),
                          sound_root = FORGE("Root", FORGE_CA);

struct forged {
    EVP_PKEY *leaf_key, *middle_key, *root_key;
    X509 *certs[3]; /* leaf, middle, root */
};

/* What is NULL is sound. */
static void forge_chain(const struct forge *leaf, const struct forge *middle,
                        const struct forge *root_forge, struct forged *out) {
    *out = (struct forged){forge_key(), forge_key(), forge_key(), {NULL}};
    out->certs[2] = forge_cert(root_forge != NULL ? root_forge : &sound_root, out->root_key, NULL);
    struct forge_issuer root = {out->certs[2], out->root_key};
    out->certs[1] = forge_cert(middle != NULL ? middle : &sound_middle, out->middle_key, &root);
    struct forge_issuer by_middle = {out->certs[1], out->middle_key};
    out->certs[0] = forge_cert(leaf != NULL ? leaf : &sound_leaf, out->leaf_key, &by_middle);
}

static void forged_fini(struct forged *forged) {
    for (size_t i = 0; i < ARRAY_LEN(forged->certs); i++)
        X509_free(forged->certs[i]);
    EVP_PKEY_free(forged->leaf_key);
    EVP_PKEY_free(forged->middle_key);
    EVP_PKEY_free(forged->root_key);
}

#endif
