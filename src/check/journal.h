/* journal - results kept in a file as they come, so that an interrupted run goes on where it stopped.
 *
 * The file holds one JSON object a line (check --jsonl), each with its "target".  journal_open reads what is there, drops a
 * last line that was cut off, and appends from then on.  A target is done once its line is whole in the file.
 * Memory: 8 bytes a target that is done. */
#ifndef DOORMAT_CHECK_JOURNAL_H
#define DOORMAT_CHECK_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct journal;

int journal_open(const char *path, struct journal **out, struct err *err) MUST_USE;
void journal_close(struct journal **journal);

bool journal_has(const struct journal *journal, const char *target);
size_t journal_count(const struct journal *journal);

/* Appends one line, with its newline, in one write. */
int journal_append(struct journal *journal, const void *line, size_t len, struct err *err) MUST_USE;

#endif
