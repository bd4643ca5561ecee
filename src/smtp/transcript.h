/* transcript - a dialogue as text, for people: "C: EHLO host", "S: 250 ...", and notes behind "*".
 *
 * What is secret is not there: the arguments of AUTH and all that answers its prompts are "***".  Nor is a message: its size
 * is.  All is printable ASCII: any other byte stands as \xNN, a backslash twice.  Of a long line the beginning is kept, of
 * many lines the first and the last.
 *
 * Life: transcript_new -> transcript_heard, transcript_said, transcript_note -> transcript_put -> transcript_free.
 * Every function takes NULL for a transcript that nobody wants. */
#ifndef DOORMAT_SMTP_TRANSCRIPT_H
#define DOORMAT_SMTP_TRANSCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "smtp/session.h"

enum { TRANSCRIPT_HEAD_LINES = 40, TRANSCRIPT_TAIL_LINES = 24, TRANSCRIPT_LINE_B = 200 };

struct transcript;

struct transcript *transcript_new(void);
void transcript_free(struct transcript **transcript);

/* Bytes of the client's, as the session took them (smtp_heard_fn), and of the server's. */
void transcript_heard(enum smtp_heard kind, const uint8_t *data, size_t len, void *transcript);
void transcript_said(struct transcript *transcript, const uint8_t *data, size_t len);

/* A line behind "* "; what was begun by either side is ended before it. */
void transcript_note(struct transcript *transcript, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* All of it, each line with a newline; what was begun is ended. */
void transcript_put(struct transcript *transcript, struct buf *out);

#endif
