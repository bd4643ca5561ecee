/* cert_names - subjectAltName as plain data (RFC 5280 4.2.1.6).  Private to src/tls. */
#ifndef DOORMAT_TLS_CERT_NAMES_H
#define DOORMAT_TLS_CERT_NAMES_H

#include <openssl/x509v3.h>

#include "tls/chain_facts.h"

/* Fills names, name_count and names_seen; the names are the certificate's to free. */
void cert_names_read(const GENERAL_NAMES *names, struct facts_cert *out);

#endif
