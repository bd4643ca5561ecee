#include "smtp/command.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "smtp/path.h"

enum { MECHANISM_MAX_B = 20, NAME_MAX_B = 255, SIZE_MAX_DIGITS = 20 };

struct span {
    const char *at;
    size_t len;
};

static struct span span_skip(struct span span, size_t n) {
    return (struct span){span.at + n, span.len - n};
}

static struct span span_skip_spaces(struct span span) {
    while (span.len > 0 && span.at[0] == ' ')
        span = span_skip(span, 1);
    return span;
}

/* Takes what stands before the next space, and the spaces behind it. */
static struct span next_word(struct span *rest) {
    const char *space = rest->len > 0 ? memchr(rest->at, ' ', rest->len) : NULL;
    struct span word = {rest->at, space != NULL ? (size_t)(space - rest->at) : rest->len};

    *rest = span_skip_spaces(span_skip(*rest, word.len));
    return word;
}

static bool all(struct span span, bool (*holds)(char)) {
    for (size_t i = 0; i < span.len; i++)
        if (!holds(span.at[i]))
            return false;
    return true;
}

static bool is_visible(char c) {
    return ascii_is_print(c) && c != ' ';
}

static bool is_digit(char c) {
    return ascii_is_digit(c);
}

static bool is_keyword_char(char c) {
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-';
}

static bool is_mechanism_char(char c) {
    return is_keyword_char(c) || c == '_';
}

/* The length of the UTF-8 character at the start of text, 0 if there is no well-formed one (RFC 3629 4). */
static size_t utf8_len(const uint8_t *text, size_t len) {
    static const struct {
        uint8_t first_min, first_max, second_min, second_max, len;
    } forms[] = {
        {0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    size_t i = 0, n = 2;

    while (i < ARRAY_LEN(forms) && (text[0] < forms[i].first_min || text[0] > forms[i].first_max))
        i++;
    if (i == ARRAY_LEN(forms) || forms[i].len > len)
        return 0;
    if (forms[i].len == 1)
        return 1;
    if (text[1] < forms[i].second_min || text[1] > forms[i].second_max)
        return 0;
    while (n < forms[i].len && (text[n] & 0xc0) == 0x80)
        n++;
    return n == forms[i].len ? n : 0;
}

/* UTF-8 without control characters: NUL, bare CR and their like have no place in a command. */
static bool is_clean(struct span line) {
    size_t n = 0;

    while (n < line.len) {
        uint8_t byte = (uint8_t)line.at[n];
        size_t step = utf8_len((const uint8_t *)line.at + n, line.len - n);
        if (byte < 0x20 || byte == 0x7f || step == 0)
            return false;
        n += step;
    }
    return true;
}

static enum smtp_syntax parse_nothing(struct span args, struct smtp_command *out) {
    (void)out;
    return args.len == 0 ? SMTP_SYNTAX_OK : SMTP_SYNTAX_ARGUMENTS;
}

static enum smtp_syntax parse_anything(struct span args, struct smtp_command *out) {
    out->argument = args.at;
    out->argument_len = args.len;
    return SMTP_SYNTAX_OK;
}

static enum smtp_syntax parse_something(struct span args, struct smtp_command *out) {
    return args.len > 0 ? parse_anything(args, out) : SMTP_SYNTAX_ARGUMENTS;
}

static enum smtp_syntax parse_name(struct span args, struct smtp_command *out) {
    return args.len <= NAME_MAX_B && all(args, is_visible) ? parse_something(args, out)
                                                           : SMTP_SYNTAX_ARGUMENTS;
}

static enum smtp_syntax parse_auth(struct span args, struct smtp_command *out) {
    struct span mechanism = next_word(&args), initial = next_word(&args);

    if (mechanism.len == 0 || mechanism.len > MECHANISM_MAX_B || !all(mechanism, is_mechanism_char))
        return SMTP_SYNTAX_ARGUMENTS;
    if (!all(initial, is_visible) || args.len > 0)
        return SMTP_SYNTAX_ARGUMENTS;
    out->initial = initial.len > 0 ? initial.at : NULL;
    out->initial_len = initial.len;
    return parse_anything(mechanism, out);
}

/* Parameters of MAIL and RCPT.  A value of length 0 means that there was no "=". */

static bool take_size(struct span value, struct smtp_command *out) {
    unsigned long long size = 0;

    if (value.len == 0 || value.len > SIZE_MAX_DIGITS || !all(value, is_digit))
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (__builtin_mul_overflow(size, 10ULL, &size) ||
            __builtin_add_overflow(size, (unsigned long long)(value.at[i] - '0'), &size))
            return false;
    out->size_b = size;
    out->has_size = true;
    return true;
}

static bool take_body(struct span value, struct smtp_command *out) {
    out->body_8bit = ascii_equal_n(value.at, value.len, "8BITMIME");
    return out->body_8bit || ascii_equal_n(value.at, value.len, "7BIT");
}

static bool take_smtputf8(struct span value, struct smtp_command *out) {
    out->smtputf8 = true;
    return value.len == 0;
}

/* Who wrote the message first: syntax alone, as for a server that trusts nobody (RFC 4954 5). */
static bool take_auth(struct span value, struct smtp_command *out) {
    out->has_auth = true;
    return value.len > 0;
}

static bool take_ret(struct span value, struct smtp_command *out) {
    out->has_dsn = true;
    return ascii_equal_n(value.at, value.len, "FULL") || ascii_equal_n(value.at, value.len, "HDRS");
}

/* Reports on the delivery, which are never made: syntax alone. */
static bool take_dsn(struct span value, struct smtp_command *out) {
    out->has_dsn = true;
    return value.len > 0;
}

struct parameter {
    const char *keyword;
    bool (*take)(struct span value, struct smtp_command *out);
};

static const struct parameter mail_parameters[] = {
    {"SIZE", take_size}, {"BODY", take_body}, {"SMTPUTF8", take_smtputf8},
    {"AUTH", take_auth}, {"RET", take_ret},   {"ENVID", take_dsn},
};
static const struct parameter rcpt_parameters[] = {
    {"NOTIFY", take_dsn},
    {"ORCPT", take_dsn},
};

/* Splits "keyword=value" (RFC 5321 4.1.2: esmtp-param); false when it is malformed. */
static bool split_parameter(struct span word, struct span *keyword, struct span *value) {
    const char *equals = memchr(word.at, '=', word.len);

    *keyword = (struct span){word.at, equals != NULL ? (size_t)(equals - word.at) : word.len};
    *value = span_skip(word, keyword->len);
    if (equals != NULL)
        *value = span_skip(*value, 1);
    if (keyword->len == 0 || keyword->at[0] == '-' || !all(*keyword, is_keyword_char))
        return false;
    if (equals == NULL)
        return true;
    return value->len > 0 && all(*value, is_visible) && memchr(value->at, '=', value->len) == NULL;
}

static enum smtp_syntax parse_parameters(struct span rest, const struct parameter *offered,
                                         size_t count, struct smtp_command *out) {
    enum smtp_syntax result = SMTP_SYNTAX_OK;
    unsigned seen = 0;

    while (rest.len > 0) {
        struct span word = next_word(&rest), keyword, value;
        size_t i = 0;

        if (!split_parameter(word, &keyword, &value))
            return SMTP_SYNTAX_ARGUMENTS;
        while (i < count && !ascii_equal_n(keyword.at, keyword.len, offered[i].keyword))
            i++;
        if (i == count) {
            result = SMTP_SYNTAX_PARAMETER;
            continue;
        }
        if ((seen & 1U << i) != 0 || !offered[i].take(value, out))
            return SMTP_SYNTAX_ARGUMENTS;
        seen |= 1U << i;
    }
    return result;
}

/* "FROM:" or "TO:", the path, and then nothing or a space.  Leaves the parameters in *args. */
static bool take_path(struct span *args, const char *prefix, enum smtp_path_kind refused,
                      struct smtp_command *out) {
    size_t prefix_len = strlen(prefix);
    struct smtp_path path;

    if (args->len < prefix_len || !ascii_equal_n(args->at, prefix_len, prefix))
        return false;
    *args = span_skip_spaces(span_skip(*args, prefix_len));
    size_t path_len = smtp_path_parse(args->at, args->len, &path);
    if (path_len == 0 || path.kind == refused)
        return false;
    *args = span_skip(*args, path_len);
    if (args->len > 0 && args->at[0] != ' ')
        return false;
    *args = span_skip_spaces(*args);
    out->argument = path.address;
    out->argument_len = path.address_len;
    out->has_utf8 = path.has_utf8;
    return true;
}

static enum smtp_syntax parse_mail(struct span args, struct smtp_command *out) {
    if (!take_path(&args, "FROM:", SMTP_PATH_POSTMASTER, out))
        return SMTP_SYNTAX_ARGUMENTS;
    return parse_parameters(args, mail_parameters, ARRAY_LEN(mail_parameters), out);
}

static enum smtp_syntax parse_rcpt(struct span args, struct smtp_command *out) {
    if (!take_path(&args, "TO:", SMTP_PATH_NULL, out))
        return SMTP_SYNTAX_ARGUMENTS;
    return parse_parameters(args, rcpt_parameters, ARRAY_LEN(rcpt_parameters), out);
}

static enum smtp_syntax parse_bdat(struct span args, struct smtp_command *out) {
    struct span size = next_word(&args), last = next_word(&args);

    if (!take_size(size, out) || args.len > 0)
        return SMTP_SYNTAX_ARGUMENTS;
    return last.len == 0 || ascii_equal_n(last.at, last.len, "LAST") ? SMTP_SYNTAX_OK
                                                                     : SMTP_SYNTAX_ARGUMENTS;
}

static const struct {
    const char *name;
    enum smtp_syntax (*parse)(struct span args, struct smtp_command *out);
} verbs[SMTP_VERB_COUNT] = {
    [SMTP_UNKNOWN] = {"UNKNOWN", NULL},      [SMTP_EHLO] = {"EHLO", parse_name},
    [SMTP_HELO] = {"HELO", parse_name},      [SMTP_STARTTLS] = {"STARTTLS", parse_nothing},
    [SMTP_AUTH] = {"AUTH", parse_auth},      [SMTP_MAIL] = {"MAIL", parse_mail},
    [SMTP_RCPT] = {"RCPT", parse_rcpt},      [SMTP_DATA] = {"DATA", parse_nothing},
    [SMTP_BDAT] = {"BDAT", parse_bdat},      [SMTP_RSET] = {"RSET", parse_nothing},
    [SMTP_NOOP] = {"NOOP", parse_anything},  [SMTP_QUIT] = {"QUIT", parse_nothing},
    [SMTP_VRFY] = {"VRFY", parse_something}, [SMTP_EXPN] = {"EXPN", parse_something},
    [SMTP_HELP] = {"HELP", parse_anything},
};

const char *smtp_verb_name(enum smtp_verb verb) {
    assert(verb < SMTP_VERB_COUNT);
    return verbs[verb].name;
}

static enum smtp_verb find_verb(struct span word) {
    for (enum smtp_verb verb = SMTP_UNKNOWN + 1; verb < SMTP_VERB_COUNT; verb++)
        if (ascii_equal_n(word.at, word.len, verbs[verb].name))
            return verb;
    return SMTP_UNKNOWN;
}

enum smtp_syntax smtp_command_parse(const char *line, size_t len, struct smtp_command *out) {
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        len--;
    struct span whole = {line, len}, args = whole;
    struct smtp_command command = {.verb = find_verb(next_word(&args))};

    *out = command;
    if (command.verb == SMTP_UNKNOWN)
        return SMTP_SYNTAX_UNKNOWN;
    if (!is_clean(whole))
        return SMTP_SYNTAX_ARGUMENTS;
    enum smtp_syntax syntax = verbs[command.verb].parse(args, &command);
    if (syntax == SMTP_SYNTAX_OK)
        *out = command;
    return syntax;
}
