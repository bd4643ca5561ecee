/* sentence - what a run showed, in plain sentences, the worst that was found first; never more than was seen.
 * One line without a newline; printable ASCII. */
#ifndef DOORMAT_REPORT_SENTENCE_H
#define DOORMAT_REPORT_SENTENCE_H

#include "base/buf.h"
#include "report/result.h"

void sentence_put(const struct run *run, struct buf *out);

#endif
