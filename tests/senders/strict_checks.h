/* strict_checks - the checks of the strict sender that OpenSSL does not make.  Each says on standard output what it dislikes. */
#ifndef DOORMAT_TESTS_STRICT_CHECKS_H
#define DOORMAT_TESTS_STRICT_CHECKS_H

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>

bool disliked(const char *what); /* says so; false */

/* Keys, what they are for, and how they have signed.  chain: as it was verified, the leaf first and the anchor last. */
bool check_chain(STACK_OF(X509) * chain);

/* The staple, or else what the leaf's responder says; and its list. */
bool check_revocation(SSL *ssl, STACK_OF(X509) * chain);

#endif
