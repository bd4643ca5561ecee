/* names - does a certificate bear the name of the host that was meant?  (RFC 9525; for MX hosts
 * RFC 8461 4.2.)  Pure.
 *
 * The reference is a host name or an address.  Only the subjectAltName counts: a DNS-ID for a
 * name, an IP-ID for an address; never the common name.  A wildcard stands for exactly one
 * label, the whole left-most one, and at least two labels follow it.  Letters match whatever
 * their case.  A dot that ends the reference is dropped; in a certificate it is none of the name
 * syntax of RFC 5280 4.2.1.6, and matches nothing. */
#ifndef DOORMAT_POLICY_NAMES_H
#define DOORMAT_POLICY_NAMES_H

#include <stdbool.h>

#include "tls/facts.h"
#include "x509/facts.h"

bool name_matches(const struct facts_name *presented, const char *reference);
/* Why a DNS name is none of a host, as "a URL"; NULL if it is one (a wildcard too), or is no DNS name. */
const char *names_flaw(const struct facts_name *name);
bool names_is_address(const char *reference);
bool names_match(const struct facts_cert *cert, const char *reference); /* any of its names */

#endif
