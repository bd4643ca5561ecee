/* loose - what a line gives away that is no well-formed command: whoever reads along does not mind the grammar.
 *
 * "MAIL<tab>FROM:<a@b>" is refused (RFC 5321 4.1.1.2) and has told the envelope; so have "AUTH=PLAIN AGEAYg==" and
 * "AUTH AGEAYg==" their credentials.  For the observation of a session, which accuses only on good grounds, and for
 * transcripts, which hide generously. */
#ifndef DOORMAT_SMTP_LOOSE_H
#define DOORMAT_SMTP_LOOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "smtp/seen.h"

/* Whether a word is base64 that no mechanism of SASL is called like (RFC 4422 3.1): small and capital letters, or padding. */
bool loose_is_secret(const char *word, size_t len);

/* How much of what may be an attempt to log in may be shown: to the end of the verb, or of the mechanism if it is a known one;
 * 0: the line is no such attempt.  AUTH is looked for at the beginning of each word but those of well-formed names and
 * addresses, its relatives (PASS, LOGIN, AUTHORIZATION, a mechanism alone) among the first two words. */
size_t loose_auth_shown(const char *line, size_t len);

/* The same for a field of a message's header (RFC 5322 2.2) that is sent as a command: its name and colon. */
size_t loose_field_shown(const char *line, size_t len);

/* Whether a message, or a part of one, is announced (DATA, BDAT), well-formed or not. */
bool loose_announces_message(const char *line, size_t len);

/* What the line, without its CRLF, gives away; for lines that smtp_command_parse does not call well-formed, and for those in
 * which anything may be said. */
enum exposure loose_exposure(const char *line, size_t len);

#endif
