#include "smtp/path.h"

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"

/* Each scan_ function says how many bytes at the start of text match its rule of RFC 5321 4.1.2; 0: no match. */

static bool is_letter(char c) {
    return ascii_is_alpha((unsigned char)c) || ascii_is_digit((unsigned char)c) ||
           (uint8_t)c >= 0x80;
}

static bool is_atext(char c) {
    return is_letter(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool is_label_char(char c) {
    return is_letter(c) || c == '-' || c == '_';
}

static bool is_literal_char(char c) {
    return ascii_is_print(c) && c != ' ' && c != '[' && c != '\\' && c != ']';
}

static size_t scan_run(const char *text, size_t len, bool (*matches)(char)) {
    size_t n = 0;

    while (n < len && matches(text[n]))
        n++;
    return n;
}

static size_t scan_atom(const char *text, size_t len) {
    return scan_run(text, len, is_atext);
}

static size_t scan_label(const char *text, size_t len) {
    size_t n = scan_run(text, len, is_label_char);

    return n > 0 && text[0] != '-' && text[n - 1] != '-' ? n : 0;
}

/* One or more of a part, with dots between. */
static size_t scan_dotted(const char *text, size_t len, size_t (*part)(const char *, size_t)) {
    size_t n = 0;

    for (;;) {
        size_t part_len = part(text + n, len - n);
        if (part_len == 0)
            return 0;
        n += part_len;
        if (n == len || text[n] != '.')
            return n;
        n++;
    }
}

static size_t scan_quoted(const char *text, size_t len) {
    if (len == 0 || text[0] != '"')
        return 0;
    for (size_t n = 1; n < len && text[n] != '\0'; n++) {
        if (text[n] == '"')
            return n + 1;
        if (text[n] == '\\' && (++n == len || !ascii_is_print(text[n])))
            return 0;
        if (!ascii_is_print(text[n]) && !is_letter(text[n]))
            return 0;
    }
    return 0;
}

static size_t scan_local_part(const char *text, size_t len) {
    size_t quoted = scan_quoted(text, len);

    return quoted > 0 ? quoted : scan_dotted(text, len, scan_atom);
}

static size_t scan_literal(const char *text, size_t len) {
    if (len == 0 || text[0] != '[')
        return 0;
    size_t n = 1 + scan_run(text + 1, len - 1, is_literal_char);
    return n > 1 && n < len && text[n] == ']' ? n + 1 : 0;
}

static size_t scan_domain(const char *text, size_t len) {
    size_t literal = scan_literal(text, len);
    size_t n = literal > 0 ? literal : scan_dotted(text, len, scan_label);

    return n <= SMTP_DOMAIN_MAX_B ? n : 0;
}

static size_t scan_at_domain(const char *text, size_t len) {
    if (len == 0 || text[0] != '@')
        return 0;
    size_t n = scan_domain(text + 1, len - 1);
    return n > 0 ? n + 1 : 0;
}

static size_t scan_mailbox(const char *text, size_t len) {
    size_t local = scan_local_part(text, len);
    size_t domain = local > 0 ? scan_at_domain(text + local, len - local) : 0;

    return domain > 0 && local + domain <= SMTP_ADDRESS_MAX_B ? local + domain : 0;
}

/* "@a,@b:", which RFC 5321 (appendix C) wants accepted and ignored. */
static size_t scan_source_route(const char *text, size_t len) {
    size_t n = 0;

    for (;;) {
        size_t hop = scan_at_domain(text + n, len - n);
        n += hop;
        if (hop == 0 || n == len)
            return 0;
        if (text[n] == ':')
            return n + 1;
        if (text[n++] != ',')
            return 0;
    }
}

static bool has_utf8(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)text[i] >= 0x80)
            return true;
    return false;
}

/* What stands between the brackets, to which the closing one must follow. */
static size_t scan_address(const char *text, size_t len, enum smtp_path_kind *kind) {
    static const char postmaster[] = "postmaster";
    size_t atom = scan_atom(text, len);

    *kind = SMTP_PATH_MAILBOX;
    if (len > 0 && text[0] == '>')
        *kind = SMTP_PATH_NULL;
    else if (ascii_equal_n(text, atom, postmaster) && atom < len && text[atom] == '>')
        *kind = SMTP_PATH_POSTMASTER;
    return *kind == SMTP_PATH_MAILBOX ? scan_mailbox(text, len) : atom;
}

size_t smtp_path_parse(const char *text, size_t len, struct smtp_path *out) {
    enum smtp_path_kind kind;

    if (len == 0 || text[0] != '<')
        return 0;
    size_t route = scan_source_route(text + 1, len - 1);
    size_t start = 1 + route;
    size_t address_len = scan_address(text + start, len - start, &kind);
    size_t end = start + address_len;

    if (kind == SMTP_PATH_MAILBOX ? address_len == 0 : route > 0)
        return 0;
    if (end >= len || text[end] != '>')
        return 0;
    *out = (struct smtp_path){
        .kind = kind,
        .address = text + start,
        .address_len = address_len,
        .has_utf8 = has_utf8(text + start, address_len),
    };
    return end + 1;
}
