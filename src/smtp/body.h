/* body - the message after DATA: finds its end, counts, and keeps nothing (RFC 5321 4.5.2).
 *
 * Only CRLF "." CRLF ends the message.  Bare CR and bare LF are counted, and variants of the end such as LF "." LF are
 * noted: a sender that lets them through can be used for SMTP smuggling.  A sender that takes another reply for the answer to
 * DATA may say RSET, QUIT or other commands where its message is waited for: these are told from a message. */
#ifndef DOORMAT_SMTP_BODY_H
#define DOORMAT_SMTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SMTP_BODY_WORD_B = sizeof "STARTTLS" - 1 }; /* the longest command */

/* A header field of each message that carries planted bytes: a sender in whose message it is missing has sent a text of its
 * own, in which nothing was planted. */
#define SMTP_BODY_MARK "X-Doormat-Planted:"

struct smtp_body {
    uint32_t window; /* the last bytes, as the recogniser needs them */
    uint64_t size_b; /* bytes of the message, the final dot not counted */
    uint32_t bare_cr, bare_lf;
    uint32_t false_ends; /* ends of data that are not CRLF . CRLF */
    bool is_planted;     /* the mark has come */
    size_t mark_len;     /* so much of it stands at the end of what came */
    bool has_text;       /* something came that is no command, nor the beginning of one */
    bool in_arguments;   /* behind a command's name */
    char word[SMTP_BODY_WORD_B];
    size_t word_len;
};

void smtp_body_init(struct smtp_body *body);

/* Takes bytes up to and including the end; *used says how many.  Returns whether the end was found. */
bool smtp_body_feed(struct smtp_body *body, const uint8_t *data, size_t len, size_t *used);

/* Whether nothing came so far but lines that are commands (RFC 5321 4.1.1), or the beginning of one. */
bool smtp_body_is_commands(const struct smtp_body *body);

#endif
