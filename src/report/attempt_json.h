/* attempt_json - an attempt as a JSON object, the same in a report and in what `serve` prints.  See DESIGN of the shapes in
 * doormat(1).  The caller owns the object. */
#ifndef DOORMAT_REPORT_ATTEMPT_JSON_H
#define DOORMAT_REPORT_ATTEMPT_JSON_H

#include <jansson.h>

#include "verdict/attempt.h"

json_t *attempt_json(const struct attempt *attempt);

/* Text as a JSON string: valid UTF-8 as it is, anything else cleaned to ASCII; NULL and "" as null by the second. */
json_t *json_text(const char *value);
json_t *json_text_or_null(const char *value);
json_t *json_seconds(double value);
json_t *json_time_us(int64_t wall_us);
json_t *json_alert(int number); /* null for TLS_NO_ALERT */

#endif
