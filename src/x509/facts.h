/* facts - what a server's certificates showed, as plain data: no OpenSSL type, nothing to call.  The policies read it.
 *
 * Strings inside are bounded and cleaned for display; lists are cut at their maximum and the count says how many there
 * were.  Times are Unix seconds, UTC.  Life: facts_chain_fini frees what a chain holds. */
#ifndef DOORMAT_X509_FACTS_H
#define DOORMAT_X509_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum facts_key {
    FACTS_KEY_OTHER,
    FACTS_KEY_RSA,
    FACTS_KEY_RSA_PSS,
    FACTS_KEY_EC,
    FACTS_KEY_DSA,
    FACTS_KEY_ED25519,
    FACTS_KEY_ED448
};
enum facts_hash {
    FACTS_HASH_NONE,
    FACTS_HASH_MD2,
    FACTS_HASH_MD4,
    FACTS_HASH_MD5,
    FACTS_HASH_SHA1,
    FACTS_HASH_SHA224,
    FACTS_HASH_SHA256,
    FACTS_HASH_SHA384,
    FACTS_HASH_SHA512,
    FACTS_HASH_OTHER
};
enum facts_padding { FACTS_PADDING_NONE, FACTS_PADDING_PKCS1, FACTS_PADDING_PSS };
enum facts_pss {
    FACTS_PSS_USUAL,     /* one digest for all, and a salt as long as it; or no PSS */
    FACTS_PSS_LONG_SALT, /* longer: what `openssl` does by itself */
    FACTS_PSS_ODD,       /* shorter, or another digest in the mask */
};

struct facts_signature {
    enum facts_key key; /* of the signer */
    enum facts_hash hash;
    enum facts_padding padding; /* RSA only */
    enum facts_pss pss;
    char name[64]; /* "sha256WithRSAEncryption", "rsassaPss SHA-256", "ecdsa-with-SHA384" */
};

/* What a bad generator leaves in an RSA modulus for everybody to see. */
enum facts_key_flaw {
    FACTS_KEY_FLAW_NONE,
    FACTS_KEY_FLAW_ROCA,         /* CVE-2017-15361 */
    FACTS_KEY_FLAW_CLOSE_PRIMES, /* CVE-2022-26320 */
    FACTS_KEY_FLAW_COUNT,
};

enum facts_name_kind {
    FACTS_NAME_DNS,
    FACTS_NAME_IP,
    FACTS_NAME_EMAIL,
    FACTS_NAME_URI,
    FACTS_NAME_SRV,
    FACTS_NAME_OTHER
};
struct facts_name {
    enum facts_name_kind kind;
    size_t len; /* as encoded, if text: more than strlen(text) if it holds a NUL or was cut */
    char *text; /* DNS-ID lower case; IP as inet_ntop prints it; OTHER: what it is */
    bool has_non_ascii; /* where an IA5String is due (RFC 5280 4.2.1.6) */
};

enum facts_key_usage {
    FACTS_KU_DIGITAL_SIGNATURE = 1,
    FACTS_KU_KEY_ENCIPHERMENT = 2,
    FACTS_KU_KEY_AGREEMENT = 4,
    FACTS_KU_CERT_SIGN = 8,
    FACTS_KU_CRL_SIGN = 16
};

enum {
    FACTS_MAX_CERTS = 16,
    FACTS_MAX_NAMES = 256,
    FACTS_MAX_PATH_FLAWS = 32,
    FACTS_MAX_PATH = 40,
    FACTS_NAME_TEXT_MAX_B = 255, /* of a name in subjectAltName */
    FACTS_DN_SIZE_B = 256
};

struct facts_cert {
    char subject[FACTS_DN_SIZE_B],
        issuer[FACTS_DN_SIZE_B]; /* "CN=abc.xy,OU=CA,..." (RFC 2253 order) */
    char common_name[128];       /* "" if none */
    char serial[64];             /* hexadecimal, "-" in front if negative */
    char sha256[65];             /* fingerprint, hexadecimal */
    int version;                 /* 1, 2 or 3; what it claims if that is none of them */
    enum facts_key key;
    unsigned key_bits;     /* modulus, or the field of the curve */
    unsigned rsa_exponent; /* 0: no RSA key, or beyond 32 bits */
    enum facts_key_flaw key_flaw;
    char curve[32]; /* "secp256r1"; "" if none */
    bool has_explicit_curve;
    struct facts_signature signature;
    bool signature_algorithms_differ;  /* outer and inner AlgorithmIdentifier (RFC 5280 4.1.1.2) */
    int64_t not_before_s, not_after_s; /* 0 for what is no time: the path says so (BAD_TIME) */
    struct facts_name *names;          /* subjectAltName, owned */
    size_t name_count, names_seen;
    bool has_key_usage, has_eku, eku_server_auth, eku_any;
    unsigned key_usage; /* enum facts_key_usage, or-ed */
    bool has_basic_constraints, is_ca;
    long path_length; /* -1: none */
    bool has_unknown_critical, has_duplicate_extension, has_name_constraints, must_staple;
    unsigned sct_count;
    bool is_self_issued; /* subject equals issuer */
    bool is_on_path;     /* ... that was built; of what else was sent nothing depends */
    /* Where it is not DER (X.690): lengths (10.1), a TRUE that is not 0xff (11.1), a default value that is written (11.5),
     * the latter apart for cA FALSE, which is not rare. */
    bool has_odd_length, has_odd_boolean, writes_default, writes_not_ca;
};

/* What path building said, in our own words; the number of the X509_V_ERR stays beside it. */
enum facts_path_flaw {
    /* No path to a trust anchor.  Depth 0: the issuer of the leaf was not sent (an incomplete chain); deeper: the issuer
     * of an authority is unknown. */
    FACTS_PATH_UNTRUSTED,
    FACTS_PATH_SELF_SIGNED_LEAF,
    FACTS_PATH_SELF_SIGNED_ROOT, /* the chain ends in a root that is not trusted */
    FACTS_PATH_EXPIRED,
    FACTS_PATH_NOT_YET_VALID,
    FACTS_PATH_BAD_TIME,
    FACTS_PATH_BAD_SIGNATURE,
    FACTS_PATH_NOT_A_CA,
    FACTS_PATH_LENGTH,
    FACTS_PATH_KEY_USAGE,
    FACTS_PATH_PURPOSE,
    FACTS_PATH_ANY_PURPOSE, /* anyExtendedKeyUsage alone: whoever verifies may take it, or not (RFC 5280 4.2.1.12) */
    FACTS_PATH_NAME_CONSTRAINTS,
    FACTS_PATH_UNKNOWN_CRITICAL,
    FACTS_PATH_ENCODING,
    FACTS_PATH_REVOKED,
    FACTS_PATH_REVOCATION_UNKNOWN,
    FACTS_PATH_OTHER,
    FACTS_PATH_FLAW_COUNT,
};
struct facts_path_entry {
    enum facts_path_flaw flaw;
    int depth; /* in the path that was built, which need not be the order as sent; 0: the leaf */
    int code;  /* X509_V_ERR_... */
    char text[96]; /* libcrypto's words */
};

enum facts_staple {
    FACTS_STAPLE_NONE,
    FACTS_STAPLE_GOOD,
    FACTS_STAPLE_REVOKED,
    FACTS_STAPLE_UNKNOWN,
    FACTS_STAPLE_INVALID /* unreadable, stale, wrong signer */
};

struct facts_chain {
    struct facts_cert *certs; /* as sent, the leaf first; owned */
    size_t cert_count, certs_seen;
    struct facts_path_entry path
        [FACTS_MAX_PATH_FLAWS]; /* empty: a path to a trust anchor was found, and nothing is wrong */
    size_t path_count;
    int path_sent
        [FACTS_MAX_PATH]; /* at each depth of the path: which of those that were sent; -1: from the trust store */
    size_t path_length;
    struct facts_cert *
        stored; /* the authorities of the path that come from the trust store, but for those that are their own issuer; owned */
    int stored_depth[FACTS_MAX_PATH]; /* ... and where each stands in it */
    size_t stored_count;
    unsigned path_bits_min; /* smallest RSA key on the path, the anchor's included; 0 if none */
    enum facts_staple staple;
};
void facts_chain_fini(struct facts_chain *chain);

#endif
