#include "net/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

void peer_format(const struct sockaddr *address, char out[PEER_SIZE_B]) {
    char host[INET6_ADDRSTRLEN] = "";

    snprintf(out, PEER_SIZE_B, "unknown");
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        snprintf(out, PEER_SIZE_B, "%s:%u", host, ntohs(in->sin_port));
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        snprintf(out, PEER_SIZE_B, "[%s]:%u", host, ntohs(in6->sin6_port));
    }
}

/* No address is of no family. */
static struct sockaddr_storage name_of(int fd) {
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;

    if (getpeername(fd, (struct sockaddr *)&address, &len) != 0)
        address.ss_family = AF_UNSPEC;
    return address;
}

void peer_describe(int fd, char out[PEER_SIZE_B]) {
    struct sockaddr_storage address = name_of(fd);

    peer_format((const struct sockaddr *)&address, out);
}

void peer_describe_local(int fd, char out[PEER_SIZE_B]) {
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;

    out[0] = '\0';
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return;
    if (address.ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)&address)->sin_addr, out, PEER_SIZE_B);
    else if (address.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&address)->sin6_addr, out, PEER_SIZE_B);
}

size_t peer_bytes(int fd, uint8_t out[16]) {
    struct sockaddr_storage address = name_of(fd);

    if (address.ss_family == AF_INET)
        memcpy(out, &((const struct sockaddr_in *)&address)->sin_addr, 4);
    else if (address.ss_family == AF_INET6)
        memcpy(out, &((const struct sockaddr_in6 *)&address)->sin6_addr, 16);
    return address.ss_family == AF_INET ? 4 : address.ss_family == AF_INET6 ? 16 : 0;
}

/* IPv4 addresses stand where no IPv6 network is: in ::/8, which is reserved. */
uint64_t peer_number_of(const uint8_t *address, size_t len) {
    enum { V4_MARK = 0xffff, NETWORK_B = 8 };
    uint64_t number = len == 4 ? V4_MARK : 0;

    for (size_t i = 0; i < len && i < NETWORK_B; i++)
        number = number << 8 | address[i];
    return number;
}

uint64_t peer_number(int fd) {
    uint8_t address[16];
    size_t len = peer_bytes(fd, address);

    return peer_number_of(address, len);
}
