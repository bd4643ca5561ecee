/* own - which addresses are this machine's, and whether a name leads to where somebody listens. */
#ifndef DOORMAT_NET_OWN_H
#define DOORMAT_NET_OWN_H

#include <stdbool.h>

#include "net/numeric.h"

/* Whether something can listen on the numeric address here; so it is with the wildcards 0.0.0.0 and ::. */
bool own_has(const char *address);

bool own_is_loopback(const char *address); /* numeric; within 127.0.0.0/8, or ::1 */
bool own_is_wildcard(const char *address); /* 0.0.0.0 or :: */

/* Where those come to who connect to a name. */
enum own_place {
    OWN_LISTENED, /* to one of the addresses, whichever they take */
    OWN_UNKNOWN,  /* the name does not resolve here */
    OWN_SILENT,   /* to an address of this machine that is not listened on */
    OWN_FOREIGN,  /* to another machine */
};

/* addresses: numeric, those that are listened on, ending with NULL.  If one of the name's addresses is not among them, `which`
 * is it.  Asks the system's resolver, which may take some seconds. */
enum own_place own_place_of(const char *name, const char *const *addresses,
                            char which[NUMERIC_SIZE_B]);

#endif
