/* wire - one connection of a scripted sender: lines in, bytes out, TLS where it is told to.
 *
 * TLS goes through memory, so that the sender decides which of its bytes go out, and keeps what came before TLS if it is
 * told to.  Each wait has a limit.  Functions return 0, or -1 once there is nothing more to be had. */
#ifndef DOORMAT_TESTS_WIRE_H
#define DOORMAT_TESTS_WIRE_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

enum { WIRE_KEPT_SIZE_B = 1024 * 1024, WIRE_LINE_SIZE_B = 256 * 1024 };

struct wire {
    int fd;
    int timeout_ms;
    SSL *ssl;             /* NULL: plaintext */
    BIO *in, *out;        /* the ssl's, what came and what is to go */
    bool drops_last_word; /* what TLS says when it fails stays here */
    char *kept;           /* read and not asked for yet */
    size_t kept_b;
    char line[WIRE_LINE_SIZE_B]; /* the last one, with its end, and a NUL */
    size_t line_b;
};

/* To DOORMAT_HOST and this port. */
int wire_open(struct wire *wire, const char *port, int timeout_ms);
void wire_close(struct wire *wire);

int wire_send(struct wire *wire, const void *data, size_t data_b);
int wire_say(struct wire *wire, const char *text); /* and CRLF */
int wire_read_line(struct wire *wire);

/* Forgets what was read and not asked for. */
void wire_forget(struct wire *wire);

/* A handshake.  When it fails, what was read is forgotten and the connection is in plaintext again. */
int wire_secure(struct wire *wire, SSL_CTX *context);
/* Says close_notify, waits for the server's, and goes on in plaintext. */
void wire_unwrap(struct wire *wire);

/* Waits until something can be read, or so long. */
void wire_wait(struct wire *wire, int limit_ms);
/* Reads to the end of the connection. */
void wire_drain(struct wire *wire);

#endif
