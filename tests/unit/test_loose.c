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
        {"MAILER <a@b.test>", EXPOSURE_NOTHING},
        {"AUTH\tPLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"AUTH=PLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"AUTH AGEAYg==", EXPOSURE_CREDENTIALS},
        {"AUTH PLAIN=AGEAYg==", EXPOSURE_CREDENTIALS},
        {"X AUTH PLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"EHLO\rAUTH PLAIN AGEAYg==", EXPOSURE_CREDENTIALS},
        {"AUTH PLAIN AGEA Yg==", EXPOSURE_CREDENTIALS},
        {"AUTH", EXPOSURE_NOTHING},
        {"AUTH\tPLAIN", EXPOSURE_NOTHING},
        {"AUTH\tPLAIN =", EXPOSURE_NOTHING},
        {"AUTH\tCRAM-MD5", EXPOSURE_NOTHING},
        {"AUTHOR a@b.test", EXPOSURE_NOTHING},
        {"Subject: hello", EXPOSURE_MESSAGE},
        {"GET / HTTP/1.1", EXPOSURE_NOTHING},
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
