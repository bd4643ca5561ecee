/* connector - a TCP connection to a numeric address, without blocking.
 * Life: connector_new -> the callback, once, from the loop -> connector_free (at any time; before the callback it gives up). */
#ifndef DOORMAT_NET_CONNECTOR_H
#define DOORMAT_NET_CONNECTOR_H

#include <stdint.h>

#include "base/err.h"
#include "net/loop.h"
#include "net/numeric.h"

struct connector;

/* fd: connected and non-blocking, now the callee's; or -1, and cause is the errno value that says why (ETIMEDOUT too). */
typedef void connector_fn(int fd, int cause, void *arg);

struct connector *connector_new(struct loop *loop, const char *address, unsigned port,
                                int64_t timeout_ms, connector_fn *fn, void *arg);
void connector_free(struct connector **connector);

/* In the callback, with fd -1: this machine itself has no way there, and nothing was sent. */
bool connector_lacks_route(const struct connector *connector);

/* The address that this end of a connection has; 0, or -1 if it has none. */
int connector_local(int fd, char out[NUMERIC_SIZE_B]);

#endif
