#include "base/mem.h"
#include "smtp/command.h"
#include "smtp/path.h"
#include "unit.h"

#define NUL_IN_MAIL "MAIL FROM:<a@b>\0<c@d>"

static bool is_text(const char *text, size_t len, const char *expected) {
    if (expected == NULL || text == NULL)
        return text == NULL && expected == NULL;
    return len == strlen(expected) && memcmp(text, expected, len) == 0;
}

static enum smtp_syntax parse(const char *line, struct smtp_command *out) {
    return smtp_command_parse(line, strlen(line), out);
}

static const struct {
    const char *name, *line;
    enum smtp_syntax syntax;
    enum smtp_verb verb;
} refused[] = {
    {"EHLO without a name", "EHLO", SMTP_SYNTAX_ARGUMENTS, SMTP_EHLO},
    {"EHLO with two names", "EHLO a b", SMTP_SYNTAX_ARGUMENTS, SMTP_EHLO},
    {"EHLO beyond ASCII", "EHLO m\xc3\xbcller", SMTP_SYNTAX_ARGUMENTS, SMTP_EHLO},
    {"EHLO with CR", "EHLO a\rb", SMTP_SYNTAX_ARGUMENTS, SMTP_EHLO},
    {"EHLO with tab", "EHLO\ta", SMTP_SYNTAX_UNKNOWN, SMTP_UNKNOWN},
    {"empty", "", SMTP_SYNTAX_UNKNOWN, SMTP_UNKNOWN},
    {"spaces", "   ", SMTP_SYNTAX_UNKNOWN, SMTP_UNKNOWN},
    {"leading space", " NOOP", SMTP_SYNTAX_UNKNOWN, SMTP_UNKNOWN},
    {"nonsense", "XYZZY", SMTP_SYNTAX_UNKNOWN, SMTP_UNKNOWN},
    {"the beginning of a verb", "EHL a", SMTP_SYNTAX_UNKNOWN, SMTP_UNKNOWN},
    {"more than a verb", "EHLOX a", SMTP_SYNTAX_UNKNOWN, SMTP_UNKNOWN},
    {"the name of none", "UNKNOWN", SMTP_SYNTAX_UNKNOWN, SMTP_UNKNOWN},
    {"HTTP", "GET / HTTP/1.1", SMTP_SYNTAX_UNKNOWN, SMTP_UNKNOWN},
    {"binary", "\x16\x03\x01\x02", SMTP_SYNTAX_UNKNOWN, SMTP_UNKNOWN},
    {"STARTTLS with an argument", "STARTTLS now", SMTP_SYNTAX_ARGUMENTS, SMTP_STARTTLS},
    {"DATA with an argument", "DATA x", SMTP_SYNTAX_ARGUMENTS, SMTP_DATA},
    {"NOOP with DEL", "NOOP \x7f", SMTP_SYNTAX_ARGUMENTS, SMTP_NOOP},
    {"VRFY without a name", "VRFY", SMTP_SYNTAX_ARGUMENTS, SMTP_VRFY},
    {"AUTH alone", "AUTH", SMTP_SYNTAX_ARGUMENTS, SMTP_AUTH},
    {"AUTH with too much", "AUTH PLAIN a b", SMTP_SYNTAX_ARGUMENTS, SMTP_AUTH},
    {"mechanism with a dot", "AUTH PL.AIN", SMTP_SYNTAX_ARGUMENTS, SMTP_AUTH},
    {"mechanism too long", "AUTH ABCDEFGHIJKLMNOPQRSTU", SMTP_SYNTAX_ARGUMENTS, SMTP_AUTH},
    {"MAIL alone", "MAIL", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"MAIL without a path", "MAIL FROM:", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"MAIL TO", "MAIL TO:<a@b>", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"no colon", "MAIL FROM <a@b>", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"no brackets", "MAIL FROM:a@b", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"postmaster as sender", "MAIL FROM:<postmaster>", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"behind the path", "MAIL FROM:<a@b>SIZE=1", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"two paths", "MAIL FROM:<a@b> <c@d>", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"bare CR", "MAIL FROM:<a@b>\rRCPT TO:<c@d>", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"SIZE too great", "MAIL FROM:<> SIZE=18446744073709551616", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"SIZE too long", "MAIL FROM:<> SIZE=000000000000000000001", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"SIZE without a value", "MAIL FROM:<> SIZE", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"SIZE with an empty value", "MAIL FROM:<> SIZE=", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"negative SIZE", "MAIL FROM:<> SIZE=-1", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"SIZE twice", "MAIL FROM:<> SIZE=1 SIZE=1", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"BODY=BINARYMIME", "MAIL FROM:<> BODY=BINARYMIME", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"SMTPUTF8 with a value", "MAIL FROM:<> SMTPUTF8=1", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"RET=ALL", "MAIL FROM:<> RET=ALL", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"RET at RCPT", "RCPT TO:<a@b> RET=FULL", SMTP_SYNTAX_PARAMETER, SMTP_RCPT},
    {"HOLDFOR and SIZE", "MAIL FROM:<> HOLDFOR=9 SIZE=1", SMTP_SYNTAX_PARAMETER, SMTP_MAIL},
    {"malformed behind unknown", "MAIL FROM:<> HOLDFOR=9 SIZE=x", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"no keyword", "MAIL FROM:<> =1", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"keyword with a hyphen first", "MAIL FROM:<> -A=1", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"two equals signs", "MAIL FROM:<> A=1=2", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"not UTF-8", "MAIL FROM:<\xfc@b> SMTPUTF8", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"cut UTF-8", "MAIL FROM:<\xe2\x82@b> SMTPUTF8", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"overlong UTF-8", "MAIL FROM:<\xc0\xaf@b> SMTPUTF8", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"surrogate", "MAIL FROM:<\xed\xa0\x80@b> SMTPUTF8", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"beyond Unicode", "MAIL FROM:<\xf4\x90\x80\x80@b> SMTPUTF8", SMTP_SYNTAX_ARGUMENTS, SMTP_MAIL},
    {"null recipient", "RCPT TO:<>", SMTP_SYNTAX_ARGUMENTS, SMTP_RCPT},
    {"RCPT FROM", "RCPT FROM:<a@b>", SMTP_SYNTAX_ARGUMENTS, SMTP_RCPT},
    {"NOTIFY without a value", "RCPT TO:<a@b> NOTIFY", SMTP_SYNTAX_ARGUMENTS, SMTP_RCPT},
    {"NOTIFY at MAIL", "MAIL FROM:<> NOTIFY=NEVER", SMTP_SYNTAX_PARAMETER, SMTP_MAIL},
    {"SIZE at RCPT", "RCPT TO:<a@b> SIZE=1", SMTP_SYNTAX_PARAMETER, SMTP_RCPT},
};

/* Nothing is taken from a line that is refused. */
static void test_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct smtp_command command;
        enum smtp_syntax syntax = parse(refused[i].line, &command);

        if (syntax != refused[i].syntax || command.verb != refused[i].verb)
            fail_msg("%s: syntax %d, verb %s", refused[i].name, syntax,
                     smtp_verb_name(command.verb));
        if (command.argument != NULL || command.initial != NULL || command.has_size ||
            command.smtputf8 || command.body_8bit || command.has_utf8 || command.has_dsn)
            fail_msg("%s: something was taken", refused[i].name);
    }
}

static const struct {
    const char *name, *line;
    enum smtp_verb verb;
    const char *argument; /* NULL: none */
} taken[] = {
    {"EHLO", "EHLO host.example", SMTP_EHLO, "host.example"},
    {"lower case", "ehlo host.example", SMTP_EHLO, "host.example"},
    {"mixed case", "eHLo host.example", SMTP_EHLO, "host.example"},
    {"literal", "EHLO [127.0.0.1]", SMTP_EHLO, "[127.0.0.1]"},
    {"underscore", "EHLO my_host", SMTP_EHLO, "my_host"},
    {"spaces at the end", "EHLO a  \t", SMTP_EHLO, "a"},
    {"two spaces", "EHLO  a", SMTP_EHLO, "a"},
    {"HELO", "HELO a", SMTP_HELO, "a"},
    {"STARTTLS", "STARTTLS", SMTP_STARTTLS, NULL},
    {"DATA", "DATA", SMTP_DATA, NULL},
    {"RSET", "RSET", SMTP_RSET, NULL},
    {"QUIT", "quit ", SMTP_QUIT, NULL},
    {"NOOP", "NOOP", SMTP_NOOP, ""},
    {"NOOP with text", "NOOP a b", SMTP_NOOP, "a b"},
    {"HELP", "HELP me", SMTP_HELP, "me"},
    {"VRFY", "VRFY a", SMTP_VRFY, "a"},
    {"EXPN", "EXPN a", SMTP_EXPN, "a"},
    {"RCPT", "RCPT TO:<a@b>", SMTP_RCPT, "a@b"},
    {"postmaster", "RCPT TO:<PostMaster>", SMTP_RCPT, "PostMaster"},
};

static void test_taken(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        struct smtp_command command;

        if (parse(taken[i].line, &command) != SMTP_SYNTAX_OK || command.verb != taken[i].verb ||
            !is_text(command.argument, command.argument_len, taken[i].argument))
            fail_msg("%s: %s %.*s", taken[i].name, smtp_verb_name(command.verb),
                     (int)command.argument_len, command.argument);
    }
}

static const struct {
    const char *name, *line, *mechanism, *initial;
} auths[] = {
    {"AUTH", "AUTH PLAIN", "PLAIN", NULL},
    {"AUTH with a response", "AUTH PLAIN AGEAYg==", "PLAIN", "AGEAYg=="},
    {"AUTH with the empty one", "AUTH PLAIN =", "PLAIN", "="},
    {"AUTH CRAM-MD5", "AUTH cram-md5", "cram-md5", NULL},
};

static void test_auth(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(auths); i++) {
        struct smtp_command command;

        if (parse(auths[i].line, &command) != SMTP_SYNTAX_OK || command.verb != SMTP_AUTH ||
            !is_text(command.argument, command.argument_len, auths[i].mechanism) ||
            !is_text(command.initial, command.initial_len, auths[i].initial))
            fail_msg("%s: %.*s", auths[i].name, (int)command.argument_len, command.argument);
    }
}

static const struct {
    const char *name, *line, *address;
    unsigned long long size_b;
    bool smtputf8, body_8bit, has_utf8;
} mails[] = {
    {"MAIL", "MAIL FROM:<a@b.example>", "a@b.example", 0, false, false, false},
    {"MAIL in lower case", "mail from:<a@b>", "a@b", 0, false, false, false},
    {"space behind the colon", "MAIL FROM: <a@b>", "a@b", 0, false, false, false},
    {"null path", "MAIL FROM:<>", "", 0, false, false, false},
    {"null path with SIZE", "MAIL FROM:<> SIZE=1", "", 1, false, false, false},
    {"SIZE", "MAIL FROM:<a@b> SIZE=1000", "a@b", 1000, false, false, false},
    {"greatest SIZE", "MAIL FROM:<> SIZE=18446744073709551615", "", 18446744073709551615ULL, false,
     false, false},
    {"BODY=8BITMIME", "MAIL FROM:<> body=8bitmime", "", 0, false, true, false},
    {"BODY=7BIT", "MAIL FROM:<> BODY=7BIT", "", 0, false, false, false},
    {"SMTPUTF8", "MAIL FROM:<> SMTPUTF8", "", 0, true, false, false},
    {"AUTH=", "MAIL FROM:<> AUTH=<>", "", 0, false, false, false},
    {"all of them", "MAIL FROM:<a@b> BODY=8BITMIME SIZE=7 SMTPUTF8 AUTH=a+40b", "a@b", 7, true,
     true, false},
    {"UTF-8", "MAIL FROM:<\xc3\xbc@b> SMTPUTF8", "\xc3\xbc@b", 0, true, false, true},
    {"UTF-8 not announced", "MAIL FROM:<\xc3\xbc@b>", "\xc3\xbc@b", 0, false, false, true},
    {"four bytes", "MAIL FROM:<\xf0\x9f\x9a\xaa@b>", "\xf0\x9f\x9a\xaa@b", 0, false, false, true},
};

static void test_mail(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(mails); i++) {
        struct smtp_command command;

        if (parse(mails[i].line, &command) != SMTP_SYNTAX_OK || command.verb != SMTP_MAIL ||
            !is_text(command.argument, command.argument_len, mails[i].address))
            fail_msg("%s: %.*s", mails[i].name, (int)command.argument_len, command.argument);
        if (command.size_b != mails[i].size_b || command.has_size != (mails[i].size_b > 0) ||
            command.smtputf8 != mails[i].smtputf8 || command.body_8bit != mails[i].body_8bit ||
            command.has_utf8 != mails[i].has_utf8)
            fail_msg("%s: parameters", mails[i].name);
    }
}

static const struct {
    const char *line;
    bool has_dsn;
} dsns[] = {
    {"MAIL FROM:<a@b> RET=full", true},       {"MAIL FROM:<a@b> ENVID=x+2Bq SIZE=7", true},
    {"MAIL FROM:<a@b> SIZE=7", false},        {"RCPT TO:<a@b> NOTIFY=SUCCESS,FAILURE", true},
    {"RCPT TO:<a@b> ORCPT=rfc822;a@b", true}, {"RCPT TO:<a@b>", false},
};

static void test_dsn(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(dsns); i++) {
        struct smtp_command command;

        if (parse(dsns[i].line, &command) != SMTP_SYNTAX_OK || command.has_dsn != dsns[i].has_dsn)
            fail_msg("%s", dsns[i].line);
    }
}

static void test_nul(void **state) {
    struct smtp_command command;

    (void)state;
    assert_int_equal(smtp_command_parse(NUL_IN_MAIL, sizeof NUL_IN_MAIL - 1, &command),
                     SMTP_SYNTAX_ARGUMENTS);
    assert_null(command.argument);
    assert_int_equal(smtp_command_parse("NOOP\0", 5, &command), SMTP_SYNTAX_UNKNOWN);
}

static void test_long_name(void **state) {
    char line[5 + 256];
    struct smtp_command command;

    (void)state;
    memset(line, 'a', sizeof line);
    memcpy(line, "EHLO ", 5);
    assert_int_equal(smtp_command_parse(line, sizeof line - 1, &command), SMTP_SYNTAX_OK);
    assert_int_equal(command.argument_len, 255);
    assert_int_equal(smtp_command_parse(line, sizeof line, &command), SMTP_SYNTAX_ARGUMENTS);
}

static const struct {
    const char *name, *text;
    size_t used; /* 0: no path */
    const char *address;
} paths[] = {
    {"mailbox", "<a@b>", 5, "a@b"},
    {"what stands behind is left", "<a@b> SIZE=1", 5, "a@b"},
    {"dots", "<a.b.c@d.e.f>", 13, "a.b.c@d.e.f"},
    {"atext", "<!#$%&'*+-/=?^_`{|}~@b>", 23, "!#$%&'*+-/=?^_`{|}~@b"},
    {"quoted", "<\"a b\"@c>", 9, "\"a b\"@c"},
    {"quoted bracket and at", "<\"a>@<b\"@c>", 11, "\"a>@<b\"@c"},
    {"quoted pairs", "<\"a\\\"\\\\b\"@c>", 12, "\"a\\\"\\\\b\"@c"},
    {"empty quotes", "<\"\"@c>", 6, "\"\"@c"},
    {"IPv4 literal", "<a@[127.0.0.1]>", 15, "a@[127.0.0.1]"},
    {"IPv6 literal", "<a@[IPv6:::1]>", 14, "a@[IPv6:::1]"},
    {"source route", "<@x,@y.z:a@b>", 13, "a@b"},
    {"source route of one", "<@x:a@b>", 8, "a@b"},
    {"hyphen and underscore", "<a@my-host_1>", 13, "a@my-host_1"},
    {"null", "<>", 2, ""},
    {"postmaster", "<postmaster>", 12, "postmaster"},
    {"postmaster with a domain", "<postmaster@b>", 14, "postmaster@b"},
    {"empty", "", 0, NULL},
    {"open", "<", 0, NULL},
    {"never closed", "<a@b", 0, NULL},
    {"no domain", "<a>", 0, NULL},
    {"empty domain", "<a@>", 0, NULL},
    {"empty local part", "<@b>", 0, NULL},
    {"shell without a domain", "<;id;@>", 0, NULL},
    {"semicolon", "<;id;@b>", 0, NULL},
    {"space", "<a b@c>", 0, NULL},
    {"leading dot", "<.a@b>", 0, NULL},
    {"trailing dot", "<a.@b>", 0, NULL},
    {"two dots", "<a..b@c>", 0, NULL},
    {"two ats", "<a@b@c>", 0, NULL},
    {"domain with a trailing dot", "<a@b.>", 0, NULL},
    {"domain with two dots", "<a@b..c>", 0, NULL},
    {"hyphen first", "<a@-b>", 0, NULL},
    {"hyphen last", "<a@b->", 0, NULL},
    {"quotes never closed", "<\"a@b>", 0, NULL},
    {"control character in quotes", "<\"a\x7f\"@b>", 0, NULL},
    {"control character in a pair", "<\"a\\\x7f\"@b>", 0, NULL},
    {"pair never closed", "<\"a\\", 0, NULL},
    {"text behind quotes", "<\"a\"b@c>", 0, NULL},
    {"literal never closed", "<a@[127.0.0.1>", 0, NULL},
    {"empty literal", "<a@[]>", 0, NULL},
    {"text behind literal", "<a@[1]b>", 0, NULL},
    {"nested brackets", "<<a@b>>", 0, NULL},
    {"route to nothing", "<@x:>", 0, NULL},
    {"route to postmaster", "<@x:postmaster>", 0, NULL},
    {"route without a colon", "<@x,a@b>", 0, NULL},
    {"route with an empty hop", "<@x,:a@b>", 0, NULL},
    {"bracket behind a space", " <a@b>", 0, NULL},
};

static void test_paths(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct smtp_path path = {.address = NULL};
        size_t used = smtp_path_parse(paths[i].text, strlen(paths[i].text), &path);

        if (used != paths[i].used || !is_text(path.address, path.address_len, paths[i].address))
            fail_msg("%s: %zu bytes, address %.*s", paths[i].name, used, (int)path.address_len,
                     path.address != NULL ? path.address : "");
    }
}

/* "<" local "@" domain ">" with parts of the given lengths; returns how much of it is taken. */
static size_t try_lengths(size_t local, size_t domain) {
    char text[1024];
    size_t len = local + domain + 3;
    struct smtp_path path;

    assert_true(len <= sizeof text);
    memset(text, 'a', len);
    text[0] = '<';
    text[1 + local] = '@';
    text[len - 1] = '>';
    return smtp_path_parse(text, len, &path);
}

static void test_path_lengths(void **state) {
    (void)state;
    assert_int_equal(try_lengths(64, 255), 322);
    assert_int_equal(try_lengths(65, 255), 0);
    assert_int_equal(try_lengths(64, 256), 0);
    assert_int_equal(try_lengths(200, 119), 322);
    assert_int_equal(try_lengths(200, 120), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_taken),
        cmocka_unit_test(test_auth),         cmocka_unit_test(test_mail),
        cmocka_unit_test(test_dsn),          cmocka_unit_test(test_nul),
        cmocka_unit_test(test_long_name),    cmocka_unit_test(test_paths),
        cmocka_unit_test(test_path_lengths),
    };

    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
