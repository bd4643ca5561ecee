/* listen - where the servers of `try` listen: on the loopback addresses, and where --listen says for senders in containers and
 * virtual machines. */
#ifndef DOORMAT_CMD_LISTEN_H
#define DOORMAT_CMD_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { LISTEN_MAX_GIVEN = 8 };

struct listen_places {
    const char *given[LISTEN_MAX_GIVEN]; /* by --listen; borrowed */
    size_t given_count;
    const char *addresses[LISTEN_MAX_GIVEN + 3]; /* all, ending with NULL */
};

/* Fails if it is no address of this machine, or there are too many. */
int listen_add(struct listen_places *places, const char *address, struct err *err) MUST_USE;

/* Whether both are the same, or one of them is all addresses of the other's family: they cannot both be listened on. */
bool listen_is_covered(const char *one, const char *other);

/* Fills in addresses; says on standard error where others can connect. */
void listen_settle(struct listen_places *places);

/* Says on standard error if the sender will not find the servers under that name, which is not looked at if it is localhost. */
void listen_check_host(const struct listen_places *places, const char *host);

#endif
