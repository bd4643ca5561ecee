/* client - the client's side of one SMTP dialogue, as a state machine without a socket (RFC 5321, 3207): greeting, EHLO,
 * STARTTLS, and after the handshake EHLO and QUIT.  It sends no mail.
 *
 * Life: smtp_client_new -> smtp_client_feed for all that arrives -> smtp_client_free.  Bytes in, bytes out; the caller does
 * what enum smtp_client_step asks, sets the time limits, and tells it when the handshake is complete.
 *
 * HELO follows only where EHLO is unknown to the server: 500 or 502 (RFC 5321 3.2).  Any other refusal is the answer.
 *
 * A server without STARTTLS, or one that refuses it, is DONE: the dialogue came to its polite end, and
 * smtp_client_starttls says which.  A server that refuses the client, floods or does not speak SMTP gets FAILED. Lines are bounded
 * by SMTP_CLIENT_LINE_B, replies by reply.h, and the outcome does not depend on how the bytes were cut. */
#ifndef DOORMAT_SMTP_CLIENT_H
#define DOORMAT_SMTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A reply line with CRLF.  512 is what RFC 5321 4.5.3.1.5 allows; real servers pass it. */
enum { SMTP_CLIENT_LINE_B = 4096, SMTP_CLIENT_TEXT_SIZE_B = 256 };

enum smtp_client_starttls {
    SMTP_CLIENT_STARTTLS_UNKNOWN, /* it did not come to that */
    SMTP_CLIENT_STARTTLS_ACCEPTED,
    SMTP_CLIENT_STARTTLS_REFUSED, /* offered, and answered with something else than 220 */
    SMTP_CLIENT_STARTTLS_NOT_OFFERED,
    SMTP_CLIENT_STARTTLS_IMPLICIT,
};
const char *smtp_client_starttls_name(enum smtp_client_starttls outcome); /* "not-offered" ... */

enum smtp_client_step {
    SMTP_CLIENT_READ,      /* send out, then feed more */
    SMTP_CLIENT_START_TLS, /* send out, then start TLS; smtp_client_secured follows.  Until then all
                              that is fed is counted and dropped */
    SMTP_CLIENT_DONE,      /* send out (QUIT), then close */
    SMTP_CLIENT_FAILED,    /* send out (QUIT or nothing), then close; smtp_client_error says why */
};

struct smtp_client;

/* helo: a domain or an address literal, which the caller has made sure of.  Copied.  With implicit TLS the first step is
 * START_TLS, without it READ: the server speaks first. */
struct smtp_client *smtp_client_new(const char *helo, bool implicit_tls);
void smtp_client_free(struct smtp_client **client);

/* Takes all of data; after DONE and FAILED it is ignored.  When `out` meets its ceiling the step is FAILED. */
enum smtp_client_step smtp_client_feed(struct smtp_client *client, const uint8_t *data, size_t len,
                                       struct buf *out);

/* The handshake is complete: with STARTTLS it says EHLO again, with implicit TLS it waits for the greeting.  Nothing of
 * the plaintext lives on (RFC 3207 4.2).  Only at START_TLS. */
enum smtp_client_step smtp_client_secured(struct smtp_client *client, struct buf *out);

enum smtp_client_starttls smtp_client_starttls(const struct smtp_client *client);
unsigned smtp_client_last_code(const struct smtp_client *client); /* of the last reply; 0: none */
const char *smtp_client_last_text(const struct smtp_client *client); /* cleaned, cut, one line */
const char *smtp_client_error(const struct smtp_client *client);     /* "" if none */

/* What it waits for, to say what did not come: "the greeting", "the reply to EHLO", "the TLS handshake"; at the end,
 * "nothing". */
const char *smtp_client_awaits(const struct smtp_client *client);

/* Plaintext behind the 220: an injection (CVE-2011-0411). */
size_t smtp_client_behind_starttls_b(const struct smtp_client *client);

/* The reply to EHLO listed AUTH before TLS: whoever listens gets the password of a client that takes it. */
bool smtp_client_offers_auth(const struct smtp_client *client);

/* The dialogue came to its polite end. */
bool smtp_client_is_done(const struct smtp_client *client);

/* The last reply was 4yz: worth another try. */
bool smtp_client_is_temporary(const struct smtp_client *client);

#endif
