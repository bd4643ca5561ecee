/* listener - the same TCP port on every given address, and a callback per connection.
 * Life: acceptor_new -> listener_open -> callbacks with a non-blocking socket that the callee owns -> listener_close ->
 * acceptor_free.  An acceptor waits for all listeners of a loop together, so that thousands of them cost little.
 * At most max_open connections are handed out at a time; the callee says listener_release when one has ended. */
#ifndef DOORMAT_NET_LISTENER_H
#define DOORMAT_NET_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "net/loop.h"

struct acceptor;
struct listener;

int acceptor_new(struct loop *loop, struct acceptor **out, struct err *err) MUST_USE;
void acceptor_free(struct acceptor **acceptor);

typedef void accept_fn(int fd, void *arg);

/* addresses: numeric IPv4 or IPv6, ending with NULL.  port 0: one that is free on all of them.  An address family that
 * this machine lacks is left out as long as one address remains. */
int listener_open(struct acceptor *acceptor, const char *const *addresses, unsigned port,
                  unsigned max_open, accept_fn *fn, void *arg, struct listener **out,
                  struct err *err) MUST_USE;
unsigned listener_port(const struct listener *listener);
void listener_release(struct listener *listener);

/* For whom there is no room: says so (text NULL: nothing), closes, and releases. */
void listener_turn_away(struct listener *listener, int fd, const char *text);
void listener_close(struct listener **listener);

/* Whether this machine has the address, as far as listening goes: a free port is opened and closed again.  0, or -1: *is_missing
 * says whether it is for want of the address or its family, and err why. */
int listener_probe(const char *address, bool *is_missing, struct err *err) MUST_USE;

#endif
