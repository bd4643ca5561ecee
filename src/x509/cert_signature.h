/* cert_signature - by what algorithm a certificate was signed, with PSS's parameters (RFC 4055 3.1).  Private to src/x509. */
#ifndef DOORMAT_X509_CERT_SIGNATURE_H
#define DOORMAT_X509_CERT_SIGNATURE_H

#include <openssl/x509.h>

#include "x509/facts.h"

/* Fills signature and signature_algorithms_differ. */
void cert_signature_read(const X509 *cert, struct facts_cert *out);

#endif
