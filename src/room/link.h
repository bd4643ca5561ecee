/* link - network interfaces, addresses and routes of a network namespace, by rtnetlink(7) with libmnl.
 *
 * Life: link_open -> any calls -> link_close.  The calls mean the network namespace in which link_open was called, wherever
 * the process is by then.  Interfaces are meant by their number, which the caller chooses.  It takes CAP_NET_ADMIN. */
#ifndef DOORMAT_ROOM_LINK_H
#define DOORMAT_ROOM_LINK_H

#include "base/err.h"

enum { LINK_LOOPBACK = 1 };

struct link;

struct link_end {
    const char *name;
    int number;
};

/* A destination: an address with the length of its prefix, such as "198.18.0.0", 15. */
struct link_prefix {
    const char *address;
    unsigned length;
};

int link_open(struct link **out, struct err *err) MUST_USE;
void link_close(struct link **link);

/* Two interfaces that are joined (veth(4)): one here, one in the network namespace there_fd. */
int link_add_pair(struct link *link, struct link_end here, struct link_end there, int there_fd,
                  struct err *err) MUST_USE;
int link_delete(struct link *link, int number,
                struct err *err) MUST_USE; /* the other end goes too */
int link_up(struct link *link, int number, struct err *err) MUST_USE;

/* The address can be used at once: nobody else is there who might have it. */
int link_add_address(struct link *link, int number, struct link_prefix address,
                     struct err *err) MUST_USE;

/* All addresses of the prefix are this machine's own ("AnyIP"). */
int link_add_local(struct link *link, struct link_prefix prefix, struct err *err) MUST_USE;
/* An exception from that: one address that is beyond the interface. */
int link_add_beyond(struct link *link, int number, const char *address, struct err *err) MUST_USE;
/* The way to all others. */
int link_add_default(struct link *link, int number, const char *gateway, struct err *err) MUST_USE;

#endif
