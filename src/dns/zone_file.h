/* zone_file - a zone as the text of a zone file (RFC 1035 5), signed as a whole with NSEC (RFC 4035 2): for those who want to look
 * at it with tools, or to serve it with another name server. */
#ifndef DOORMAT_DNS_ZONE_FILE_H
#define DOORMAT_DNS_ZONE_FILE_H

#include "dns/zone.h"

/* The apex, the name server and what is at the names, which are in the zone itself and sound; appended to out. */
int zone_file_write(const struct zone *zone, const struct dns_name *names, size_t count,
                    struct buf *out, struct err *err) MUST_USE;

/* What the zone above needs: NS, the addresses of the name server (glue), DS; a line each. */
void zone_file_delegation(const struct zone *zone, struct buf *out);

#endif
