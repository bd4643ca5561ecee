/* terminal - what the terminal can show: how wide it is, and whether it takes escape sequences. */
#ifndef DOORMAT_CMD_TERMINAL_H
#define DOORMAT_CMD_TERMINAL_H

#include <stdbool.h>

enum { TERMINAL_DEFAULT_COLUMNS = 100, TERMINAL_MIN_COLUMNS = 60, TERMINAL_MAX_COLUMNS = 200 };

/* A terminal that takes escape sequences: TERM names one that is not dumb, and NO_COLOR is unset or empty. */
bool terminal_takes_escapes(int fd);

/* The width as the terminal says it; 0: fd is none, or does not know. */
unsigned terminal_width(int fd);

/* How wide a report on standard output is, from TERMINAL_MIN_COLUMNS to TERMINAL_MAX_COLUMNS: the terminal's width, else
 * what COLUMNS says, else TERMINAL_DEFAULT_COLUMNS. */
unsigned terminal_columns(void);

#endif
