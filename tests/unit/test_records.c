/* DNS records from their bytes: names, MX hosts in order, addresses; and the bytes that strangers put there. */
#include "base/buf.h"
#include "base/mem.h"
#include "route/records.h"
#include "unit.h"

#define BYTES(text) text, sizeof(text) - 1

#define X9  "xxxxxxxxx"
#define L63 X9 X9 X9 X9 X9 X9 X9

static const struct name_case {
    const char *name;
    const char *data;
    size_t len;
    const char *text; /* NULL: refused */
} names[] = {
    {"the root", BYTES("\0"), ""},
    {"one label", BYTES("\1a\0"), "a"},
    {"lower case", BYTES("\2MX\7Example\0"), "mx.example"},
    {"digits, hyphen, underscore", BYTES("\5_1-2x\0"), "_1-2x"},
    {"the longest label", BYTES("\x3f" L63 "\0"), L63},
    {"the longest name",
     BYTES("\x3f" L63 "\x3f" L63 "\x3f" L63 "\x3d" X9 X9 X9 X9 X9 X9 "xxxxxxx\0"),
     L63 "." L63 "." L63 "." X9 X9 X9 X9 X9 X9 "xxxxxxx"},
    {"longer than any name", BYTES("\x3f" L63 "\x3f" L63 "\x3f" L63 "\x3f" L63 "\0"), NULL},
    {"nothing", BYTES(""), NULL},
    {"no end", BYTES("\1a"), NULL},
    {"a label beyond the end", BYTES("\5a\0"), NULL},
    {"a label that takes the end's place", BYTES("\3ab"), NULL},
    {"bytes behind the end", BYTES("\1a\0x"), NULL},
    {"a compressed name", BYTES("\300\014"), NULL},
    {"a label of 64", BYTES("\x40" L63 "x\0"), NULL},
    {"a dot within a label", BYTES("\3a.b\0"), NULL},
    {"a NUL within a label", BYTES("\3a\0b\0"), NULL},
    {"a space", BYTES("\3a b\0"), NULL},
    {"an escape", BYTES("\3a\033b\0"), NULL},
    {"not ASCII", BYTES("\2\303\274\0"), NULL},
};

static void test_name(void **state) {
    const struct name_case *want = *state;
    uint8_t *exact = mem_zalloc(want->len);
    char text[ROUTE_NAME_SIZE_B];

    memcpy(exact, want->data, want->len);
    assert_int_equal(records_name(exact, want->len, text), want->text != NULL ? 0 : -1);
    if (want->text != NULL)
        assert_string_equal(text, want->text);
    free(exact);
}

struct rdata {
    const char *data;
    size_t len;
};

#define MX(preference, wire)                                                                       \
    { BYTES("\0" preference wire "\0") }

static const struct mx_case {
    const char *name;
    struct rdata records[6];
    enum route_outcome outcome;
    const char *hosts; /* "5 a; 10 b; " */
    size_t seen;
} mx_cases[] = {
    {"one", {MX("\5", "\1a")}, ROUTE_FOUND, "5 a; ", 1},
    {"by preference", {MX("\12", "\1a"), MX("\5", "\1b")}, ROUTE_FOUND, "5 b; 10 a; ", 2},
    {"equal ones by name",
     {MX("\5", "\1c"), MX("\5", "\1B"), MX("\5", "\1a")},
     ROUTE_FOUND,
     "5 a; 5 b; 5 c; ",
     3},
    {"all 16 bits count",
     {{BYTES("\1\0\1a\0")}, {BYTES("\0\377\1b\0")}},
     ROUTE_FOUND,
     "255 b; 256 a; ",
     2},
    {"twice, the better one",
     {MX("\12", "\1a"), MX("\7", "\1b"), MX("\5", "\1A")},
     ROUTE_FOUND,
     "5 a; 7 b; ",
     3},
    {"null MX", {MX("\0", "")}, ROUTE_NULL_MX, "", 1},
    {"null MX twice", {MX("\0", ""), MX("\5", "")}, ROUTE_NULL_MX, "", 2},
    {"a root beside a host", {MX("\0", ""), MX("\5", "\1a")}, ROUTE_FOUND, "5 a; ", 2},
    {"a root beside rubbish", {MX("\0", ""), {BYTES("\0")}}, ROUTE_NO_HOST, "", 2},
    {"none", {{NULL, 0}}, ROUTE_NO_HOST, "", 0},
    {"too short", {{BYTES("")}, {BYTES("\0")}, {BYTES("\0\5")}}, ROUTE_NO_HOST, "", 3},
    {"rubbish beside a host", {{BYTES("\0\5\3a b\0")}, MX("\5", "\1a")}, ROUTE_FOUND, "5 a; ", 2},
};

static void test_mx(void **state) {
    const struct mx_case *want = *state;
    struct route_answer *answer = mem_zalloc(sizeof *answer);
    char *data[ARRAY_LEN(want->records) + 1] = {NULL};
    int len[ARRAY_LEN(want->records)] = {0};
    struct buf text;

    buf_init(&text, 4096);
    for (size_t i = 0; i < want->seen; i++) {
        data[i] = mem_zalloc(want->records[i].len);
        memcpy(data[i], want->records[i].data, want->records[i].len);
        len[i] = (int)want->records[i].len;
    }
    records_take_mx(data, len, answer);
    for (size_t i = 0; i < answer->host_count; i++)
        buf_printf(&text, "%u %s; ", answer->hosts[i].preference, answer->hosts[i].name);
    assert_string_equal(buf_text(&text), want->hosts);
    assert_int_equal(answer->outcome, want->outcome);
    assert_int_equal(answer->hosts_seen, want->seen);
    for (size_t i = 0; i < want->seen; i++)
        free(data[i]);
    buf_fini(&text);
    free(answer);
}

/* The best are kept, wherever they stand. */
static void test_too_many_hosts(void **state) {
    enum { COUNT = 100 };
    struct route_answer *answer = mem_zalloc(sizeof *answer);
    char bytes[COUNT][6], *data[COUNT + 1] = {NULL};
    int len[COUNT];

    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        unsigned preference = (i * 37) % COUNT; /* each once, shuffled */
        const char mx[6] = {0, (char)preference, 2, (char)('a' + i / 26), (char)('a' + i % 26), 0};
        memcpy(bytes[i], mx, sizeof mx);
        data[i] = bytes[i];
        len[i] = sizeof mx;
    }
    records_take_mx(data, len, answer);
    assert_int_equal(answer->host_count, ROUTE_MAX_HOSTS);
    assert_int_equal(answer->hosts_seen, COUNT);
    for (unsigned i = 0; i < ROUTE_MAX_HOSTS; i++)
        assert_int_equal(answer->hosts[i].preference, i);
    free(answer);
}

/* Fills addresses with count of them, the highest first: 192.0.2.N, or 2001:db8::N. */
static void fill(struct records_addresses *addresses, size_t size_b, unsigned count) {
    for (unsigned i = count; i > 0; i--) {
        uint8_t ipv6[NUMERIC_IPV6_B] = {0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)i};
        uint8_t ipv4[NUMERIC_IPV4_B] = {192, 0, 2, (uint8_t)i};
        char *data[] = {(char *)(size_b == NUMERIC_IPV4_B ? ipv4 : ipv6), NULL};
        int len[] = {(int)size_b};
        records_take_addresses(data, len, size_b, addresses);
    }
}

static const struct address_case {
    const char *name;
    unsigned ipv6, ipv4;
    unsigned want_ipv6, want_ipv4;
} address_cases[] = {
    {"no addresses", 0, 0, 0, 0},
    {"one of each", 1, 1, 1, 1},
    {"both fit", 5, 3, 5, 3},
    {"only IPv6", 20, 0, 8, 0},
    {"only IPv4", 0, 20, 0, 8},
    {"IPv4 keeps its place", 20, 2, 6, 2},
    {"IPv6 keeps its place", 3, 9, 3, 5},
    {"half and half", 9, 9, 4, 4},
};

static void test_addresses(void **state) {
    const struct address_case *want = *state;
    struct route_host *host = mem_zalloc(sizeof *host);
    struct records_addresses ipv6 = {.count = 0}, ipv4 = {.count = 0};
    char text[64];

    fill(&ipv6, NUMERIC_IPV6_B, want->ipv6);
    fill(&ipv4, NUMERIC_IPV4_B, want->ipv4);
    records_join_addresses(&ipv6, &ipv4, host);
    assert_int_equal(host->address_count, want->want_ipv6 + want->want_ipv4);
    for (unsigned i = 0; i < host->address_count; i++) {
        if (i < want->want_ipv6)
            snprintf(text, sizeof text, "2001:db8::%x", i + 1);
        else
            snprintf(text, sizeof text, "192.0.2.%u", i - want->want_ipv6 + 1);
        assert_string_equal(host->addresses[i], text);
    }
    free(host);
}

static void test_addresses_of_the_wrong_size(void **state) {
    char one[] = "\300\0\2\1", *data[] = {one, one, one, one, NULL};
    const int len[] = {3, 0, -1, 16 + 1};
    const int twice[] = {4, 4, 4, 4};
    struct records_addresses addresses = {.count = 0};

    (void)state;
    records_take_addresses(data, len, NUMERIC_IPV4_B, &addresses);
    assert_int_equal(addresses.count, 0);
    records_take_addresses(data, twice, NUMERIC_IPV4_B, &addresses);
    assert_int_equal(addresses.count, 1);
}

int main(void) {
    struct CMUnitTest tests[ARRAY_LEN(names) + ARRAY_LEN(mx_cases) + ARRAY_LEN(address_cases) + 2] =
        {
            cmocka_unit_test(test_too_many_hosts),
            cmocka_unit_test(test_addresses_of_the_wrong_size),
        };
    size_t n = 2;

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        tests[n++] =
            (struct CMUnitTest){names[i].name, test_name, NULL, NULL, (void *)(uintptr_t)&names[i]};
    for (size_t i = 0; i < ARRAY_LEN(mx_cases); i++)
        tests[n++] = (struct CMUnitTest){mx_cases[i].name, test_mx, NULL, NULL,
                                         (void *)(uintptr_t)&mx_cases[i]};
    for (size_t i = 0; i < ARRAY_LEN(address_cases); i++)
        tests[n++] = (struct CMUnitTest){address_cases[i].name, test_addresses, NULL, NULL,
                                         (void *)(uintptr_t)&address_cases[i]};
    return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
