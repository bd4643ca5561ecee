/* peer - who is at the other end of a connected socket. */
#ifndef DOORMAT_NET_PEER_H
#define DOORMAT_NET_PEER_H

#include <stddef.h>
#include <stdint.h>

enum { PEER_SIZE_B = 64 };

/* "127.0.0.1:40123" or "[::1]:40123"; "unknown" for what is neither IPv4 nor IPv6. */
void peer_describe(int fd, char out[PEER_SIZE_B]);

/* The same of an address that is known. */
struct sockaddr;
void peer_format(const struct sockaddr *address, char out[PEER_SIZE_B]);

/* The peer's address in network order, 4 or 16 bytes; how many, or 0 for neither. */
size_t peer_bytes(int fd, uint8_t out[16]);

/* Our own address of a connected socket, without the port; "" for neither. */
void peer_describe_local(int fd, char out[PEER_SIZE_B]);

/* The IPv4 address, or the IPv6 network of 64 bits, as a number; 0 for neither. */
uint64_t peer_number(int fd);
uint64_t peer_number_of(const uint8_t *address, size_t len); /* as peer_bytes tells it */

#endif
