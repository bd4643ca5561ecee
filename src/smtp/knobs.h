/* knobs - what the SMTP server can do wrong.  All-zero is a spotless server.  Strings are borrowed and must outlive the
 * session (the catalogue's are literals). */
#ifndef DOORMAT_SMTP_KNOBS_H
#define DOORMAT_SMTP_KNOBS_H

/* A reply that replaces the ordinary one; code 0: the ordinary one.  text is what follows "NNN ". */
struct smtp_canned {
    unsigned long code; /* long, so that the struct has no padding: knobs are compared as bytes */
    const char *text;
};

enum smtp_starttls_offer {
    SMTP_STARTTLS_OFFERED,
    SMTP_STARTTLS_NOT_OFFERED, /* not in EHLO's list, and 502 when tried; the port for implicit TLS speaks plaintext */
};

struct smtp_knobs {
    enum smtp_starttls_offer starttls_offer;
    struct smtp_canned starttls_reply; /* instead of 220 */
};

#endif
