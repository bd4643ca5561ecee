#include "mint/mint.h"

#include <assert.h>
#include <openssl/evp.h>

#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "crypto/key_pool.h"
#include "mint/chain.h"
#include "mint/identity_internal.h"
#include "mint/leaf.h"
#include "mint/revocation_make.h"

/* Two thirds of the way to what comes. */
static int64_t before(int64_t now_s, int64_t change_s) {
    return now_s + (change_s - now_s) / 3 * 2;
}

/* What has expired never becomes valid, but "yesterday" is over when its age has doubled. */
static int64_t stays_until(const struct mint_validity *validity, struct lab_span usual,
                           int64_t now_s) {
    struct lab_span span = lab_span_of(validity, usual, now_s);

    if (now_s < span.from_s)
        return before(now_s, span.from_s);
    if (now_s <= span.until_s)
        return before(now_s, span.until_s);
    return validity->time == MINT_TIME_ABSOLUTE ? INT64_MAX : now_s + (now_s - span.until_s);
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* So are responses and lists, which live shorter than any certificate. */
static int64_t revocation_fresh_until(const struct mint_knobs *knobs, int64_t now_s) {
    const struct mint_validity spans[] = {
        ocsp_validity(knobs->staple), ocsp_validity(knobs->responder), crl_validity(knobs->crl)};
    int64_t until_s = INT64_MAX;

    for (size_t i = 0; i < ARRAY_LEN(spans); i++)
        until_s = least(until_s, stays_until(&spans[i], leaf_usual_span, now_s));
    return until_s;
}

/* Some chains have more than the intermediate above the leaf, all of them as long-lived. */
static int64_t fresh_until(const struct mint_knobs *knobs, int64_t now_s) {
    static const struct mint_validity usual;
    int64_t leaf_s = least(stays_until(&knobs->leaf.validity, leaf_usual_span, now_s),
                           revocation_fresh_until(knobs, now_s));
    int64_t issuer_s = stays_until(&knobs->intermediate.validity, lab_intermediate_span, now_s);

    if (knobs->issuer == MINT_ISSUER_SELF)
        return leaf_s;
    return least(leaf_s, least(issuer_s, stays_until(&usual, lab_intermediate_span, now_s)));
}

/* The certificate, to which a spoilt key would leave a bad signature of its own, is made with the sound one. */
static int set_key(struct identity *identity, EVP_PKEY *key, enum mint_private half,
                   struct err *err) {
    if (half == MINT_PRIVATE_WRONG)
        return key_spoil(key, &identity->key, err);
    EVP_PKEY_up_ref(key);
    identity->key = key;
    return 0;
}

static int set_chain(struct identity *identity, const struct mint_lab *lab,
                     const struct mint_knobs *knobs, int64_t now_s, struct mint_chain *chain,
                     struct err *err) {
    X509_up_ref(lab->root.cert);
    identity->anchor = lab->root.cert;
    identity->chain = chain->above;
    chain->above = NULL;
    return chain_send(lab, knobs->sent, identity->leaf, now_s, identity->chain, err);
}

/* Who signed for somebody who stands in the server's place. */
static const bool signs_for_impostors[MINT_ISSUER_COUNT] = {
    [MINT_ISSUER_SELF] = true,          [MINT_ISSUER_STRANGER] = true,
    [MINT_ISSUER_SERVER] = true,        [MINT_ISSUER_CYCLE] = true,
    [MINT_ISSUER_HUNDRED] = true,       [MINT_ISSUER_CYCLE_ALIKE] = true,
    [MINT_ISSUER_HUNDRED_ALIKE] = true,
};

/* Whose certificate no authority made, or made for somebody else, has a key of his own. */
static bool is_of_impostor(const struct mint_knobs *knobs) {
    static const char other[] = "DNS:somebody-else.test";

    return signs_for_impostors[knobs->issuer] ||
           (knobs->leaf.san != NULL && strcmp(knobs->leaf.san, other) == 0);
}

bool mint_has_sound_key(const struct mint_knobs *changes) {
    return !is_of_impostor(changes) && changes->leaf.key.type == KEY_DEFAULT &&
           changes->private_half == MINT_PRIVATE_SOUND;
}

int mint_lab_pin(struct mint_lab *lab, const struct mint_knobs *knobs, struct mint_pin *out,
                 struct err *err) {
    uint8_t digest[32], *der = NULL;
    size_t digest_len = 0;
    EVP_PKEY *key = NULL;

    *out = (struct mint_pin){"3 1 1 ", ""};
    if (key_pool_get(lab->pool, KEY_ROLE_LEAF, &knobs->leaf.key, &key, err) != 0)
        return -1;
    int len = i2d_PUBKEY(key, &der);
    EVP_PKEY_free(key);
    int rc = len > 0 && EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)len, digest, &digest_len)
                 ? 0
                 : err_openssl(err, "the digest of a key");
    OPENSSL_free(der);
    for (size_t i = 0; rc == 0 && i < sizeof digest; i++)
        snprintf(out->tlsa + strlen("3 1 1 ") + 2 * i, 3, "%02x", digest[i]);
    if (rc == 0)
        EVP_EncodeBlock((unsigned char *)out->spki, digest, sizeof digest);
    return rc;
}

static int get_keys(const struct mint_lab *lab, const struct mint_knobs *knobs,
                    struct leaf_keys *out, struct err *err) {
    enum key_role role = is_of_impostor(knobs) ? KEY_ROLE_STRANGER_LEAF : KEY_ROLE_LEAF;

    if (key_pool_get(lab->pool, role, &knobs->leaf.key, &out->leaf, err) != 0)
        return -1;
    return lab_other_key(lab, &knobs->leaf, &knobs->intermediate.key, &out->other, err);
}

bool mint_needs_web(const struct mint_knobs *knobs) {
    return knobs->responder != MINT_OCSP_NONE || knobs->crl != MINT_CRL_NONE;
}

static char *link_to(const struct mint_lab *lab, const char *folder, const char *name,
                     const char *ending) {
    const char *host = lab->web_host != NULL ? lab->web_host : lab->host;
    bool bracketed = strchr(host, ':') != NULL;
    const char *open = bracketed ? "[" : "", *close = bracketed ? "]" : "";

    if (lab->web_port == 0)
        return mem_printf("http://%s%s%s/%s/%s%s", open, host, close, folder, name, ending);
    return mem_printf("http://%s%s%s:%u/%s/%s%s", open, host, close, lab->web_port, folder, name,
                      ending);
}

static struct leaf_links links_for(const struct mint_lab *lab, const char *name,
                                   const struct mint_knobs *knobs) {
    return (struct leaf_links){
        .ocsp = knobs->responder != MINT_OCSP_NONE ? link_to(lab, "ocsp", name, "") : NULL,
        .crl = knobs->crl != MINT_CRL_NONE ? link_to(lab, "crl", name, ".crl") : NULL,
    };
}

static int set_leaf(struct identity *identity, const struct mint_lab *lab, const char *name,
                    const struct mint_knobs *knobs, const struct leaf_keys *keys,
                    const struct authority *issuer, int64_t now_s, struct err *err) {
    struct leaf_links links = links_for(lab, name, knobs);
    int rc = leaf_make(lab, &knobs->leaf, keys, &links, issuer, now_s, &identity->leaf, err);

    if (rc == 0) {
        const struct authority self = {identity->leaf, keys->leaf};
        const struct revocation_order order = {.lab = lab,
                                               .leaf = identity->leaf,
                                               .leaf_key = keys->leaf,
                                               .issuer = issuer->cert != NULL ? issuer : &self,
                                               .crl_url = links.crl,
                                               .now_s = now_s};
        rc = revocation_make(&order, knobs, &identity->revocation, err);
    }
    free(links.ocsp);
    free(links.crl);
    return rc;
}

int mint_identity(struct mint_lab *lab, const struct mint_knobs *knobs, int64_t now_s,
                  struct identity **out, struct err *err) {
    return mint_identity_as(lab, "leaf", knobs, now_s, out, err);
}

int mint_identity_as(struct mint_lab *lab, const char *name, const struct mint_knobs *knobs,
                     int64_t now_s, struct identity **out, struct err *err) {
    struct identity *identity = mem_zalloc(sizeof *identity);
    struct mint_chain chain = {0};
    struct leaf_keys keys = {0};
    int rc = -1;

    assert(knobs->leaf.profile < MINT_PROFILE_COUNT && knobs->issuer < MINT_ISSUER_COUNT);
    identity->fresh_until = fresh_until(knobs, now_s);
    if (get_keys(lab, knobs, &keys, err) != 0 || chain_make(lab, knobs, now_s, &chain, err) != 0 ||
        set_leaf(identity, lab, name, knobs, &keys, &chain.issuer, now_s, err) != 0 ||
        set_chain(identity, lab, knobs, now_s, &chain, err) != 0 ||
        set_key(identity, keys.leaf, knobs->private_half, err) != 0)
        goto out;
    *out = identity;
    identity = NULL;
    rc = 0;
out:
    identity_free(&identity);
    chain_fini(&chain);
    EVP_PKEY_free(keys.other);
    EVP_PKEY_free(keys.leaf);
    return rc;
}
