/* numeric - IP addresses as text and as bytes, for those who hold no sockets.  Pure.
 * The text is the canonical one (RFC 5952), so that equal addresses have equal texts. */
#ifndef DOORMAT_NET_NUMERIC_H
#define DOORMAT_NET_NUMERIC_H

#include <stddef.h>
#include <stdint.h>

enum { NUMERIC_SIZE_B = 48, NUMERIC_IPV4_B = 4, NUMERIC_IPV6_B = 16 };

/* The address in network order, 4 or 16 bytes, as text; 0, or -1 for any other length. */
int numeric_format(const uint8_t *bytes, size_t len, char out[NUMERIC_SIZE_B]);

/* The address as bytes in network order; 4 or 16, or 0 if the text is no address. */
size_t numeric_bytes(const char *text, uint8_t out[NUMERIC_IPV6_B]);

/* The same address in its canonical text; 0, or -1 if the text is no address.  Zone identifiers ("%eth0") are none. */
int numeric_parse(const char *text, char out[NUMERIC_SIZE_B]);

#endif
