/* body - the message after DATA: finds its end, counts, and keeps nothing (RFC 5321 4.5.2).
 *
 * Only CRLF "." CRLF ends the message.  Bare CR and bare LF are counted, and variants of the end such as LF "." LF are
 * noted: a sender that lets them through can be used for SMTP smuggling.  A sender that takes another reply for the answer to
 * DATA may say QUIT where its message is waited for: that line is told from a message. */
#ifndef DOORMAT_SMTP_BODY_H
#define DOORMAT_SMTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SMTP_FAREWELL_B (sizeof "RSET\r\nQUIT\r\n" - 1)

struct smtp_body {
    uint32_t window; /* the last bytes, as the recogniser needs them */
    uint64_t size_b; /* bytes of the message, the final dot not counted */
    uint32_t bare_cr, bare_lf;
    uint32_t false_ends;             /* ends of data that are not CRLF . CRLF */
    char first[SMTP_FAREWELL_B + 1]; /* the first bytes, terminated */
};

void smtp_body_init(struct smtp_body *body);

/* Takes bytes up to and including the end; *used says how many.  Returns whether the end was found. */
bool smtp_body_feed(struct smtp_body *body, const uint8_t *data, size_t len, size_t *used);

/* Whether nothing came so far but QUIT, RSET or both, or the beginning of that. */
bool smtp_body_is_farewell(const struct smtp_body *body);

#endif
