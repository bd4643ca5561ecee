#include "net/numeric.h"

#include <arpa/inet.h>

int numeric_format(const uint8_t *bytes, size_t len, char out[NUMERIC_SIZE_B]) {
    if (len != NUMERIC_IPV4_B && len != NUMERIC_IPV6_B)
        return -1;
    return inet_ntop(len == NUMERIC_IPV4_B ? AF_INET : AF_INET6, bytes, out, NUMERIC_SIZE_B) != NULL
               ? 0
               : -1;
}

size_t numeric_bytes(const char *text, uint8_t out[NUMERIC_IPV6_B]) {
    if (inet_pton(AF_INET, text, out) == 1)
        return NUMERIC_IPV4_B;
    return inet_pton(AF_INET6, text, out) == 1 ? NUMERIC_IPV6_B : 0;
}

int numeric_parse(const char *text, char out[NUMERIC_SIZE_B]) {
    uint8_t bytes[NUMERIC_IPV6_B];

    return numeric_format(bytes, numeric_bytes(text, bytes), out);
}
