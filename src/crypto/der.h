/* der - DER as far as editing certificates asks for it (X.690): one-byte tags, definite lengths up to 2^24 - 1.
 *
 * Reading never goes beyond what it was given.  Nothing is owned: items point into the bytes that were read. */
#ifndef DOORMAT_CRYPTO_DER_H
#define DOORMAT_CRYPTO_DER_H

#include "base/buf.h"
#include "base/err.h"

enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_SEQUENCE = 0x30,
    DER_EXTENSIONS = 0xa3, /* [3] of a TBSCertificate */
};

struct der {
    const uint8_t *at;
    size_t len;
};

struct der_item {
    uint8_t tag;
    struct der whole, value; /* with and without tag and length */
};

/* The next item, off the front of `from`.  -1 at its end, and for what is not DER. */
int der_read(struct der *from, struct der_item *out) MUST_USE;

/* Appends tag, length and value; a value too long shows as the buffer's overflow. */
void der_put(struct buf *out, uint8_t tag, const void *value, size_t value_b);

void der_copy(struct buf *out, const struct der_item *item);

#endif
