/* check_formats - the writers behind check.h's table, and what they share.  Private to src/report. */
#ifndef DOORMAT_REPORT_CHECK_FORMATS_H
#define DOORMAT_REPORT_CHECK_FORMATS_H

#include "report/check.h"

typedef void check_put_fn(const struct check_result *result, bool first,
                          const struct check_style *style, struct buf *out);

check_put_fn check_put_text, check_put_json, check_put_jsonl, check_put_junit;
void check_begin_junit(struct buf *out);
void check_end_junit(struct buf *out);

/* "RSA 1024", "ECDSA secp256r1", "Ed25519". */
void check_describe_key(const struct facts_cert *cert, char *out, size_t size_b);

/* The verdict in words: "meets bsi", "does not meet bsi", "not reached". */
const char *check_verdict(const struct check_result *result);

#endif
