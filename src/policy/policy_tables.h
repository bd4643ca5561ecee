/* policy_tables - the shape of a policy: what it lists, for how long, and how it is read.
 * Private to src/policy.
 *
 * Each list may be left empty: then the policy has no opinion, and nothing is found.  Where a
 * list is there, a value that is not in it is insufficient.  The rows come in order of
 * preference.  Years are inclusive; 0 is "no end in sight". */
#ifndef DOORMAT_POLICY_POLICY_TABLES_H
#define DOORMAT_POLICY_POLICY_TABLES_H

#include "policy/policy.h"

/* Code points by their IANA names: TLS_AES_128_GCM_SHA256, secp256r1, rsa_pss_rsae_sha256. */
#define SUITE(code, name, openssl)  name = code,
#define GROUP(code, name, openssl)  name = code,
#define SCHEME(code, name, openssl) name = code,
enum code_point {
#include "tls/iana.inc"
};
#undef SUITE
#undef GROUP
#undef SCHEME

enum { TLS1_0 = 0x0301, TLS1_1, TLS1_2, TLS1_3 };

struct code_name {
    uint16_t code;
    const char *name;
    const char *openssl; /* in the lists of OpenSSL 3.0; NULL: it has none */
};
const struct code_name *suite_name(uint16_t code); /* or NULL */
const struct code_name *group_name(uint16_t code);
const struct code_name *scheme_name(uint16_t code);
const struct code_name *
suite_name_at(size_t index); /* in the order of their codes; NULL past the last */
const struct code_name *group_name_at(size_t index);
const struct code_name *scheme_name_at(size_t index);

/* Told from the IANA name. */
bool suite_has(uint16_t code, const char *word);
bool suite_is_cbc(uint16_t code);
bool suite_is_bare(uint16_t code); /* NULL encryption, or no certificate */
bool suite_is_static_rsa(uint16_t code);
bool suite_is_tls13(uint16_t code);

/* How a policy stands to a value. */
struct standing {
    uint16_t until;
    uint8_t grade;    /* enum grade */
    bool is_unlisted; /* and yet without known weakness: good under a lenient reading */
};

enum { FOR_ALL, FOR_TLS1_2, FOR_TLS1_3 };

struct code_row {
    uint16_t code;
    uint8_t where; /* FOR_... */
    struct standing as;
};
struct key_row {
    enum facts_key key;
    unsigned bits; /* at least */
    struct standing as;
};
struct curve_row {
    const char *name; /* as facts_cert.curve has it */
    struct standing as;
};
struct signature_row { /* of a certificate */
    enum facts_key key;
    enum facts_padding padding;
    enum facts_hash hash;
    struct standing as;
};

struct code_list {
    const struct code_row *rows;
    size_t count;
    const char *source; /* document and section, for the findings */
};

enum feature {
    FEATURE_ENCRYPT_THEN_MAC, /* with CBC */
    FEATURE_EXTENDED_MASTER_SECRET,
    FEATURE_RENEGOTIATION,
    FEATURE_COMPRESSION,
    FEATURE_EARLY_DATA,
    FEATURE_COUNT
};
struct feature_row {
    enum severity strictly, leniently;
    const char *source; /* NULL: no opinion */
};

struct policy_tables {
    struct code_list versions, suites, groups, schemes;
    struct {
        const struct key_row *rows;
        size_t count;
        const char *source;
    } keys, dh; /* dh: the ephemeral one, .key is not looked at */
    struct {
        const struct curve_row *rows;
        size_t count;
        const char *source;
    } curves; /* of keys in certificates */
    struct {
        const struct signature_row *rows;
        size_t count;
        const char *source;
    } signatures;
    struct {
        unsigned least;
        const char
            *source; /* NULL: no opinion, as long as there is an exponent that does something */
    } rsa_exponent;
    struct feature_row features[FEATURE_COUNT];
    struct {
        unsigned days;
        enum severity severity;
        const char *source;
    } validity;
    enum severity accepts; /* at most: a version taken when offered alone, beside a better one */
    enum severity accepts_beside; /* at most: a suite or a group taken by who offers nothing else */
    enum severity path;           /* what breaks the chain of trust, the name included */
    bool leaf_alone;       /* of the certificates above the leaf nothing is said: RFC 9325 holds */
    bool published_groups; /* finite-field Diffie-Hellman in a group of the list, or it fails */
};

struct policy {
    const char *name, *title;
    const struct policy_tables *tables;
    bool is_lenient; /* unlisted values are good, and what has expired is warned of */
};

extern const struct policy policy_bsi, policy_bsi_lenient, policy_ncsc_nl, policy_nist,
    policy_mozilla_modern, policy_mozilla_intermediate, policy_rfc9325;

/* What the policy says of a value in a year. */
struct appraisal {
    bool is_good; /* nothing to find */
    enum severity severity;
    enum grade grade;
    unsigned expired; /* the year until which it was listed; 0: not that */
};
struct appraisal appraise(const struct policy *policy, const struct standing *as /* or NULL */,
                          int year);

/* The row for a value, or NULL; version: of the handshake. */
const struct code_row *code_find(const struct code_list *list, uint16_t code, uint16_t version);
bool code_row_holds(const struct code_row *row, uint16_t version);

const char *facts_key_text(enum facts_key key);    /* "RSA" */
const char *facts_hash_text(enum facts_hash hash); /* "SHA-256" */

#define LIST(array, where)                                                                         \
    { .rows = (array), .count = sizeof(array) / sizeof((array)[0]), .source = (where) }

#endif
