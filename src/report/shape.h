/* shape - the JSON shapes that reports and `serve` have in common, as jansson values that the caller owns.  doormat(1)
 * describes them.  None fails: jansson's allocator is ours, and aborts. */
#ifndef DOORMAT_REPORT_SHAPE_H
#define DOORMAT_REPORT_SHAPE_H

#include <jansson.h>

#include "dns/server.h"
#include "sts/seen.h"
#include "verdict/attempt.h"

json_t *shape_attempt(const struct attempt *attempt);
json_t *shape_fetch(const struct sts_fetch *fetch);
json_t *shape_question(const struct dns_asked *asked);

/* Text as a JSON string: valid UTF-8 as it is, anything else cleaned to ASCII; NULL and "" as null by the second. */
json_t *shape_text(const char *value);
json_t *shape_text_or_null(const char *value);
json_t *shape_seconds(double value);
json_t *shape_time_us(int64_t wall_us);
json_t *shape_alert(int number); /* null for TLS_NO_ALERT */

#endif
