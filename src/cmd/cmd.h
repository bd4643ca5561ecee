/* cmd - the subcommands and what they share.  Each subcommand is one file with one function; main.c holds the table.
 *
 * A subcommand gets its own argv (argv[0] is its name) and returns the exit status: 0 well, 1 the tests' own "no", 2 usage
 * or environment, 3 nothing can be said.  It prints its own errors with cmd_fail. */
#ifndef DOORMAT_CMD_CMD_H
#define DOORMAT_CMD_CMD_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { EXIT_OK = 0, EXIT_FOUND = 1, EXIT_USAGE = 2, EXIT_UNCLEAR = 3 };

/* The index-th of the values that an option takes, NULL past the last (cmd/values.h). */
typedef const char *cmd_value_fn(size_t index);

/* One row of a subcommand's option table: it drives getopt_long, the checks that need no more than the row, and --help.  No
 * option takes an empty value: that is a variable that was not set.
 * tools/lint-docs compares it with the man page and the completion. */
struct cmd_option {
    const char *name;     /* long name without dashes */
    int key;              /* the short letter, or a value above 255 for none */
    const char *argument; /* metavariable, or NULL */
    const char *help;     /* what it does; the values and the default come behind it */
    const char *standard; /* the default, or NULL */
    cmd_value_fn *values; /* the values that it takes, and no other; NULL: any */
    unsigned choice;      /* not 0: at most one option of this number */
    const char *group;    /* its heading in --help, or NULL: the last ones, without a heading */
    bool repeats;         /* several values are several; else two different ones are a mistake */
};

struct cmd_spec {
    const char *usage;                /* "mint RECIPE --out DIR [--host NAME]" */
    const char *summary;              /* one or more lines under the usage */
    const struct cmd_option *options; /* ends with a NULL name; --help is added */
};

enum { CMD_DONE = -1, CMD_BAD = '?' };

/* The next option's key, CMD_DONE, or CMD_BAD (the error is printed).  Answers --help itself: prints and exits 0; and so
 * `--option-table` alone: a line per option for scripts, with tabs between name, letter, argument, default and values.
 * Options end at the first argument that is none when `stop_at_argument`; otherwise they may follow arguments.  Before the
 * first call optind is 0, as main leaves it. */
int cmd_next_option(int argc, char **argv, const struct cmd_spec *spec, bool stop_at_argument);

/* "doormat: text" on stderr; returns EXIT_USAGE. */
int cmd_fail(const struct err *err);
int cmd_usage_error(const struct cmd_spec *spec, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Writes to the file, or to standard output for NULL and "-"; a failure is an error with a text.  None is that the reader
 * of standard output has gone (EPIPE): it has read enough. */
int cmd_write_output(const char *path, const void *data, size_t len, struct err *err) MUST_USE;

/* "; did you mean 'x'?", or nothing. */
enum { CMD_HINT_SIZE_B = 80 };
const char *cmd_hint(char hint[CMD_HINT_SIZE_B], const char *word, cmd_value_fn *values);

bool cmd_wants_colour(void); /* standard output is a terminal that takes it (terminal.h) */

int cmd_faults(int argc, char **argv);
int cmd_mint(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_zone(int argc, char **argv);
int cmd_try(int argc, char **argv);
int cmd_check(int argc, char **argv);

#endif
