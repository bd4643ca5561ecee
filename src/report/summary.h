/* summary - what a run means, in sentences that need no knowledge of TLS.  Each paragraph is one
 * line with a '\n'; printable ASCII; appends to out.  Names of faults stand between backquotes. */
#ifndef DOORMAT_REPORT_SUMMARY_H
#define DOORMAT_REPORT_SUMMARY_H

#include "base/buf.h"
#include "report/result.h"

void summary_put(const struct run *run, struct buf *out);

#endif
