/* types - the numbers of DNS: types of records, classes, response codes (IANA, "DNS Parameters"). */
#ifndef DOORMAT_DNS_TYPES_H
#define DOORMAT_DNS_TYPES_H

enum dns_type {
    DNS_TYPE_A = 1,
    DNS_TYPE_NS = 2,
    DNS_TYPE_CNAME = 5,
    DNS_TYPE_SOA = 6,
    DNS_TYPE_PTR = 12,
    DNS_TYPE_HINFO = 13,
    DNS_TYPE_MX = 15,
    DNS_TYPE_TXT = 16,
    DNS_TYPE_AAAA = 28,
    DNS_TYPE_OPT = 41,
    DNS_TYPE_DS = 43,
    DNS_TYPE_RRSIG = 46,
    DNS_TYPE_NSEC = 47,
    DNS_TYPE_DNSKEY = 48,
    DNS_TYPE_NSEC3 = 50,
    DNS_TYPE_TLSA = 52,
    DNS_TYPE_IXFR = 251,
    DNS_TYPE_AXFR = 252,
    DNS_TYPE_ANY = 255,
};

enum { DNS_CLASS_IN = 1, DNS_OPCODE_QUERY = 0 };

enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_FORMERR = 1,
    DNS_SERVFAIL = 2,
    DNS_NXDOMAIN = 3,
    DNS_NOTIMP = 4,
    DNS_REFUSED = 5,
    DNS_BADVERS = 16, /* its upper bits are EDNS's */
};

enum { DNS_TYPE_NAME_SIZE_B = 16 };

/* "MX"; what we do not know is "TYPE65" (RFC 3597). */
const char *dns_type_name(unsigned type, char out[DNS_TYPE_NAME_SIZE_B]);
const char *dns_rcode_name(enum dns_rcode rcode);

#endif
