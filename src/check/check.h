/* check - judges many targets in one loop: looks up, connects, shakes hands, judges, hands each result over as it comes.
 *
 * Per host and address: first an offer of only what the policy allows; if the server does not take it, one of everything,
 * to say what it would have agreed to; then, when `thorough`, what else it takes (the views of result.h).  At most
 * CHECK_MAX_VIEWS connections to a host, and for each of them a few more tries where it fails for the moment; never more
 * than two at a time to one address, a polite EHLO and QUIT in each.  What cannot be looked at is noted as unknown.
 * Each host at an address is looked at once (known.h), and no two hosts more at an address (place.h); who waits for that has no
 * job's place.  A target begins no further host once its hosts took four times what one may take.
 * Memory does not grow with the number of targets: they are pulled from `next` when there is room, and never more than
 * CHECK_MAX_TARGETS are under way. */
#ifndef DOORMAT_CHECK_CHECK_H
#define DOORMAT_CHECK_CHECK_H

#include "base/clock.h"
#include "check/result.h"
#include "route/route.h"
#include "tls/client.h"

enum { CHECK_MAX_VIEWS = 12, CHECK_MAX_TARGETS = 8192 };

enum check_next {
    CHECK_NEXT_TARGET,
    CHECK_NEXT_BAD,
    CHECK_NEXT_NONE,
    CHECK_NEXT_LATER,
    CHECK_NEXT_END
};

/* TARGET fills *out.  BAD: out->text is no target, and err says why; it gets a result of its own.  NONE: what there was is
 * to be left out; ask again.  LATER: more may come when the descriptor check_options.input_fd can be read. */
typedef enum check_next check_next_fn(struct target *out, struct err *err, void *arg);
typedef void check_result_fn(struct check_result *result, void *arg); /* the callee owns it */

struct check_options {
    const struct policy *policy;
    int64_t date_s;    /* for the policy's tables */
    const char *crl;   /* revocation lists: a PEM file or a DER one; NULL: none */
    const char *terms; /* in words what the results depend on: for them */
    const char *ca;    /* PEM file, hashed directory, or NULL for the system's store */
    const char *helo;  /* NULL: the address that this machine has on the connection */
    bool implicit_tls;
    bool starttls;  /* asked for: also at port 465, which else has implicit TLS */
    unsigned jobs;  /* targets at a time; one that waits for others at its address does not count */
    unsigned tries; /* per connection; transient failures only */
    int64_t connect_ms, step_ms,
        host_ms;      /* time limits: connecting, one reply or handshake, all of a host */
    int64_t retry_ms; /* before another try */
    bool thorough;
    bool ipv4_only;     /* hosts are looked at over IPv4 alone */
    bool allow_private; /* addresses that DNS gives, or a list, may be private or special ones */
    struct route_options route;
    int input_fd; /* -1: none */
    check_next_fn *next;
    check_result_fn *on_result;
    /* Whether results are made faster than they are taken: then no target is begun; and whether some are not written yet: then the
     * run does not end.  Asked again when the descriptor can be read, which both make unreadable.  NULL: never. */
    bool (*is_blocked)(void *arg), (*is_writing)(void *arg);
    int written_fd;
    int *signo; /* gets the signal that interrupted the run */
    void *arg;
};

/* Whether TLS comes first at the port (RFC 8314 3.3). */
static inline bool check_is_implicit(const struct check_options *options, unsigned port) {
    enum { SUBMISSIONS = 465 };

    return options->implicit_tls || (port == SUBMISSIONS && !options->starttls);
}

enum check_outcome { CHECK_DONE, CHECK_FAILED /* err says why */, CHECK_INTERRUPTED };
enum check_outcome check_run(const struct check_options *options, struct err *err) MUST_USE;

#endif
