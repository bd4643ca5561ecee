/* check_formats - the writers behind check.h's table, and what they share.  Private to src/report. */
#ifndef DOORMAT_REPORT_CHECK_FORMATS_H
#define DOORMAT_REPORT_CHECK_FORMATS_H

#include "report/check.h"

typedef void check_put_fn(const struct check_result *result, bool first,
                          const struct check_style *style, struct buf *out);

check_put_fn check_put_text, check_put_json, check_put_jsonl, check_put_junit, check_put_csv;
void check_begin_csv(struct buf *out);
void check_begin_junit(struct buf *out);
void check_end_text(bool is_cut, struct buf *out);
void check_end_json(bool is_cut, struct buf *out);
void check_end_junit(bool is_cut, struct buf *out);
void check_end_csv(bool is_cut, struct buf *out);

/* "RSA 1024", "ECDSA secp256r1", "Ed25519". */
void check_describe_key(const struct facts_cert *cert, char *out, size_t size_b);

/* "TLSv1.3, TLS_AES_128_GCM_SHA256, X25519, RSA 3072", or that there is no TLS. */
void check_describe_connection(const struct host_facts *facts, struct buf *out);

/* Why nothing was seen, or not all: the target's error, else that of the first host with one, else of a view; or "". */
const char *check_describe_doubt(const struct check_result *result);

/* The worst of all hosts that were reached. */
enum grade check_worst_grade(const struct check_result *result);

/* The verdict in words: "meets", "does not meet", "not reached" ... */
const char *check_verdict(const struct check_result *result);

/* "mx.example.org (192.0.2.1)" */
void check_describe_host(const struct check_host *host, struct buf *out);
size_t check_count_reached(const struct check_result *result); /* hosts at an address */

/* That view was taken of every host that was reached, where it was called for. */
bool check_is_looked_at(const struct check_result *result, size_t view);

/* What the verdict rests on: how many addresses, which versions, what was offered beside; and what it never rests on, up to a
 * NULL. */
void check_describe_tested(const struct check_result *result, struct buf *out);
extern const char *const check_not_tested[];

/* Which certificate a finding is about: "certificate 2 as sent", "from the trust store"; "" for the server's own. */
void check_describe_certificate(const struct finding *finding, struct buf *out);

#endif
