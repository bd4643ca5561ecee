#include "x509/cert_signature.h"

#include <limits.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "crypto/err_openssl.h"

enum { PSS_SALT_B = 20 /* where nothing is said (RFC 4055 3.1) */ };

static const struct hash_row {
    int nid;
    enum facts_hash hash;
    const char *name;
    int64_t size_b;
} hashes[] = {
    {NID_md2, FACTS_HASH_MD2, "MD2", 16},           {NID_md4, FACTS_HASH_MD4, "MD4", 16},
    {NID_md5, FACTS_HASH_MD5, "MD5", 16},           {NID_sha1, FACTS_HASH_SHA1, "SHA-1", 20},
    {NID_sha224, FACTS_HASH_SHA224, "SHA-224", 28}, {NID_sha256, FACTS_HASH_SHA256, "SHA-256", 32},
    {NID_sha384, FACTS_HASH_SHA384, "SHA-384", 48}, {NID_sha512, FACTS_HASH_SHA512, "SHA-512", 64},
};

static const struct {
    int nid;
    enum facts_key key;
    enum facts_padding padding;
} signers[] = {
    {NID_rsaEncryption, FACTS_KEY_RSA, FACTS_PADDING_PKCS1},
    {NID_rsa, FACTS_KEY_RSA, FACTS_PADDING_PKCS1},
    {NID_rsassaPss, FACTS_KEY_RSA, FACTS_PADDING_PSS},
    {NID_X9_62_id_ecPublicKey, FACTS_KEY_EC, FACTS_PADDING_NONE},
    {NID_dsa, FACTS_KEY_DSA, FACTS_PADDING_NONE},
    {NID_dsa_2, FACTS_KEY_DSA, FACTS_PADDING_NONE},
    {NID_ED25519, FACTS_KEY_ED25519, FACTS_PADDING_NONE},
    {NID_ED448, FACTS_KEY_ED448, FACTS_PADDING_NONE},
};

static const struct hash_row *find_hash(int nid) {
    for (size_t i = 0; i < ARRAY_LEN(hashes); i++)
        if (hashes[i].nid == nid)
            return &hashes[i];
    return NULL;
}

/* What the algorithm's parameter holds, an ITEM; NULL if it is none. */
static void *unpack_parameter(const X509_ALGOR *algorithm, const ASN1_ITEM *item) {
    const void *value;
    int type;

    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    void *unpacked = type == V_ASN1_SEQUENCE ? ASN1_item_unpack(value, item) : NULL;
    err_openssl_drop();
    return unpacked;
}

/* SHA-1 is what PSS means where nothing is said. */
static int digest_of(const X509_ALGOR *algorithm) {
    const ASN1_OBJECT *object;

    if (algorithm == NULL)
        return NID_sha1;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    return OBJ_obj2nid(object);
}

static int mask_digest_of(const X509_ALGOR *mask) {
    if (mask == NULL)
        return NID_sha1;
    X509_ALGOR *digest = unpack_parameter(mask, ASN1_ITEM_rptr(X509_ALGOR));
    int nid = digest != NULL ? digest_of(digest) : NID_undef;
    X509_ALGOR_free(digest);
    return nid;
}

static const char *name_of(const struct hash_row *hash) {
    return hash != NULL ? hash->name : "unknown";
}

/* -1: none that a salt can have. */
static int64_t salt_of(const ASN1_INTEGER *salt) {
    int64_t size_b = PSS_SALT_B;

    if (salt == NULL)
        return size_b;
    bool is_size = ASN1_INTEGER_get_int64(&size_b, salt) == 1 && size_b >= 0 && size_b <= INT_MAX;
    err_openssl_drop();
    return is_size ? size_b : -1;
}

static enum facts_pss how_usual(int digest, int mask, int64_t salt_b) {
    const struct hash_row *hash = find_hash(digest);

    if (mask != digest || (hash != NULL && salt_b < hash->size_b))
        return FACTS_PSS_ODD;
    return hash != NULL && salt_b > hash->size_b ? FACTS_PSS_LONG_SALT : FACTS_PSS_USUAL;
}

static void read_pss(const X509_ALGOR *algorithm, struct facts_signature *out) {
    RSA_PSS_PARAMS *pss = unpack_parameter(algorithm, ASN1_ITEM_rptr(RSA_PSS_PARAMS));

    out->hash = FACTS_HASH_OTHER;
    if (pss == NULL)
        return;
    int digest = digest_of(pss->hashAlgorithm), mask = mask_digest_of(pss->maskGenAlgorithm);
    int64_t salt_b = salt_of(pss->saltLength);
    const struct hash_row *hash = find_hash(digest);
    if (hash != NULL)
        out->hash = hash->hash;
    out->pss = how_usual(digest, mask, salt_b);
    snprintf(out->name, sizeof out->name, "rsassaPss %s", name_of(hash));
    if (mask != digest)
        snprintf(out->name, sizeof out->name, "rsassaPss %s with MGF1 %s", name_of(hash),
                 name_of(find_hash(mask)));
    else if (out->pss != FACTS_PSS_USUAL)
        snprintf(out->name, sizeof out->name, "rsassaPss %s with a salt of %d bytes", name_of(hash),
                 (int)salt_b);
    RSA_PSS_PARAMS_free(pss);
}

static void read_plain(int digest, enum facts_key key, struct facts_signature *out) {
    const struct hash_row *hash = find_hash(digest);

    if (hash != NULL)
        out->hash = hash->hash;
    else if (key != FACTS_KEY_ED25519 && key != FACTS_KEY_ED448)
        out->hash = FACTS_HASH_OTHER;
}

static void read_name(const ASN1_OBJECT *object, struct facts_signature *out) {
    char text[128]; /* an unknown one in dotted numbers */

    if (OBJ_obj2txt(text, sizeof text, object, 0) > 0)
        ascii_copy_clean(out->name, sizeof out->name, text, strlen(text));
}

void cert_signature_read(const X509 *cert, struct facts_cert *out) {
    struct facts_signature *signature = &out->signature;
    const X509_ALGOR *algorithm;
    const ASN1_OBJECT *object;
    int digest = NID_undef, signer = NID_undef;

    X509_get0_signature(NULL, &algorithm, cert);
    out->signature_algorithms_differ = X509_ALGOR_cmp(algorithm, X509_get0_tbs_sigalg(cert)) != 0;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    read_name(object, signature);
    OBJ_find_sigid_algs(OBJ_obj2nid(object), &digest, &signer);
    for (size_t i = 0; i < ARRAY_LEN(signers); i++)
        if (signers[i].nid == signer) {
            signature->key = signers[i].key;
            signature->padding = signers[i].padding;
        }
    if (signature->padding == FACTS_PADDING_PSS)
        read_pss(algorithm, signature);
    else
        read_plain(digest, signature->key, signature);
}
