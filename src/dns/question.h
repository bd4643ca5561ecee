/* question - one DNS query from its bytes (RFC 1035 4, EDNS RFC 6891, cookies RFC 7873).  Pure.
 *
 * The bytes are a stranger's: a query has one question, at most an OPT record besides, and nothing else.  A broken query still
 * tells as much as an answer to it needs: its number, and the question if that could be read. */
#ifndef DOORMAT_DNS_QUESTION_H
#define DOORMAT_DNS_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"
#include "dns/types.h"

enum {
    DNS_HEADER_B = 12,
    DNS_COOKIE_CLIENT_B = 8,
    DNS_COOKIE_MAX_B = 40, /* both halves */
    DNS_UDP_MIN_B = 512,   /* what every client takes */
};

struct dns_question {
    uint16_t id;
    uint8_t opcode;
    bool recursion_desired, authentic_data, checking_disabled;
    enum dns_rcode rcode; /* DNS_NOERROR: it is to be answered; else with what */
    bool has_name;        /* name, type and class are there */
    struct dns_name name; /* as it came, capitals too */
    uint16_t type, class;
    bool has_edns, dnssec_ok;
    uint16_t udp_b; /* what the client takes by UDP; at least DNS_UDP_MIN_B */
    uint8_t cookie[DNS_COOKIE_MAX_B];
    size_t cookie_len; /* 0: none; DNS_COOKIE_CLIENT_B: the client's half only */
    size_t len;        /* of the query */
};

/* False: it is no query, and must not be answered at all. */
bool dns_question_read(const uint8_t *data, size_t len, struct dns_question *out);

#endif
