/* reply - what is said to a question, before it is bytes: the code, and the sections.
 * Life: dns_reply_init -> filled by zone_answer or relay_fill -> written by answer_write -> dns_reply_fini. */
#ifndef DOORMAT_DNS_REPLY_H
#define DOORMAT_DNS_REPLY_H

#include "dns/knobs.h"
#include "dns/types.h"

struct ldns_struct_rr_list;

enum { DNS_WHY_SIZE_B = 128 };

struct dns_extended_error { /* RFC 8914 */
    bool is_there;
    unsigned code;
    char why[DNS_WHY_SIZE_B];
};

struct dns_reply {
    enum dns_rcode rcode;
    bool is_authoritative;
    bool is_referral;  /* to servers of a zone below */
    bool is_silent;    /* nothing is sent */
    bool is_truncated; /* over UDP, however short it is */
    bool is_udp_only;  /* over TCP nothing is sent */
    bool lacks_edns;   /* no OPT, whatever the question has */
    bool is_recursive; /* of a resolver: recursion is available */
    bool is_authentic; /* ... that has validated it */
    struct dns_extended_error error;
    struct ldns_struct_rr_list *answer, *authority, *additional;
};

void dns_reply_init(struct dns_reply *reply);
void dns_reply_fini(struct dns_reply *reply);

#endif
