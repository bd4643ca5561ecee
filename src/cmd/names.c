#include "cmd/names.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "net/numeric.h"

/* A host name, an address, or one in brackets for EHLO: what goes into commands and certificates. */
static bool is_host(const char *text) {
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if (!ascii_is_alpha((unsigned char)text[i]) && !ascii_is_digit((unsigned char)text[i]) &&
            strchr("-._:[]", text[i]) == NULL)
            return false;
    return len > 0 && text[0] != '-';
}

/* No top-level domain is a number (RFC 3696 2), and no name has a colon.  In brackets stands what EHLO says. */
static bool is_broken_address(const char *text) {
    char canonical[NUMERIC_SIZE_B];
    const char *dot = strrchr(text, '.'), *last = dot != NULL ? dot + 1 : text;
    bool is_number = *last != '\0' && last[strspn(last, "0123456789")] == '\0';

    return text[0] != '[' && (is_number || strchr(text, ':') != NULL) &&
           numeric_parse(text, canonical) != 0;
}

int names_take_host(const struct cmd_spec *spec, const char *option, const char **text,
                    char out[IDN_SIZE_B]) {
    struct err err;

    if (idn_to_ascii(*text, strlen(*text), out, &err) != 0)
        return cmd_usage_error(spec, "--%s %s", option, err.text);
    if (!is_host(out))
        return cmd_usage_error(spec, "--%s %s: no host has such a name", option, *text);
    if (is_broken_address(out))
        return cmd_usage_error(spec, "--%s %s: this looks like an IP address, but is none", option,
                               *text);
    *text = out;
    return 0;
}

int names_take_address(const struct cmd_spec *spec, const char *option, const char **text,
                       char out[IDN_ADDRESS_SIZE_B]) {
    struct err err;

    if (idn_address(*text, out, &err) != 0)
        return cmd_usage_error(spec, "--%s %s", option, err.text);
    *text = out;
    return 0;
}
