/* message - what a server's handshake messages show, read from their bytes into the facts.  Pure.  Private to src/tls.
 *
 * A body is a handshake message behind its 4-byte header, decrypted.  Bytes that are no such message leave the facts as
 * they are, or filled as far as they made sense; nothing is read out of bounds.  What is read is what the server chose,
 * whether or not the client goes along with it. */
#ifndef DOORMAT_TLS_MESSAGE_H
#define DOORMAT_TLS_MESSAGE_H

#include <stddef.h>

#include "tls/facts.h"
#include "x509/facts.h"

/* How the suite agrees on keys and who signs: what a message below TLS 1.3 does not say of itself. */
enum message_kx { MESSAGE_KX_OTHER, MESSAGE_KX_ECDHE, MESSAGE_KX_DHE };
enum message_auth { MESSAGE_AUTH_NONE, MESSAGE_AUTH_RSA, MESSAGE_AUTH_DSA, MESSAGE_AUTH_ECDSA };

/* RFC 8446 4.1.3, RFC 5246 7.4.1.3; a HelloRetryRequest too. */
void message_server_hello(const uint8_t *body, size_t len, struct facts_handshake *facts);

/* RFC 5246 7.4.3, RFC 8422 5.4.  facts->version is known. */
void message_key_exchange(const uint8_t *body, size_t len, enum message_kx kx,
                          enum message_auth auth, struct facts_handshake *facts);

/* RFC 8446 4.4.3. */
void message_certificate_verify(const uint8_t *body, size_t len, struct facts_handshake *facts);

/* RFC 8446 4.6.1 and 4.2.10: does the ticket allow early data? */
void message_ticket(const uint8_t *body, size_t len, struct facts_handshake *facts);

/* The group by its code point (IANA, TLS Supported Groups). */
void message_note_group(uint16_t group, struct facts_handshake *facts);

#endif
