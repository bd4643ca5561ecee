/* loose - what a line gives away that is no well-formed command: whoever reads along does not mind the grammar.
 *
 * "MAIL<tab>FROM:<a@b>" is refused (RFC 5321 4.1.1.2) and has told the envelope; so have "AUTH=PLAIN AGEAYg==" and
 * "AUTH AGEAYg==" their credentials.  For the observation of a session, and for transcripts, which must not show them. */
#ifndef DOORMAT_SMTP_LOOSE_H
#define DOORMAT_SMTP_LOOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "smtp/seen.h"

/* Whether a word is base64 that no mechanism of SASL is called like (RFC 4422 3.1): small and capital letters, or padding. */
bool loose_is_secret(const char *word, size_t len);

/* How much of an attempt at AUTH may be shown: to the end of the verb, or of the mechanism if it is a known one; 0: the line
 * is no such attempt.  AUTH is looked for among the first two words, and behind each control character. */
size_t loose_auth_shown(const char *line, size_t len);

/* What the line, without its CRLF, gives away; for lines that smtp_command_parse does not call well-formed. */
enum exposure loose_exposure(const char *line, size_t len);

#endif
