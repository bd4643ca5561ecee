/* client - the client's side of one SMTP dialogue, as a state machine without a socket (RFC 5321, 3207): greeting, EHLO,
 * STARTTLS, and after the handshake EHLO and QUIT.  It sends no mail.
 *
 * Life: smtp_client_new -> smtp_client_feed for all that arrives -> smtp_client_free.  Bytes in, bytes out; the caller does
 * what enum smtp_client_step asks.  Every reply is bounded (reply.h); a server that floods or babbles gets FAILED. */
#ifndef DOORMAT_SMTP_CLIENT_H
#define DOORMAT_SMTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum smtp_client_starttls {
    SMTP_CLIENT_STARTTLS_UNKNOWN, /* it did not come to that */
    SMTP_CLIENT_STARTTLS_ACCEPTED,
    SMTP_CLIENT_STARTTLS_REFUSED, /* offered, and answered with something else than 220 */
    SMTP_CLIENT_STARTTLS_NOT_OFFERED,
    SMTP_CLIENT_STARTTLS_IMPLICIT,
};
const char *smtp_client_starttls_name(enum smtp_client_starttls outcome); /* "accepted" ... */

enum smtp_client_step {
    SMTP_CLIENT_READ, /* send out, then feed more */
    SMTP_CLIENT_START_TLS, /* start TLS; smtp_client_secured follows.  Bytes behind the 220 are counted and dropped */
    SMTP_CLIENT_DONE,   /* send out (QUIT), then close */
    SMTP_CLIENT_FAILED, /* close; smtp_client_error says why */
};

struct smtp_client;

struct smtp_client *smtp_client_new(const char *helo, bool implicit_tls);
void smtp_client_free(struct smtp_client **client);

enum smtp_client_step smtp_client_feed(struct smtp_client *client, const uint8_t *data, size_t len,
                                       struct buf *out);

/* The handshake is complete: with STARTTLS it says EHLO again, with implicit TLS it waits for the greeting. */
enum smtp_client_step smtp_client_secured(struct smtp_client *client, struct buf *out);

enum smtp_client_starttls smtp_client_starttls(const struct smtp_client *client);
unsigned smtp_client_last_code(const struct smtp_client *client); /* of the last reply; 0 if none */
const char *smtp_client_last_text(const struct smtp_client *client); /* cleaned, cut */
const char *smtp_client_error(const struct smtp_client *client);     /* "" if none */
size_t smtp_client_behind_starttls_b(
    const struct smtp_client *client); /* plaintext behind the 220: an injection */
bool smtp_client_is_temporary(
    const struct smtp_client *client); /* the last reply was 4yz: worth another try */

#endif
