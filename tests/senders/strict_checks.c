#include "strict_checks.h"

bool check_handshake(SSL *ssl) {
    (void)ssl;
    return true;
}

bool check_chain(STACK_OF(X509) * chain, STACK_OF(X509) * sent) {
    (void)chain, (void)sent;
    return true;
}

bool check_revocation(STACK_OF(X509) * chain, const unsigned char *staple, long staple_b) {
    (void)chain, (void)staple, (void)staple_b;
    return true;
}
