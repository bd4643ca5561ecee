/* resolver - a libunbound context, set up: where it asks, what it trusts, how much it keeps.
 * Life: resolver_new, or resolver_new_below -> libunbound's own calls -> ub_ctx_delete. */
#ifndef DOORMAT_ROUTE_RESOLVER_H
#define DOORMAT_ROUTE_RESOLVER_H

#include "route/route.h"

struct ub_ctx;

/* A trust anchor or a forwarder that cannot be read is an error. */
int resolver_new(const struct route_options *options, struct ub_ctx **out,
                 struct err *err) MUST_USE;

/* For a world of its own, with a root that is not the Internet's: its name server ("198.18.0.53@53"), and its key, as DNSKEY or
 * DS.  No name is special but those of this machine, no address is private, and every question is asked as it is. */
int resolver_new_below(const char *root, const char *trust_anchor, struct ub_ctx **out,
                       struct err *err) MUST_USE;

#endif
