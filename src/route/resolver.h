/* resolver - a libunbound context, set up for route: where it asks, what it trusts, how much it keeps.
 * Life: resolver_new -> libunbound's own calls -> ub_ctx_delete. */
#ifndef DOORMAT_ROUTE_RESOLVER_H
#define DOORMAT_ROUTE_RESOLVER_H

#include "route/route.h"

struct ub_ctx;

/* A trust anchor or a forwarder that cannot be read is an error. */
int resolver_new(const struct route_options *options, struct ub_ctx **out,
                 struct err *err) MUST_USE;

#endif
