#include "tls/mint.h"

#include <assert.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "tls/err_openssl.h"
#include "tls/identity.h"
#include "tls/key_pool.h"
#include "tls/mint_cert.h"
#include "tls/mint_lab.h"

#define DAY_S INT64_C(86400)

enum { SAN_MAX_B = 1024 * 1024, COMMON_NAME_MAX_B = 64 /* RFC 5280 A.1, ub-common-name */ };

static const struct profile {
    struct cert_extension extensions[6]; /* in this order */
    const char *rsa_key_usage;           /* in place of the key usage above, for an RSA key */
    bool names_host;                     /* without a SAN of its own */
} profiles[MINT_PROFILE_COUNT] = {
    [MINT_PROFILE_SERVER] = {{{NID_subject_key_identifier, "hash"},
                              {NID_authority_key_identifier, "keyid:always"},
                              {NID_basic_constraints, "critical,CA:FALSE"},
                              {NID_key_usage, "critical,digitalSignature"},
                              {NID_ext_key_usage, "serverAuth"}},
                             "critical,digitalSignature,keyEncipherment",
                             true},
    [MINT_PROFILE_REQ_X509] = {{{NID_subject_key_identifier, "hash"},
                                {NID_authority_key_identifier, "keyid:always"},
                                {NID_basic_constraints, "critical,CA:TRUE"}},
                               NULL,
                               false},
};

struct span {
    int64_t from_s, until_s;
};

static struct span span_of(const struct mint_validity *validity, int64_t now_s) {
    switch (validity->time) {
    case MINT_TIME_RELATIVE:
        return (struct span){now_s + validity->not_before_s, now_s + validity->not_after_s};
    case MINT_TIME_ABSOLUTE:
        return (struct span){validity->not_before_s, validity->not_after_s};
    default:
        return (struct span){now_s - DAY_S, now_s + 90 * DAY_S};
    }
}

/* Two thirds of the way to what comes. */
static int64_t before(int64_t now_s, int64_t change_s) {
    return now_s + (change_s - now_s) / 3 * 2;
}

/* What has expired never becomes valid, but "yesterday" is over when its age has doubled. */
static int64_t leaf_fresh_until(const struct mint_validity *validity, struct span span,
                                int64_t now_s) {
    if (now_s < span.from_s)
        return before(now_s, span.from_s);
    if (now_s <= span.until_s)
        return before(now_s, span.until_s);
    return validity->time == MINT_TIME_ABSOLUTE ? INT64_MAX : now_s + (now_s - span.until_s);
}

static int64_t fresh_until(const struct mint_knobs *knobs, int64_t now_s) {
    const struct mint_validity *validity = &knobs->leaf.validity;
    int64_t leaf_s = leaf_fresh_until(validity, span_of(validity, now_s), now_s);
    int64_t chain_s = before(now_s, lab_intermediate_until(now_s));

    return knobs->issuer == MINT_ISSUER_SELF || leaf_s < chain_s ? leaf_s : chain_s;
}

/* An address is no common name: checkers would take it for a DNS name outside the root's constraints. */
static char *subject_for(const struct mint_lab *lab, const struct mint_cert *leaf) {
    if (leaf->subject != NULL)
        return mem_strdup(leaf->subject);
    if (lab->host_is_address)
        return mem_strdup("/O=Doormat");
    return mem_printf("/CN=%.*s", COMMON_NAME_MAX_B, lab->host);
}

/* "{host}" as an item of its own stands for the host and its kind, within an item for the bare text. */
static void expand_san(const struct mint_lab *lab, const char *san, struct buf *out) {
    static const char mark[] = "{host}";

    for (const char *at = san, *next; *at != '\0'; at = next) {
        bool item = (at == san || at[-1] == ',') && strncmp(at, mark, sizeof mark - 1) == 0;
        next = strstr(at, mark);
        if (next == at) {
            buf_puts(out, item ? lab->host_san : lab->host);
            next = at + sizeof mark - 1;
        } else {
            next = next != NULL ? next : at + strlen(at);
            buf_append(out, at, (size_t)(next - at));
        }
    }
}

/* The extension's text, or an empty one for a certificate without.  Critical where it is the only name (4.2.1.6). */
static int san_for(const struct mint_lab *lab, const struct mint_cert *leaf, bool has_subject,
                   struct buf *out, struct err *err) {
    const char *unasked = profiles[leaf->profile].names_host ? "{host}" : "";
    const char *san = leaf->san != NULL ? leaf->san : unasked;

    if (*san == '\0')
        return 0;
    buf_puts(out, has_subject ? "" : "critical,");
    expand_san(lab, san, out);
    return out->overflow
               ? err_set(err, "subject alternative names take more than %d bytes", SAN_MAX_B)
               : 0;
}

static void use_profile(struct cert_plan *plan, enum mint_profile kind) {
    const struct profile *profile = &profiles[kind];
    bool rsa = EVP_PKEY_is_a(plan->key, "RSA");

    for (size_t i = 0; i < ARRAY_LEN(profile->extensions); i++) {
        const struct cert_extension *e = &profile->extensions[i];
        if (e->value != NULL)
            cert_plan_add(plan, e->nid,
                          rsa && e->nid == NID_key_usage ? profile->rsa_key_usage : e->value);
    }
}

static int make_leaf(const struct mint_lab *lab, const struct mint_cert *leaf, EVP_PKEY *key,
                     const struct authority *issuer, int64_t now_s, X509 **out, struct err *err) {
    struct span span = span_of(&leaf->validity, now_s);
    char *subject = subject_for(lab, leaf);
    struct buf san;
    struct cert_plan plan = {
        .subject = subject,
        .key = key,
        .not_before_s = span.from_s,
        .not_after_s = span.until_s,
        .issuer = issuer->cert,
        .issuer_key = issuer->cert != NULL ? issuer->key : key,
        .signature = leaf->signature,
    };

    buf_init(&san, SAN_MAX_B);
    use_profile(&plan, leaf->profile);
    int rc = san_for(lab, leaf, *subject != '\0', &san, err);
    if (san.len > 0)
        cert_plan_add(&plan, NID_subject_alt_name, buf_text(&san));
    if (rc == 0)
        rc = cert_make(&plan, out, err);
    buf_fini(&san);
    free(subject);
    return rc;
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

static int set_chain(struct identity *identity, const struct mint_lab *lab, enum mint_sent sent,
                     const struct authority *issuer, struct err *err) {
    X509_up_ref(lab->root.cert);
    identity->anchor = lab->root.cert;
    identity->chain = sk_X509_new_null();
    if (identity->chain == NULL)
        return err_openssl(err, "cannot make a chain");
    if (sent == MINT_SENT_LEAF || issuer->cert == NULL)
        return 0;
    if (X509_add_cert(identity->chain, issuer->cert, X509_ADD_FLAG_UP_REF) != 1)
        return err_openssl(err, "cannot make a chain");
    return 0;
}

int mint_identity(struct mint_lab *lab, const struct mint_knobs *knobs, int64_t now_s,
                  struct identity **out, struct err *err) {
    struct identity *identity = mem_zalloc(sizeof *identity);
    struct authority issuer = {0};
    EVP_PKEY *key = NULL;
    int rc = -1;

    assert(knobs->leaf.profile < MINT_PROFILE_COUNT);
    identity->fresh_until = fresh_until(knobs, now_s);
    if (key_pool_get(lab->pool, KEY_ROLE_LEAF, &knobs->leaf.key, &key, err) != 0)
        goto out;
    if (knobs->issuer != MINT_ISSUER_SELF &&
        lab_make_intermediate(lab, knobs->issuer == MINT_ISSUER_STRANGER, &knobs->intermediate_key,
                              now_s, &issuer, err) != 0)
        goto out;
    if (make_leaf(lab, &knobs->leaf, key, &issuer, now_s, &identity->leaf, err) != 0 ||
        set_chain(identity, lab, knobs->sent, &issuer, err) != 0 ||
        set_key(identity, key, knobs->private_half, err) != 0)
        goto out;
    *out = identity;
    identity = NULL;
    rc = 0;
out:
    identity_free(&identity);
    authority_fini(&issuer);
    EVP_PKEY_free(key);
    return rc;
}
