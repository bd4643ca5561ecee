/* check_output - where the results of `check` go: to standard output or a file, as they come or as a page at the end; or to the
 * journal of --resume, with the sum alone on standard output.
 *
 * All but the sum is written by a thread (cmd/outlet.h), so that a reader who stops does not stop the run.
 *
 * Life: fields `format` and `journal` set, the rest zero -> check_output_open -> begin -> result ... -> finish -> close.  A
 * failure to write is kept: nothing is written after it, and finish tells it. */
#ifndef DOORMAT_CMD_CHECK_OUTPUT_H
#define DOORMAT_CMD_CHECK_OUTPUT_H

#include "base/output.h"
#include "check/journal.h"
#include "cmd/outlet.h"
#include "report/check.h"

struct check_output {
    const struct check_format *format;
    struct journal *journal; /* NULL: none; the caller's */
    struct check_style style;
    struct output *file;
    struct outlet outlet;
    bool is_broken; /* half a record may have been written: nothing goes behind it; the thread's */
    struct check_page *page; /* for a format that is written at the end */
    struct check_tally tally;
    bool has_begun, has_failed;
    struct err err; /* of writing */
};

/* path: NULL and "-" are standard output. */
int check_output_open(struct check_output *out, const char *path, struct err *err) MUST_USE;
/* Whether a terminal that is standard output shows nothing yet while the run lasts. */
bool check_output_is_silent(const struct check_output *out);
bool check_output_has_failed(struct check_output *out);
void check_output_begin(struct check_output *out);
void check_output_result(struct check_output *out, const struct check_result *result);
/* Waits until all is written; is_cut: the run was interrupted, and there is no time to wait for a reader who has stopped. */
int check_output_finish(struct check_output *out, bool is_cut, struct err *err) MUST_USE;
void check_output_close(struct check_output *out);

#endif
