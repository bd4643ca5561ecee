/* plain - what came from outside (the sender's output, its names), made safe to show, and other
 * small things that the formats share.  All of it is printable ASCII and '\n'; appends to out,
 * whose ceiling bounds it. */
#ifndef DOORMAT_REPORT_PLAIN_H
#define DOORMAT_REPORT_PLAIN_H

#include <stddef.h>

#include "base/buf.h"
#include "report/report.h"

enum {
    PLAIN_OUTPUT_LINES = 20,
    PLAIN_OUTPUT_LINE_B = 480,
    PLAIN_OUTPUT_WIDTH = 160,
    PLAIN_TITLE_MAX_B = 200
};

/* Each unprintable byte as '?'. */
void plain_put(struct buf *out, const char *text, size_t len);

/* The same for a name that was given on the command line or in a list: UTF-8 stays, but what utf8.h hides. */
void plain_put_name(struct buf *out, const char *text);

/* plain_put for a whole text, with a backslash before each byte that is one of the specials. */
void plain_put_escaped(struct buf *out, const char *text, const char *specials);

/* Text for XML, and ` name="value"`: markup escaped, what XML cannot hold as '?'. */
void plain_put_xml(struct buf *out, const char *text);
void plain_put_xml_attribute(struct buf *out, const char *name, const char *value);

/* The sender's command without its directory, cleaned and cut: "curl". */
void plain_put_sender(struct buf *out, const struct run *run);

/* "curl against 34 servers, policy strict": faults and unusual servers, controls not counted.  With a title of the run's own:
 * "TITLE: 34 servers, policy strict". */
void plain_put_title(struct buf *out, const struct run *run);

/* Whether the sender's output belongs into the report: when asked for, when the verdict is unclear,
 * or when a control failed.  Not for every fault of a failed control, since the control's own
 * output says what there is to say. */
bool plain_shows_output(const struct result *result, const struct report_style *style);

/* The last lines of the sender's output, each cleaned, cut to PLAIN_OUTPUT_LINE_B, folded at the
 * width, and behind the prefix. */
void plain_put_output(struct buf *out, const struct result *result, const char *prefix,
                      unsigned width);

bool plain_has_transcripts(const struct result *result);

/* The questions to our DNS and the fetches of the MTA-STS policy, a line each, and the transcripts of its connections, if there are
 * any: a line for each connection, and then its own.  Folded, and behind the prefix, as output is. */
void plain_put_transcripts(struct buf *out, const struct result *result, const char *prefix,
                           unsigned width);

#endif
