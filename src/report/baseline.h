/* baseline - the JSON result of an earlier run, and what has changed since.
 *
 * Verdicts are ordered by badness: refused and delivered, then unclear, turned-away, fooled,
 * leaked; the same verdict is worse when more was given away.  What can no longer be said has got
 * worse too, whatever it was: else a sender that stopped working would look healed.  New and gone
 * faults are named, and count neither way.
 *
 * Life: baseline_load or baseline_parse -> baseline_compare any number of times -> baseline_free.
 * The file is not trusted: its size, depth and number of results are bounded, and its names are
 * cleaned before they are shown. */
#ifndef DOORMAT_REPORT_BASELINE_H
#define DOORMAT_REPORT_BASELINE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "report/result.h"

enum { BASELINE_MAX_B = 64 * 1024 * 1024, BASELINE_MAX_RESULTS = 20000 };

struct baseline;

int baseline_load(const char *path, struct baseline **out, struct err *err) MUST_USE;
int baseline_parse(const void *json, size_t len, struct baseline **out, struct err *err) MUST_USE;
void baseline_free(struct baseline **baseline);

/* Appends the comparison as lines of text, a heading first; counts what got worse and what got
 * better. */
void baseline_compare(const struct baseline *baseline, const struct run *run, struct buf *out,
                      unsigned *worse, unsigned *better);

#endif
