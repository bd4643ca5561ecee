/* path - a mail path "<...>" of MAIL and RCPT (RFC 5321 4.1.2, 6531), pure.
 *
 * Taken: mailboxes with dot-strings, quoted local parts, domains and address literals; "<>"; "<postmaster>"; source routes,
 * which are checked and ignored.  Bytes from 0x80 on are letters; the caller has made sure that they are UTF-8.
 *
 * Lengths: the domain within 255 octets, the whole address within 320, which is 64 + "@" + 255 (4.5.3.1).  The 64 for the
 * local part alone are not insisted on, since bounce addresses that carry a recipient break them every day; nor are DNS's
 * rules for labels.  "_" is a letter in a domain, as it is in laboratories. */
#ifndef DOORMAT_SMTP_PATH_H
#define DOORMAT_SMTP_PATH_H

#include <stdbool.h>
#include <stddef.h>

enum { SMTP_DOMAIN_MAX_B = 255, SMTP_ADDRESS_MAX_B = 320 };

enum smtp_path_kind {
    SMTP_PATH_NULL,       /* <> */
    SMTP_PATH_POSTMASTER, /* <postmaster>, without a domain */
    SMTP_PATH_MAILBOX,
};

struct smtp_path {
    enum smtp_path_kind kind;
    const char *address; /* without <> and source route.  Borrowed */
    size_t address_len;
    bool has_utf8; /* the address is not all ASCII */
};

/* How many bytes at the start of text are a path; 0 if there is none, and then *out is as it was. */
size_t smtp_path_parse(const char *text, size_t len, struct smtp_path *out);

#endif
