/* key_cost - whether the keys of certificates from a stranger can be decoded in little time.
 *
 * libcrypto decodes a certificate's key as it parses the certificate.  Where an EC key spells its curve out and a point is
 * compressed, that takes a square root, modulo a number of the stranger's choice (SEC 1 2.3.4): 0.1 s for a certificate of
 * 866 bytes.  No sound key is like that: RFC 5480 2.1.1 forbids to spell a curve out. */
#ifndef DOORMAT_CRYPTO_KEY_COST_H
#define DOORMAT_CRYPTO_KEY_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For people. */
#define KEY_COST_TEXT "a certificate's EC key takes too long to decode"

/* Whether the bytes hold such a key, wherever and in whatever encoding: certificates, or what holds some.  In doubt it is
 * one: a key with its curve spelt out that is not DER. */
bool key_cost_is_high(const uint8_t *bytes, size_t len);

#endif
