/* Names of hosts and addresses that people write, as DNS holds them; and UTF-8 that can be shown. */
#include "base/mem.h"
#include "base/utf8.h"
#include "net/idn.h"
#include "unit.h"

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10

static void test_to_ascii(void **state) {
    static const struct {
        const char *name, *ascii; /* NULL: refused */
    } cases[] = {
        {"m\xc3\xbcnchen.test", "xn--mnchen-3ya.test"},
        {"M\xc3\x9cNCHEN.Test", "xn--mnchen-3ya.test"},
        {"mu\xcc\x88nchen.test", "xn--mnchen-3ya.test"}, /* the dots apart */
        {"stra\xc3\x9f"
         "e.test",
         "xn--strae-oqa.test"},                           /* not strasse: nontransitional */
        {"\xe4\xbe\x8b\xe3\x80\x82test", "xn--fsq.test"}, /* an ideographic stop */
        {"Example.ORG", "Example.ORG"},
        {"", ""},
        {"a b", "a b"}, /* whether ASCII is a name is for others to say */
        {"m\xfcnchen.test", NULL},
        {"\xc3", NULL},
        {"\xe2\x80\xaegpj.test", NULL}, /* an override of direction */
        {"\xc3\xbc" X60 ".test", NULL}, /* longer than a label */
        {X60 X60 X60 X60 X10 X10, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char out[IDN_SIZE_B];
        struct err err = {""};
        int rc = idn_to_ascii(cases[i].name, strlen(cases[i].name), out, &err);

        print_message("%zu %s\n", i, err.text);
        assert_int_equal(rc, cases[i].ascii != NULL ? 0 : -1);
        if (cases[i].ascii != NULL)
            assert_string_equal(out, cases[i].ascii);
        assert_true(utf8_is_shown(err.text, strlen(err.text)));
    }
}

static void test_to_unicode(void **state) {
    char out[64];

    (void)state;
    assert_int_equal(idn_to_unicode("xn--mnchen-3ya.test", out, sizeof out), 0);
    assert_string_equal(out, "m\xc3\xbcnchen.test");
    assert_int_equal(idn_to_unicode("plain.test", out, sizeof out), -1);
    assert_int_equal(idn_to_unicode("xn--mnchen-3ya.test", out, 8), -1);
}

static void test_address(void **state) {
    static const struct {
        const char *text, *ascii; /* NULL: refused */
    } cases[] = {
        {"somebody@example.org", "somebody@example.org"},
        {"m\xc3\xbcller@m\xc3\xbcnchen.test", "m\xc3\xbcller@xn--mnchen-3ya.test"},
        {"a+b=c@[192.0.2.1]", "a+b=c@[192.0.2.1]"},
        {"", NULL},
        {"no address", NULL},
        {"no.address", NULL},
        {"@example.org", NULL},
        {"somebody@", NULL},
        {"some body@example.org", NULL},
        {"some\r\nbody@example.org", NULL},
        {"a@b@example.org", NULL},
        {"a@exa mple.org", NULL},
        {"a@example..org", NULL},
        {"<a@example.org>", NULL},
        {"\xfc@example.org", NULL},
        {X60 "xxxxx@example.org", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char out[IDN_ADDRESS_SIZE_B];
        struct err err = {""};
        int rc = idn_address(cases[i].text, out, &err);

        print_message("%zu %s\n", i, err.text);
        assert_int_equal(rc, cases[i].ascii != NULL ? 0 : -1);
        if (cases[i].ascii != NULL)
            assert_string_equal(out, cases[i].ascii);
    }
}

static void test_utf8(void **state) {
    static const struct {
        const char *text, *clean;
    } cases[] = {
        {"plain ASCII", "plain ASCII"},
        {"m\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x98\x80",
         "m\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"a\x1b[31m\n\x7f", "a?[31m??"},
        {"\xc2\x9b", "??"},      /* C1: a control sequence */
        {"\xe2\x80\xae", "???"}, /* right-to-left override */
        {"\xe2\x81\xa6", "???"}, /* isolate */
        {"\xef\xbb\xbf", "???"}, /* byte order mark */
        {"\xed\xa0\x80", "???"}, /* surrogate */
        {"\xc0\x80", "??"},      /* more bytes than needed */
        {"\xe0\x80\x80", "???"},
        {"\xf4\x90\x80\x80", "????"}, /* above U+10FFFF */
        {"\xf8\x88\x80\x80\x80", "?????"},
        {"\xc3", "?"},
        {"\xe2\x82z", "??z"},
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        print_message("%zu\n", i);
        utf8_copy_clean(out, sizeof out, cases[i].text, strlen(cases[i].text));
        assert_string_equal(out, cases[i].clean);
        assert_int_equal(utf8_is_shown(cases[i].text, strlen(cases[i].text)),
                         strcmp(cases[i].text, cases[i].clean) == 0);
    }
    utf8_copy_clean(out, 3, "m\xc3\xbc", 3); /* no half a character */
    assert_string_equal(out, "m");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_to_ascii),
        cmocka_unit_test(test_to_unicode),
        cmocka_unit_test(test_address),
        cmocka_unit_test(test_utf8),
    };

    return cmocka_run_group_tests_name("idn", tests, NULL, NULL);
}
