/* event - what `serve` prints: a line for each endpoint at the start, and one for each attempt as it ends. */
#ifndef DOORMAT_REPORT_EVENT_H
#define DOORMAT_REPORT_EVENT_H

#include "base/buf.h"
#include "dns/server.h"
#include "sts/seen.h"
#include "verdict/attempt.h"
#include "web/place.h"

struct event_endpoint {
    const char *fault, *address, *host, *ca; /* ca: the path of the trust anchor */
    unsigned port, tls_port;
};

/* {"fault": ..., "address": ..., "port": ..., "tls_port": ..., "host": ..., "ca": ...} */
void event_endpoint_json(const struct event_endpoint *endpoint, struct buf *out);

struct event_domain {
    const char *fault, *domain, *host, *ca;
    const char *const *addresses; /* of the host; ends with NULL */
};

/* {"fault": ..., "domain": ..., "host": ..., "addresses": [...], "ca": ...} */
void event_domain_json(const struct event_domain *domain, struct buf *out);

/* {"fault": ..., "token": ..., "question": {...}}: somebody asked DNS.  fault NULL: for none of the mail domains; token "": none. */
void event_question_json(const char *fault, const char *token, const struct dns_asked *asked,
                         struct buf *out);
void event_question_text(const char *fault, const char *token, const struct dns_asked *asked,
                         struct buf *out);

/* {"fault": ..., "fetch": {...}}: somebody fetched a policy of MTA-STS, or tried to. */
void event_fetch_json(const char *fault, const struct sts_fetch *fetch, struct buf *out);
void event_fetch_text(const char *fault, const struct sts_fetch *fetch, struct buf *out);

/* {"fault": ..., "attempt": {...}} */
void event_attempt_json(const char *fault, const struct attempt *attempt, struct buf *out);

/* {"fault": ..., "at": ..., "query": "ocsp"}: somebody asked whether the certificate is revoked; or "crl".  now_s: Unix
 * time. */
void event_query_json(const char *fault, enum place_kind kind, int64_t now_s, struct buf *out);
void event_query_text(const char *fault, enum place_kind kind, int64_t now_s, struct buf *out);

/* "20:15:02 expired 127.0.0.1:40123 mail.example: TLSv1.3, alert certificate_expired, gave away nothing" */
void event_attempt_text(const char *fault, const struct attempt *attempt, struct buf *out);

#endif
