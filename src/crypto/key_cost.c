#include "crypto/key_cost.h"

#include <string.h>

#include "crypto/der.h"

enum { UNCOMPRESSED = 0x04 /* SEC 1 2.3.3 */ };

/* The bytes of the OID prime-field, 1.2.840.10045.1.1.  No curve can be spelt out without it, whatever the key's algorithm is
 * called, and no encoding can part its bytes.  In fields of the other kind there is no such root. */
static const uint8_t prime_field[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x01, 0x01};

static bool next_is(struct der *rest, uint8_t tag, struct der_item *out) {
    struct der ahead = *rest;

    if (der_read(&ahead, out) != 0 || out->tag != tag)
        return false;
    *rest = ahead;
    return true;
}

static bool has_plain_point(const struct der_item *item, size_t at) {
    return item->value.len > at && item->value.at[at] == UNCOMPRESSED;
}

/* What follows, in whichever sequence it is (RFC 3279 2.3.5): prime, curve, base, order, perhaps a cofactor, and the key, in
 * which a byte says how many bits of the last are unused. */
static bool is_cheap(struct der rest) {
    struct der_item item;

    if (!next_is(&rest, DER_INTEGER, &item) || !next_is(&rest, DER_SEQUENCE, &item) ||
        !next_is(&rest, DER_OCTET_STRING, &item) || !has_plain_point(&item, 0))
        return false;
    while (next_is(&rest, DER_INTEGER, &item))
        continue;
    return next_is(&rest, DER_BIT_STRING, &item) && has_plain_point(&item, 1);
}

bool key_cost_is_high(const uint8_t *bytes, size_t len) {
    const uint8_t *at = len > 0 ? bytes : NULL;
    size_t left = len;

    while (at != NULL && (at = memmem(at, left, prime_field, sizeof prime_field)) != NULL) {
        at += sizeof prime_field;
        left = (size_t)(bytes + len - at);
        if (!is_cheap((struct der){at, left}))
            return true;
    }
    return false;
}
