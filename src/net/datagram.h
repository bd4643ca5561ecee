/* datagram - the same UDP port on every given address: what comes is handed over, and answered from the address that was asked.
 *
 * A socket on a wildcard address ("0.0.0.0", "::") takes what comes to any address of the machine; which of them was asked is
 * known of each datagram, and an answer has it as its source.
 * A turn of the loop takes at most DATAGRAM_PER_TURN of them from each socket, so that a flood does not keep others waiting.
 * What is longer than DATAGRAM_SIZE_B is dropped unseen.  An answer that the kernel does not take at once is lost, as UDP may.
 * Life: datagram_open -> the callback, from the loop -> datagram_close, not within the callback. */
#ifndef DOORMAT_NET_DATAGRAM_H
#define DOORMAT_NET_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/loop.h"
#include "net/numeric.h"
#include "net/peer.h"

enum { DATAGRAM_SIZE_B = 2048, DATAGRAM_PER_TURN = 32 };

struct datagram;
struct datagram_route; /* the way back to one sender; within the callback only, unless it is kept */

typedef void datagram_fn(const uint8_t *data, size_t len, const struct datagram_route *route,
                         void *arg);

/* addresses: numeric, ends with NULL.  port 0: one that is free on all of them.  *is_taken: the port that was chosen or given is
 * in use, so that a caller may try another one. */
int datagram_open(struct loop *loop, const char *const *addresses, unsigned port, datagram_fn *fn,
                  void *arg, struct datagram **out, bool *is_taken, struct err *err) MUST_USE;
void datagram_close(struct datagram **datagram);
unsigned datagram_port(const struct datagram *datagram);

/* For an answer after the callback, as long as the port is open; for free(). */
struct datagram_route *datagram_keep(const struct datagram_route *route);

void datagram_answer(const struct datagram_route *route, const void *data, size_t len);
void datagram_describe_peer(const struct datagram_route *route, char out[PEER_SIZE_B]);
/* The address that was asked, without a port. */
void datagram_describe_local(const struct datagram_route *route, char out[NUMERIC_SIZE_B]);
/* The sender's address, 4 or 16 bytes in network order; its length. */
size_t datagram_peer_bytes(const struct datagram_route *route, uint8_t out[NUMERIC_IPV6_B]);

#endif
