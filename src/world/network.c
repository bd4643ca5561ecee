#include "world/network.h"

#include <string.h>

#include "base/ascii.h"

enum { BITS = 8, COUNT_BITS = 32 };

static bool has_bits_behind(const struct network *network) {
    for (unsigned bit = network->bits; bit < network->len * BITS; bit++)
        if ((network->first[bit / BITS] >> (BITS - 1 - bit % BITS) & 1) != 0)
            return true;
    return false;
}

int network_parse(const char *text, struct network *out, struct err *err) {
    const char *slash = strchrnul(text, '/');
    char address[NUMERIC_SIZE_B];
    long bits;

    *out = (struct network){.len = 0};
    if ((size_t)(slash - text) < sizeof address) {
        snprintf(address, sizeof address, "%.*s", (int)(slash - text), text);
        out->len = (unsigned)numeric_bytes(address, out->first);
    }
    if (out->len == 0)
        return err_set(err, "%.60s: neither an address nor a network, such as 198.18.0.0/15", text);
    out->bits = out->len * BITS;
    if (*slash == '/' && ascii_number(slash + 1, 0, (long)out->bits, &bits) != 0)
        return err_set(err, "%.60s: the prefix is a number from 0 to %u", text, out->bits);
    if (*slash == '/')
        out->bits = (unsigned)bits;
    if (has_bits_behind(out))
        return err_set(err, "%.60s: bits behind the prefix of %u are set", text, out->bits);
    return 0;
}

uint32_t network_size(const struct network *network) {
    unsigned free_bits = network->len * BITS - network->bits;

    return free_bits >= COUNT_BITS ? UINT32_MAX : UINT32_C(1) << free_bits;
}

int network_address(const struct network *network, uint32_t n, char out[NUMERIC_SIZE_B]) {
    uint8_t bytes[NUMERIC_IPV6_B];

    if (n >= network_size(network))
        return -1;
    memcpy(bytes, network->first, sizeof bytes);
    for (unsigned i = 0; i < sizeof n; i++)
        bytes[network->len - 1 - i] |= (uint8_t)(n >> (BITS * i));
    return numeric_format(bytes, network->len, out);
}

int network_take(const struct network *networks, size_t count, uint32_t n,
                 struct network_place *out) {
    size_t taken = 0;

    *out = (struct network_place){.ipv4 = NULL};
    for (size_t i = 0; i < count && i < NETWORK_FAMILIES; i++) {
        if (networks[i].len == 0)
            continue;
        if (network_address(&networks[i], n, out->texts[taken]) != 0)
            return -1;
        *(networks[i].len == NUMERIC_IPV4_B ? &out->ipv4 : &out->ipv6) = out->texts[taken];
        out->list[taken] = out->texts[taken];
        taken++;
    }
    return 0;
}
