/* idn - internationalised names of hosts (IDNA 2008, RFC 5891; UTS 46, nontransitional).  Pure.
 *
 * A U-label is what people write ("münchen"), an A-label what DNS holds ("xn--mnchen-3ya").  Text is UTF-8 whatever the
 * locale. */
#ifndef DOORMAT_NET_IDN_H
#define DOORMAT_NET_IDN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { IDN_SIZE_B = 256, IDN_TEXT_MAX_B = 1024, IDN_ADDRESS_SIZE_B = 64 + 1 + IDN_SIZE_B };

bool idn_is_ascii(const char *text, size_t len);

/* The name in A-labels, in lower case.  An ASCII name is copied as it is.  Fails for what is no name by IDNA, no UTF-8, or
 * longer than DNS allows. */
int idn_to_ascii(const char *name, size_t len, char out[IDN_SIZE_B], struct err *err) MUST_USE;

/* The name in U-labels; -1 if it has none, or is longer than size_b. */
int idn_to_unicode(const char *name, char *out, size_t size_b);

/* A mail address whose domain is in A-labels; the local part stays as it is.  Fails for what is no address: no '@', an
 * empty part, white space, control characters, no UTF-8. */
int idn_address(const char *text, char out[IDN_ADDRESS_SIZE_B], struct err *err) MUST_USE;

#endif
