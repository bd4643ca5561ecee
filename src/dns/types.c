#include "dns/types.h"

#include <stdio.h>

#include "base/mem.h"

static const struct {
    unsigned type;
    const char *name;
} types[] = {
    {DNS_TYPE_A, "A"},       {DNS_TYPE_NS, "NS"},         {DNS_TYPE_CNAME, "CNAME"},
    {DNS_TYPE_SOA, "SOA"},   {DNS_TYPE_PTR, "PTR"},       {DNS_TYPE_HINFO, "HINFO"},
    {DNS_TYPE_MX, "MX"},     {DNS_TYPE_TXT, "TXT"},       {DNS_TYPE_AAAA, "AAAA"},
    {DNS_TYPE_OPT, "OPT"},   {DNS_TYPE_DS, "DS"},         {DNS_TYPE_RRSIG, "RRSIG"},
    {DNS_TYPE_NSEC, "NSEC"}, {DNS_TYPE_DNSKEY, "DNSKEY"}, {DNS_TYPE_NSEC3, "NSEC3"},
    {DNS_TYPE_TLSA, "TLSA"}, {DNS_TYPE_IXFR, "IXFR"},     {DNS_TYPE_AXFR, "AXFR"},
    {DNS_TYPE_ANY, "ANY"},
};

const char *dns_type_name(unsigned type, char out[DNS_TYPE_NAME_SIZE_B]) {
    snprintf(out, DNS_TYPE_NAME_SIZE_B, "TYPE%u", type);
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (types[i].type == type)
            snprintf(out, DNS_TYPE_NAME_SIZE_B, "%s", types[i].name);
    return out;
}

const char *dns_rcode_name(enum dns_rcode rcode) {
    static const char *const names[] = {
        [DNS_NOERROR] = "NOERROR",   [DNS_FORMERR] = "FORMERR", [DNS_SERVFAIL] = "SERVFAIL",
        [DNS_NXDOMAIN] = "NXDOMAIN", [DNS_NOTIMP] = "NOTIMP",   [DNS_REFUSED] = "REFUSED",
        [DNS_BADVERS] = "BADVERS",
    };

    return rcode < ARRAY_LEN(names) && names[rcode] != NULL ? names[rcode] : "other";
}
