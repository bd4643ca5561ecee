/* cert_encoding - where a certificate's bytes are not DER though libcrypto reads them (X.690 10.1, 11.1, 11.5).  Private to
 * src/tls.  What is looked at is what is signed, as far as the extensions, and no deeper than basicConstraints. */
#ifndef DOORMAT_X509_CERT_ENCODING_H
#define DOORMAT_X509_CERT_ENCODING_H

#include <openssl/x509.h>

#include "x509/facts.h"

void cert_encoding_read(const X509 *cert, struct facts_cert *out);

#endif
