/* pem - certificates and keys into PEM files (RFC 7468), crash-safe.  For the rooms that use OpenSSL. */
#ifndef DOORMAT_CRYPTO_PEM_H
#define DOORMAT_CRYPTO_PEM_H

#include <openssl/x509.h>

#include "base/err.h"

/* first, then rest (NULL: none), mode 0644. */
int pem_write_certs(const char *path, X509 *first, STACK_OF(X509) * rest, struct err *err) MUST_USE;

/* PKCS#8 without a password, mode 0600. */
int pem_write_key(const char *path, EVP_PKEY *key, struct err *err) MUST_USE;

#endif
