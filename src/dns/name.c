#include "dns/name.h"

#include <stdio.h>

#include "base/ascii.h"
#include "base/mem.h"

size_t dns_name_read(const uint8_t *data, size_t len, struct dns_name *out) {
    size_t pos = 0;

    *out = (struct dns_name){.len = 0};
    while (pos < len && data[pos] != 0) {
        size_t label = data[pos];
        if (label > DNS_LABEL_MAX_B || pos + label + 2 > DNS_NAME_MAX_B)
            return 0;
        pos += label + 1;
        out->labels++;
    }
    if (pos >= len)
        return 0;
    memcpy(out->bytes, data, pos + 1);
    out->len = (uint8_t)(pos + 1);
    return pos + 1;
}

static struct dns_name root(void) {
    return (struct dns_name){.len = 1};
}

int dns_name_add_label(const struct dns_name *name, const void *label, size_t len,
                       struct dns_name *out) {
    struct dns_name made = {.labels = (uint8_t)(name->labels + 1)};

    if (len == 0 || len > DNS_LABEL_MAX_B || name->len + len + 1 > DNS_NAME_MAX_B)
        return -1;
    made.bytes[0] = (uint8_t)len;
    memcpy(made.bytes + 1, label, len);
    memcpy(made.bytes + 1 + len, name->bytes, name->len);
    made.len = (uint8_t)(name->len + len + 1);
    *out = made;
    return 0;
}

int dns_name_join(const char *prefix, const struct dns_name *name, struct dns_name *out) {
    size_t end = strlen(prefix);

    *out = *name;
    while (end > 0) {
        size_t begin = end;
        while (begin > 0 && prefix[begin - 1] != '.')
            begin--;
        if (dns_name_add_label(out, prefix + begin, end - begin, out) != 0)
            return -1;
        end = begin > 0 ? begin - 1 : 0;
        if (begin == 1) /* it begins with a dot */
            return -1;
    }
    return 0;
}

int dns_name_parse(const char *text, struct dns_name *out) {
    struct dns_name top = root();
    char copy[DNS_NAME_MAX_B + 1];
    size_t len = strlen(text);

    if (len > 0 && text[len - 1] == '.')
        len--;
    if (len >= sizeof copy)
        return -1;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return dns_name_join(copy, &top, out);
}

/* --- as text --- */

static bool is_plain(int c) {
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '_' || c == '*';
}

static size_t format_label(const uint8_t *label, size_t len, char *out) {
    size_t used = 0;

    for (size_t i = 0; i < len; i++)
        if (is_plain(label[i]))
            out[used++] = (char)ascii_lower(label[i]);
        else
            used += (size_t)snprintf(out + used, 5, "\\%03u", label[i]);
    return used;
}

const char *dns_name_format_prefix(const struct dns_name *name, unsigned labels,
                                   char out[DNS_NAME_TEXT_SIZE_B]) {
    const uint8_t *at = name->bytes;
    size_t used = 0;

    for (unsigned i = 0; i < labels; i++) {
        if (i > 0)
            out[used++] = '.';
        used += format_label(at + 1, at[0], out + used);
        at += at[0] + 1;
    }
    out[used] = '\0';
    return out;
}

const char *dns_name_format(const struct dns_name *name, char out[DNS_NAME_TEXT_SIZE_B]) {
    if (name->labels > 0)
        return dns_name_format_prefix(name, name->labels, out);
    snprintf(out, DNS_NAME_TEXT_SIZE_B, ".");
    return out;
}

/* --- compared --- */

/* Lengths of labels are below 'A': they are left alone. */
static bool is_same(const uint8_t *a, const uint8_t *b, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (ascii_lower(a[i]) != ascii_lower(b[i]))
            return false;
    return true;
}

bool dns_name_is_equal(const struct dns_name *a, const struct dns_name *b) {
    return a->len == b->len && a->labels == b->labels && is_same(a->bytes, b->bytes, a->len);
}

struct dns_name dns_name_top(const struct dns_name *name, unsigned labels) {
    struct dns_name made = {.labels = (uint8_t)labels};
    size_t at = 0;

    for (unsigned i = labels; i < name->labels; i++)
        at += name->bytes[at] + 1u;
    made.len = (uint8_t)(name->len - at);
    memcpy(made.bytes, name->bytes + at, made.len);
    return made;
}

bool dns_name_is_within(const struct dns_name *name, const struct dns_name *top) {
    if (name->labels < top->labels)
        return false;
    struct dns_name same_level = dns_name_top(name, top->labels);
    return dns_name_is_equal(&same_level, top);
}

struct dns_name dns_name_lower(const struct dns_name *name) {
    struct dns_name made = *name;

    for (size_t i = 0; i < made.len; i++)
        made.bytes[i] = (uint8_t)ascii_lower(made.bytes[i]);
    return made;
}

/* --- neighbours --- */

/* Capitals sort as small letters, which come later than what stands before capitals. */
static uint8_t one_less(uint8_t c) {
    c--;
    return c >= 'A' && c <= 'Z' ? 'A' - 1 : c;
}
static uint8_t one_more(uint8_t c) {
    c++;
    return c >= 'A' && c <= 'Z' ? 'Z' + 1 : c;
}

bool dns_name_has_before(const struct dns_name *name) {
    return name->labels > 0 && name->bytes[name->bytes[0]] != 0;
}

struct dns_name dns_name_before(const struct dns_name *name) {
    struct dns_name lower = dns_name_lower(name), up = dns_name_top(&lower, name->labels - 1u),
                    made;
    uint8_t label[DNS_LABEL_MAX_B + 1];
    size_t len = lower.bytes[0];

    memcpy(label, lower.bytes + 1, len);
    label[len - 1] = one_less(label[len - 1]);
    label[len] = 0xff;
    if (dns_name_add_label(&up, label, len + 1, &made) == 0 ||
        dns_name_add_label(&up, label, len, &made) == 0)
        return made;
    return up; /* not reached: it is as long as the name */
}

struct dns_name dns_name_behind(const struct dns_name *name) {
    struct dns_name lower = dns_name_lower(name), up = dns_name_top(&lower, name->labels - 1u),
                    made;
    uint8_t label[DNS_LABEL_MAX_B + 1];
    size_t len = lower.bytes[0];

    memcpy(label, lower.bytes + 1, len);
    label[len] = 0;
    if (dns_name_add_label(&up, label, len + 1, &made) == 0)
        return made;
    while (len > 0 && label[len - 1] == 0xff)
        len--;
    if (len == 0) /* nothing comes behind it at its level */
        return up;
    label[len - 1] = one_more(label[len - 1]);
    return dns_name_add_label(&up, label, len, &made) == 0 ? made : up;
}

struct dns_name dns_name_first_below(const struct dns_name *name) {
    struct dns_name made;

    return dns_name_add_label(name, "", 1, &made) == 0 ? made : dns_name_behind(name);
}
