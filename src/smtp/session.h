/* session - the server's side of one SMTP dialogue, as a state machine without a socket (RFC 5321, 3207, 4954, 2920).
 *
 * Life: smtp_session_new -> smtp_session_greet -> smtp_session_feed for all that arrives -> smtp_session_free.
 * Bytes in, bytes out: replies to pipelined commands gather in `out`, and the caller sends them in one write.
 * The caller does what enum smtp_step asks.  It relays nothing and keeps no message.
 *
 * What is said in the clear is seen wherever it is said: behind STARTTLS in the same write, in place of TLS or behind its
 * end (smtp_session_unsecured), and behind CLOSE.  It counts as exposure in plaintext.
 *
 * The knobs say what it does wrong; it never knows which fault it serves, nor who encrypts. */
#ifndef DOORMAT_SMTP_SESSION_H
#define DOORMAT_SMTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "smtp/knobs.h"
#include "smtp/seen.h"

/* Per connection, where nothing else is said. */
struct smtp_limits {
    size_t line_b;       /* a command line with CRLF: 512 (RFC 5321 4.5.3.1.4), more for AUTH */
    uint64_t message_b;  /* announced as SIZE.  A longer one gets 552 at its end; 8 times, 421 */
    unsigned commands;   /* then 421 */
    unsigned errors;     /* replies of 500 to 504, then 421 */
    unsigned recipients; /* of one message, then 452 */
    unsigned messages;   /* then 421 */
};
extern const struct smtp_limits smtp_limits_default; /* 12288, 10 MiB, 1000, 20, 1000, 100 */

/* What the bytes are that a client sent. */
enum smtp_heard {
    SMTP_HEARD_COMMAND,
    SMTP_HEARD_SECRET,  /* a response in the dialogue of AUTH */
    SMTP_HEARD_MESSAGE, /* by DATA or BDAT, with its end */
    SMTP_HEARD_TLS,     /* a record of TLS where a command should be */
};
typedef void smtp_heard_fn(enum smtp_heard kind, const uint8_t *data, size_t len, void *arg);

struct smtp_setup {
    const char *hostname;           /* in the greeting and the EHLO reply.  Borrowed */
    const struct smtp_knobs *knobs; /* borrowed */
    const struct smtp_limits *limits;
    bool implicit_tls;       /* TLS is there before the greeting */
    smtp_heard_fn *on_heard; /* called for what is taken, as it is taken; or NULL */
    void *arg;
};

enum smtp_step {
    SMTP_STEP_READ,      /* send out, then feed more */
    SMTP_STEP_START_TLS, /* send out, then start TLS; smtp_session_secured follows */
    SMTP_STEP_CLOSE,     /* send out, then close */
    SMTP_STEP_RESET,     /* close with RST, at once */
    SMTP_STEP_WAIT, /* send out; after smtp_session_wait_ms call smtp_session_go_on.  Feed what comes */
};

struct smtp_session;

struct smtp_session *smtp_session_new(const struct smtp_setup *setup);
void smtp_session_free(struct smtp_session **session);

enum smtp_step smtp_session_greet(struct smtp_session *session, struct buf *out);

/* Takes all of data.  Mail commands that stand behind STARTTLS in the same data are answered in plaintext, and there is no
 * START_TLS; anything else there is counted, and not acted on (RFC 3207 4.2).  What is fed after CLOSE is observed in
 * plaintext, ignored inside TLS, and not answered; the step stays CLOSE.  When `out` meets its ceiling the step is CLOSE. */
enum smtp_step smtp_session_feed(struct smtp_session *session, const uint8_t *data, size_t len,
                                 struct buf *out);

/* The handshake is complete: all that was said before is forgotten (RFC 3207 4.2). */
enum smtp_step smtp_session_secured(struct smtp_session *session, struct buf *out);

/* TLS failed, or ended, or was never begun, and the connection stands: what comes now is plaintext.  It is answered as
 * somebody on the path would who wants the mail: no STARTTLS, AUTH, and everything is taken.  Where TLS was to come before
 * the greeting, the greeting is given now. */
enum smtp_step smtp_session_unsecured(struct smtp_session *session, struct buf *out);

/* After SMTP_STEP_WAIT, once for each; without one it changes nothing, and returns the step that is asked. */
unsigned smtp_session_wait_ms(const struct smtp_session *session);
enum smtp_step smtp_session_go_on(struct smtp_session *session, struct buf *out);

/* The connection is over: what the client had begun to say, and what waited for its turn, counts as said. */
void smtp_session_ended(struct smtp_session *session);

const struct smtp_seen *smtp_session_seen(const struct smtp_session *session);

#endif
