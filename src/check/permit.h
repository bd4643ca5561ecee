/* permit - whether `check` may connect to an address.
 *
 * A private or special address (net/special.h) is left alone unless the user has asked for it: else whoever has a domain could turn
 * a scan against the scanner's own network.  Asked for is what is typed on the command line as an address, and with
 * "localhost" loopback; everything with `allow_private`.  Pure. */
#ifndef DOORMAT_CHECK_PERMIT_H
#define DOORMAT_CHECK_PERMIT_H

#include "check/target.h"

/* 0, or -1 and err says why, and what to do. */
int permit_address(bool allow_private, const struct target *target, const char *address,
                   struct err *err) MUST_USE;

#endif
