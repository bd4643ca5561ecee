/* command - one SMTP command line to a struct (RFC 5321 4.1, 3207, 3461, 4954, 1870, 6152, 6531), pure.
 * The whole line is validated before anything is taken from it: on any other result than SMTP_SYNTAX_OK *out holds the verb
 * and nothing else.  More liberal than the RFC in three things that real senders do: spaces after the colon of FROM: and
 * TO:, white space at the end of the line, and what path.h lists. */
#ifndef DOORMAT_SMTP_COMMAND_H
#define DOORMAT_SMTP_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

enum smtp_verb {
    SMTP_UNKNOWN,
    SMTP_EHLO,
    SMTP_HELO,
    SMTP_STARTTLS,
    SMTP_AUTH,
    SMTP_MAIL,
    SMTP_RCPT,
    SMTP_DATA,
    SMTP_BDAT, /* RFC 3030; not supported, but its data must be told from commands */
    SMTP_RSET,
    SMTP_NOOP,
    SMTP_QUIT,
    SMTP_VRFY,
    SMTP_EXPN,
    SMTP_HELP,
    SMTP_VERB_COUNT,
};
const char *smtp_verb_name(enum smtp_verb verb); /* "EHLO" ...; "UNKNOWN" */

enum smtp_syntax {
    SMTP_SYNTAX_OK,
    SMTP_SYNTAX_UNKNOWN,   /* 500: no such command */
    SMTP_SYNTAX_ARGUMENTS, /* 501: its arguments are wrong */
    SMTP_SYNTAX_PARAMETER, /* 555: a MAIL or RCPT parameter that was not offered */
};

struct smtp_command {
    enum smtp_verb verb;
    /* EHLO, HELO: the name.  MAIL, RCPT: the address without <>.  AUTH: the mechanism.  Borrowed. */
    const char *argument;
    size_t argument_len;
    const char *initial; /* AUTH: the initial response, NULL if none.  Borrowed. */
    size_t initial_len;
    unsigned long long size_b; /* MAIL SIZE=, 0 if not given; BDAT: the size of the chunk */
    bool has_size;
    bool smtputf8, body_8bit;
    bool has_auth; /* MAIL AUTH= (RFC 4954 5) */
    bool has_dsn;  /* MAIL RET= or ENVID=, RCPT NOTIFY= or ORCPT= (RFC 3461) */
    bool has_utf8; /* MAIL, RCPT: the address is not all ASCII, so SMTPUTF8 must be given */
};

/* line has no line ending and need not be terminated.  The strings in *out borrow from line. */
enum smtp_syntax smtp_command_parse(const char *line, size_t len, struct smtp_command *out);

#endif
