#include "smtp/loose.h"

#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "smtp/command.h"

enum { MECHANISM_MAX_B = 20, SECRET_MIN_B = 8 };

static bool is_control(char c) {
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool is_gap(char c) {
    return is_control(c) || c == ' ';
}

static bool is_letter(char c) {
    return ascii_is_alpha(c);
}

static bool is_letter_or_digit(char c) {
    return ascii_is_alpha(c) || ascii_is_digit(c);
}

static bool is_no_letter(char c) {
    return !is_letter(c);
}

/* What may stand between a verb, a mechanism and the rest. */
static bool is_separator(char c) {
    return !is_letter_or_digit(c);
}

static bool is_in_name(char c) {
    return is_letter_or_digit(c) || c == '-' || c == '_';
}

static bool is_in_base64(char c) {
    return is_letter_or_digit(c) || c == '+' || c == '/' || c == '=';
}

static bool is_visible(char c) {
    return !is_gap(c);
}

static size_t skip(const char *line, size_t len, size_t at, bool (*holds)(char)) {
    while (at < len && holds(line[at]))
        at++;
    return at;
}

static bool is_among(const char *word, size_t len, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (ascii_equal_n(word, len, names[i]))
            return true;
    return false;
}

bool loose_is_secret(const char *word, size_t len) {
    bool small = false, capital = false, other = false;

    for (size_t i = 0; i < len; i++) {
        char c = word[i];

        small = small || (c >= 'a' && c <= 'z');
        capital = capital || (c >= 'A' && c <= 'Z');
        other = other || c == '+' || c == '/' || c == '=';
        if (!is_in_base64(c))
            return false;
    }
    return len >= SECRET_MIN_B && ((small && capital) || other);
}

static bool has_secret_word(const char *line, size_t len, size_t at) {
    for (size_t end; (at = skip(line, len, at, is_gap)) < len; at = end) {
        end = skip(line, len, at, is_visible);
        if (loose_is_secret(line + at, end - at))
            return true;
    }
    return false;
}

/* --- attempts to log in --- */

static bool is_mechanism(const char *word, size_t len) {
    static const char *const mechanisms[] = {
        "PLAIN",       "LOGIN",       "EXTERNAL",      "ANONYMOUS", "NTLM", "GSSAPI",
        "CRAM-MD5",    "DIGEST-MD5",  "GS2-KRB5",      "XOAUTH",    "OTP",  "SKEY",
        "OAUTHBEARER", "KERBEROS_V4", "GS2-KRB5-PLUS", "XOAUTH2"};

    return is_among(word, len, mechanisms, ARRAY_LEN(mechanisms)) ||
           (len > strlen("SCRAM-") && ascii_equal_n(word, strlen("SCRAM-"), "SCRAM-"));
}

/* Behind these a mechanism may stand. */
static bool is_auth(const char *word, size_t len) {
    static const char *const verbs[] = {"AUTH", "XAUTH", "AUTHENTICATE", "AUTHINFO",
                                        "AUTHORIZATION"};

    return is_among(word, len, verbs, ARRAY_LEN(verbs));
}

/* What other protocols say, or a slip of the finger does. */
static bool is_relative_of_auth(const char *word, size_t len) {
    static const char *const verbs[] = {"AUTHPLAIN", "AUTHLOGIN", "PASS", "PASSWORD"};

    return is_auth(word, len) || is_among(word, len, verbs, ARRAY_LEN(verbs)) ||
           is_mechanism(word, len);
}

struct attempt {
    size_t verb_end; /* 0: there is none */
    size_t at, end;  /* of the mechanism; alike: there is none */
    bool is_sure;    /* the verb stands where a command's would */
};

/* The end of the mechanism that begins there, or the same place: what stands there is no mechanism's name. */
static size_t mechanism_end(const char *line, size_t len, size_t at) {
    size_t end = skip(line, len, at, is_in_name);
    bool goes_on = end < len && (is_in_base64(line[end]) || line[end] == '.' || line[end] == '@');

    return end - at > MECHANISM_MAX_B || goes_on || loose_is_secret(line + at, end - at) ? at : end;
}

static bool is_verb(const char *line, size_t len) {
    struct smtp_command command;

    smtp_command_parse(line, len, &command);
    return command.verb != SMTP_UNKNOWN;
}

/* The verb stands first, whatever precedes its first letter, or as a second word behind none that is a command, or behind a
 * control character. */
static struct attempt attempt_at(const char *line, size_t len, size_t verb, size_t verb_end) {
    struct attempt attempt = {.verb_end = verb_end};
    size_t first = skip(line, len, 0, is_gap);
    size_t second = skip(line, len, skip(line, len, first, is_visible), is_gap);

    attempt.at = skip(line, len, verb_end, is_separator);
    attempt.end =
        is_auth(line + verb, verb_end - verb) ? mechanism_end(line, len, attempt.at) : attempt.at;
    attempt.is_sure = verb == skip(line, len, 0, is_no_letter) ||
                      (verb == second && !is_verb(line, len)) || is_control(line[verb - 1]);
    return attempt;
}

static bool is_name_or_address(const char *line, size_t len) {
    struct smtp_command command;
    enum smtp_syntax syntax = smtp_command_parse(line, len, &command);

    return (syntax == SMTP_SYNTAX_OK || syntax == SMTP_SYNTAX_PARAMETER) &&
           (command.verb == SMTP_EHLO || command.verb == SMTP_HELO || command.verb == SMTP_MAIL ||
            command.verb == SMTP_RCPT);
}

static struct attempt find_attempt(const char *line, size_t len) {
    size_t first = skip(line, len, 0, is_no_letter);
    size_t words = 0;

    if (is_name_or_address(line, len))
        return (struct attempt){0};
    for (size_t at = first; at < len;) {
        size_t end = skip(line, len, at, is_letter), name_end = skip(line, len, at, is_in_name);
        bool begins = at == first || is_gap(line[at - 1]);

        if (ascii_equal_n(line + at, end - at, "AUTH"))
            return attempt_at(line, len, at, end);
        if (begins && words++ < 2 && is_relative_of_auth(line + at, name_end - at))
            return attempt_at(line, len, at, name_end);
        at = skip(line, len, end, is_no_letter);
    }
    return (struct attempt){0};
}

size_t loose_auth_shown(const char *line, size_t len) {
    struct attempt attempt = find_attempt(line, len);
    bool has_mechanism = is_mechanism(line + attempt.at, attempt.end - attempt.at);

    return attempt.verb_end > 0 && has_mechanism ? attempt.end : attempt.verb_end;
}

/* "=" is an empty initial response, "*" ends the exchange (RFC 4954 4). */
static bool has_credentials(const char *line, size_t len, const struct attempt *attempt) {
    if (attempt->is_sure)
        return skip(line, len, attempt->end, is_separator) < len;
    return has_secret_word(line, len, attempt->end);
}

/* --- envelopes and messages --- */

/* The first run of letters and hyphens; no other sign of them is looked at. */
static size_t first_word(const char *line, size_t len, size_t *at) {
    *at = skip(line, len, 0, is_no_letter);
    return skip(line, len, *at, is_in_name) - *at;
}

size_t loose_field_shown(const char *line, size_t len) {
    static const char *const fields[] = {"Subject",      "Received",
                                         "Message-ID",   "DKIM-Signature",
                                         "From",         "To",
                                         "Cc",           "Bcc",
                                         "Reply-To",     "Return-Path",
                                         "MIME-Version", "In-Reply-To",
                                         "References",   "Delivered-To",
                                         "X-Mailer",     "Content-Transfer-Encoding",
                                         "Sender",       "ARC-Seal",
                                         "List-Id",      "X-Doormat-Planted",
                                         "Resent-To",    "Authentication-Results"};
    size_t end = skip(line, len, 0, is_in_name);

    return end < len && line[end] == ':' && is_among(line, end, fields, ARRAY_LEN(fields)) ? end + 1
                                                                                           : 0;
}

bool loose_announces_message(const char *line, size_t len) {
    static const char *const verbs[] = {"DATA", "BDAT"};
    size_t at, word_len = first_word(line, len, &at);

    return is_among(line + at, word_len, verbs, ARRAY_LEN(verbs));
}

/* Whether a word of the line begins with FROM: or TO: or "<", and an @ within letters or digits follows. */
static bool has_address(const char *line, size_t len) {
    bool is_announced = false;

    for (size_t i = 1; i + 1 < len; i++) {
        is_announced |= line[i - 1] == '<' || (i >= 4 && ascii_equal_n(line + i - 4, 5, "FROM:")) ||
                        (i >= 2 && ascii_equal_n(line + i - 2, 3, "TO:"));
        if (is_announced && line[i] == '@' && !is_gap(line[i - 1]) &&
            is_letter_or_digit(line[i + 1]))
            return true;
    }
    return false;
}

/* Of "MAIL FROM:" alone nothing is told. */
static bool tells_envelope(const char *line, size_t len) {
    static const char *const verbs[] = {"MAIL", "RCPT", "SEND", "SOML", "SAML"};
    static const char *const prefixes[] = {"FROM", "TO"};
    size_t at, end = first_word(line, len, &at) + at;

    if (!is_among(line + at, end - at, verbs, ARRAY_LEN(verbs)))
        return has_address(line, len);
    at = skip(line, len, end, is_separator);
    end = skip(line, len, at, is_letter);
    if (!is_among(line + at, end - at, prefixes, ARRAY_LEN(prefixes)))
        return at < len;
    while (end < len && (is_gap(line[end]) || line[end] == ':' || line[end] == '='))
        end++;
    return end < len;
}

enum exposure loose_exposure(const char *line, size_t len) {
    struct attempt auth = find_attempt(line, len);

    if (loose_field_shown(line, len) > 0)
        return EXPOSURE_MESSAGE;
    if (auth.verb_end > 0 && has_credentials(line, len, &auth))
        return EXPOSURE_CREDENTIALS;
    return tells_envelope(line, len) ? EXPOSURE_ENVELOPE : EXPOSURE_NOTHING;
}
