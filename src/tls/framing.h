/* framing - tells TLS records from anything else in a stream of bytes, by their headers alone (RFC 8446 5.1, RFC 5246 6.2.1).
 *
 * It stands below the TLS library, which would swallow or throw away whatever is no record: plaintext that a client sends
 * in place of its ClientHello, behind an alert, or behind a close_notify.
 * All-zero is its start; it holds no memory of its own.  A first message in the format of SSL 2.0 (RFC 5246 E.2) passes for a
 * record, since its first byte is no letter's. */
#ifndef DOORMAT_TLS_FRAMING_H
#define DOORMAT_TLS_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAMING_HEAD_B = 5, FRAMING_ALERT_B = 2 };

struct framing {
    uint8_t head[FRAMING_HEAD_B]; /* of the record that is under way */
    size_t head_len;
    size_t rest_b; /* of that record's body, not seen yet */
    bool begun;    /* a whole header came */
    bool foreign;  /* a byte came where a record should begin, and begins none */
    /* The first record, if it is an alert: the library does not show it.  Level and description; whole when alert_len is 2. */
    bool in_first_alert;
    uint8_t alert[FRAMING_ALERT_B];
    size_t alert_len;
};

/* How many of the bytes belong to records.  If that is less than len, the rest is foreign, as is all that follows. */
size_t framing_take(struct framing *framing, const uint8_t *data, size_t len);

#endif
