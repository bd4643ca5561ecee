/* values - the words that options take, from the tables that know them (cmd_value_fn). */
#ifndef DOORMAT_CMD_VALUES_H
#define DOORMAT_CMD_VALUES_H

#include "cmd/cmd.h"

cmd_value_fn values_policy, values_try_policy; /* of `check`; and "strict" before them */
cmd_value_fn values_try_format, values_check_format;
cmd_value_fn values_severity, values_trust;

#endif
