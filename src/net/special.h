/* special - addresses that lie not in the public Internet: private, loopback, link-local, documentation, multicast, reserved ones
 * (the IANA special-purpose registries, RFC 6890), and IPv6 addresses that lead to such an IPv4 address (v4-mapped, v4-compatible,
 * NAT64, 6to4).  Pure. */
#ifndef DOORMAT_NET_SPECIAL_H
#define DOORMAT_NET_SPECIAL_H

enum special {
    SPECIAL_NONE, /* it is globally reachable, as far as the registries know */
    SPECIAL_THIS_HOST,
    SPECIAL_PRIVATE,
    SPECIAL_SHARED,
    SPECIAL_LOOPBACK,
    SPECIAL_LINK_LOCAL,
    SPECIAL_PROTOCOL,
    SPECIAL_DOCUMENTATION,
    SPECIAL_RELAY,
    SPECIAL_BENCHMARK,
    SPECIAL_MULTICAST,
    SPECIAL_RESERVED,
    SPECIAL_NO_ADDRESS, /* the text is no address */
    SPECIAL_COUNT
};

enum special special_of(const char *address);   /* numeric, IPv4 or IPv6 */
const char *special_name(enum special special); /* "loopback" ... */

#endif
