/* internal - what the files of src/check share: the run (check.c), a host at an address (host.c), a connection (probe.c). */
#ifndef DOORMAT_CHECK_INTERNAL_H
#define DOORMAT_CHECK_INTERNAL_H

#include <sys/queue.h>

#include "check/check.h"
#include "net/loop.h"
#include "net/work.h"
#include "tls/client.h"

/* What a connection offers. */
enum probe_kind {
    PROBE_STRICT, /* what the policy allows */
    PROBE_WIDE,   /* everything */
    PROBE_TLS10,  /* everything, in that version alone */
    PROBE_TLS11,
    PROBE_TLS12,
    PROBE_TLS13,
    PROBE_COUNT,
};

struct host_check;
TAILQ_HEAD(host_list, host_check);

struct check_run_state { /* what all hosts of a run borrow */
    const struct check_options *options;
    struct loop *loop;
    struct work *work; /* for what takes long */
    struct tls_trust *trust;
    struct tls_offer *offers[PROBE_COUNT];
    struct host_list hosts; /* under way, the oldest first: how many connections an address has */
};

/* ---- probe.c: one connection ---- */

struct probe_outcome {
    bool connected;
    bool transient; /* worth another try */
    enum smtp_client_starttls starttls;
    size_t behind_starttls_b;
    struct facts_handshake handshake;
    struct facts_chain
        chain; /* if wanted and the handshake was completed; the receiver's to fini */
    bool has_chain;
    struct tls_group *group; /* to be looked into, or NULL; the receiver's to free */
    struct err err;          /* what ended it, "" if it ran to its QUIT */
};

struct probe_spec {
    enum probe_kind kind;
    const char *address, *sni; /* sni NULL: none */
    unsigned port;
    bool want_chain;
    int64_t life_ms;
};

struct probe;
/* Once, from the loop; the outcome outlives the probe, which may be freed in it. */
typedef void probe_done_fn(struct probe_outcome *outcome, void *arg);

struct probe *probe_new(const struct check_run_state *run, const struct probe_spec *spec,
                        probe_done_fn *fn, void *arg);
void probe_free(struct probe **probe);

/* ---- host.c: the probes of one host at one address ---- */

typedef void host_done_fn(void *arg); /* once, from the loop */

/* Fills *out, of which host, address and port are set, and judges it. */
struct host_check *host_check_new(struct check_run_state *run, struct check_host *out,
                                  host_done_fn *fn, void *arg);
void host_check_free(struct host_check **host);

#endif
