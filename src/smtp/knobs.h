/* knobs - what the SMTP server can do wrong.  All-zero is a spotless server.  Strings are borrowed and must outlive the
 * session (the catalogue's are literals).
 *
 * A dialogue has points at which the server says something (or starts TLS, or says nothing).  At each of them an answer
 * may stand in for the ordinary one: another code and text, another form of the bytes, another manner of giving it.  The
 * code is what counts: the session goes on as a server that means this code does, whatever the bytes look like. */
#ifndef DOORMAT_SMTP_KNOBS_H
#define DOORMAT_SMTP_KNOBS_H

#include "smtp/seen.h"

enum smtp_point {
    SMTP_POINT_GREETING,
    SMTP_POINT_EHLO, /* in plaintext */
    SMTP_POINT_HELO,
    SMTP_POINT_STARTTLS,
    SMTP_POINT_HANDSHAKE, /* the ClientHello has come; ordinarily TLS answers.  An answer here means: no TLS */
    SMTP_POINT_SECURED, /* TLS stands after STARTTLS; ordinarily nothing is said */
    SMTP_POINT_EHLO_TLS,
    SMTP_POINT_AUTH, /* the last answer of the dialogue */
    SMTP_POINT_MAIL,
    SMTP_POINT_RCPT,
    SMTP_POINT_DATA,
    SMTP_POINT_BODY, /* the message has begun; ordinarily nothing is said */
    SMTP_POINT_DOT,  /* the message is there */
    SMTP_POINT_QUIT,
    SMTP_POINT_COUNT,
};

/* How the text becomes bytes. */
enum smtp_form {
    SMTP_FORM_REPLY, /* "NNN text" CRLF, a line for each of the text's */
    SMTP_FORM_RAW,   /* the text as it is; nothing is put to it */
    SMTP_FORM_LF,    /* a reply whose lines end with LF alone */
    SMTP_FORM_LINES, /* a reply with `amount` lines before its own */
    SMTP_FORM_WIDE,  /* a reply whose first line is `amount` bytes longer */
};

/* How the bytes are given. */
enum smtp_manner {
    SMTP_MANNER_AT_ONCE,
    SMTP_MANNER_ONCE,    /* the first time; the ordinary answer after that */
    SMTP_MANNER_LATE,    /* after `amount` milliseconds */
    SMTP_MANNER_TRICKLE, /* a byte per segment, a millisecond between them */
    SMTP_MANNER_LAST,    /* then FIN */
    SMTP_MANNER_STALL,   /* instead: nothing for `amount` milliseconds, then FIN */
    SMTP_MANNER_FIN,     /* instead */
    SMTP_MANNER_RST,     /* instead */
    SMTP_MANNER_ENDLESS, /* instead: continuation lines without a last one, for `amount` milliseconds, then FIN */
    SMTP_MANNER_LINES,   /* a line per segment, `amount` milliseconds before each */
    SMTP_MANNER_GUARDED, /* late; and whoever speaks before it is turned away: 554, then FIN */
    SMTP_MANNER_COUNT,
};

/* Without padding, for knobs are compared as bytes. */
struct smtp_answer {
    unsigned code;    /* 0: the ordinary one */
    unsigned amount;  /* lines, bytes or milliseconds, as form or manner want it */
    const char *text; /* what follows "NNN "; NULL: the ordinary one */
    enum smtp_form form;
    enum smtp_manner manner;
};

enum smtp_starttls_offer {
    SMTP_STARTTLS_OFFERED,
    SMTP_STARTTLS_NOT_OFFERED, /* not in EHLO's list, and 502 when tried; the port for implicit TLS speaks plaintext */
};

struct smtp_knobs {
    enum smtp_starttls_offer starttls_offer;
    unsigned
        auth_in_plaintext; /* 1: EHLO offers AUTH in plaintext too, whatever else it lists, and takes it */
    struct smtp_answer at[SMTP_POINT_COUNT];
    /* What EHLO lists, a keyword with its parameters per line; NULL: the ordinary list.  What is not in the list is
     * refused: STARTTLS, AUTH. */
    const char *capabilities[CHANNEL_COUNT];
};

#endif
