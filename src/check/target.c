#include "check/target.h"

#include <stddef.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "net/idn.h"
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

/* What people are likely to write, said in their words, before the rules of DNS. */
static const char *check_name(const char *name) {
    const char *label = name;
    const char *why = NULL;

    if (name[0] == '\0')
        return "the name is missing";
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
    struct err err;

    if (len > 0 && text[len - 1] == '.')
        len--;
    if (memchr(text, '@', len) != NULL)
        return "this is a mail address: give the part after the @";
    if (idn_is_ascii(text, len) && len >= sizeof out->host)
        return "the name is longer than 253 bytes";
    if (idn_to_ascii(text, len, out->host, &err) != 0)
        return "the name is no internationalised domain name (RFC 5891)";
    for (char *p = out->host; *p != '\0'; p++)
        *p = (char)ascii_lower((unsigned char)*p);
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

/* "::1:25" is read as ::0.1.0.37, which no host has (RFC 4291 2.5.5.1). */
static bool is_likely_port(const char *address) {
    return strncmp(address, "::", 2) == 0 && strchr(address, '.') != NULL &&
           strncmp(address, "::ffff:", 7) != 0;
}

static const char *take(const char *text, struct target *out) {
    const char *colon = strchr(text, ':');

    if (strstr(text, "://") != NULL)
        return "this is a URL: give the name alone, or host:port";
    if (text[0] == '[')
        return take_bracketed(text, out);
    if (take_address(text, strlen(text), out))
        return is_likely_port(out->host)
                   ? "an IPv6 address takes brackets before a port, as in [::1]:25"
                   : NULL;
    if (colon != NULL && strchr(colon + 1, ':') != NULL)
        return "this is neither host:port nor an IPv6 address (which takes brackets before a port)";
    if (colon != NULL)
        return take_host_and_port(text, colon, out);
    out->kind = TARGET_DOMAIN;
    return take_name(text, strlen(text), out);
}

static int refuse(struct err *err, const char *text, size_t len, const char *why) {
    char sample[SAMPLE_SIZE_B];

    utf8_copy_clean(sample, sizeof sample, text, len);
    return err_set(err, "target \"%s\": %s", sample, why);
}

/* It may end with a colon of its own. */
static bool is_bare_ipv6(const struct target *target) {
    return target->kind == TARGET_ADDRESS && target->text[0] != '[' &&
           strchr(target->host, ':') != NULL;
}

/* What is shown of it, and by what `--resume` knows it: U-labels as IDNA has them, and the port where only its colon is. */
static const char *settle_text(struct target *target) {
    char name[sizeof target->text], port[8] = "";
    size_t len = strlen(target->text);
    const char *colon = strrchr(target->text, ':');

    if (target->kind != TARGET_ADDRESS && !idn_is_ascii(target->text, len)) {
        if (idn_to_unicode(target->host, name, sizeof name) != 0)
            snprintf(name, sizeof name, "%s", target->host);
        if (colon != NULL)
            snprintf(port, sizeof port, ":%u", target->port);
    } else if (colon != NULL && colon[1] == '\0' && !is_bare_ipv6(target)) {
        snprintf(name, sizeof name, "%s", target->text);
        snprintf(port, sizeof port, "%u", target->port);
    } else {
        return NULL;
    }
    if (strlen(name) + strlen(port) >= sizeof target->text)
        return "longer than any host name";
    memcpy(target->text, name, strlen(name));
    memcpy(target->text + strlen(name), port, strlen(port) + 1);
    return NULL;
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
    if (why == NULL)
        why = settle_text(&target);
    if (why != NULL)
        return refuse(err, start, len, why);
    *out = target;
    return 0;
}
