#include "check/target.h"

#include <stddef.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "net/numeric.h"

enum { NAME_MAX_B = 253, LABEL_MAX_B = 63, SAMPLE_SIZE_B = 80 };

static const char white_space[] = " \t\r\n\v\f";

const char *target_kind_name(enum target_kind kind) {
    static const char *const names[] = {
        [TARGET_DOMAIN] = "domain", [TARGET_HOST] = "host", [TARGET_ADDRESS] = "address"};

    return names[kind];
}

/* The parsers below return why the text is none of theirs, or NULL when it is. */

static bool is_name_char(int c) {
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '_';
}

static const char *check_label(const char *label, size_t len) {
    if (len == 0)
        return "a part of the name is empty";
    if (len > LABEL_MAX_B)
        return "a part of the name is longer than 63 bytes";
    if (label[0] == '-' || label[len - 1] == '-')
        return "a part of the name begins or ends with a hyphen";
    for (size_t i = 0; i < len; i++)
        if (!is_name_char((unsigned char)label[i]))
            return "no host name has such characters";
    return NULL;
}

static bool is_ascii(const char *text) {
    while (*text != '\0' && (unsigned char)*text < 0x80)
        text++;
    return *text == '\0';
}

/* What people are likely to write, said in their words, before the rules of DNS. */
static const char *check_name(const char *name) {
    const char *label = name;
    const char *why = NULL;

    if (name[0] == '\0')
        return "the name is missing";
    if (strchr(name, '@') != NULL)
        return "this is a mail address: give the part after the @";
    if (!is_ascii(name))
        return "the name is not ASCII: give its A-label (xn--...)";
    if (strlen(name) > NAME_MAX_B)
        return "the name is longer than 253 bytes";
    for (;;) {
        size_t len = strcspn(label, ".");

        why = check_label(label, len);
        if (why != NULL || label[len] == '\0')
            break;
        label += len + 1;
    }
    /* No top-level domain is a number (RFC 3696 2). */
    if (why == NULL && label[strspn(label, "0123456789")] == '\0')
        why = "this looks like an IP address, but is none";
    return why;
}

static const char *take_name(const char *text, size_t len, struct target *out) {
    if (len > 0 && text[len - 1] == '.')
        len--;
    if (len >= sizeof out->host)
        return "the name is longer than 253 bytes";
    for (size_t i = 0; i < len; i++)
        out->host[i] = (char)ascii_lower((unsigned char)text[i]);
    out->host[len] = '\0';
    return check_name(out->host);
}

static bool take_address(const char *text, size_t len, struct target *out) {
    char copy[NUMERIC_SIZE_B];

    _Static_assert(sizeof out->host >= NUMERIC_SIZE_B, "an address fits");
    if (len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (numeric_parse(copy, out->host) != 0)
        return false;
    out->kind = TARGET_ADDRESS;
    return true;
}

static const char *take_port(const char *text, struct target *out) {
    long port;

    if (text[0] == '\0')
        return NULL;
    if (ascii_number(text, 1, 65535, &port) != 0)
        return "the port is no number from 1 to 65535";
    out->port = (unsigned)port;
    return NULL;
}

/* "[address]" or "[address]:port" */
static const char *take_bracketed(const char *text, struct target *out) {
    const char *end = strchr(text, ']');

    if (end == NULL)
        return "the closing bracket is missing";
    if (!take_address(text + 1, (size_t)(end - text) - 1, out))
        return "there is no IP address in the brackets";
    if (end[1] != '\0' && end[1] != ':')
        return "only a colon and a port may follow the bracket";
    return end[1] == ':' ? take_port(end + 2, out) : NULL;
}

/* "host:port" or "address:port" */
static const char *take_host_and_port(const char *text, const char *colon, struct target *out) {
    size_t len = (size_t)(colon - text);

    if (take_address(text, len, out))
        return take_port(colon + 1, out);
    const char *why = take_name(text, len, out);
    out->kind = TARGET_HOST;
    return why != NULL ? why : take_port(colon + 1, out);
}

static const char *take(const char *text, struct target *out) {
    const char *colon = strchr(text, ':');

    if (text[0] == '[')
        return take_bracketed(text, out);
    if (take_address(text, strlen(text), out))
        return NULL;
    if (colon != NULL && strchr(colon + 1, ':') != NULL)
        return "this is neither host:port nor an IPv6 address (which takes brackets before a port)";
    if (colon != NULL)
        return take_host_and_port(text, colon, out);
    out->kind = TARGET_DOMAIN;
    return take_name(text, strlen(text), out);
}

static int refuse(struct err *err, const char *text, size_t len, const char *why) {
    char sample[SAMPLE_SIZE_B];

    ascii_copy_clean(sample, sizeof sample, text, len);
    return err_set(err, "target \"%s\": %s", sample, why);
}

int target_parse(const char *text, unsigned default_port, struct target *out, struct err *err) {
    struct target target = {.port = default_port};
    const char *start = text + strspn(text, white_space);
    size_t len = strlen(start);

    while (len > 0 && strchr(white_space, start[len - 1]) != NULL)
        len--;
    if (len >= sizeof target.text)
        return refuse(err, start, len, "longer than any host name");
    memcpy(target.text, start, len);
    const char *why = take(target.text, &target);
    if (why != NULL)
        return refuse(err, start, len, why);
    *out = target;
    return 0;
}
