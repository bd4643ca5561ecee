/* target - what `check` is told to check: "host:port", "[::1]:25", "192.0.2.1", "mx.example.org", "example.org".  Pure.
 *
 * With a port, or as an address, it is a host; without, a mail domain whose MX hosts are looked up (a name without MX is
 * its own, RFC 5321 5.1).  "host:" is the host at the default port.  An IPv6 address takes brackets when a port follows.
 *
 * Names are those of hosts (RFC 1123 2.1), "_" too, within DNS's lengths.  U-labels in UTF-8 become
 * A-labels.  Bad ones are refused with a text that says why, and then *out is as it was. */
#ifndef DOORMAT_CHECK_TARGET_H
#define DOORMAT_CHECK_TARGET_H

#include <stdbool.h>

#include "base/err.h"

enum { TARGET_SIZE_B = 320, TARGET_HOST_SIZE_B = 256 };

enum target_kind { TARGET_DOMAIN, TARGET_HOST, TARGET_ADDRESS };
const char *target_kind_name(enum target_kind kind); /* "domain" ... */

struct target {
    char text
        [TARGET_SIZE_B]; /* as given, white space trimmed; "host:" with its port; U-labels as IDNA writes them */
    char host
        [TARGET_HOST_SIZE_B]; /* lower case, no brackets, no trailing dot; addresses canonical */
    enum target_kind kind;
    unsigned port; /* 25 (or 465 with implicit TLS) if not given */
    bool is_typed; /* on the command line: set by who read it there */
};

int target_parse(const char *text, unsigned default_port, struct target *out,
                 struct err *err) MUST_USE;

#endif
