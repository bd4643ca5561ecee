/* names - hosts and mail addresses as options give them: U-labels become A-labels, and what is none is refused. */
#ifndef DOORMAT_CMD_NAMES_H
#define DOORMAT_CMD_NAMES_H

#include "cmd/cmd.h"
#include "net/idn.h"

/* *text is what the option named was given; it becomes what to use, in `out`.  A host may be an address too.  Return 0, or
 * EXIT_USAGE after the error is printed. */
int names_take_host(const struct cmd_spec *spec, const char *option, const char **text,
                    char out[IDN_SIZE_B]) MUST_USE;
int names_take_address(const struct cmd_spec *spec, const char *option, const char **text,
                       char out[IDN_ADDRESS_SIZE_B]) MUST_USE;

#endif
