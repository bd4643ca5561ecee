#include "net/own.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/address.h"

bool own_has(const char *address) {
    struct sockaddr_storage where;
    socklen_t len;

    if (address_parse(address, 0, &where, &len) != 0)
        return false;
    int fd = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && bind(fd, (const struct sockaddr *)&where, len) == 0;

    if (fd >= 0)
        close(fd);
    return has;
}

bool own_is_loopback(const char *address) {
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

bool own_is_wildcard(const char *address) {
    return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

static bool is_ipv6(const char *address) {
    return strchr(address, ':') != NULL;
}

static bool is_listened(const char *address, const char *const *addresses) {
    char canonical[NUMERIC_SIZE_B];

    for (; *addresses != NULL; addresses++) {
        if (numeric_parse(*addresses, canonical) != 0)
            continue;
        if (strcmp(canonical, address) == 0 ||
            (own_is_wildcard(canonical) && is_ipv6(canonical) == is_ipv6(address) &&
             own_has(address)))
            return true;
    }
    return false;
}

static enum own_place place_of(const struct sockaddr *at, const char *const *addresses,
                               char out[NUMERIC_SIZE_B]) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)at;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)at;
    bool is_v4 = at->sa_family == AF_INET;
    const void *bytes = is_v4 ? (const void *)&v4->sin_addr : (const void *)&v6->sin6_addr;

    if ((!is_v4 && at->sa_family != AF_INET6) ||
        numeric_format(bytes, is_v4 ? NUMERIC_IPV4_B : NUMERIC_IPV6_B, out) != 0)
        return OWN_UNKNOWN;
    if (is_listened(out, addresses))
        return OWN_LISTENED;
    return own_has(out) ? OWN_SILENT : OWN_FOREIGN;
}

enum own_place own_place_of(const char *name, const char *const *addresses,
                            char which[NUMERIC_SIZE_B]) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    enum own_place worst = OWN_LISTENED;
    struct addrinfo *found = NULL;

    if (getaddrinfo(name, NULL, &hints, &found) != 0)
        return OWN_UNKNOWN;
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        char address[NUMERIC_SIZE_B];
        enum own_place place = place_of(a->ai_addr, addresses, address);

        if (place <= worst)
            continue;
        worst = place;
        snprintf(which, NUMERIC_SIZE_B, "%s", address);
    }
    freeaddrinfo(found);
    return worst;
}
