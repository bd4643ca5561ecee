/* name - names in DNS as bytes on the wire (RFC 1035 3.1): read, written, compared, composed.  Pure.
 *
 * A name is a value of a fixed size; labels may hold any byte.  Letters keep their case, and compare without it (RFC 4343). */
#ifndef DOORMAT_DNS_NAME_H
#define DOORMAT_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DNS_NAME_MAX_B = 255,
    DNS_LABEL_MAX_B = 63,
    DNS_NAME_TEXT_SIZE_B = 4 * DNS_NAME_MAX_B + 1 /* each byte as \ddd */
};

struct dns_name { /* all-zero is no name; the root is {{0}, 1, 0} */
    uint8_t bytes[DNS_NAME_MAX_B];
    uint8_t len;
    uint8_t labels; /* without the root */
};

/* Reads a name that is not compressed; returns how many bytes it takes, or 0 if it is broken, compressed, or cut. */
size_t dns_name_read(const uint8_t *data, size_t len, struct dns_name *out);

/* "mx.example.test", with or without a dot at the end; "" and "." are the root.  Knows no escapes.  0, or -1. */
int dns_name_parse(const char *text, struct dns_name *out);

/* In lower case, without the dot at the end; the root is ".".  A byte that no host name has, '_' and '*' aside, is \ddd. */
const char *dns_name_format(const struct dns_name *name, char out[DNS_NAME_TEXT_SIZE_B]);

/* The first `labels` labels of it as text, likewise; "" for none. */
const char *dns_name_format_prefix(const struct dns_name *name, unsigned labels,
                                   char out[DNS_NAME_TEXT_SIZE_B]);

bool dns_name_is_equal(const struct dns_name *a, const struct dns_name *b);
bool dns_name_is_within(const struct dns_name *name, const struct dns_name *top); /* or the same */

/* Without its first labels, so that `labels` remain. */
struct dns_name dns_name_top(const struct dns_name *name, unsigned labels);

/* One label more in front; 0, or -1 if that is too long. */
int dns_name_add_label(const struct dns_name *name, const void *label, size_t len,
                       struct dns_name *out);

/* "_25._tcp.mx" in front of it; "" is the name itself. */
int dns_name_join(const char *prefix, const struct dns_name *name, struct dns_name *out);

/* In canonical form (RFC 4034 6.2). */
struct dns_name dns_name_lower(const struct dns_name *name);

/* The names just before it, and just behind it and all that is below it, in the order of RFC 4034 6.1, and at its own level: no
 * host name lies between (RFC 4470 4).  Before a name whose first label ends with a byte 0 there is none of that kind. */
bool dns_name_has_before(const struct dns_name *name);
struct dns_name dns_name_before(const struct dns_name *name);
struct dns_name dns_name_behind(const struct dns_name *name);

/* The first name below it; the one behind it if there is no room. */
struct dns_name dns_name_first_below(const struct dns_name *name);

#endif
