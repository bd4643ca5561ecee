#include "smtp/loose.h"

#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"

enum { MECHANISM_MAX_B = 20, SECRET_MIN_B = 8 };

static bool is_control(char c) {
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool is_gap(char c) {
    return is_control(c) || c == ' ';
}

/* What may stand between a verb, a mechanism and the rest. */
static bool is_separator(char c) {
    return is_gap(c) || c == '=' || c == ':' || c == ',';
}

static bool is_letter_or_digit(char c) {
    return ascii_is_alpha(c) || ascii_is_digit(c);
}

static bool begins(const char *line, size_t len, size_t at, const char *word) {
    size_t word_len = strlen(word);

    return len - at >= word_len && ascii_equal_n(line + at, word_len, word) &&
           (at + word_len == len || is_separator(line[at + word_len]));
}

bool loose_is_secret(const char *word, size_t len) {
    bool small = false, capital = false, other = false;

    for (size_t i = 0; i < len; i++) {
        char c = word[i];

        small = small || (c >= 'a' && c <= 'z');
        capital = capital || (c >= 'A' && c <= 'Z');
        other = other || c == '+' || c == '/' || c == '=';
        if (!is_letter_or_digit(c) && c != '+' && c != '/' && c != '=')
            return false;
    }
    return len >= SECRET_MIN_B && ((small && capital) || other);
}

static size_t skip(const char *line, size_t len, size_t at, bool (*holds)(char)) {
    while (at < len && holds(line[at]))
        at++;
    return at;
}

static size_t word_end(const char *line, size_t len, size_t at) {
    while (at < len && !is_gap(line[at]))
        at++;
    return at;
}

/* Where the verb AUTH begins; len: nowhere. */
static size_t find_auth(const char *line, size_t len) {
    size_t words = 0;

    for (size_t at = skip(line, len, 0, is_gap); at < len;) {
        bool follows_control = at > 0 && is_control(line[at - 1]);

        if ((words < 2 || follows_control) && begins(line, len, at, "AUTH"))
            return at;
        at = skip(line, len, word_end(line, len, at), is_gap);
        words++;
    }
    return len;
}

/* The end of the mechanism that begins there, or the same place: what stands there is no mechanism's name. */
static size_t mechanism_end(const char *line, size_t len, size_t at) {
    size_t end = at;

    while (end < len && !is_separator(line[end]))
        if (!is_letter_or_digit(line[end]) && line[end] != '-' && line[end] != '_')
            return at;
        else
            end++;
    bool is_padded = end < len && line[end] == '=';
    return end - at > MECHANISM_MAX_B || is_padded || loose_is_secret(line + at, end - at) ? at
                                                                                           : end;
}

struct attempt {
    size_t verb_end; /* 0: there is none */
    size_t at, end;  /* of the mechanism; alike: there is none */
};

static struct attempt find_attempt(const char *line, size_t len) {
    size_t verb = find_auth(line, len);

    if (verb == len)
        return (struct attempt){0};
    size_t at = skip(line, len, verb + strlen("AUTH"), is_separator);
    return (struct attempt){verb + strlen("AUTH"), at, mechanism_end(line, len, at)};
}

static bool is_known(const char *word, size_t len) {
    static const char *const mechanisms[] = {
        "PLAIN",       "LOGIN",       "EXTERNAL",      "ANONYMOUS", "NTLM", "GSSAPI",
        "CRAM-MD5",    "DIGEST-MD5",  "GS2-KRB5",      "XOAUTH",    "OTP",  "SKEY",
        "OAUTHBEARER", "KERBEROS_V4", "GS2-KRB5-PLUS", "XOAUTH2"};

    for (size_t i = 0; i < ARRAY_LEN(mechanisms); i++)
        if (ascii_equal_n(word, len, mechanisms[i]))
            return true;
    return len > strlen("SCRAM-") && ascii_equal_n(word, strlen("SCRAM-"), "SCRAM-");
}

size_t loose_auth_shown(const char *line, size_t len) {
    struct attempt attempt = find_attempt(line, len);

    return is_known(line + attempt.at, attempt.end - attempt.at) ? attempt.end : attempt.verb_end;
}

/* "=" is an empty initial response, "*" ends the exchange (RFC 4954 4). */
static bool has_credentials(const char *line, size_t len, size_t end) {
    size_t at = end;

    while (at < len && (is_separator(line[at]) || line[at] == '*'))
        at++;
    return at < len;
}

enum exposure loose_exposure(const char *line, size_t len) {
    static const char *const addressed[] = {"MAIL", "RCPT", "SEND", "SOML", "SAML"};
    static const char *const fields[] = {"Subject:", "Received:", "Message-ID:", "DKIM-Signature:"};
    struct attempt auth = find_attempt(line, len);
    size_t at = skip(line, len, 0, is_gap);

    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (len >= strlen(fields[i]) && ascii_equal_n(line, strlen(fields[i]), fields[i]))
            return EXPOSURE_MESSAGE;
    if (auth.verb_end > 0)
        return has_credentials(line, len, auth.end) ? EXPOSURE_CREDENTIALS : EXPOSURE_NOTHING;
    for (size_t i = 0; i < ARRAY_LEN(addressed); i++)
        if (begins(line, len, at, addressed[i]) && at + strlen(addressed[i]) < len)
            return EXPOSURE_ENVELOPE;
    return EXPOSURE_NOTHING;
}
