/* What lines give away that are no well-formed commands. */
#include <string.h>

#include "base/mem.h"
#include "smtp/loose.h"
#include "unit.h"

static void test_exposure(void **state) {
    static const struct {
        const char *line;
        enum exposure exposure;
    } cases[] = {
        {"MAIL\tFROM:<a@b.test>", EXPOSURE_ENVELOPE},
        {"MAIL FROM <a@b.test>", EXPOSURE_ENVELOPE},
        {"mail from:a b", EXPOSURE_ENVELOPE},
        {" \tRCPT\tTO:<a@b.test>", EXPOSURE_ENVELOPE},
        {"SAML FROM:<a@b.test>", EXPOSURE_ENVELOPE},
        {"MAIL", EXPOSURE_NOTHING},
        {"MAIL ", EXPOSURE_NOTHING},
        {"MAIL FROM:", EXPOSURE_NOTHING},
        {"RCPT\tTO", EXPOSURE_NOTHING},
        {"MAIL\tFROM:<>", EXPOSURE_ENVELOPE},
        {"RCPT=TO:<a@b.test>", EXPOSURE_ENVELOPE},
        {"\377MAIL FROM:<a@b.test>", EXPOSURE_ENVELOPE},
        {"MAILFROM:<a@b.test>", EXPOSURE_ENVELOPE},
        {"X RCPT TO:<a@b.test>", EXPOSURE_ENVELOPE},
        {"RCTP TO: a@b.test", EXPOSURE_ENVELOPE},
        {"MAIL FROM:<a b> AUTH=<>", EXPOSURE_ENVELOPE},
        {"MAILER daemon", EXPOSURE_NOTHING},
        {"MAILER <a@b.test>", EXPOSURE_ENVELOPE},
        {"AUTH\tPLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"AUTH=PLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"AUTH AGEAYg==", EXPOSURE_CREDENTIALS},
        {"AUTH PLAIN=AGEAYg==", EXPOSURE_CREDENTIALS},
        {"X AUTH PLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"EHLO\rAUTH PLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"AUTH PLAIN AGEA Yg==", EXPOSURE_CREDENTIALS},
        {"\377AUTH PLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"AUTH\302\240PLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"AUTH \"PLAIN\" \"AGEAYg==\"", EXPOSURE_CREDENTIALS},
        {"EHLO a AUTH PLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"NOOP AUTH PLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"AUTHPLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"AUTHENTICATE PLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"Authorization: Basic AGEAYg==", EXPOSURE_CREDENTIALS},
        {"a1 LOGIN joe secret", EXPOSURE_CREDENTIALS},
        {"PASS secret", EXPOSURE_CREDENTIALS},
        {"PLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"PASS", EXPOSURE_NOTHING},
        {"PLAIN", EXPOSURE_NOTHING},
        {"AUTH \"PLAIN\"", EXPOSURE_NOTHING},
        {"HELP AUTH", EXPOSURE_NOTHING},
        {"HELP AUTH please", EXPOSURE_NOTHING},
        {"AUTH", EXPOSURE_NOTHING},
        {"AUTH\tPLAIN", EXPOSURE_NOTHING},
        {"AUTH\tPLAIN =", EXPOSURE_NOTHING},
        {"AUTH\tCRAM-MD5", EXPOSURE_NOTHING},
        {"AUTHOR a@b.test", EXPOSURE_NOTHING},
        {"Subject: hello", EXPOSURE_MESSAGE},
        {"MIME-Version: 1.0", EXPOSURE_MESSAGE},
        {"GET / HTTP/1.1", EXPOSURE_NOTHING},
        {"GET /auth/login HTTP/1.1", EXPOSURE_NOTHING},
        {"User-Agent: a@b", EXPOSURE_NOTHING},
        {"EHLO", EXPOSURE_NOTHING},
        {"NOOP", EXPOSURE_NOTHING},
        {"HELP", EXPOSURE_NOTHING},
        {"DATA\tx", EXPOSURE_NOTHING},
        {"Host: mx.test", EXPOSURE_NOTHING},
        {"QUIT now", EXPOSURE_NOTHING},
        {"", EXPOSURE_NOTHING},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (loose_exposure(cases[i].line, strlen(cases[i].line)) != cases[i].exposure)
            fail_msg("%s: %s", cases[i].line,
                     exposure_name(loose_exposure(cases[i].line, strlen(cases[i].line))));
    assert_int_equal(loose_exposure("\0AUTH PLAIN AGEAYg==", 20), EXPOSURE_CREDENTIALS);
}

static void test_secrets(void **state) {
    static const struct {
        const char *word;
        bool is_secret;
    } cases[] = {{"AGFiYwBkZWY=", true}, {"AGFiYwBkZWYx", true}, {"PLAIN", false},
                 {"cram-md5", false},    {"Cram-Md5", false},    {"SCRAMSHA256", false},
                 {"Login", false},       {"abcdefgh", false},    {"", false}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (loose_is_secret(cases[i].word, strlen(cases[i].word)) != cases[i].is_secret)
            fail_msg("%s", cases[i].word);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exposure),
        cmocka_unit_test(test_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
