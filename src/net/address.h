/* address - numeric IP addresses as the socket calls want them.  For the files of src/net. */
#ifndef DOORMAT_NET_ADDRESS_H
#define DOORMAT_NET_ADDRESS_H

#include <sys/socket.h>

/* 0, or -1 if the text is no IPv4 or IPv6 address. */
int address_parse(const char *text, unsigned port, struct sockaddr_storage *out, socklen_t *len);

#endif
