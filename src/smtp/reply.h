/* reply - SMTP replies (RFC 5321 4.2): written by a server, read by a client.  Pure. */
#ifndef DOORMAT_SMTP_REPLY_H
#define DOORMAT_SMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Appends "NNN text\r\n".  Text that holds '\n' gives a multi-line reply, one line each. */
void smtp_reply_put(struct buf *out, unsigned code, const char *text);

/* The reader: feed it the lines of a reply, one after the other. */
enum smtp_reply_result { SMTP_REPLY_MORE, SMTP_REPLY_COMPLETE, SMTP_REPLY_MALFORMED };

enum { SMTP_REPLY_MAX_LINES = 512, SMTP_REPLY_MAX_B = 64 * 1024 };

struct smtp_reply {
    unsigned code; /* 200..599 */
    unsigned lines;
    struct buf text; /* the lines' texts, joined with '\n' */
};

void smtp_reply_init(struct smtp_reply *reply);
void smtp_reply_fini(struct smtp_reply *reply);
void smtp_reply_reset(struct smtp_reply *reply); /* for the next one */

/* A line without its ending.  A code that changes between lines, a code that is none, or a reply past the limits is
 * MALFORMED. */
enum smtp_reply_result smtp_reply_line(struct smtp_reply *reply, const char *line, size_t len);

/* Whether an EHLO reply's text lists the keyword, alone or followed by parameters; ignoring case (RFC 5321 4.1.1.1). */
bool smtp_reply_has_keyword(const struct smtp_reply *reply, const char *keyword);

#endif
