/* What `check` takes as a target, and what it says to the rest. */
#include "base/mem.h"
#include "check/check.h"
#include "check/target.h"
#include "unit.h"

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10
#define L63 X60 "xxx"

static const struct good {
    const char *text, *host;
    enum target_kind kind;
    unsigned port;
} good[] = {
    {"example.org", "example.org", TARGET_DOMAIN, 25},
    {"  Example.ORG.\t\r\n", "example.org", TARGET_DOMAIN, 25},
    {"localhost", "localhost", TARGET_DOMAIN, 25},
    {"xn--mnchen-3ya.example", "xn--mnchen-3ya.example", TARGET_DOMAIN, 25},
    {"_lab.1-2.a1", "_lab.1-2.a1", TARGET_DOMAIN, 25},
    {"4.example", "4.example", TARGET_DOMAIN, 25},
    {L63 "." L63 "." L63 "." X60 "x", L63 "." L63 "." L63 "." X60 "x", TARGET_DOMAIN, 25},
    {L63 "." L63 "." L63 "." X60 "x.", L63 "." L63 "." L63 "." X60 "x", TARGET_DOMAIN, 25},
    {"mx.example.org:2525", "mx.example.org", TARGET_HOST, 2525},
    {"MX.example.org.:65535", "mx.example.org", TARGET_HOST, 65535},
    {"mx.example.org:", "mx.example.org", TARGET_HOST, 25},
    {"localhost:1", "localhost", TARGET_HOST, 1},
    {"192.0.2.1", "192.0.2.1", TARGET_ADDRESS, 25},
    {"192.0.2.1:465", "192.0.2.1", TARGET_ADDRESS, 465},
    {"192.0.2.1:", "192.0.2.1", TARGET_ADDRESS, 25},
    {"[192.0.2.1]:26", "192.0.2.1", TARGET_ADDRESS, 26},
    {"::1", "::1", TARGET_ADDRESS, 25},
    {"2001:DB8:0:0:0:0:0:25", "2001:db8::25", TARGET_ADDRESS, 25},
    {"[2001:db8::25]", "2001:db8::25", TARGET_ADDRESS, 25},
    {"[2001:db8::25]:", "2001:db8::25", TARGET_ADDRESS, 25},
    {"[::1]:587", "::1", TARGET_ADDRESS, 587},
    {"::", "::", TARGET_ADDRESS, 25},
    {"::ffff:192.0.2.1", "::ffff:192.0.2.1", TARGET_ADDRESS, 25},
    {"m\xc3\xbcnchen.example", "xn--mnchen-3ya.example", TARGET_DOMAIN, 25},
    {"M\xc3\x9cNCHEN.example.:26", "xn--mnchen-3ya.example", TARGET_HOST, 26},
};

static void test_good(void **state) {
    const struct good *want = *state;
    struct target target;
    struct err err = {""};

    assert_int_equal(target_parse(want->text, 25, &target, &err), 0);
    assert_string_equal(target.host, want->host);
    assert_int_equal(target.kind, want->kind);
    assert_int_equal(target.port, want->port);
    assert_string_equal(err.text, "");
}

#define NO_NUMBER  "the port is no number from 1 to 65535"
#define NO_CHARS   "no host name has such characters"
#define NO_ADDRESS "this looks like an IP address, but is none"
#define URL        "this is a URL: give the name alone, or host:port"
#define NO_IDN     "the name is no internationalised domain name (RFC 5891)"
#define IPV6_PORT  "an IPv6 address takes brackets before a port, as in [::1]:25"
#define NEITHER    "this is neither host:port nor an IPv6 address (which takes brackets before a port)"

static const struct bad {
    const char *text, *shown, *why;
} bad[] = {
    {"", "", "the name is missing"},
    {" \t\n", "", "the name is missing"},
    {".", ".", "the name is missing"},
    {":25", ":25", "the name is missing"},
    {"..", "..", "a part of the name is empty"},
    {"a..b", "a..b", "a part of the name is empty"},
    {".a", ".a", "a part of the name is empty"},
    {"a.b..:25", "a.b..:25", "a part of the name is empty"},
    {"-a.b", "-a.b", "a part of the name begins or ends with a hyphen"},
    {"a.b-", "a.b-", "a part of the name begins or ends with a hyphen"},
    {"a b", "a b", NO_CHARS},
    {"a/b", "a/b", NO_CHARS},
    {"a\x1b[31m", "a?[31m", NO_CHARS},
    {"*.example", "*.example", NO_CHARS},
    {"somebody@example.org", "somebody@example.org",
     "this is a mail address: give the part after the @"},
    {"m\xc3\xbcller@m\xc3\xbcnchen.example", "m\xc3\xbcller@m\xc3\xbcnchen.example",
     "this is a mail address: give the part after the @"},
    {"m\xfcnchen.example", "m?nchen.example", NO_IDN},
    {"\xe2\x80\xaegpj.example", "???gpj.example", NO_IDN},
    {"::1:25", "::1:25", IPV6_PORT},
    {"::0.1.0.37", "::0.1.0.37", IPV6_PORT},
    {"192.0.2.256", "192.0.2.256", NO_ADDRESS},
    {"192.0.2", "192.0.2", NO_ADDRESS},
    {"192.0.2.1.", "192.0.2.1.", NO_ADDRESS},
    {"25", "25", NO_ADDRESS},
    {"a.example:0", "a.example:0", NO_NUMBER},
    {"a.example:65536", "a.example:65536", NO_NUMBER},
    {"a.example:99999999999999999999", "a.example:99999999999999999999", NO_NUMBER},
    {"a.example:-1", "a.example:-1", NO_NUMBER},
    {"a.example:+1", "a.example:+1", NO_NUMBER},
    {"a.example:25x", "a.example:25x", NO_NUMBER},
    {"a.example: 25", "a.example: 25", NO_NUMBER},
    {"smtp://a.example", "smtp://a.example", URL},
    {"https://a.example/", "https://a.example/", URL},
    {"a:b:c", "a:b:c", NEITHER},
    {"smtp://a.example:25", "smtp://a.example:25", URL},
    {"fe80::1%eth0", "fe80::1%eth0", NEITHER},
    {"[::1", "[::1", "the closing bracket is missing"},
    {"[]", "[]", "there is no IP address in the brackets"},
    {"[a.example]:25", "[a.example]:25", "there is no IP address in the brackets"},
    {"[::1]25", "[::1]25", "only a colon and a port may follow the bracket"},
    {"[::1]:x", "[::1]:x", NO_NUMBER},
    {L63 "x.example", L63 "x.example", "a part of the name is longer than 63 bytes"},
    {L63 "." L63 "." L63 "." X60 "xx", L63 "." X10 "xxxxx", "the name is longer than 253 bytes"},
    {L63 "." L63 "." L63 "." L63 "." L63 "x", L63 "." X10 "xxxxx", "longer than any host name"},
    {L63 "." L63 "." L63 "." L63 "xx", L63 "." X10 "xxxxx", "the name is longer than 253 bytes"},
};

static void test_bad(void **state) {
    const struct bad *want = *state;
    struct target target = {.port = 7};
    struct err err = {""};
    char text[ERR_TEXT_SIZE_B];

    assert_int_equal(target_parse(want->text, 25, &target, &err), -1);
    snprintf(text, sizeof text, "target \"%s\": %s", want->shown, want->why);
    assert_string_equal(err.text, text);
    assert_int_equal(target.port, 7);
}

static void test_text_is_kept(void **state) {
    struct target target;

    (void)state;
    assert_int_equal(target_parse(" [::1]:0025\n", 465, &target, NULL), 0);
    assert_string_equal(target.text, "[::1]:0025");
    assert_int_equal(target.port, 25);
    static const struct {
        const char *given, *text;
    } others[] = {
        {"localhost:", "localhost:465"},
        {"192.0.2.1:", "192.0.2.1:465"},
        {"[::1]:", "[::1]:465"},
        {"2001:db8::", "2001:db8::"},
        {"Example.ORG", "Example.ORG"},
        {"M\xc3\x9cNCHEN.example", "m\xc3\xbcnchen.example"},
        {"mu\xcc\x88nchen.example:", "m\xc3\xbcnchen.example:465"},
    };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        assert_int_equal(target_parse(others[i].given, 465, &target, NULL), 0);
        assert_string_equal(target.text, others[i].text);
    }
    assert_int_equal(target_parse("Example.org.", 465, &target, NULL), 0);
    assert_string_equal(target.text, "Example.org.");
    assert_int_equal(target.port, 465);
    assert_int_equal(target_parse("", 465, &target, NULL), -1);
}

static void test_names(void **state) {
    (void)state;
    assert_string_equal(target_kind_name(TARGET_DOMAIN), "domain");
    assert_string_equal(target_kind_name(TARGET_HOST), "host");
    assert_string_equal(target_kind_name(TARGET_ADDRESS), "address");
}

/* RFC 8314 3.3 */
static void test_implicit(void **state) {
    static const struct {
        struct check_options options;
        unsigned port;
        bool is_implicit;
    } cases[] = {
        {{0}, 25, false},
        {{0}, 587, false},
        {{0}, 465, true},
        {{.starttls = true}, 465, false},
        {{.implicit_tls = true}, 465, true},
        {{.implicit_tls = true}, 25, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(check_is_implicit(&cases[i].options, cases[i].port), cases[i].is_implicit);
}

int main(void) {
    struct CMUnitTest tests[ARRAY_LEN(good) + ARRAY_LEN(bad) + 3] = {
        cmocka_unit_test(test_text_is_kept), cmocka_unit_test(test_names),
        cmocka_unit_test(test_implicit)};
    size_t n = 3;

    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        tests[n++] =
            (struct CMUnitTest){good[i].text, test_good, NULL, NULL, (void *)(uintptr_t)&good[i]};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        tests[n++] =
            (struct CMUnitTest){bad[i].text, test_bad, NULL, NULL, (void *)(uintptr_t)&bad[i]};
    return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
