/* knobs - what can be wrong with certificates and with what is said of them.  All-zero is spotless: lab root (ECDSA P-384,
 * trusted by the tester) -> intermediate (ECDSA P-256) -> leaf (ECDSA P-256), each signed with SHA-384 or SHA-256.  Times are
 * relative to the moment of minting, so that a certificate never ages into another fault. */
#ifndef DOORMAT_MINT_KNOBS_H
#define DOORMAT_MINT_KNOBS_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/key.h"

/* By the issuer's key.  Those after SHA224 need an RSA issuer, as does MD5. */
enum mint_signature {
    MINT_SIGNATURE_SOUND, /* ECDSA with SHA-256 (P-384: SHA-384), RSA-PSS with SHA-256 */
    MINT_SIGNATURE_SHA1,  /* ecdsa-with-SHA1, sha1WithRSAEncryption */
    MINT_SIGNATURE_MD5,   /* md5WithRSAEncryption */
    MINT_SIGNATURE_SHA224,
    MINT_SIGNATURE_RIPEMD160,     /* ripemd160WithRSA */
    MINT_SIGNATURE_PKCS1,         /* sha256WithRSAEncryption */
    MINT_SIGNATURE_PSS_NO_SALT,   /* RSA-PSS with SHA-256 and a salt of no bytes */
    MINT_SIGNATURE_PSS_SHA1,      /* RSA-PSS with SHA-1 throughout */
    MINT_SIGNATURE_PSS_MGF1_SHA1, /* RSA-PSS with SHA-256, its mask with SHA-1 */
    MINT_SIGNATURE_COUNT,
};

enum mint_time {
    MINT_TIME_DEFAULT /* from 1 day ago for 90 days */,
    MINT_TIME_RELATIVE,
    MINT_TIME_ABSOLUTE
};
/* How both dates are written (RFC 5280 4.1.2.5). */
enum mint_date {
    MINT_DATE_SOUND,       /* UTCTime to 2049, GeneralizedTime from then on */
    MINT_DATE_GENERALIZED, /* whatever the year */
    MINT_DATE_FRACTION,    /* GeneralizedTime with half a second */
    MINT_DATE_NO_SECONDS,  /* UTCTime to the minute */
    MINT_DATE_OFFSET,      /* UTCTime with +0000 in place of Z */
    MINT_DATE_COUNT,
};
struct mint_validity {
    int64_t time; /* enum mint_time; as wide as the others, so that there is no padding */
    int64_t not_before_s, not_after_s; /* from now, or Unix time */
};

/* The extensions.  All but REQ_X509 are what the certificate would have by its place (server: SKI, AKI, critical CA:FALSE,
 * digitalSignature (RSA: and keyEncipherment), serverAuth; authority: SKI, AKI, critical CA:TRUE, keyCertSign, cRLSign) but
 * for what the name says.  The table is in profile.c. */
enum mint_profile {
    MINT_PROFILE_SOUND,
    MINT_PROFILE_REQ_X509, /* as `openssl req -x509` writes it: SKI, AKI, critical CA:TRUE */
    MINT_PROFILE_CA,
    MINT_PROFILE_NOT_CA,
    MINT_PROFILE_NO_BASIC_CONSTRAINTS,
    MINT_PROFILE_TWO_BASIC_CONSTRAINTS,
    MINT_PROFILE_BAD_BASIC_CONSTRAINTS, /* no DER */
    MINT_PROFILE_PATHLEN_WITHOUT_CA,
    MINT_PROFILE_EKU_CLIENT,
    MINT_PROFILE_EKU_EMAIL,
    MINT_PROFILE_EKU_CODE,
    MINT_PROFILE_EKU_CODE_CRITICAL,
    MINT_PROFILE_EKU_ANY,
    MINT_PROFILE_EKU_EMPTY,
    MINT_PROFILE_EKU_NONE,
    MINT_PROFILE_EKU_SERVER, /* serverAuth, in an authority */
    MINT_PROFILE_EKU_SERVER_CRITICAL,
    MINT_PROFILE_EKU_SERVER_AND_CLIENT,
    MINT_PROFILE_SKI_CRITICAL,
    MINT_PROFILE_AKI_CRITICAL,
    MINT_PROFILE_PATHLEN_1, /* of an authority */
    MINT_PROFILE_PATHLEN_9,
    MINT_PROFILE_KU_ENCRYPTION, /* may not sign */
    MINT_PROFILE_KU_CERT_SIGN,  /* may sign certificates as well */
    MINT_PROFILE_KU_NO_CERT_SIGN,
    MINT_PROFILE_KU_NO_CRL_SIGN, /* may sign certificates alone */
    MINT_PROFILE_KU_NONE,
    MINT_PROFILE_NO_AKI,
    MINT_PROFILE_AKI_STRANGER, /* the identifier of a key that nobody has */
    MINT_PROFILE_NO_SKI,
    MINT_PROFILE_CA_NOT_CRITICAL, /* basic constraints that may be skipped */
    MINT_PROFILE_UNKNOWN_CRITICAL,
    MINT_PROFILE_UNKNOWN,
    MINT_PROFILE_CT_POISON, /* RFC 6962 3.1 */
    MINT_PROFILE_MUST_STAPLE,
    MINT_PROFILE_POLICY_REQUIRED,
    MINT_PROFILE_POLICY_NAMED,          /* one of ours */
    MINT_PROFILE_POLICY_REQUIRED_NAMED, /* the same, and required of all below */
    MINT_PROFILE_POLICY_REQUIRED_OTHER, /* another, and required of all below */
    MINT_PROFILE_PERMITS_OTHER_DNS,     /* name constraints, from here on */
    MINT_PROFILE_EXCLUDES_HOST,
    MINT_PROFILE_EXCLUDES_ADDRESSES,
    MINT_PROFILE_PERMITS_OTHER_EMAIL,
    MINT_PROFILE_PERMITS_OTHER_URI,
    MINT_PROFILE_EXCLUDES_THOUSANDS,
    MINT_PROFILE_PERMITS_HOST,         /* and nothing else of its kind */
    MINT_PROFILE_PERMITS_DOMAIN,       /* in which the host lies */
    MINT_PROFILE_PERMITS_BELOW_DOMAIN, /* the same, with a dot before it */
    MINT_PROFILE_PERMITS_DOMAIN_BUT_HOST,
    MINT_PROFILE_PERMITS_OTHER_DNS_PLAIN, /* not critical */
    MINT_PROFILE_PERMITS_OTHER_ADDRESS,
    MINT_PROFILE_PERMITS_OTHER_DIRECTORY, /* names of directories: O = Somebody else */
    MINT_PROFILE_PERMITS_OWN_DIRECTORY,   /* O = Doormat */
    MINT_PROFILE_EXCLUDES_OWN_DIRECTORY,
    MINT_PROFILE_EXCLUDES_ADDRESS_BADLY, /* an address without its mask */
    MINT_PROFILE_EXCLUDES_OTHER_DNS,
    MINT_PROFILE_EXCLUDES_OTHERS,     /* a host and a network */
    MINT_PROFILE_PERMITS_WILDCARD,    /* *.HOST */
    MINT_PROFILE_PERMITS_OTHER_KINDS, /* two constraints, of which none is about hosts */
    MINT_PROFILE_EXCLUDES_ALL,        /* every DNS name and every address */
    MINT_PROFILE_OCSP_SIGNER,         /* for whom signs OCSP responses in the issuer's place */
    MINT_PROFILE_COUNT,
};

enum mint_version { MINT_VERSION_3, MINT_VERSION_1, MINT_VERSION_1_EXTENDED /* with extensions */ };
enum mint_serial {
    MINT_SERIAL_RANDOM,
    MINT_SERIAL_ZERO,
    MINT_SERIAL_NEGATIVE,
    MINT_SERIAL_LONG /* 40 bytes */
};

/* What is odd in the bytes that are signed. */
enum mint_encoding {
    MINT_ENCODING_DER,
    MINT_ENCODING_OTHER_ALGORITHM, /* the signature algorithm within is not the one without */
    MINT_ENCODING_TRUE_IS_1,       /* a TRUE that is 0x01, which is BER */
    MINT_ENCODING_FALSE,           /* a FALSE that is the default and should not be there */
    MINT_ENCODING_COUNT,
};

/* What befalls the certificate when it is signed, or then. */
enum mint_tamper {
    MINT_TAMPER_NONE,
    MINT_TAMPER_BIT,         /* one bit of the signature is another */
    MINT_TAMPER_EMPTY,       /* the signature has no bits */
    MINT_TAMPER_ZERO,        /* r = s = 0, or 0 by RSA */
    MINT_TAMPER_OTHER_KEY,   /* not the issuer's key has signed */
    MINT_TAMPER_KEY_SWAPPED, /* the public key was another when it was signed */
    MINT_TAMPER_COUNT,
};

/* subject: "/C=DE/CN=abc.xy"; "": empty; NULL: CN = the host (cut to 64 bytes) or, if that is an address, O = Doormat.
 * san: "DNS:a,DNS:b,IP:1.2.3.4"; "": none; NULL: the host alone, and none under REQ_X509.  "critical," or "plain," in
 * front; without, it is critical where the subject is empty.  Both may hold the marks of text.h: "{host}" as an item
 * of its own stands for the host and its kind, within an item ("DNS:mx.{host}") for its text.
 * An authority has no san, and its own subject unless that is "". */
struct mint_cert {
    struct key_spec key;
    enum mint_signature signature;
    enum mint_profile profile;
    struct mint_validity validity;
    enum mint_date date;
    enum mint_version version;
    enum mint_serial serial;
    enum mint_encoding encoding;
    enum mint_tamper tamper;
    const char *subject;
    const char *san;
};

/* Who signed the leaf.  What stands above it is in chain.c. */
enum mint_issuer {
    MINT_ISSUER_LAB,      /* intermediate under the lab root */
    MINT_ISSUER_STRANGER, /* intermediate under a root that nobody trusts */
    MINT_ISSUER_SELF,
    MINT_ISSUER_ROOT,          /* the lab root itself */
    MINT_ISSUER_DEEP,          /* two intermediates */
    MINT_ISSUER_DEEPER,        /* five */
    MINT_ISSUER_BEYOND,        /* two, of which the upper allows none below */
    MINT_ISSUER_SERVER,        /* a server's certificate, of which the intermediate is the issuer */
    MINT_ISSUER_CROSSED,       /* LAB, and the root again, signed by one that has expired */
    MINT_ISSUER_CYCLE,         /* two intermediates that signed each other */
    MINT_ISSUER_HUNDRED,       /* a hundred intermediates under a root that nobody trusts */
    MINT_ISSUER_CYCLE_ALIKE,   /* CYCLE, both of one name */
    MINT_ISSUER_HUNDRED_ALIKE, /* the same, all of one name and one key */
    MINT_ISSUER_SELF_ISSUED, /* the intermediate's new key, certified with its old one under the same name */
    MINT_ISSUER_LOOP,          /* LAB, and another authority beside it: each signed the other */
    MINT_ISSUER_UPPER_EXPIRED, /* DEEP, whose upper intermediate is not in order, from here on */
    MINT_ISSUER_UPPER_NOT_CA,
    MINT_ISSUER_UPPER_EMAIL,         /* it is for signing mail */
    MINT_ISSUER_UPPER_PERMITS_OTHER, /* it may vouch for another domain alone */
    MINT_ISSUER_UPPER_PATHLEN_1,     /* in order: one authority below it is what it allows */
    /* LAB; before the intermediate stands another certificate of the same name and key, which is not in order. */
    MINT_ISSUER_SECOND_EXPIRED,
    MINT_ISSUER_SECOND_UNTRUSTED, /* signed by a root that nobody trusts */
    MINT_ISSUER_SECOND_NOT_CA,
    MINT_ISSUER_SECOND_UNCONSTRAINED, /* no basic constraints */
    MINT_ISSUER_SECOND_PERMITS_OTHER,
    MINT_ISSUER_SECOND_WRONG_EKU,
    MINT_ISSUER_SECOND_SHA1,
    MINT_ISSUER_SECOND_OTHER_KEY, /* of the same name alone */
    MINT_ISSUER_COUNT,
};

/* Sound is leaf first and each signed by the next, without the root. */
enum mint_sent {
    MINT_SENT_CHAIN,
    MINT_SENT_LEAF,     /* alone */
    MINT_SENT_ROOT,     /* the root as well */
    MINT_SENT_REVERSED, /* the leaf, and then from above */
    MINT_SENT_TWICE,    /* each authority */
    MINT_SENT_LEAF_TWICE,
    MINT_SENT_STRANGER,          /* an authority that has nothing to do with it, first */
    MINT_SENT_STRANGER_CRITICAL, /* the same, with a critical extension that nobody knows */
    MINT_SENT_ROOT_FIRST,        /* the root as well, before the intermediates */
    MINT_SENT_COUNT,
};
enum mint_private {
    MINT_PRIVATE_SOUND,
    MINT_PRIVATE_WRONG, /* the public half is right, the private one is not: signatures made with it do not verify */
};

/* What is said of the leaf by OCSP (RFC 6960): signed by its issuer, from an hour ago for a week, unless the name says
 * otherwise.  All that are not about another status say "good". */
enum mint_ocsp {
    MINT_OCSP_NONE,
    MINT_OCSP_GOOD,
    MINT_OCSP_REVOKED,
    MINT_OCSP_UNKNOWN,
    MINT_OCSP_EXPIRED,       /* a week ago */
    MINT_OCSP_NOT_YET,       /* from tomorrow on */
    MINT_OCSP_OTHER_CERT,    /* of another serial number */
    MINT_OCSP_BAD_SIGNATURE, /* one bit of it is another */
    MINT_OCSP_STRANGER,      /* signed by an authority that has nothing to do with it */
    MINT_OCSP_SELF,          /* signed with the leaf's own key */
    MINT_OCSP_DELEGATE,      /* signed by whom the issuer certified for that */
    MINT_OCSP_TRY_LATER,
    MINT_OCSP_GARBAGE, /* no DER */
    MINT_OCSP_SILENCE, /* over HTTP no answer ever comes; in a handshake, none */
    MINT_OCSP_COUNT,
};

/* The issuer's list of what is revoked (RFC 5280 5), likewise; it is empty unless the name says otherwise. */
enum mint_crl {
    MINT_CRL_NONE,
    MINT_CRL_GOOD,
    MINT_CRL_REVOKED, /* the leaf is on it */
    MINT_CRL_EXPIRED,
    MINT_CRL_OTHER_KEY, /* in the issuer's name, and signed with another key */
    MINT_CRL_MISSING,   /* there is none where it should be */
    MINT_CRL_ON_HOLD,   /* the leaf is on it, and may be taken off again */
    MINT_CRL_OTHERS,    /* a thousand others are on it */
    MINT_CRL_NOT_YET,   /* from tomorrow on */
    MINT_CRL_STRANGER,  /* of an authority that has nothing to do with it */
    MINT_CRL_NO_NUMBER,
    MINT_CRL_UNKNOWN_CRITICAL,       /* an extension of the list */
    MINT_CRL_ENTRY_UNKNOWN_CRITICAL, /* an extension of an entry about another certificate */
    MINT_CRL_OF_AUTHORITIES,         /* it is about certificates of authorities alone */
    MINT_CRL_PARTITION, /* it is about those that name its place, of servers and the like */
    MINT_CRL_DELTA,     /* what has changed since an earlier list */
    MINT_CRL_COUNT,
};

struct mint_knobs {
    struct mint_cert leaf;
    struct mint_cert intermediate; /* what signs the leaf */
    enum mint_issuer issuer;
    enum mint_sent sent;
    enum mint_private private_half;
    enum mint_ocsp staple; /* comes with the handshake if the client asks for it */
    /* To be had over HTTP (mint/revocation.h), at URLs that the leaf names; NONE: it names none. */
    enum mint_ocsp responder;
    enum mint_crl crl;
};

/* Whether a server with these knobs has the key of its sound twin, as far as senders see.  Whoever has it is the server to those who go
 * by the key alone (DANE-EE, RFC 7671 5.1). */
bool mint_has_sound_key(const struct mint_knobs *changes);

/* Whether the certificate names places of the web port. */
bool mint_needs_web(const struct mint_knobs *knobs);

#endif
