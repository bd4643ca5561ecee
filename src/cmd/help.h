/* help - what --help prints of an option table, 80 columns wide; and the same table for scripts. */
#ifndef DOORMAT_CMD_HELP_H
#define DOORMAT_CMD_HELP_H

#include "base/buf.h"
#include "cmd/cmd.h"

enum { HELP_COLUMNS = 80, HELP_MAX_B = 64 * 1024 };

void help_put(const struct cmd_spec *spec, struct buf *out);
void help_put_table(const struct cmd_spec *spec, struct buf *out); /* for --option-table (cmd.h) */

/* "low, medium, high or critical" */
void help_put_values(cmd_value_fn *values, const char *last_word, struct buf *out);

#endif
