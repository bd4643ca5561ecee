/* values - the words that options take, from the tables that know them (cmd_value_fn). */
#ifndef DOORMAT_CMD_VALUES_H
#define DOORMAT_CMD_VALUES_H

#include "cmd/cmd.h"

cmd_value_fn values_policy, values_try_policy; /* of `check`; and "strict" before them */
cmd_value_fn values_try_format, values_check_format;
cmd_value_fn values_severity, values_trust;

/* "dane,mta-sts": names of layers from the first one on, as bits (1 << LAYER_DANE ...) that are added to *out; 0, or -1. */
int values_take_layers(const char *list, int first, unsigned *out);

#endif
