/* iana - the field's names for the numbers of TLS (IANA, Transport Layer Security Parameters).  Pure. */
#ifndef DOORMAT_TLS_IANA_H
#define DOORMAT_TLS_IANA_H

#include <stdint.h>

const char *tls_version_name(uint16_t version); /* "TLSv1.3"; "unknown" */
const char *tls_alert_name(int alert);          /* "certificate_expired"; "unknown" */
int tls_alert_number(const char *name);         /* or -1 */
const char *tls_group_name(uint16_t group);     /* "secp256r1"; NULL if not known */
const char *tls_scheme_name(uint16_t scheme);   /* "rsa_pss_rsae_sha256"; NULL if not known */
/* A signature scheme as OpenSSL's lists have it: "rsa_pss_rsae_sha256", "DSA+SHA1"; NULL if it has none. */
const char *tls_scheme_openssl(uint16_t scheme);

#endif
