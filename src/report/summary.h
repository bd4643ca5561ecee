/* summary - what all reports say beside the sentence: counts, controls, what is as it should be.  Printable ASCII; appends
 * to out.  Names of faults and options stand between backquotes. */
#ifndef DOORMAT_REPORT_SUMMARY_H
#define DOORMAT_REPORT_SUMMARY_H

#include "base/buf.h"
#include "report/result.h"

/* "35 of 35 faults noticed; 18 of 18 unusual servers accepted; 2 not shown." and a newline. */
void summary_put_counts(const struct run *run, struct buf *out);

/* "Interrupted: 120 of 462 tried; nothing is said about the others." and a newline; nothing if it was not. */
void summary_put_interrupted(const struct run *run, struct buf *out);

/* One line if every control was delivered; else at most five: what failed, what follows, what to do, and the last lines
 * that the sender printed.  Nothing if no control was tried. */
void summary_put_controls(const struct run *run, struct buf *out);

/* "As it should be: certificate 40 of 41, chain 12 of 12." and a newline; nothing if nothing is. */
void summary_put_sound(const struct run *run, struct buf *out);

/* "2 processes outlived the sender, and were ended." and a newline; nothing if none did. */
void summary_put_escaped(const struct run *run, struct buf *out);

/* "Critical (failure): nothing is needed that anybody on the path does not have". */
void summary_put_severity(const struct run *run, enum fault_severity severity, struct buf *out);

/* Of which nothing can be said by itself: those that merely waited for a control are not among them. */
size_t summary_count_unclear(const struct run *run);
bool summary_is_unclear(const struct result *result);

#endif
