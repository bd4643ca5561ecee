/* line - splits a byte stream into lines (RFC 5321 2.3.8, 4.5.3.1), without a socket.
 *
 * A line ends with LF; the CR before it belongs to the ending.  Bare LF is taken, as real servers do, and counted.  NUL and
 * bare CR stay in the line: the command parser refuses them.  A line longer than the limit is reported once as
 * LINE_TOO_LONG when its end arrives; all but its beginning is dropped meanwhile, so memory stays within the limit.  Of a line
 * without end so many bytes are dropped, and then no more: LINE_ENDLESS. */
#ifndef DOORMAT_SMTP_LINE_H
#define DOORMAT_SMTP_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { LINE_ENDLESS_B = 1024 * 1024, LINE_HEAD_B = 512 };
enum line_result { LINE_MORE, LINE_READY, LINE_TOO_LONG, LINE_ENDLESS };

struct line_reader {
    struct buf partial; /* a line whose end has not come; its ceiling is the limit */
    bool dropping;      /* the line is already too long, and partial is its beginning */
    size_t length_b;    /* of the line so far, dropped or not */
    bool delivered;     /* partial holds a line that was handed out; the next call forgets it */
    unsigned bare_lf;   /* lines that ended without CR */
};

void line_reader_init(struct line_reader *reader, size_t max_line_b); /* the limit counts CRLF */
void line_reader_fini(struct line_reader *reader);

/* Takes bytes up to the end of the next line, or to LINE_ENDLESS_B bytes of it, behind which another line begins; *used says
 * how many of len were taken (all of them on LINE_MORE).  On
 * LINE_READY the line, without its ending, is *line and *line_len, valid until the next call; on LINE_TOO_LONG and LINE_ENDLESS
 * its beginning is, LINE_HEAD_B bytes at most. */
enum line_result line_reader_next(struct line_reader *reader, const uint8_t *data, size_t len,
                                  size_t *used, const char **line, size_t *line_len);

/* What came of a line whose end has not come, of a long one the beginning; *line_len is 0 if none has begun. */
void line_reader_begun(const struct line_reader *reader, const char **line, size_t *line_len);

/* Whether the next byte is the first of a line. */
bool line_reader_is_idle(const struct line_reader *reader);

/* Forgets a partial line: at STARTTLS nothing of the plaintext may live on (RFC 3207 4.2). */
void line_reader_reset(struct line_reader *reader);

#endif
