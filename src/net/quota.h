/* quota - how many connections there may be at a time, in all and of one peer, and who has to go where there is no room.
 *
 * A peer is an IPv4 address or an IPv6 network of 64 bits, which is what one customer gets.
 * Life: quota_new -> per connection quota_enter (it has a seat) -> quota_touch when it says something -> quota_leave ->
 * quota_free once all have left.  A seat is the owner's storage.  One quota may count the connections of many ports; one
 * connection may have seats in several quotas.
 *
 * Where all seats are taken, the peer that has most of them gives one up: of its connections that which has been silent
 * longest.  The newcomer is turned away if that would be unjust: it has as many itself, and nobody is idle. */
#ifndef DOORMAT_NET_QUOTA_H
#define DOORMAT_NET_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/clock.h"

enum { QUOTA_IDLE_MS = 3000 };

struct quota;
struct quota_peer;

/* Ends the connection, and leaves the quota, before it returns. */
typedef void quota_shed_fn(void *arg);

struct quota_seat {
    struct quota *quota; /* NULL: it has left, or was never in */
    struct quota_peer *peer;
    TAILQ_ENTRY(quota_seat) link;
    int64_t active_us;
    quota_shed_fn *shed;
    void *arg;
};

/* total at least 1; per_peer 0: no limit but the total. */
struct quota *quota_new(const struct clock *clock, unsigned total, unsigned per_peer);
void quota_free(struct quota **quota);

/* peer: as peer_number says.  False: there is no room for it.  Another connection may have been shed meanwhile.  A quota that is NULL has room for all. */
bool quota_enter(struct quota *quota, uint64_t peer, struct quota_seat *seat, quota_shed_fn *shed,
                 void *arg);
void quota_touch(struct quota_seat *seat);
void quota_leave(struct quota_seat *seat);

unsigned quota_count(const struct quota *quota);

#endif
