/* cert_names - subjectAltName as plain data (RFC 5280 4.2.1.6).  Private to src/tls. */
#ifndef DOORMAT_TLS_CERT_NAMES_H
#define DOORMAT_TLS_CERT_NAMES_H

#include <openssl/x509v3.h>

#include "tls/facts.h"

enum { CERT_ADDRESS_SIZE_B = 46 }; /* INET6_ADDRSTRLEN */

/* Fills names, name_count and names_seen; the names are the certificate's to free. */
void cert_names_read(const GENERAL_NAMES *names, struct facts_cert *out);

/* 4 or 16 bytes as inet_ntop writes them, whose header belongs to sockets; false for any other length. */
bool cert_address_text(const uint8_t *address, size_t len, char out[CERT_ADDRESS_SIZE_B]);

#endif
