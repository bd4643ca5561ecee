/* relay - what a validating resolver says to its client, from the message that it found (RFC 4035 3.2, 6840 5.7 to 5.9).  Pure.
 *
 * The message is libunbound's: DNSSEC records are in it, whoever asks.  A client that does not want them (DO) gets none but of the
 * type that it asked for.  AD is set where the answer is secure and the client shows that it knows the bit; with CD it is clear,
 * and the client gets what is bogus as well.  Whatever the bytes are, the worst is SERVFAIL. */
#ifndef DOORMAT_DNS_RELAY_H
#define DOORMAT_DNS_RELAY_H

#include "dns/question.h"
#include "dns/reply.h"

struct relay_found {
    const uint8_t *message; /* NULL: nothing, and that is a SERVFAIL */
    size_t len;
    bool is_secure, is_bogus;
    const char *why; /* if it is bogus; NULL: nobody knows */
};

/* DNS_NOERROR: the question is one to look up; else the answer to it.  So is a question with RD clear, which is REFUSED. */
enum dns_rcode relay_refusal(const struct dns_question *question);

/* An answer without records. */
void relay_fill_code(enum dns_rcode rcode, struct dns_reply *reply);

/* The reply is initialised already, and written by answer_write. */
void relay_fill(const struct dns_question *question, const struct relay_found *found,
                struct dns_reply *reply);

#endif
