/* rules - the names under which findings are known, the same for every policy, with the names
 * that others give them. */
#ifndef DOORMAT_POLICY_RULES_H
#define DOORMAT_POLICY_RULES_H

#include <stddef.h>

struct rule {
    const char *name;  /* "cert-expired" */
    const char *title; /* "The certificate is within its validity" */
    const char *nss;   /* "SEC_ERROR_EXPIRED_CERTIFICATE", or NULL */
    const char
        *nss_issuer; /* the same of a certificate above the leaf, where NSS tells them apart */
    const char *short_nss; /* the article's "EXPIRED_CERTIFICATE", or NULL */
    const char
        *tlsrpt;     /* RFC 8460 result type: "certificate-expired"; NULL: no sender reports it */
    const char *why; /* a paragraph: what is at stake */
    const char *fix; /* lines: how it is mended, in Postfix and Exim as a receiving server */
};

extern const struct rule rules[];
extern const size_t rule_count;

const struct rule *rule_find(const char *name); /* "key-size", "bsi:key-size"; or NULL */
const char *rule_nearest(const char *name);     /* the name most like it; NULL if none is near */

#endif
