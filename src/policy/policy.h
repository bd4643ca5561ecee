/* policy - what a connection must meet, and what a server's facts break of it.  Pure: no I/O, no
 * clock of its own.
 *
 * A policy is a const struct of tables, one file each: every value that it lists, with the year
 * until which (inclusive) it does.  policy_judge walks the same rules for all policies; a rule
 * that a policy has no opinion on is silent.
 *
 * Life: findings_init -> policy_judge -> findings_fini.  Strings in the findings are their own,
 * except those that point into the rule table.  Rule names are the same under every policy:
 * "cert-expired", "key-size" ... (rules.h). */
#ifndef DOORMAT_POLICY_POLICY_H
#define DOORMAT_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/rules.h"
#include "smtp/client.h"
#include "tls/facts.h"
#include "x509/facts.h"

enum severity { SEVERITY_INFO, SEVERITY_WARN, SEVERITY_FAIL };
const char *severity_name(enum severity severity); /* "info" "warn" "fail" */

/* ncsc-nl grades every value.  Under the others what is warned of is being phased out, and what
 * fails is insufficient. */
enum grade { GRADE_GOOD, GRADE_SUFFICIENT, GRADE_PHASE_OUT, GRADE_INSUFFICIENT, GRADE_COUNT };
const char *grade_name(enum grade grade);

/* Where only what the policy forbids is offered, and to whom a server may show another certificate; see below. */
enum policy_weak {
    POLICY_WEAK_SUITES,   /* suites up to TLS 1.2 */
    POLICY_WEAK_SUITES13, /* suites of TLS 1.3 */
    /* Groups, in the versions that the policy allows: up to TLS 1.2; there also for a server with ECDSA alone, which needs the
     * curve of its certificate in the list; and in TLS 1.3. */
    POLICY_WEAK_GROUPS,
    POLICY_WEAK_GROUPS_ECDSA,
    POLICY_WEAK_GROUPS13,
    POLICY_WEAK_DHE, /* DHE up to TLS 1.2: suites that are allowed, while the server alone chooses the group */
    POLICY_WEAK_COUNT
};
enum policy_other {
    POLICY_OTHER_KEY, /* a client that takes no key of the first one's kind */
    POLICY_OTHER_SNI, /* a client that sends no SNI */
    POLICY_OTHER_COUNT
};
enum { POLICY_STRAYS = 4 }; /* more certificates of one server than that are not kept */

/* All that was learnt of one host at one address.  Whoever counts a host without findings as
 * good must have reached it: of one that was not there is nothing to say, and no finding either. */
struct host_facts {
    const char
        *reference; /* the name that the certificate must bear; an address literal is one too */
    bool reached;
    bool implicit_tls;
    enum smtp_client_starttls starttls;
    size_t behind_starttls_b;      /* plaintext behind the 220 */
    struct facts_handshake strict; /* offering only what the policy allows */
    struct facts_handshake
        wide;                 /* offering everything; the strict one again if that was completed */
    struct facts_chain chain; /* of the first handshake that was completed */
    bool has_chain;
    struct facts_handshake weak[POLICY_WEAK_COUNT]; /* offering only what the policy forbids */
    struct facts_chain others[POLICY_OTHER_COUNT];  /* certificates for other clients; empty:
                                                       none, or the same leaf */
    bool offers_auth;                               /* in plaintext, although TLS is to be had */
    bool needs_sni;                                 /* who sends none gets no handshake */
    unsigned starttls_lapses; /* later connections in which STARTTLS was not to be had */
    char within_tls
        [160]; /* what came instead of a dialogue within TLS; "" if it was as it should be */
    bool accepts_version
        [4]; /* TLS 1.0, 1.1, 1.2, 1.3: an offer of that one alone was taken, or was negotiated */
    bool tried_version[4];
    /* What an offer of that version alone came to, where one was made and answered; below TLS 1.2 no chain is kept, and none
     * where the leaf is that of `chain`. */
    struct facts_handshake of_version[4];
    struct facts_chain chain_of_version[4];
    struct { /* other certificates, which came although none of the above was asked for */
        struct facts_chain chain;
        uint16_t version;
    } strays[POLICY_STRAYS];
    size_t stray_count;
};

struct finding {
    const struct rule *rule;
    enum severity severity;
    enum grade grade;
    char seen[128], wanted[128]; /* "RSA 1024", "RSA 3000" */
    char source[64];             /* "TR-02102-2 3.6.1" */
    int depth;                   /* certificate in the path, 0 the leaf; -1: not about one */
    int sent; /* ... which of those that were sent it is; -1: none, it is from the trust store */
    bool is_stray; /* it was sent, and is not on the path: depth is where it was sent */
    bool
        is_of_other_key; /* it is about the certificate for clients that do not take the first one's kind of key */
    bool is_of_other_connection; /* ... or one that came for no such reason */
    uint16_t of_version;         /* ... or that for clients of this TLS version alone; 0: neither */
};

enum { FINDINGS_MAX = 128 };
struct findings {
    struct finding *items;
    size_t count;
    bool cut; /* there were more */
};
void findings_init(struct findings *findings);
void findings_fini(struct findings *findings);

struct policy; /* tables: policy_tables.h */

const struct policy *policy_find(const char *name);    /* or NULL */
const struct policy *policy_at(size_t index);          /* NULL past the last */
const char *policy_name(const struct policy *policy);  /* "bsi" */
const char *policy_title(const struct policy *policy); /* "BSI TR-02102-2 2026-01, strictly" */

/* What a client may offer under the policy at that date, the best first, in OpenSSL's list
 * syntax.  Where a policy has no opinion it offers what RFC 9325 recommends.  *out's strings
 * live until `strings` changes; its ceiling should be at least POLICY_OFFER_MAX_B. */
enum { POLICY_OFFER_MAX_B = 16384 };
struct tls_offer_spec;
struct buf;
void policy_offer(const struct policy *policy, int year, struct tls_offer_spec *out,
                  struct buf *strings);

/* Everything that OpenSSL has, from TLS 1.0 on, but what the policy allows first: a server that
 * goes by the client's order is then blamed only for what it cannot do, and not for what it was
 * led to. */
void policy_offer_wide(const struct policy *policy, int year, struct tls_offer_spec *out,
                       struct buf *strings);

/* Only what the policy forbids, one list at a time (but not what it merely does not list, and what has no known weakness): what a server takes beside a strict client's choice shows in such a
 * handshake.  False: the policy
 * forbids nothing there that OpenSSL could offer, and *out is of no use. */
bool policy_offer_weak(const struct policy *policy, int year, enum policy_weak weak,
                       struct tls_offer_spec *out, struct buf *strings);

/* Everything for a client that takes certificates with RSA keys alone, or with elliptic curves alone. */
void policy_offer_key(const struct policy *policy, int year, enum facts_key key,
                      struct tls_offer_spec *out, struct buf *strings);

/* date_s: Unix seconds; it chooses the years in the tables.  Certificates' validity is in the
 * chain's path flaws, made with the clock of the probe.  Findings come worst first. */
void policy_judge(const struct policy *policy, const struct host_facts *facts, int64_t date_s,
                  struct findings *out);

/* The server asked for a client certificate, and answered the lack of one with an alert for that (RFC 8446 4.4.2.4, RFC 5246
 * 7.4.6). */
bool policy_wants_client_cert(const struct facts_handshake *handshake);

/* As NSS calls it, which tells the leaf from its issuers here and there; or NULL. */
const char *finding_nss(const struct finding *finding);

/* No finding of severity fail. */
bool findings_meet(const struct findings *findings);
enum grade findings_grade(const struct findings *findings); /* the worst */

#endif
