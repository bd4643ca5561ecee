/* Which certificate's name is the host's (RFC 9525). */
#include "base/mem.h"
#include "policy/names.h"
#include "unit.h"

#define DNS FACTS_NAME_DNS
#define IP  FACTS_NAME_IP

static const struct test_case {
    const char *name;
    enum facts_name_kind kind;
    const char *presented, *reference;
    bool matches;
    size_t len; /* as encoded; 0: as long as the text */
} cases[] = {
    {"the same", DNS, "mx.example.org", "mx.example.org", true, 0},
    {"case of the reference", DNS, "mx.example.org", "MX.Example.ORG", true, 0},
    {"case of the certificate", DNS, "MX.Example.ORG", "mx.example.org", true, 0},
    {"one label", DNS, "localhost", "localhost", true, 0},
    {"underscore", DNS, "mx_1.example.org", "mx_1.example.org", true, 0},
    {"digits", DNS, "1.2.example.org", "1.2.example.org", true, 0},
    {"A-label", DNS, "xn--bcher-kva.example", "xn--bcher-kva.example", true, 0},
    {"U-label in the certificate", DNS, "b?cher.example", "xn--bcher-kva.example", false, 0},
    {"question mark is no wildcard", DNS, "mx.example.or?", "mx.example.org", false, 0},
    {"reference ends with a dot", DNS, "mx.example.org", "mx.example.org.", true, 0},
    {"certificate's ends with a dot", DNS, "mx.example.org.", "mx.example.org", false, 0},
    {"both end with a dot", DNS, "mx.example.org.", "mx.example.org.", false, 0},
    {"reference ends with two dots", DNS, "mx.example.org", "mx.example.org..", false, 0},
    {"another name", DNS, "somebody-else.test", "localhost", false, 0},
    {"a sibling", DNS, "mx1.example.org", "mx2.example.org", false, 0},
    {"the parent", DNS, "example.org", "mx.example.org", false, 0},
    {"a child", DNS, "a.mx.example.org", "mx.example.org", false, 0},
    {"a prefix", DNS, "mx.example.or", "mx.example.org", false, 0},
    {"a longer one", DNS, "mx.example.orgy", "mx.example.org", false, 0},
    {"a suffix without its dot", DNS, "notexample.org", "example.org", false, 0},
    {"leading dot in the certificate", DNS, ".example.org", "mx.example.org", false, 0},
    {"leading dot in both", DNS, ".example.org", ".example.org", false, 0},
    {"empty label in both", DNS, "mx..org", "mx..org", false, 0},
    {"empty name", DNS, "", "mx.example.org", false, 0},
    {"empty reference", DNS, "mx.example.org", "", false, 0},
    {"both empty", DNS, "", "", false, 0},
    {"a dot for both", DNS, ".", ".", false, 0},
    {"blank in both", DNS, "mx example.org", "mx example.org", false, 0},
    {"NUL behind the name", DNS, "mx.example.org", "mx.example.org", false, 15},
    {"NUL and an attacker's domain", DNS, "mx.example.org", "mx.example.org", false, 28},
    {"what was cut", DNS, "mx.example.org", "mx.example.org", false, 300},
    {"wildcard", DNS, "*.example.org", "mx.example.org", true, 0},
    {"wildcard, other case", DNS, "*.EXAMPLE.org", "mx.example.ORG", true, 0},
    {"wildcard and a reference with a dot", DNS, "*.example.org", "mx.example.org.", true, 0},
    {"wildcard for an A-label", DNS, "*.example.org", "xn--mx-eka.example.org", true, 0},
    {"wildcard for two labels", DNS, "*.example.org", "a.mx.example.org", false, 0},
    {"wildcard for no label", DNS, "*.example.org", "example.org", false, 0},
    {"wildcard for an empty label", DNS, "*.example.org", ".example.org", false, 0},
    {"wildcard of another domain", DNS, "*.example.net", "mx.example.org", false, 0},
    {"wildcard for a top-level domain", DNS, "*.test", "mail.test", false, 0},
    {"wildcard alone", DNS, "*", "localhost", false, 0},
    {"wildcard and a dot", DNS, "*.", "localhost.", false, 0},
    {"wildcard before an empty label", DNS, "*..org", "mx..org", false, 0},
    {"wildcard in part of a label", DNS, "m*.example.org", "mx.example.org", false, 0},
    {"wildcard before part of a label", DNS, "*x.example.org", "mx.example.org", false, 0},
    {"wildcard within an A-label", DNS, "xn--*.example.org", "xn--mx.example.org", false, 0},
    {"wildcard further right", DNS, "mx.*.org", "mx.example.org", false, 0},
    {"two wildcards", DNS, "*.*.org", "mx.example.org", false, 0},
    {"wildcard with a NUL", DNS, "*.example.org", "mx.example.org", false, 14},
    {"wildcard in the reference", DNS, "*.example.org", "*.example.org", false, 0},
    {"IPv4", IP, "192.0.2.1", "192.0.2.1", true, 0},
    {"another IPv4", IP, "192.0.2.2", "192.0.2.1", false, 0},
    {"IPv6", IP, "2001:db8::1", "2001:db8::1", true, 0},
    {"IPv6 written otherwise", IP, "2001:db8::1", "2001:0DB8:0:0:0:0:0:1", true, 0},
    {"another IPv6", IP, "2001:db8::2", "2001:db8::1", false, 0},
    {"IPv4 as IPv6", IP, "::ffff:192.0.2.1", "192.0.2.1", false, 0},
    {"address as a DNS-ID", DNS, "192.0.2.1", "192.0.2.1", false, 0},
    {"wildcard for an address", DNS, "*.0.2.1", "192.0.2.1", false, 0},
    {"name as an IP-ID", IP, "mx.example.org", "mx.example.org", false, 0},
    {"unreadable address", IP, "3 bytes", "192.0.2.1", false, 0},
    {"e-mail address", FACTS_NAME_EMAIL, "mx.example.org", "mx.example.org", false, 0},
    {"URI", FACTS_NAME_URI, "mx.example.org", "mx.example.org", false, 0},
    {"SRV", FACTS_NAME_SRV, "mx.example.org", "mx.example.org", false, 0},
    {"other name", FACTS_NAME_OTHER, "mx.example.org", "mx.example.org", false, 0},
};

static void test_matches(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct test_case *c = &cases[i];
        char *text = mem_strdup(c->presented);
        struct facts_name name = {c->kind, c->len != 0 ? c->len : strlen(text), text};
        if (name_matches(&name, c->reference) != c->matches)
            fail_msg("%s", c->name);
        free(text);
    }
}

static void test_label_and_name_lengths(void **state) {
    char label[66], name[300] = "";
    struct facts_name presented = {.kind = DNS, .text = label};

    (void)state;
    for (size_t len = 62; len <= 64; len++) {
        memset(label, 'a', len);
        label[len] = '\0';
        presented.len = len;
        assert_int_equal(name_matches(&presented, label), len <= 63);
    }
    presented.text = name;
    for (size_t labels = 1; labels <= 129; labels++) {
        snprintf(name + 2 * (labels - 1), 3, "a.");
        name[2 * labels - 1] = '\0';
        presented.len = 2 * labels - 1;
        assert_int_equal(name_matches(&presented, name), presented.len <= 253);
        name[2 * labels - 1] = '.';
    }
}

static void test_any_of_many(void **state) {
    char first[] = "a.test", second[] = "mx.test";
    struct facts_name names[] = {{DNS, 6, first}, {DNS, 7, second}};
    struct facts_cert cert = {.names = names, .name_count = 2, .common_name = "cn.test"};

    (void)state;
    assert_true(names_match(&cert, "a.test"));
    assert_true(names_match(&cert, "mx.test"));
    assert_false(names_match(&cert, "cn.test")); /* a common name never counts */
    cert.name_count = 0;
    assert_false(names_match(&cert, "a.test"));
    assert_false(names_match(&cert, "cn.test"));
}

static void test_flaws(void **state) {
    static const struct {
        const char *text;
        enum facts_name_kind kind;
        size_t len; /* 0: of the text */
        bool has_non_ascii;
        const char *flaw;
    } flaw_cases[] = {
        {"mx.test", DNS, 0, false, NULL},
        {"*.mx.test", DNS, 0, false, NULL},
        {"m*.mx.test", DNS, 0, false, NULL},
        {"_25._tcp.mx.test", DNS, 0, false, NULL},
        {"xn--mnchen-3ya.test", DNS, 0, false, NULL},
        {"localhost", DNS, 0, false, NULL},
        {"https://mx.test/", DNS, 0, false, "a URL"},
        {"mx.test:25", DNS, 0, false, "a port"},
        {"10.1.2.3", DNS, 0, false, "an address"},
        {"::1", DNS, 0, false, "an address"},
        {"mx test", DNS, 0, false, "a blank"},
        {"", DNS, 0, false, "nothing"},
        {"mx.test.", DNS, 0, false, "no host name"},
        {".mx.test", DNS, 0, false, "no host name"},
        {"mx..test", DNS, 0, false, "no host name"},
        {"post@mx.test", DNS, 0, false, "no host name"},
        {"mx.test", DNS, 20, false, "a NUL"},
        {"m??.test", DNS, 0, true, NULL}, /* told apart */
        {"10.1.2.3", FACTS_NAME_IP, 0, false, NULL},
        {"https://mx.test/", FACTS_NAME_URI, 0, false, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(flaw_cases); i++) {
        char text[64];
        snprintf(text, sizeof text, "%s", flaw_cases[i].text);
        struct facts_name name = {flaw_cases[i].kind,
                                  flaw_cases[i].len != 0 ? flaw_cases[i].len : strlen(text), text,
                                  flaw_cases[i].has_non_ascii};
        const char *flaw = names_flaw(&name);
        if ((flaw == NULL) != (flaw_cases[i].flaw == NULL) ||
            (flaw != NULL && strcmp(flaw, flaw_cases[i].flaw) != 0))
            fail_msg("%s: %s", text, flaw != NULL ? flaw : "no flaw");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_label_and_name_lengths),
        cmocka_unit_test(test_any_of_many),
        cmocka_unit_test(test_flaws),
    };

    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
