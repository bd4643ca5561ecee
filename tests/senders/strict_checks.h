/* strict_checks - the checks of the strict sender that OpenSSL does not make.  Each says on standard output what it dislikes. */
#ifndef DOORMAT_TESTS_STRICT_CHECKS_H
#define DOORMAT_TESTS_STRICT_CHECKS_H

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>

bool check_handshake(SSL *ssl);

/* chain: as it was verified, the leaf first and the anchor last; sent: as it came. */
bool check_chain(STACK_OF(X509) * chain, STACK_OF(X509) * sent);

/* The staple, or what the leaf's responder and list say.  staple: NULL if there is none. */
bool check_revocation(STACK_OF(X509) * chain, const unsigned char *staple, long staple_b);

#endif
