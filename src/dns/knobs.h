/* knobs - what can be wrong with a mail domain in DNS.  Plain data: all-zero is spotless.
 *
 * No struct has padding, since knobs are compared as bytes (fault/recipe.h).
 *
 * Spotless is: an MX record that names one host, which has addresses, all of it signed in the zone above, and no TLSA record.
 * What is right is told by the RFCs 1035, 4034, 4035, 5155, 6698, 7505 and 7672. */
#ifndef DOORMAT_DNS_KNOBS_H
#define DOORMAT_DNS_KNOBS_H

#include <stdbool.h>

/* The look-ups that a knob is about, by the type that is asked for or signed.  0: all of them. */
enum dns_where {
    DNS_AT_MX = 1,
    DNS_AT_ADDRESS = 2, /* A and AAAA */
    DNS_AT_TLSA = 4,
    DNS_AT_TXT = 8,
    DNS_AT_KEY = 16, /* DNSKEY */
    DNS_AT_DS = 32,
    DNS_AT_ALIAS = 64, /* CNAME */
    DNS_AT_SOA = 128,
};

enum dns_reply_how {
    DNS_REPLY_SOUND,
    DNS_REPLY_NONE, /* never */
    DNS_REPLY_SERVFAIL,
    DNS_REPLY_REFUSED,
    DNS_REPLY_NODATA,    /* "there is none", soundly denied, whatever there is */
    DNS_REPLY_TCP_ONLY,  /* truncated over UDP; legal */
    DNS_REPLY_TRUNCATED, /* truncated over UDP, and over TCP nothing comes */
    DNS_REPLY_NO_EDNS,   /* FORMERR to a query with EDNS; legal, and nothing is signed then */
    DNS_REPLY_COUNT
};

enum dns_signature_how {
    DNS_SIGNATURE_SOUND,
    DNS_SIGNATURE_EXPIRED,  /* a week ago */
    DNS_SIGNATURE_EARLY,    /* begins in a week */
    DNS_SIGNATURE_INVERTED, /* ends before it begins */
    DNS_SIGNATURE_OTHER_KEY,
    DNS_SIGNATURE_OTHER_KEY_SAME_TAG, /* ... under the tag of the zone's */
    DNS_SIGNATURE_MISSING,
    DNS_SIGNATURE_BROKEN,           /* one bit of it is wrong */
    DNS_SIGNATURE_LABELS,           /* says one label more than the name has */
    DNS_SIGNATURE_SIGNER,           /* is in the name of a zone that is none of the name's */
    DNS_SIGNATURE_TTL,              /* says another original TTL than was signed */
    DNS_SIGNATURE_ALGORITHM,        /* of an algorithm that nobody knows */
    DNS_SIGNATURE_BESIDE_ALGORITHM, /* ... beside a sound one; legal */
    DNS_SIGNATURE_CAPITALS,         /* the zone's name in capitals; legal */
    DNS_SIGNATURE_WILDCARD, /* as of a wildcard at its level, with the proof that the name is not there; legal */
    DNS_SIGNATURE_WILDCARD_BARE, /* ... without the proof */
    DNS_SIGNATURE_COUNT
};

enum dns_denial_how { /* that a name or a type is not there */
                      DNS_DENIAL_SOUND,
                      DNS_DENIAL_MISSING,
                      DNS_DENIAL_UNSIGNED,
                      DNS_DENIAL_BROKEN,       /* its signature */
                      DNS_DENIAL_OTHER_NAME,   /* speaks of another name */
                      DNS_DENIAL_TYPE_PRESENT, /* lists the type that was asked for */
                      DNS_DENIAL_NO_ENCLOSER, /* of a name: not which name above it is there; NSEC3 only */
                      DNS_DENIAL_HASH,        /* by a hash that nobody knows; NSEC3 only */
                      DNS_DENIAL_COUNT
};

enum dns_denial_by {
    DNS_DENIAL_BY_NSEC,
    DNS_DENIAL_BY_NSEC3, /* legal */
    DNS_DENIAL_BY_COUNT
};

enum dns_ds_how {
    DNS_DS_SOUND,
    DNS_DS_ABSENT,         /* insecure */
    DNS_DS_DIGEST,         /* one bit of the digest is wrong */
    DNS_DS_OTHER_KEY,      /* names a key that the zone does not have */
    DNS_DS_TAG,            /* wrong tag */
    DNS_DS_ALGORITHM,      /* says RSA/SHA-256 of an ECDSA key */
    DNS_DS_UNKNOWN_DIGEST, /* a digest that nobody knows: insecure */
    DNS_DS_UNKNOWN_BESIDE, /* ... beside a wrong one */
    DNS_DS_SHA1,           /* RFC 8624 wants it no more, resolvers take it */
    DNS_DS_SHA384,         /* legal */
    DNS_DS_COUNT
};

enum dns_key_how {
    DNS_KEY_SOUND,
    DNS_KEY_ABSENT, /* no DNSKEY */
    DNS_KEY_NO_ZONE_BIT,
    DNS_KEY_REVOKED,
    DNS_KEY_PROTOCOL, /* 2 instead of 3 */
    DNS_KEY_ALGORITHM, /* keys and signatures claim another one: insecure if nobody knows it, else bogus */
    DNS_KEY_STANDBY, /* a second one besides; legal */
    DNS_KEY_COUNT
};

/* A name that begins a zone of its own. */
struct dns_cut {
    bool is_zone;             /* false: it lies in the zone above */
    bool is_unsigned;         /* no signatures in it; with DNS_DS_ABSENT that is sound */
    unsigned short algorithm; /* with DNS_KEY_ALGORITHM: which; 0: one that is not assigned */
    enum dns_ds_how ds;
    enum dns_key_how key;
};

enum dns_alias_how {
    DNS_ALIAS_NONE,
    DNS_ALIAS_SOUND, /* CNAME to the name that has the records */
    DNS_ALIAS_LOOP,  /* CNAME to a name that is a CNAME to it */
    DNS_ALIAS_COUNT
};

enum dns_mx_to {
    DNS_MX_END,      /* no record more; at the first place: the one sound record */
    DNS_MX_HOST,     /* mx. */
    DNS_MX_SECOND,   /* mx2., another host */
    DNS_MX_DEAD,     /* dead., where nobody listens */
    DNS_MX_ABSENT,   /* absent., a name that does not exist */
    DNS_MX_NULL,     /* "." (RFC 7505) */
    DNS_MX_ADDRESS,  /* the host's IPv4 address as if it were a name */
    DNS_MX_IMPLICIT, /* the first: the domain has the addresses, as without MX records */
    DNS_MX_TO_COUNT
};

struct dns_mx_knob {
    enum dns_mx_to to;
    unsigned short preference;
    unsigned short copies; /* many of them, dead1. dead2. ...: DNS_MX_DEAD only */
};

enum dns_tlsa_of { /* which certificate or key it is the record of */
                   DNS_TLSA_OF_LEAF,
                   DNS_TLSA_OF_ISSUER,
                   DNS_TLSA_OF_ROOT,
                   DNS_TLSA_OF_STRANGER, /* of somebody else: wrong */
                   DNS_TLSA_OF_COUNT
};
enum dns_tlsa_shape {
    DNS_TLSA_WHOLE,
    DNS_TLSA_SHORT, /* a byte less */
    DNS_TLSA_LONG,  /* a byte more */
    DNS_TLSA_EMPTY,
    DNS_TLSA_SHAPE_COUNT
};

struct dns_tlsa_knob {
    bool is_there; /* the first that is not ends the list */
    unsigned char usage, selector, matching;
    enum dns_tlsa_of of;
    enum dns_tlsa_shape shape;
    unsigned copies; /* of a record of somebody else: so many of them, all different */
};

enum { DNS_MX_KNOBS = 4, DNS_TLSA_KNOBS = 6 };
enum dns_family { DNS_FAMILY_BOTH, DNS_FAMILY_IPV4, DNS_FAMILY_IPV6, DNS_FAMILY_COUNT };

enum dns_beside {
    DNS_BESIDE_NOTHING,
    DNS_BESIDE_FORGED_ADDRESS, /* of the host, which is not its own (RFC 2181 5.4.1) */
    DNS_BESIDE_COUNT
};

struct dns_knobs {
    struct {
        enum dns_reply_how how;
        unsigned where;
    } reply;
    struct {
        enum dns_signature_how how;
        unsigned where;
    } signature;
    struct {
        enum dns_denial_how how;
        unsigned where;
        enum dns_denial_by by;
        unsigned iterations; /* of the hash; RFC 9276 wants 0 */
    } denial;
    struct dns_cut domain_cut, host_cut; /* the mail domain; the host that has the addresses */
    enum dns_alias_how domain_alias, host_alias, tlsa_alias;
    enum dns_family family;
    enum dns_beside beside; /* the MX records, in the answer that has them */
    struct dns_mx_knob mx[DNS_MX_KNOBS];
    struct dns_tlsa_knob tlsa[DNS_TLSA_KNOBS];       /* at the host that has the addresses */
    struct dns_tlsa_knob alias_tlsa[DNS_TLSA_KNOBS]; /* at the name that is an alias of it */
};

#endif
