/* reference - the catalogue as one Markdown page: doc/faults.md is its output, and lint holds it to that. */
#ifndef DOORMAT_REPORT_REFERENCE_H
#define DOORMAT_REPORT_REFERENCE_H

#include "base/buf.h"
#include "fault/catalogue.h"

void reference_markdown(const struct fault *const *faults, size_t count, struct buf *out);

#endif
