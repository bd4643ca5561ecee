/* session_state - what the parts of a session share: session.c (the stream), session_commands.c (the commands) and
 * session_auth.c (the dialogue after AUTH).  Nobody else includes this. */
#ifndef DOORMAT_SMTP_SESSION_STATE_H
#define DOORMAT_SMTP_SESSION_STATE_H

#include "smtp/body.h"
#include "smtp/command.h"
#include "smtp/line.h"
#include "smtp/session.h"

/* What the next bytes are. */
enum session_mode {
    MODE_COMMAND,
    MODE_AUTH_USER, /* a response, to be followed by another prompt */
    MODE_AUTH_LAST, /* the response that completes AUTH */
    MODE_BODY,
};

struct smtp_session {
    struct smtp_setup setup;
    struct smtp_record record;
    struct line_reader reader;
    struct smtp_body body;
    enum session_mode mode;
    enum smtp_step step;
    enum channel channel;
    /* Forgotten when TLS starts (RFC 3207 4.2). */
    struct {
        bool greeted; /* EHLO or HELO came */
        bool authenticated;
        bool auth_in_clear; /* the last command was AUTH, refused for want of TLS */
        bool has_mail;      /* a transaction is open */
        bool smtputf8;      /* of the transaction */
        unsigned recipients;
    } said;
};

void session_reply(struct smtp_session *session, struct buf *out, unsigned code, const char *text);
void session_end(struct smtp_session *session, struct buf *out, const char *text); /* 421 */
void session_reset_transaction(struct smtp_session *session);

/* Notes in the record, which only ever grows. */
void session_note_stage(struct smtp_session *session, enum smtp_stage stage);
void session_note_exposure(struct smtp_session *session, enum exposure exposure);

void session_take_command(struct smtp_session *session, const char *line, size_t len,
                          struct buf *out);

/* Opens the dialogue of a mechanism; the command has been found acceptable. */
void session_start_auth(struct smtp_session *session, const struct smtp_command *command,
                        struct buf *out);
void session_take_auth_response(struct smtp_session *session, const char *text, size_t len,
                                struct buf *out);

/* Whether the text is well-formed base64 (RFC 4648 4); the empty text is. */
bool session_is_base64(const char *text, size_t len);

#endif
