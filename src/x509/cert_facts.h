/* cert_facts - a certificate as plain data (RFC 5280 4.1 and 4.2).  Private to src/x509.
 *
 * Any certificate that libcrypto could parse gives facts; what in it makes no sense is left empty.  Time and memory are
 * proportional to its size. */
#ifndef DOORMAT_X509_CERT_FACTS_H
#define DOORMAT_X509_CERT_FACTS_H

#include <openssl/x509.h>

#include "x509/facts.h"

void cert_facts_read(X509 *cert, struct facts_cert *out);
void cert_facts_fini(struct facts_cert *cert);

/* SHA-256, hexadecimal; "" without memory for it. */
void cert_facts_fingerprint(X509 *cert, char *out, size_t size_b);

/* Bits of an RSA modulus (a PSS key's too), or of the field of a curve; 0: none of them. */
unsigned cert_key_bits(const EVP_PKEY *key);

#endif
