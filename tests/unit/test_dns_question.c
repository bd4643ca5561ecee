/* DNS names and queries, from bytes: what is read, what is refused with which code, and what is not answered at all. */
#include "base/mem.h"
#include "dns/question.h"
#include "unit.h"

/* --- names --- */

static struct dns_name name_of(const char *text) {
    struct dns_name name;

    if (dns_name_parse(text, &name) != 0)
        fail_msg("%s: no name", text);
    return name;
}

static void test_names_are_composed(void **state) {
    static const char label63[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    char text[DNS_NAME_TEXT_SIZE_B], longest[300];
    struct dns_name name, top = name_of("Example.test.");

    (void)state;
    assert_string_equal(dns_name_format(&top, text), "example.test");
    assert_memory_equal(top.bytes, "\7Example\4test", 14);
    assert_int_equal(dns_name_join("_25._tcp.mx", &top, &name), 0);
    assert_string_equal(dns_name_format(&name, text), "_25._tcp.mx.example.test");
    assert_int_equal(name.labels, 5);
    assert_string_equal(dns_name_format_prefix(&name, 3, text), "_25._tcp.mx");
    assert_int_equal(dns_name_join("", &top, &name), 0);
    assert_true(dns_name_is_equal(&name, &top));
    name = name_of("");
    assert_string_equal(dns_name_format(&name, text), ".");
    assert_int_equal(dns_name_parse(".a", &name), -1);
    assert_int_equal(dns_name_parse("a..b", &name), -1);
    snprintf(longest, sizeof longest, "%sa.b", label63);
    assert_int_equal(dns_name_parse(longest, &name), -1);
    snprintf(longest, sizeof longest, "%s.%s.%s.%.61s", label63, label63, label63, label63);
    assert_int_equal(dns_name_parse(longest, &name), 0);
    assert_int_equal(name.len, DNS_NAME_MAX_B);
    snprintf(longest, sizeof longest, "%s.%s.%s.%.62s", label63, label63, label63, label63);
    assert_int_equal(dns_name_parse(longest, &name), -1);
}

static void test_names_are_compared(void **state) {
    struct dns_name a = name_of("mx.Example.TEST"), b = name_of("MX.example.test"),
                    top = name_of("example.test"), other = name_of("xexample.test");

    (void)state;
    assert_true(dns_name_is_equal(&a, &b));
    assert_true(dns_name_is_within(&a, &top));
    assert_true(dns_name_is_within(&top, &top));
    assert_false(dns_name_is_within(&top, &a));
    assert_false(dns_name_is_within(&other, &top));
    b = dns_name_top(&a, 2);
    assert_true(dns_name_is_equal(&b, &top));
}

static void test_odd_bytes_are_escaped(void **state) {
    static const uint8_t wire[] = {5, 'A', '.', ' ', 0, 0xff, 0};
    char text[DNS_NAME_TEXT_SIZE_B];
    struct dns_name name;

    (void)state;
    assert_int_equal(dns_name_read(wire, sizeof wire, &name), sizeof wire);
    assert_string_equal(dns_name_format(&name, text), "a\\046\\032\\000\\255");
}

/* The canonical order, label by label from the right (RFC 4034 6.1). */
static int compare(const struct dns_name *a, const struct dns_name *b) {
    for (unsigned i = 1;; i++) {
        if (i > a->labels || i > b->labels)
            return (int)a->labels - (int)b->labels;
        struct dns_name x = dns_name_top(a, i), y = dns_name_top(b, i);
        x = dns_name_lower(&x);
        y = dns_name_lower(&y);
        size_t len = x.bytes[0] < y.bytes[0] ? x.bytes[0] : y.bytes[0];
        int order = memcmp(x.bytes + 1, y.bytes + 1, len);
        if (order == 0)
            order = x.bytes[0] - y.bytes[0];
        if (order != 0)
            return order;
    }
}

static void test_neighbours(void **state) {
    static const char *const cases[] = {
        "b",  "a",   "[",
        "A",  "*",   "\x80",
        "mx", "_25", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    struct dns_name top = name_of("example.test");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct dns_name name, below;
        assert_int_equal(dns_name_join(cases[i], &top, &name), 0);
        assert_true(dns_name_has_before(&name));
        struct dns_name before = dns_name_before(&name), behind = dns_name_behind(&name),
                        first = dns_name_first_below(&name);
        print_message("%s\n", cases[i]);
        assert_true(compare(&before, &name) < 0 && compare(&name, &behind) < 0);
        assert_int_equal(before.labels, name.labels);
        assert_int_equal(behind.labels, name.labels);
        assert_true(compare(&name, &first) < 0 && compare(&first, &behind) < 0);
        assert_int_equal(dns_name_join("zz.zz", &name, &below), 0);
        assert_true(compare(&below, &behind) < 0);
    }
}

/* --- queries --- */

#define HEAD_AS(flags, counts) "\x12\x34" flags counts
#define ONE                    "\0\1\0\0\0\0\0\0"
#define ONE_AND_OPT            "\0\1\0\0\0\0\0\1"
#define NAME                   "\2mx\4Test\0"
#define MX_IN                  "\0\x0f\0\1"
#define OPT(len)               "\0\0\x29\x04\xd0\0\0\x80\0" len
#define COOKIE8                                                                                    \
    "\0\x0a\0\x08"                                                                                 \
    "abcdefgh"

#define QUERY(head, rest) head rest, sizeof(head rest) - 1

static const struct query_case {
    const char *what, *bytes;
    size_t len;
    bool is_query;
    enum dns_rcode rcode;
    bool has_name, has_edns;
    size_t cookie_len;
} queries[] = {
    {"plain", QUERY(HEAD_AS("\1\0", ONE), NAME MX_IN), true, DNS_NOERROR, true, false, 0},
    {"EDNS", QUERY(HEAD_AS("\1\x30", ONE_AND_OPT), NAME MX_IN OPT("\0\0")), true, DNS_NOERROR, true,
     true, 0},
    {"a cookie", QUERY(HEAD_AS("\0\0", ONE_AND_OPT), NAME MX_IN OPT("\0\x0c") COOKIE8), true,
     DNS_NOERROR, true, true, 8},
    {"another option", QUERY(HEAD_AS("\0\0", ONE_AND_OPT), NAME MX_IN OPT("\0\5") "\0\3\0\1x"),
     true, DNS_NOERROR, true, true, 0},
    {"a cookie too short",
     QUERY(HEAD_AS("\0\0", ONE_AND_OPT), NAME MX_IN OPT("\0\x0b") "\0\x0a\0\7"
                                                                  "abcdefg"),
     true, DNS_FORMERR, true, false, 0},
    {"a cookie of nine",
     QUERY(HEAD_AS("\0\0", ONE_AND_OPT), NAME MX_IN OPT("\0\x0d") "\0\x0a\0\x09"
                                                                  "abcdefghi"),
     true, DNS_FORMERR, true, false, 0},
    {"an option cut", QUERY(HEAD_AS("\0\0", ONE_AND_OPT), NAME MX_IN OPT("\0\3") "\0\3\0"), true,
     DNS_FORMERR, true, false, 0},
    {"OPT longer than the query", QUERY(HEAD_AS("\0\0", ONE_AND_OPT), NAME MX_IN OPT("\0\1")), true,
     DNS_FORMERR, true, false, 0},
    {"OPT cut", QUERY(HEAD_AS("\0\0", ONE_AND_OPT), NAME MX_IN "\0\0\x29\x04\xd0"), true,
     DNS_FORMERR, true, false, 0},
    {"another record than OPT",
     QUERY(HEAD_AS("\0\0", ONE_AND_OPT), NAME MX_IN "\0\0\xfa\0\xff\0\0\0\0\0\0"), true,
     DNS_FORMERR, true, false, 0},
    {"EDNS version 1",
     QUERY(HEAD_AS("\0\0", ONE_AND_OPT), NAME MX_IN "\0\0\x29\x04\xd0\0\1\0\0\0\0"), true,
     DNS_BADVERS, true, true, 0},
    {"an answer", QUERY(HEAD_AS("\x80\0", ONE), NAME MX_IN), false, 0, false, false, 0},
    {"a header cut", QUERY("\x12\x34\0\0\0\1\0\0\0\0\0", ""), false, 0, false, false, 0},
    {"nothing", QUERY("", ""), false, 0, false, false, 0},
    {"NOTIFY", QUERY(HEAD_AS("\x20\0", ONE), NAME MX_IN), true, DNS_NOTIMP, false, false, 0},
    {"no question", QUERY(HEAD_AS("\0\0", "\0\0\0\0\0\0\0\0"), ""), true, DNS_FORMERR, false, false,
     0},
    {"two questions", QUERY(HEAD_AS("\0\0", "\0\2\0\0\0\0\0\0"), NAME MX_IN NAME MX_IN), true,
     DNS_FORMERR, false, false, 0},
    {"an answer besides", QUERY(HEAD_AS("\0\0", "\0\1\0\1\0\0\0\0"), NAME MX_IN), true, DNS_FORMERR,
     true, false, 0},
    {"a name cut", QUERY(HEAD_AS("\0\0", ONE), "\2mx\4Te"), true, DNS_FORMERR, false, false, 0},
    {"a name compressed", QUERY(HEAD_AS("\0\0", ONE), "\2mx\xc0\x0c" MX_IN), true, DNS_FORMERR,
     false, false, 0},
    {"a type cut", QUERY(HEAD_AS("\0\0", ONE), NAME "\0\x0f\0"), true, DNS_FORMERR, false, false,
     0},
    {"bytes behind", QUERY(HEAD_AS("\0\0", ONE), NAME MX_IN "x"), true, DNS_FORMERR, true, false,
     0},
};

static void test_queries(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        const struct query_case *c = &queries[i];
        struct dns_question question;

        print_message("%s\n", c->what);
        assert_int_equal(dns_question_read((const uint8_t *)c->bytes, c->len, &question),
                         c->is_query);
        if (!c->is_query)
            continue;
        assert_int_equal(question.id, 0x1234);
        assert_int_equal(question.rcode, c->rcode);
        assert_int_equal(question.has_name, c->has_name);
        assert_int_equal(question.has_edns, c->has_edns);
        assert_int_equal(question.cookie_len, c->cookie_len);
        assert_int_equal(question.udp_b, c->has_edns ? 1232 : 512);
        if (c->has_name)
            assert_memory_equal(question.name.bytes, NAME, sizeof NAME - 1);
    }
}

static void test_flags(void **state) {
    static const char bytes[] = HEAD_AS("\1\x30", ONE_AND_OPT) NAME MX_IN OPT("\0\0");
    struct dns_question question;

    (void)state;
    assert_true(dns_question_read((const uint8_t *)bytes, sizeof bytes - 1, &question));
    assert_true(question.recursion_desired && question.authentic_data &&
                question.checking_disabled && question.dnssec_ok);
    assert_int_equal(question.type, DNS_TYPE_MX);
    assert_int_equal(question.class, DNS_CLASS_IN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_composed),
        cmocka_unit_test(test_names_are_compared),
        cmocka_unit_test(test_odd_bytes_are_escaped),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_flags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
