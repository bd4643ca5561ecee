/* internal - what the files of src/check share: the run (check.c), a host at an address (host.c), a connection (probe.c), what
 * it offers (offers.c). */
#ifndef DOORMAT_CHECK_INTERNAL_H
#define DOORMAT_CHECK_INTERNAL_H

#include "check/check.h"
#include "check/known.h"
#include "check/place.h"
#include "net/loop.h"
#include "net/work.h"
#include "tls/client.h"

struct host_check;

struct check_run_state {  /* what all hosts of a run borrow */
    atomic_bool stopping; /* nobody waits for what the threads do */
    const struct check_options *options;
    struct loop *loop;
    struct work *work; /* for what takes long */
    struct trust *trust;
    struct tls_offer *offers[VIEW_COUNT]; /* NULL: there is nothing to offer */
    struct places *places;
    struct known_hosts *hosts;
};

/* ---- offers.c ---- */

int check_offers_make(struct check_run_state *run, struct err *err) MUST_USE;
void check_offers_free(struct check_run_state *run);

/* ---- probe.c: one connection ---- */

struct probe_outcome {
    bool connected;
    bool transient;   /* worth another try */
    bool lacks_route; /* this machine has no way to the address */
    bool timed_out;   /* another try may cost as much again */
    bool looked;      /* the server has answered what was asked, be it by refusing */
    bool is_ours;     /* it failed at our side, and says nothing of the server */
    bool offers_auth;
    enum smtp_client_starttls starttls;
    size_t behind_starttls_b;
    struct facts_handshake handshake;
    struct facts_chain
        chain; /* if the handshake was completed, and its leaf is new; the receiver's to fini */
    bool has_chain;
    struct dh_group *group; /* to be looked into, or NULL; the receiver's to free */
    struct err err;         /* what ended it, "" if it ran to its QUIT */
    char within_tls
        [CHECK_WHY_SIZE_B]; /* what ended the dialogue within TLS; "" if it ran to its QUIT */
};

struct probe_spec {
    enum check_view view;
    const char *address, *sni; /* sni NULL: none */
    unsigned port;
    const char
        *known_leaf; /* the fingerprint of a certificate that is judged already; NULL: none */
    bool want_group;
    bool is_curt; /* the handshake is all that is asked for: no word is waited for within TLS */
    int64_t life_ms;
};

struct probe;
/* Once, from the loop; the outcome outlives the probe, which may be freed in it. */
typedef void probe_done_fn(struct probe_outcome *outcome, void *arg);

struct probe *probe_new(const struct check_run_state *run, const struct probe_spec *spec,
                        probe_done_fn *fn, void *arg);
void probe_free(struct probe **probe);

/* ---- views.c: what has still to be looked at, and what came of it ---- */

/* Given what is known, and leaving aside what was begun already. */
bool view_is_due(const struct check_run_state *run, const struct check_host *host,
                 enum check_view view);
/* The order in which views are taken, if due; i < VIEW_COUNT. */
enum check_view view_at(size_t i);
/* Into the host's facts.  The outcome's chain is taken or freed. */
void view_note(struct check_host *host, enum check_view view, struct probe_outcome *outcome);
void view_note_unknown(struct check_host *host, enum check_view view, const char *why);
struct facts_handshake *view_handshake(struct check_host *host, enum check_view view); /* or NULL */
const char *view_leaf(const struct check_host *host); /* the first one's fingerprint; or NULL */

/* ---- host.c: the probes of one host at one address ---- */

typedef void host_done_fn(void *arg); /* once, from the loop */

/* Makes *out, the caller's to fini and free, when the host has its turn at its address; fills and judges it.  `key` must live as
 * long. */
struct host_check *host_check_new(struct check_run_state *run, const struct host_key *key,
                                  struct check_host **out, host_done_fn *fn, void *arg);
void host_check_free(struct host_check **host);

#endif
