/* utf8 - which text is UTF-8 (RFC 3629) that can be shown: no control character, nothing that turns the direction of text
 * or has no width.  Pure. */
#ifndef DOORMAT_BASE_UTF8_H
#define DOORMAT_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of the character that text begins with, 1 to 4; 0 if it is none, or is not to be shown. */
size_t utf8_shown_length(const char *text, size_t len);

bool utf8_is_shown(const char *text, size_t len); /* all of it */

/* Copies as much as fits, whole characters, and a NUL; each byte of what is not to be shown as '?'. */
void utf8_copy_clean(char *out, size_t size_b, const char *text, size_t len);

#endif
