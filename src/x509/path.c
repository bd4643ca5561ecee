#include "x509/path.h"

#include <limits.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "x509/cert_facts.h"
#include "x509/path_names.h"
#include "x509/path_policy.h"
#include "x509/staple.h"
#include "x509/trust_internal.h"

/* More authorities than any real path has, and few enough that verifying their signatures cannot take long, whatever keys
 * a hostile server puts into them. */
enum { MAX_AUTHORITIES = 32, MAX_DETOURS = 6, DETOURS_MAX_US = 500 * 1000 };

/* Of the keys that libcrypto verifies with, long ones of DSA take by far the longest: with 10,000 bits 0.04 s each.  FIPS 186-4
 * 4.2 knows none above 3072. */
enum { MAX_DSA_BITS = 4096 };

/* What the library could not read or verify for a reason of its own is no property of the certificates. */
static const char own_failure[] = "the certificates cannot be judged: OpenSSL itself failed";

/* In our words; what is not here is FACTS_PATH_OTHER.  Of a trust anchor, which is no more than a name and a key
 * (RFC 5280 6.1.1 (d)), the encoding does not matter. */
static const struct row {
    int code;
    enum facts_path_flaw flaw;
    bool spares_anchor;
} rows[] = {
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, FACTS_PATH_UNTRUSTED, false},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, FACTS_PATH_UNTRUSTED, false},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, FACTS_PATH_UNTRUSTED, false},
    {X509_V_ERR_CERT_UNTRUSTED, FACTS_PATH_UNTRUSTED, false},
    {X509_V_ERR_CERT_REJECTED, FACTS_PATH_UNTRUSTED, false},
    {X509_V_ERR_SUBJECT_ISSUER_MISMATCH, FACTS_PATH_UNTRUSTED, false},
    {X509_V_ERR_AKID_SKID_MISMATCH, FACTS_PATH_UNTRUSTED, false},
    {X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH, FACTS_PATH_UNTRUSTED, false},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, FACTS_PATH_SELF_SIGNED_LEAF, false},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, FACTS_PATH_SELF_SIGNED_ROOT, false},
    {X509_V_ERR_CERT_HAS_EXPIRED, FACTS_PATH_EXPIRED, false},
    {X509_V_ERR_CERT_NOT_YET_VALID, FACTS_PATH_NOT_YET_VALID, false},
    {X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, FACTS_PATH_BAD_TIME, false},
    {X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, FACTS_PATH_BAD_TIME, false},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, FACTS_PATH_BAD_SIGNATURE, false},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, FACTS_PATH_BAD_SIGNATURE, false},
    {X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, FACTS_PATH_BAD_SIGNATURE, false},
    {X509_V_ERR_NO_ISSUER_PUBLIC_KEY, FACTS_PATH_BAD_SIGNATURE, false},
    {X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, FACTS_PATH_BAD_SIGNATURE, false},
    {X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, FACTS_PATH_BAD_SIGNATURE, false},
    {X509_V_ERR_INVALID_CA, FACTS_PATH_NOT_A_CA, true},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, FACTS_PATH_LENGTH, false},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, FACTS_PATH_LENGTH, false},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, FACTS_PATH_KEY_USAGE, false},
    {X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE, FACTS_PATH_KEY_USAGE, false},
    {X509_V_ERR_CA_CERT_MISSING_KEY_USAGE, FACTS_PATH_KEY_USAGE, true},
    {X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA, FACTS_PATH_KEY_USAGE, true},
    {X509_V_ERR_INVALID_PURPOSE, FACTS_PATH_PURPOSE, false},
    {X509_V_ERR_PERMITTED_VIOLATION, FACTS_PATH_NAME_CONSTRAINTS, false},
    {X509_V_ERR_EXCLUDED_VIOLATION, FACTS_PATH_NAME_CONSTRAINTS, false},
    {X509_V_ERR_SUBTREE_MINMAX, FACTS_PATH_NAME_CONSTRAINTS, false},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, FACTS_PATH_NAME_CONSTRAINTS, false},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, FACTS_PATH_NAME_CONSTRAINTS, false},
    {X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, FACTS_PATH_NAME_CONSTRAINTS, false},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, FACTS_PATH_UNKNOWN_CRITICAL, false},
    {X509_V_ERR_INVALID_EXTENSION, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_INVALID_POLICY_EXTENSION, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_UNSUPPORTED_EXTENSION_FEATURE, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_ISSUER_NAME_EMPTY, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_SUBJECT_NAME_EMPTY, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_EMPTY_SUBJECT_ALT_NAME, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_CA_BCONS_NOT_CRITICAL, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_EC_KEY_EXPLICIT_PARAMS, FACTS_PATH_ENCODING, true},
    {X509_V_ERR_CERT_REVOKED, FACTS_PATH_REVOKED, true},
    {X509_V_ERR_UNABLE_TO_GET_CRL, FACTS_PATH_REVOCATION_UNKNOWN, true},
    {X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, FACTS_PATH_REVOCATION_UNKNOWN, true},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, FACTS_PATH_REVOCATION_UNKNOWN, true},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE, FACTS_PATH_REVOCATION_UNKNOWN, true},
    {X509_V_ERR_CRL_NOT_YET_VALID, FACTS_PATH_REVOCATION_UNKNOWN, true},
    {X509_V_ERR_CRL_HAS_EXPIRED, FACTS_PATH_REVOCATION_UNKNOWN, true},
    {X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, FACTS_PATH_REVOCATION_UNKNOWN, true},
    {X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, FACTS_PATH_REVOCATION_UNKNOWN, true},
    {X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, FACTS_PATH_REVOCATION_UNKNOWN, true},
    {X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, FACTS_PATH_REVOCATION_UNKNOWN, true},
    {X509_V_ERR_DIFFERENT_CRL_SCOPE, FACTS_PATH_REVOCATION_UNKNOWN, true},
    {X509_V_ERR_CRL_PATH_VALIDATION_ERROR, FACTS_PATH_REVOCATION_UNKNOWN, true},
};

static struct row find_row(int code) {
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].code == code)
            return rows[i];
    return (struct row){code, FACTS_PATH_OTHER, false};
}

/* "Invalid CA" and "invalid purpose" are said of whatever libcrypto does not like in a certificate's role. */
static enum facts_path_flaw role_flaw(X509 *cert, enum facts_path_flaw flaw) {
    uint32_t flags = X509_get_extension_flags(cert), usage = X509_get_key_usage(cert);
    bool names_purpose = (flags & EXFLAG_XKUSAGE) != 0, names_usage = (flags & EXFLAG_KUSAGE) != 0;

    if ((flags & EXFLAG_INVALID) != 0)
        return FACTS_PATH_ENCODING;
    if (flaw == FACTS_PATH_NOT_A_CA)
        return (flags & EXFLAG_CA) != 0 && names_usage && (usage & KU_KEY_CERT_SIGN) == 0
                   ? FACTS_PATH_KEY_USAGE
                   : flaw;
    if (names_purpose && (X509_get_extended_key_usage(cert) & (XKU_SSL_SERVER | XKU_SGC)) == 0)
        return (X509_get_extended_key_usage(cert) & XKU_ANYEKU) != 0 ? FACTS_PATH_ANY_PURPOSE
                                                                     : flaw;
    return names_usage ? FACTS_PATH_KEY_USAGE : flaw;
}

static bool is_known(const struct facts_chain *chain, enum facts_path_flaw flaw, int depth) {
    for (size_t i = 0; i < chain->path_count; i++)
        if (chain->path[i].flaw == flaw && chain->path[i].depth == depth)
            return true;
    return false;
}

static void add_flaw(struct facts_chain *chain, enum facts_path_flaw flaw, int depth, int code,
                     const char *text) {
    if (is_known(chain, flaw, depth) || chain->path_count == FACTS_MAX_PATH_FLAWS)
        return;
    struct facts_path_entry *entry = &chain->path[chain->path_count++];
    if (text == NULL)
        text = flaw == FACTS_PATH_ANY_PURPOSE ? "anyExtendedKeyUsage alone"
                                              : X509_verify_cert_error_string(code);
    *entry = (struct facts_path_entry){.flaw = flaw, .depth = depth, .code = code};
    ascii_copy_clean(entry->text, sizeof entry->text, text, strlen(text));
}

static bool is_anchor(X509_STORE_CTX *ctx, int depth) {
    return depth >= X509_STORE_CTX_get_num_untrusted(ctx);
}

/* Who is no authority fails in an authority's role as well, and a path that was given up as too long ends nowhere: the same
 * again. */
static bool is_again(const struct facts_chain *chain, int code, int depth) {
    if (code == X509_V_ERR_INVALID_PURPOSE)
        return is_known(chain, FACTS_PATH_NOT_A_CA, depth);
    return (code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
            code == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN) &&
           is_known(chain, FACTS_PATH_LENGTH, depth);
}

/* Of an authority without a list nobody was asked; the leaf is what lists are given for. */
static bool is_unasked(int code, int depth) {
    return code == X509_V_ERR_UNABLE_TO_GET_CRL && depth > 0;
}

/* libcrypto takes for the issuer only who bears the key identifier that the certificate names; that it has one of the right
 * name, and turned it down for that, it does not say. */
static bool names_another_key(const X509 *cert, const STACK_OF(X509) * candidates) {
    for (int i = 0; i < sk_X509_num(candidates); i++) {
        int code = X509_check_issued(sk_X509_value(candidates, i), (X509 *)cert);
        if (code == X509_V_ERR_AKID_SKID_MISMATCH || code == X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH)
            return true;
    }
    return false;
}

static const char *why_untrusted(X509_STORE_CTX *ctx, const X509 *cert) {
    STACK_OF(X509) *known = X509_STORE_CTX_get1_certs(ctx, X509_get_issuer_name(cert));
    bool found = names_another_key(cert, X509_STORE_CTX_get0_untrusted(ctx)) ||
                 names_another_key(cert, known);

    sk_X509_pop_free(known, X509_free);
    return found ? "no issuer with the key identifier that the certificate names" : NULL;
}

/* Notes each flaw and lets libcrypto go on, so that none hides another. */
static int on_verified(int ok, X509_STORE_CTX *ctx) {
    struct facts_chain *chain = X509_STORE_CTX_get_app_data(ctx);
    int code = X509_STORE_CTX_get_error(ctx), depth = X509_STORE_CTX_get_error_depth(ctx);
    X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
    struct row row = find_row(code);

    if (ok || (row.spares_anchor && is_anchor(ctx, depth)) || is_again(chain, code, depth) ||
        is_unasked(code, depth))
        return 1;
    if ((code == X509_V_ERR_INVALID_PURPOSE || code == X509_V_ERR_INVALID_CA) && cert != NULL)
        row.flaw = role_flaw(cert, row.flaw);
    add_flaw(chain, row.flaw, depth, code,
             row.flaw == FACTS_PATH_UNTRUSTED && cert != NULL ? why_untrusted(ctx, cert) : NULL);
    return 1;
}

static bool use_parameters(X509_STORE_CTX *ctx, const struct trust *trust, int64_t now_s) {
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    unsigned long flags = X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN;

    /* Without extended support libcrypto takes a delta, which has only what changed, for a whole list. */
    if (trust->has_crls)
        flags |=
            X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL | X509_V_FLAG_EXTENDED_CRL_SUPPORT;
    if (X509_STORE_CTX_set_default(ctx, "ssl_server") != 1 ||
        X509_VERIFY_PARAM_set_flags(param, flags) != 1)
        return false;
    if (path_policy_is_asked(X509_STORE_CTX_get0_untrusted(ctx))) {
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_POLICY_CHECK);
        if (X509_VERIFY_PARAM_add0_policy(param, OBJ_nid2obj(NID_any_policy)) != 1) /* whichever */
            return false;
    }
    X509_VERIFY_PARAM_set_auth_level(param, 0);
    X509_VERIFY_PARAM_set_depth(param, MAX_AUTHORITIES);
    X509_VERIFY_PARAM_set_time(param, now_s);
    return true;
}

static unsigned smallest_rsa(const STACK_OF(X509) * path) {
    unsigned smallest = 0;

    for (int i = 0; i < sk_X509_num(path); i++) {
        const EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(path, i));
        bool rsa = key != NULL && (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"));
        unsigned bits = rsa ? cert_key_bits(key) : 0;
        if (bits != 0 && (smallest == 0 || bits < smallest))
            smallest = bits;
    }
    return smallest;
}

/* NULL if the path ends at a leaf that did not sign itself. */
static X509 *issuer_of_leaf(const STACK_OF(X509) * path) {
    X509 *leaf = sk_X509_value(path, 0);

    if (sk_X509_num(path) > 1)
        return sk_X509_value(path, 1);
    return leaf != NULL && X509_self_signed(leaf, 0) == 1 ? leaf : NULL;
}

/* Which of those that were sent a certificate of the path is; -1: none. */
static int index_of(const STACK_OF(X509) * sent, const X509 *cert) {
    for (int i = 0; i < sk_X509_num(sent); i++)
        if (X509_cmp(sk_X509_value(sent, i), cert) == 0)
            return i;
    return -1;
}

/* One that is its own issuer is trusted for what it is: what it says of itself proves nothing. */
static void note_stored(const STACK_OF(X509) * path, struct facts_chain *out) {
    out->stored = mem_zalloc((out->path_length + 1) * sizeof *out->stored);
    for (size_t depth = 1; depth < out->path_length; depth++) {
        struct facts_cert *cert = &out->stored[out->stored_count];
        if (out->path_sent[depth] >= 0)
            continue;
        cert_facts_read(sk_X509_value(path, (int)depth), cert);
        cert->is_on_path = true;
        if (cert->is_self_issued)
            cert_facts_fini(cert);
        else
            out->stored_depth[out->stored_count++] = (int)depth;
    }
}

static void forget_stored(struct facts_chain *chain) {
    for (size_t i = 0; i < chain->stored_count; i++)
        cert_facts_fini(&chain->stored[i]);
    free(chain->stored);
    chain->stored = NULL;
    chain->stored_count = 0;
}

static void note_path(X509_STORE_CTX *ctx, STACK_OF(X509) * sent, struct path_staple staple,
                      int64_t now_s, struct facts_chain *out) {
    const STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);
    X509 *leaf = sk_X509_value(sent, 0);

    out->path_bits_min = smallest_rsa(path);
    for (int i = 0; i < sk_X509_num(path) && i < FACTS_MAX_PATH; i++)
        out->path_sent[out->path_length++] = index_of(sent, sk_X509_value(path, i));
    note_stored(path, out);
    for (size_t i = 0; i < out->cert_count; i++)
        out->certs[i].is_on_path = index_of(path, sk_X509_value(sent, (int)i)) >= 0;
    if (staple.len > 0)
        out->staple = staple_judge(staple.der, staple.len, leaf, issuer_of_leaf(path), now_s);
}

/* How a path is looked for. */
struct attempt {
    bool sent_first; /* what was sent goes before what is in the trust store */
    int without;     /* this one of those that were sent is left out; -1: none */
};

static STACK_OF(X509) * candidates_of(STACK_OF(X509) * sent, int without) {
    STACK_OF(X509) *candidates = sk_X509_dup(sent);

    if (candidates != NULL && without >= 0)
        sk_X509_delete(candidates, without);
    return candidates;
}

/* Of what was found before nothing stays. */
static void forget_path(struct facts_chain *chain) {
    forget_stored(chain);
    chain->path_count = chain->path_length = 0;
    chain->path_bits_min = 0;
    chain->staple = FACTS_STAPLE_NONE;
}

/* Asked whether such a certificate is self-signed, libcrypto calls that an internal error of its own. */
static bool has_unread_key(const STACK_OF(X509) * sent) {
    bool has = false;

    for (int i = 0; !has && i < sk_X509_num(sent); i++)
        has = X509_get0_pubkey(sk_X509_value(sent, i)) == NULL;
    return has;
}

static int build_path(STACK_OF(X509) * sent, const struct attempt *attempt,
                      struct path_staple staple, const struct trust *trust, int64_t now_s,
                      struct facts_chain *out, struct err *err) {
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *candidates = candidates_of(sent, attempt->without);
    int rc = -1;

    forget_path(out);
    if (ctx == NULL || candidates == NULL ||
        X509_STORE_CTX_init(ctx, trust->store, sk_X509_value(sent, 0), candidates) != 1 ||
        !use_parameters(ctx, trust, now_s) || X509_STORE_CTX_set_app_data(ctx, out) != 1) {
        err_openssl(err, "path building");
        goto out;
    }
    if (attempt->sent_first)
        X509_VERIFY_PARAM_clear_flags(X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_TRUSTED_FIRST);
    X509_STORE_CTX_set_verify_cb(ctx, on_verified);
    /* Some ends do not ask the callback. */
    if (X509_verify_cert(ctx) != 1 && out->path_count == 0)
        add_flaw(out, FACTS_PATH_OTHER, 0, X509_STORE_CTX_get_error(ctx), NULL);
    if (path_policy_ends_tree(X509_STORE_CTX_get0_chain(ctx)))
        add_flaw(out, find_row(X509_V_ERR_NO_EXPLICIT_POLICY).flaw, 0,
                 X509_V_ERR_NO_EXPLICIT_POLICY, NULL);
    note_path(ctx, sent, staple, now_s, out);
    rc = 0;
out:
    X509_STORE_CTX_free(ctx);
    sk_X509_free(candidates);
    return err_openssl_take_own() && rc == 0 && !has_unread_key(sent)
               ? err_set(err, "%s", own_failure)
               : rc;
}

/* What another path could mend: not what the leaf is by itself, nor what nobody has said of it. */
static const struct facts_path_entry *find_avoidable(const struct facts_chain *chain) {
    for (size_t i = 0; i < chain->path_count; i++)
        if (chain->path[i].flaw != FACTS_PATH_REVOCATION_UNKNOWN &&
            chain->path[i].flaw != FACTS_PATH_LENGTH &&
            (chain->path[i].depth > 0 || chain->path[i].flaw <= FACTS_PATH_SELF_SIGNED_ROOT ||
             chain->path[i].flaw == FACTS_PATH_NAME_CONSTRAINTS ||
             chain->path[i].flaw == FACTS_PATH_BAD_SIGNATURE ||
             chain->path[i].flaw == FACTS_PATH_OTHER))
            return &chain->path[i];
    return NULL;
}

/* Of this thread's core. */
static int64_t cost_us(void) {
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* One valid path is enough (RFC 5280 6.1), and libcrypto tries but one: first with the trust store before what was sent, then
 * the other way about, then without each of the authorities that were sent and led to a flaw; as long as all that takes no longer
 * than it does for any chain that was not made to take long. */
static int find_path(STACK_OF(X509) * sent, struct path_staple staple, const struct trust *trust,
                     int64_t now_s, struct facts_chain *out, struct err *err) {
    static const struct attempt first = {.sent_first = false, .without = -1};
    struct attempt attempt = {.sent_first = true, .without = -1};
    int64_t until_us = cost_us() + DETOURS_MAX_US;
    int rc = build_path(sent, &first, staple, trust, now_s, out, err);

    if (rc != 0 || find_avoidable(out) == NULL || sk_X509_num(sent) < 2)
        return rc;
    for (int i = 0; rc == 0 && i < MAX_DETOURS && i < sk_X509_num(sent) && cost_us() < until_us;
         i++) {
        attempt.without = i > 0 ? i : -1;
        rc = build_path(sent, &attempt, staple, trust, now_s, out, err);
        if (rc == 0 && find_avoidable(out) == NULL)
            return rc;
    }
    return rc == 0 ? build_path(sent, &first, staple, trust, now_s, out, err) : rc;
}

static bool has_long_dsa(const STACK_OF(X509) * chain) {
    for (int i = 0; i < sk_X509_num(chain); i++) {
        const EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(chain, i));

        if (key != NULL && EVP_PKEY_is_a(key, "DSA") && EVP_PKEY_get_bits(key) > MAX_DSA_BITS)
            return true;
    }
    return false;
}

/* Nobody looks for a path: of none is anything known. */
static int refuse_path(struct facts_chain *out, const char *why) {
    add_flaw(out, FACTS_PATH_OTHER, 0, X509_V_ERR_UNSPECIFIED, why);
    out->certs[0].is_on_path = true;
    return 0;
}

int path_judge(STACK_OF(X509) * chain, struct path_staple staple, const struct trust *trust,
               int64_t now_s, struct facts_chain *out, struct err *err) {
    *out = (struct facts_chain){.certs_seen = (size_t)sk_X509_num(chain)};
    (void)err_openssl_take_own(); /* of whoever was here before */
    out->cert_count = out->certs_seen < FACTS_MAX_CERTS ? out->certs_seen : FACTS_MAX_CERTS;
    out->certs = mem_zalloc(out->cert_count * sizeof *out->certs);
    for (size_t i = 0; i < out->cert_count; i++)
        cert_facts_read(sk_X509_value(chain, (int)i), &out->certs[i]);
    if (err_openssl_take_own())
        return err_set(err, "%s", own_failure);
    if (path_names_are_many(chain))
        return refuse_path(out, "more names and name constraints than can be compared");
    if (has_long_dsa(chain))
        return refuse_path(out, "a DSA key of more than 4096 bits");
    return find_path(chain, staple, trust, now_s, out, err);
}

void facts_chain_fini(struct facts_chain *chain) {
    for (size_t i = 0; i < chain->cert_count; i++)
        cert_facts_fini(&chain->certs[i]);
    free(chain->certs);
    forget_stored(chain);
    *chain = (struct facts_chain){0};
}
