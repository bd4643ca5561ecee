/* session_state - what the parts of a session share: session.c (the stream), session_commands.c (the commands),
 * session_auth.c (the dialogue after AUTH) and session_answer.c (what the knobs put in place of answers).  Nobody else includes this. */
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
    MODE_CHUNK,  /* what BDAT announced: thrown away */
    MODE_RECORD, /* a TLS record where a command should be: thrown away */
};

/* What stands behind STARTTLS, in the same piece of data. */
enum behind {
    BEHIND_NOTHING,
    BEHIND_TEXT,
    BEHIND_RECORD /* of TLS: it came too early, and is lost */
};

enum { SESSION_EARLY_MAX_B = 64 * 1024, RECORD_HEAD_B = 5 };

/* An answer that is given later, or bit by bit. */
struct hold {
    bool on;
    bool repeats;       /* the bytes are given again at each turn */
    enum smtp_point at; /* what is answered */
    unsigned wait_ms;   /* before each turn */
    size_t turns;       /* left */
    size_t piece_b;     /* given at each turn; 0: a line */
    struct buf bytes;
    struct buf early; /* what came meanwhile */
    bool is_early;    /* that is what is fed now, and it came before the answer to DATA */
};

struct smtp_session {
    struct smtp_setup setup;
    struct smtp_seen seen;
    struct line_reader reader;
    struct smtp_body body;
    enum session_mode mode;
    enum smtp_step step; /* what is asked once no answer is held back */
    enum channel channel;
    /* The knobs that were given, while those of somebody on the path stand in their place; NULL: they do not. */
    const struct smtp_knobs *given;
    enum exposure before;    /* in plaintext, when they were put there */
    enum behind what_behind; /* until TLS starts, or comes to nothing */
    struct buf behind; /* answers to what stands behind STARTTLS, until it gives something away */
    struct hold hold;
    unsigned answered;        /* a bit for each point at which a knob has answered */
    uint64_t chunks_b;        /* of all BDAT commands, as announced */
    unsigned long long chunk; /* bytes left of a chunk, or of a record */
    uint8_t head[RECORD_HEAD_B];
    unsigned records; /* of TLS where commands should be */
    size_t head_len;
    /* Forgotten when TLS starts (RFC 3207 4.2). */
    struct {
        bool greeted; /* EHLO or HELO came */
        bool authenticated;
        bool tried_auth;   /* the last command was AUTH, in whatever form */
        bool data_refused; /* the last command was DATA, and it was not answered with 354 */
        bool text_refused; /* the last command announced a message in a form that was refused */
        bool has_mail;     /* a transaction is open */
        bool mail_refused; /* the last MAIL was not answered with 2xx */
        bool smtputf8;     /* of the transaction */
        unsigned recipients;
    } said;
};

void session_reply(struct smtp_session *session, struct buf *out, unsigned code, const char *text);
void session_end(struct smtp_session *session, struct buf *out, const char *text); /* 421 */

/* Counts the error if the code is one; true when the session was ended for it. */
bool session_is_one_error_too_many(struct smtp_session *session, struct buf *out, unsigned code);

/* The same as session_reply, but for what the knobs say of the point.  Returns the code that was given, or 0 if none was:
 * the command counts as done only if this is the code that it hoped for. */
unsigned session_answer(struct smtp_session *session, struct buf *out, enum smtp_point point,
                        unsigned code, const char *text);
/* At a point where nothing is said ordinarily. */
void session_answer_unasked(struct smtp_session *session, struct buf *out, enum smtp_point point);
bool session_has_answer(const struct smtp_session *session, enum smtp_point point);

/* Whether the answer that is held back is given only to those who wait for it; and what the others get. */
bool session_is_guarded(const struct smtp_session *session);
void session_turn_away(struct smtp_session *session, struct buf *out);

/* What comes while an answer is held back. */
void session_keep_early(struct smtp_session *session, const uint8_t *data, size_t len);

/* Whether EHLO lists the keyword on that channel, in capitals or not. */
bool session_offers(const struct smtp_session *session, enum channel channel, const char *keyword);
/* The client makes use of an extension. */
void session_note_use(struct smtp_session *session, const char *keyword);
/* The client went on as if it had been answered otherwise than it was: it reads one answer late if something stands in the
 * place of an answer that it may have taken. */
void session_note_late_reader(struct smtp_session *session);
void session_reset_transaction(struct smtp_session *session);

/* Notes in what was seen, which only ever grows. */
void session_note_stage(struct smtp_session *session, enum smtp_stage stage);
void session_note_exposure(struct smtp_session *session, enum exposure exposure);

/* The message is what comes next. */
void session_start_body(struct smtp_session *session);

/* Longer than a message may be that is still read, to be refused at its end. */
bool session_is_without_end(const struct smtp_session *session, uint64_t size_b);

/* The answer to BDAT, once its chunk has come (RFC 3030 2). */
void session_refuse_chunk(struct smtp_session *session, struct buf *out);

/* What a line gives away that is too long or has no end: of the latter the bytes that came, of the former the first. */
void session_observe_rest(struct smtp_session *session, const char *line, size_t len);

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
