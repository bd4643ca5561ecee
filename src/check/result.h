/* result - what `check` found of one target, as plain data, before any format. */
#ifndef DOORMAT_CHECK_RESULT_H
#define DOORMAT_CHECK_RESULT_H

#include "check/known.h"
#include "check/target.h"
#include "policy/policy.h"
#include "route/route.h"

/* What a connection asks the server; each is a view of it. */
enum check_view {
    VIEW_STRICT, /* what the policy allows */
    VIEW_WIDE,   /* everything */
    VIEW_TLS10,  /* everything, in that version alone */
    VIEW_TLS11,  /* ... in that version or the one before */
    VIEW_TLS12,
    VIEW_TLS13,
    VIEW_NO_SNI,  /* as VIEW_STRICT */
    VIEW_EC_KEY,  /* no RSA certificate is taken */
    VIEW_RSA_KEY, /* no other than an RSA certificate is taken */
    VIEW_WEAK,    /* what the policy forbids: the first of POLICY_WEAK_COUNT */
    VIEW_COUNT = VIEW_WEAK + POLICY_WEAK_COUNT,
};
const char *check_view_text(enum check_view view); /* "TLSv1.2", "forbidden groups of TLSv1.3" */

enum check_look { LOOK_NOT_NEEDED, LOOK_DONE, LOOK_UNKNOWN /* why says why */ };

/* Why a host was not looked at, where it is not the host's fault. */
enum check_reason {
    CHECK_REASON_NONE,
    CHECK_REASON_PRIVATE,      /* its address is private or special, and nobody has asked for it */
    CHECK_REASON_NO_ROUTE,     /* this machine has no way to such addresses */
    CHECK_REASON_TARGET_TIME,  /* the target's other hosts took too long */
    CHECK_REASON_ADDRESS_TIME, /* other hosts at its address took too long */
};
const char *check_reason_name(enum check_reason reason); /* "private-address" ...; NULL: none */

enum { CHECK_WHY_SIZE_B = 160 };

struct check_host { /* one host at one address */
    char host[TARGET_HOST_SIZE_B];
    char address[ROUTE_ADDRESS_SIZE_B]; /* "": it has none, or none that could be learnt */
    unsigned port, preference;
    struct host_facts facts;
    struct findings findings;
    struct err err; /* why it was not reached, or what ended the dialogue; "" if nothing */
    enum check_reason reason;
    bool is_shared;      /* it was looked at for another target of the run */
    struct known *known; /* owns what facts and findings point to; NULL: this does */
    struct {
        enum check_look look;
        char why[CHECK_WHY_SIZE_B];
    } views[VIEW_COUNT];
    unsigned connections;
    double seconds;
};

void check_host_fini(struct check_host *host);
size_t check_host_size_b(const struct check_host *host); /* with all that it owns, roughly */

/* Something of a host that was reached is not known. */
bool check_host_has_gap(const struct check_host *host);

enum check_verdict {
    CHECK_MEETS,     /* all was looked at that should be, and all of it meets the policy */
    CHECK_BREAKS,    /* something that was seen does not */
    CHECK_UNDECIDED, /* nothing that was seen does not, and not all could be looked at */
    CHECK_UNREACHED, /* nothing was seen */
    CHECK_NO_MAIL,   /* the domain takes no mail (RFC 7505): there is nothing to judge */
};
const char *check_verdict_name(enum check_verdict verdict); /* "meets" ... */

struct check_result {
    struct target target;
    const struct policy *policy;
    int64_t date_s;    /* of the policy's tables */
    const char *terms; /* what else the result depends on; the caller's */
    enum check_verdict verdict;
    bool reached;             /* a verdict could be made of at least one host */
    bool is_quick;            /* one offer alone, by the user's wish */
    enum route_outcome route; /* ROUTE_FOUND for hosts and addresses */
    enum route_security security;
    struct err err;           /* why nothing was reached; "" if something was */
    struct check_host *hosts; /* owned */
    size_t host_count;
    size_t names, names_left_out; /* hosts of a domain; those beyond ROUTE_MAX_HOSTS */
    size_t
        addresses_left_out; /* a second address of the same family: the same server, or its twin */
    double seconds;
};

/* Of a target that was not reached: the one of all its hosts, or NONE. */
enum check_reason check_result_reason(const struct check_result *result);

void check_result_free(struct check_result **result);

#endif
