/* cert_key - RSA moduli that give their primes away.  Private to src/x509. */
#ifndef DOORMAT_X509_CERT_KEY_H
#define DOORMAT_X509_CERT_KEY_H

#include <openssl/bn.h>

#include "x509/facts.h"

/* Takes about as long as one verification with the key.  What libcrypto would not verify with, longer than 16384 bits, is
 * not looked at. */
enum facts_key_flaw cert_key_flaw(const BIGNUM *modulus);

#endif
