/* cert_names - subjectAltName as plain data (RFC 5280 4.2.1.6).  Private to src/x509. */
#ifndef DOORMAT_X509_CERT_NAMES_H
#define DOORMAT_X509_CERT_NAMES_H

#include <openssl/x509v3.h>

#include "x509/facts.h"

/* Fills names, name_count and names_seen; the names are the certificate's to free. */
void cert_names_read(const GENERAL_NAMES *names, struct facts_cert *out);

#endif
