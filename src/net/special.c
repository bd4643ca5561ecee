#include "net/special.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

/* One table for both: IPv4 blocks and IPv6 blocks, the narrower before the wider where they overlap. */
static const struct {
    const char *block;
    unsigned bits;
    enum special special;
} ipv4_blocks[] = {
    {"0.0.0.0", 8, SPECIAL_THIS_HOST},          {"10.0.0.0", 8, SPECIAL_PRIVATE},
    {"100.64.0.0", 10, SPECIAL_SHARED},         {"127.0.0.0", 8, SPECIAL_LOOPBACK},
    {"169.254.0.0", 16, SPECIAL_LINK_LOCAL},    {"172.16.0.0", 12, SPECIAL_PRIVATE},
    {"192.0.0.0", 24, SPECIAL_PROTOCOL},        {"192.0.2.0", 24, SPECIAL_DOCUMENTATION},
    {"192.88.99.0", 24, SPECIAL_RELAY},         {"192.168.0.0", 16, SPECIAL_PRIVATE},
    {"198.18.0.0", 15, SPECIAL_BENCHMARK},      {"198.51.100.0", 24, SPECIAL_DOCUMENTATION},
    {"203.0.113.0", 24, SPECIAL_DOCUMENTATION}, {"224.0.0.0", 4, SPECIAL_MULTICAST},
    {"240.0.0.0", 4, SPECIAL_RESERVED},
};

/* Global unicast is 2000::/3 alone (RFC 4291 2.4); the last row holds what no other has. */
static const struct {
    const char *block;
    unsigned bits;
    enum special special;
    unsigned ipv4_at; /* not 0: the IPv4 address at this byte decides, where it is special */
} ipv6_blocks[] = {
    {"::1", 128, SPECIAL_LOOPBACK, 0},
    {"::", 128, SPECIAL_THIS_HOST, 0},
    {"::ffff:0:0", 96, SPECIAL_RESERVED, 12},   /* v4-mapped */
    {"::ffff:0:0:0", 96, SPECIAL_RESERVED, 12}, /* v4-translated, RFC 2765 */
    {"::", 96, SPECIAL_RESERVED, 12},           /* v4-compatible */
    {"64:ff9b::", 96, SPECIAL_NONE, 12},        /* NAT64, RFC 6052 */
    {"64:ff9b:1::", 48, SPECIAL_PRIVATE, 0},
    {"2001::", 23, SPECIAL_PROTOCOL, 0},
    {"2001:db8::", 32, SPECIAL_DOCUMENTATION, 0},
    {"2002::", 16, SPECIAL_NONE, 2}, /* 6to4, RFC 3056 */
    {"3fff::", 20, SPECIAL_DOCUMENTATION, 0},
    {"2000::", 3, SPECIAL_NONE, 0},
    {"fc00::", 7, SPECIAL_PRIVATE, 0},
    {"fe80::", 10, SPECIAL_LINK_LOCAL, 0},
    {"fec0::", 10, SPECIAL_PRIVATE, 0}, /* site-local, RFC 3879 */
    {"ff00::", 8, SPECIAL_MULTICAST, 0},
    {"::", 0, SPECIAL_RESERVED, 0},
};

static bool lies_in(const uint8_t *address, const uint8_t *block, unsigned bits) {
    unsigned whole = bits / 8, rest = bits % 8;
    uint8_t mask = (uint8_t)(0xff00U >> rest);

    return memcmp(address, block, whole) == 0 &&
           (rest == 0 || (address[whole] & mask) == (block[whole] & mask));
}

static enum special ipv4_special(const uint8_t address[4]) {
    for (size_t i = 0; i < ARRAY_LEN(ipv4_blocks); i++) {
        uint8_t block[4];
        if (inet_pton(AF_INET, ipv4_blocks[i].block, block) == 1 &&
            lies_in(address, block, ipv4_blocks[i].bits))
            return ipv4_blocks[i].special;
    }
    return SPECIAL_NONE;
}

static enum special ipv6_special(const uint8_t address[16]) {
    for (size_t i = 0; i < ARRAY_LEN(ipv6_blocks); i++) {
        uint8_t block[16];
        if (inet_pton(AF_INET6, ipv6_blocks[i].block, block) != 1 ||
            !lies_in(address, block, ipv6_blocks[i].bits))
            continue;
        enum special inner = ipv6_blocks[i].ipv4_at != 0
                                 ? ipv4_special(address + ipv6_blocks[i].ipv4_at)
                                 : SPECIAL_NONE;
        return inner != SPECIAL_NONE ? inner : ipv6_blocks[i].special;
    }
    return SPECIAL_RESERVED;
}

enum special special_of(const char *address) {
    uint8_t bytes[16];

    if (inet_pton(AF_INET, address, bytes) == 1)
        return ipv4_special(bytes);
    return inet_pton(AF_INET6, address, bytes) == 1 ? ipv6_special(bytes) : SPECIAL_NO_ADDRESS;
}

const char *special_name(enum special special) {
    static const char *const names[SPECIAL_COUNT] = {
        [SPECIAL_NONE] = "public",
        [SPECIAL_THIS_HOST] = "this host",
        [SPECIAL_PRIVATE] = "private use",
        [SPECIAL_SHARED] = "shared by a provider's customers",
        [SPECIAL_LOOPBACK] = "loopback",
        [SPECIAL_LINK_LOCAL] = "link-local",
        [SPECIAL_PROTOCOL] = "for protocols",
        [SPECIAL_DOCUMENTATION] = "for documentation",
        [SPECIAL_RELAY] = "the old relay of 6to4",
        [SPECIAL_BENCHMARK] = "for benchmarks",
        [SPECIAL_MULTICAST] = "multicast",
        [SPECIAL_RESERVED] = "reserved",
        [SPECIAL_NO_ADDRESS] = "no address",
    };
    return names[special];
}
