#include "base/ascii.h"
#include "base/mem.h"
#include "net/numeric.h"
#include "policy/names.h"

enum { NAME_MAX_B = 253, LABEL_MAX_B = 63 };

/* Letters, digits, hyphens and, since names in real networks have them, underscores. */
static bool is_name_byte(int c) {
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '_';
}

/* How many labels the name has; 0 if it is none (RFC 1123 2.1, RFC 1035 2.3.4). */
static size_t count_labels(const char *name, size_t len) {
    size_t labels = 1, label_b = 0;

    if (len > NAME_MAX_B)
        return 0;
    for (size_t i = 0; i < len; i++) {
        bool is_dot = name[i] == '.';
        if (is_dot ? label_b == 0 : !is_name_byte((unsigned char)name[i]))
            return 0;
        labels += is_dot;
        label_b = is_dot ? 0 : label_b + 1;
        if (label_b > LABEL_MAX_B)
            return 0;
    }
    return label_b > 0 ? labels : 0;
}

/* "*.test" would speak for a whole top-level domain, which nobody owns. */
static bool wildcard_matches(const char *presented, const char *reference, size_t len) {
    const char *parent = memchr(reference, '.', len);

    if (parent == NULL || count_labels(presented + 2, strlen(presented + 2)) < 2)
        return false;
    return ascii_equal_n(parent, len - (size_t)(parent - reference), presented + 1);
}

static bool dns_matches(const struct facts_name *presented, const char *reference) {
    size_t len = strlen(reference);

    if (len > 0 && reference[len - 1] == '.')
        len--;
    /* A NUL within, where C would see the end of the name, or what was cut: nobody's name. */
    if (presented->len != strlen(presented->text) || count_labels(reference, len) == 0)
        return false;
    if (strncmp(presented->text, "*.", 2) == 0)
        return wildcard_matches(presented->text, reference, len);
    return ascii_equal_n(reference, len, presented->text);
}

static bool address_matches(const struct facts_name *presented, const char *reference) {
    char canonical[NUMERIC_SIZE_B];

    return numeric_parse(presented->text, canonical) == 0 && strcmp(canonical, reference) == 0;
}

bool name_matches(const struct facts_name *presented, const char *reference) {
    char address[NUMERIC_SIZE_B];

    if (numeric_parse(reference, address) == 0)
        return presented->kind == FACTS_NAME_IP && address_matches(presented, address);
    return presented->kind == FACTS_NAME_DNS && dns_matches(presented, reference);
}

bool names_match(const struct facts_cert *cert, const char *reference) {
    for (size_t i = 0; i < cert->name_count; i++)
        if (name_matches(&cert->names[i], reference))
            return true;
    return false;
}

bool names_is_address(const char *reference) {
    char address[NUMERIC_SIZE_B];

    return numeric_parse(reference, address) == 0;
}

/* The asterisk of a wildcard, wherever it stands, is another matter: it matches, or does not. */
static bool is_host_name(const char *text) {
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if (!is_name_byte((unsigned char)text[i]) && text[i] != '.' && text[i] != '*')
            return false;
    return len > 0 && text[0] != '.' && text[len - 1] != '.' && strstr(text, "..") == NULL;
}

const char *names_flaw(const struct facts_name *name) {
    if (name->kind != FACTS_NAME_DNS || name->has_non_ascii)
        return NULL;
    if (*name->text == '\0')
        return "nothing";
    if (strlen(name->text) != name->len && name->len <= FACTS_NAME_TEXT_MAX_B)
        return "a NUL";
    if (names_is_address(name->text))
        return "an address";
    if (strchr(name->text, '/') != NULL)
        return "a URL";
    if (strchr(name->text, ' ') != NULL)
        return "a blank";
    if (strchr(name->text, ':') != NULL)
        return "a port";
    return is_host_name(name->text) ? NULL : "no host name";
}
