/* check - judges many targets in one loop: looks up, connects, shakes hands, judges, hands each result over as it comes.
 *
 * Per host and address: first an offer of only what the policy allows; if the server does not take it, one of everything,
 * to say what it would have agreed to; then one of each old version alone.  At most CHECK_MAX_PROBES connections to a
 * host, never more than two at a time to one address, a polite EHLO and QUIT in each.  A transient failure is tried again.
 * Memory does not grow with the number of targets: they are pulled from `next` when there is room. */
#ifndef DOORMAT_CHECK_CHECK_H
#define DOORMAT_CHECK_CHECK_H

#include "base/clock.h"
#include "check/result.h"
#include "tls/client.h"

enum { CHECK_MAX_PROBES = 6 };

/* Fills *out and returns true, or false when there are no more.  May block for as long as the input does. */
typedef bool check_next_fn(struct target *out, void *arg);
typedef void check_result_fn(struct check_result *result, void *arg); /* the callee owns it */

struct check_options {
    const struct policy *policy;
    int64_t date_s; /* for the policy's tables */
    const char *ca; /* PEM file, hashed directory, or NULL for the system's store */
    const char *helo;
    bool implicit_tls;
    unsigned jobs;  /* targets at a time */
    unsigned tries; /* per connection, transient failures only */
    int64_t connect_ms, step_ms,
        host_ms;   /* time limits: connecting, one reply or handshake, all of a host */
    bool thorough; /* also the probes of old versions */
    struct route_options route;
    check_next_fn *next;
    check_result_fn *on_result;
    void *arg;
};

enum check_outcome { CHECK_DONE, CHECK_FAILED, CHECK_INTERRUPTED };
enum check_outcome check_run(const struct check_options *options, struct err *err) MUST_USE;

#endif
