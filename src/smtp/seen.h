/* seen - what an SMTP session saw of the client, as plain data. */
#ifndef DOORMAT_SMTP_SEEN_H
#define DOORMAT_SMTP_SEEN_H

#include <stdbool.h>
#include <stddef.h>

enum channel { CHANNEL_PLAIN, CHANNEL_TLS, CHANNEL_COUNT };
const char *channel_name(enum channel channel); /* "plaintext", "tls" */

/* How far a connection came, in this order.  SMTP_STAGE_HANDSHAKE is set by whoever runs the handshake. */
enum smtp_stage {
    SMTP_STAGE_CONNECTED,
    SMTP_STAGE_EHLO,
    SMTP_STAGE_STARTTLS,
    SMTP_STAGE_HANDSHAKE,
    SMTP_STAGE_EHLO_TLS,
    SMTP_STAGE_AUTH,
    SMTP_STAGE_MAIL,
    SMTP_STAGE_RCPT,
    SMTP_STAGE_DATA,    /* DATA was accepted; some of the message may have come */
    SMTP_STAGE_MESSAGE, /* the whole message came */
};
const char *smtp_stage_name(enum smtp_stage stage); /* "connected" ... "ehlo-tls" ... "message" */

/* What the client gave away; each includes those before it. */
enum exposure { EXPOSURE_NOTHING, EXPOSURE_ENVELOPE, EXPOSURE_CREDENTIALS, EXPOSURE_MESSAGE };
const char *exposure_name(enum exposure exposure); /* "nothing" ... */

enum starttls_outcome {
    STARTTLS_NOT_TRIED, /* offered, not asked for */
    STARTTLS_ACCEPTED,
    STARTTLS_REFUSED,     /* asked for, and answered with something else than 220 */
    STARTTLS_NOT_OFFERED, /* and not asked for */
    STARTTLS_IMPLICIT,    /* TLS came first: no STARTTLS */
};
const char *starttls_outcome_name(enum starttls_outcome outcome); /* "not-tried" ... */

enum { SMTP_HELO_SIZE_B = 256, SMTP_VERB_SIZE_B = 12 };

struct smtp_seen {
    char helo[SMTP_HELO_SIZE_B]; /* the name given last, cleaned for display; "" if none */
    char first_inside_tls[SMTP_VERB_SIZE_B]; /* the first command inside TLS, upper case, or "" */
    enum smtp_stage furthest;
    enum starttls_outcome starttls;
    enum exposure exposed[CHANNEL_COUNT];
    enum exposure exposed_early;  /* in plaintext, before STARTTLS was accepted */
    bool accepted[CHANNEL_COUNT]; /* a final dot was answered 250 on that channel */
    bool quit;                    /* QUIT was the last command */
    unsigned commands, errors;
    unsigned messages;   /* that came whole, accepted or not */
    unsigned bare_lf;    /* lines that ended without CR, of commands and of whole messages */
    unsigned false_ends; /* in whole messages: ends of data that are not CRLF . CRLF */
    /* Inside TLS it acted on what was said before TLS: it took an injected reply for an answer, or used what was offered
     * in plaintext alone. */
    bool believed;
    bool is_planted;          /* a message came with the mark of planted bytes (smtp/body.h) */
    size_t behind_starttls_b; /* came in plaintext behind STARTTLS, before TLS */
};

#endif
