/* known - each host at an address is looked at once in a run, whoever asks for it.
 *
 * What is found of a host depends on its name, its address and its port, and not on the domain that it takes mail for.  So who
 * asks while it is looked at waits for the same look, and who asks later is given what was found.  Finished hosts are kept as
 * long as all of them together take less than KNOWN_MAX_B; then the one that nobody has asked for longest goes.  One that was
 * not reached, or not wholly looked at, is kept for five minutes.
 *
 * Life: ask_new -> the answer, once, from the loop -> known_release, by whoever was answered and by nobody else.  ask_free takes
 * a question back before its answer.  All references are released before the loop is freed. */
#ifndef DOORMAT_CHECK_KNOWN_H
#define DOORMAT_CHECK_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "check/target.h"
#include "route/route.h"

enum { KNOWN_MAX_B = 32 * 1024 * 1024 };

struct check_host;
struct check_run_state;
struct known;
struct known_hosts;
struct ask;

struct host_key {
    char host[TARGET_HOST_SIZE_B]; /* its name in TLS */
    char address[ROUTE_ADDRESS_SIZE_B];
    unsigned port;
};

struct known_hosts *known_hosts_new(struct check_run_state *run);
void known_hosts_free(struct known_hosts **hosts); /* when nobody asks any more */

/* The callee has a reference to `known` now, and the ask is gone.  is_first: the host was looked at for this ask. */
typedef void ask_fn(struct known *known, bool is_first, void *arg);
struct ask *ask_new(struct known_hosts *hosts, const struct host_key *key, ask_fn *fn, void *arg);
void ask_free(struct ask **ask);

const struct check_host *known_host(const struct known *known); /* lives as long as a reference */
void known_release(struct known **known);

#endif
