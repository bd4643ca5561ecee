/* answer - a reply as bytes (RFC 1035 4, EDNS RFC 6891, cookies RFC 7873).  Pure. */
#ifndef DOORMAT_DNS_ANSWER_H
#define DOORMAT_DNS_ANSWER_H

#include "base/buf.h"
#include "dns/question.h"
#include "dns/reply.h"

enum {
    DNS_UDP_MAX_B = 1232, /* goes through unfragmented (RFC 9715) */
    DNS_TCP_MAX_B = 65535,
    DNS_REFLECTION = 3, /* to a stranger at most so many times what he sent */
};

struct answer_terms {
    bool is_tcp;
    bool is_stranger; /* by UDP, and anybody could have sent the query in his name */
    const uint8_t
        *cookie; /* DNS_COOKIE_SIZE_B: for the client to show next time; NULL: he asked for none */
    size_t cookie_len;
};

/* Appends the message, or nothing if the reply is silent.  What is longer than the terms allow goes without records, truncated. */
void answer_write(const struct dns_question *question, const struct dns_reply *reply,
                  const struct answer_terms *terms, struct buf *out);

#endif
