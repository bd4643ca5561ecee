/* result - what `check` found of one target, as plain data, before any format. */
#ifndef DOORMAT_CHECK_RESULT_H
#define DOORMAT_CHECK_RESULT_H

#include "check/target.h"
#include "policy/policy.h"
#include "route/route.h"

struct check_host { /* one host at one address */
    char host[TARGET_HOST_SIZE_B];
    char address[ROUTE_ADDRESS_SIZE_B];
    unsigned port, preference;
    struct host_facts facts;
    struct findings findings;
    struct err err; /* why it was not reached, or what ended the dialogue; "" if nothing */
    unsigned connections;
    double seconds;
};

struct check_result {
    struct target target;
    const struct policy *policy;
    int64_t date_s;           /* of the policy's tables */
    bool reached;             /* a verdict could be made of at least one host */
    bool meets_policy;        /* every host that was reached does, and one was */
    enum route_outcome route; /* ROUTE_FOUND for hosts and addresses */
    enum route_security security;
    struct err err;           /* why nothing was reached; "" if something was */
    struct check_host *hosts; /* owned */
    size_t host_count;
    double seconds;
};

void check_result_free(struct check_result **result);

#endif
