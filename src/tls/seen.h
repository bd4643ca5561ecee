/* seen - what one handshake with a sender showed, as plain data. */
#ifndef DOORMAT_TLS_SEEN_H
#define DOORMAT_TLS_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "tls/hello.h"

enum tls_handshake {
    TLS_HANDSHAKE_NONE,  /* no byte of it came */
    TLS_HANDSHAKE_BEGUN, /* something came, and it is not finished */
    /* The server saw the client's Finished.  Not yet acceptance: see verdict.h. */
    TLS_HANDSHAKE_COMPLETED,
    TLS_HANDSHAKE_FAILED,
};

/* "none" "begun" "completed" "failed" */
const char *tls_handshake_name(enum tls_handshake handshake);

/* Why the server itself ended the handshake. */
enum tls_failure {
    TLS_FAILURE_NONE,
    TLS_FAILURE_VERSION, /* no version in common */
    TLS_FAILURE_CIPHER,  /* no cipher suite, group or signature algorithm in common */
    TLS_FAILURE_OTHER,   /* not TLS, or broken */
    TLS_FAILURE_REFUSED, /* the server refused: its knobs, or the lack of a certificate or a name, made it */
    TLS_FAILURE_FLOODED, /* more came that brings nothing than any use has: see ossl.h */
    TLS_FAILURE_OURS, /* all that was needed was in common, and the server failed: no word about the client */
};

enum { TLS_NO_ALERT = -1 };

struct tls_seen {
    enum tls_handshake handshake;
    enum tls_failure failure;
    /* As the server's own hello said, whatever became of the handshake then. */
    uint16_t version; /* 0 if there was none */
    char cipher[48];  /* IANA name; "" if none */
    char group[32];   /* "secp256r1", "ffdhe3072", "dh 1024"; "" if none */
    /* The first alert other than close_notify that was READ, 0..255, or TLS_NO_ALERT. */
    int alert_read;
    int alert_written; /* the server's last fatal one: no word of the client's; or TLS_NO_ALERT */
    bool alert_after_handshake;
    bool close_notify_read;
    bool hello_seen;
    struct client_hello hello; /* valid if hello_seen */
};

void tls_seen_init(struct tls_seen *seen);

#endif
