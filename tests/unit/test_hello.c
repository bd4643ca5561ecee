#include "base/buf.h"
#include "base/mem.h"
#include "hello_samples.h"
#include "tls/hello.h"
#include "unit.h"

/* --- hellos by hand --- */

static void put_number(struct buf *out, unsigned value, unsigned width_b) {
    for (unsigned i = width_b; i-- > 0;)
        buf_append(out, &(uint8_t){(uint8_t)(value >> 8 * i)}, 1);
}

static void put_list(struct buf *out, const uint16_t *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        put_number(out, list[i], 2);
}

static void put_vector(struct buf *out, unsigned width_b, const struct buf *inner) {
    put_number(out, (unsigned)inner->len, width_b);
    if (inner->len > 0)
        buf_append(out, inner->data, inner->len);
}

static void put_extension(struct buf *out, uint16_t type, const void *data, size_t len) {
    put_number(out, type, 2);
    put_number(out, (unsigned)len, 2);
    if (len > 0)
        buf_append(out, data, len);
}

/* A hello of the given version and suites; extensions is the block's content, or NULL for none
 * at all. */
static void make_hello(struct buf *out, uint16_t version, const uint16_t *suites, size_t count,
                       const struct buf *extensions) {
    static const uint8_t random[32] = {1, 2, 3};

    buf_init(out, 1 << 20);
    put_number(out, version, 2);
    buf_append(out, random, sizeof random);
    put_number(out, 0, 1);
    put_number(out, (unsigned)(2 * count), 2);
    put_list(out, suites, count);
    put_number(out, 0x0100, 2); /* one compression method: null */
    if (extensions != NULL)
        put_vector(out, 2, extensions);
}

static const uint16_t one_suite[] = {0xc02f};

static int parse_with_extension(uint16_t type, const void *data, size_t len,
                                struct client_hello *hello) {
    struct buf extensions, bytes;

    buf_init(&extensions, 1 << 20);
    put_extension(&extensions, type, data, len);
    make_hello(&bytes, 0x0303, one_suite, 1, &extensions);
    int rc = client_hello_parse(bytes.data, bytes.len, hello);
    buf_fini(&extensions);
    buf_fini(&bytes);
    return rc;
}

static void assert_zeroed(const struct client_hello *hello) {
    static const struct client_hello zero;

    assert_memory_equal(hello, &zero, sizeof zero);
}

/* --- what real clients send --- */

static const struct sample {
    const char *name;
    const uint8_t *data;
    size_t len;
    const char *sni, *alpn, *ja4; /* the fingerprints were reckoned by another program */
    unsigned versions, suites;
    bool has_supported_versions;
} samples[] = {
    {"openssl", sample_openssl, sizeof sample_openssl, "mx.example.test", "",
     "t13d311000_e8f1e7e78f70_1f22a2ca17c4", 4, 31, true},
    {"openssl-tls12", sample_openssl_tls12, sizeof sample_openssl_tls12, "", "smtp",
     "t12i2807sp_d943125447b4_e7e480e5a997", 3, 28, false},
    {"openssl-tls10", sample_openssl_tls10, sizeof sample_openssl_tls10, "", "",
     "t10i090500_c491f621fb4c_195413a0cc0f", 1, 9, false},
    {"gnutls", sample_gnutls, sizeof sample_gnutls, "localhost", "",
     "t13d291300_723694b0fccc_2cc26d266019", 4, 29, true},
    {"gnutls-tls12", sample_gnutls_tls12, sizeof sample_gnutls_tls12, "", "",
     "t12i250900_7415a186c913_577ffa9d9a5c", 3, 25, false},
};

static void test_real_hellos(void **state) {
    struct client_hello hello;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        const struct sample *s = &samples[i];

        print_message("%s\n", s->name);
        assert_int_equal(client_hello_parse(s->data, s->len, &hello), 0);
        assert_string_equal(hello.ja4, s->ja4);
        assert_string_equal(hello.sni, s->sni);
        assert_string_equal(hello.alpn, s->alpn);
        assert_int_equal(hello.version_count, s->versions);
        assert_int_equal(hello.suite_count, s->suites);
        assert_int_equal(hello.suites_seen, s->suites);
        assert_int_equal(hello.has_supported_versions, s->has_supported_versions);
    }
}

static void test_details(void **state) {
    struct client_hello hello;

    (void)state;
    assert_int_equal(client_hello_parse(sample_openssl, sizeof sample_openssl, &hello), 0);
    assert_int_equal(hello.legacy_version, 0x0303);
    assert_int_equal(hello.versions[0], 0x0304);
    assert_int_equal(hello.versions[3], 0x0301);
    assert_int_equal(hello.suites[0], 0x1302);
    assert_int_equal(hello.suites[30], 0x00ff);
    assert_int_equal(hello.groups[0], 29);
    assert_int_equal(hello.groups[1], 23);
    assert_int_equal(hello.group_count, 10);
    assert_int_equal(hello.sigalgs[0], 0x0403);
    assert_int_equal(hello.extension_count, 10);
    assert_int_equal(hello.extensions_seen, 10);
}

/* The only shorter prefix that is a hello of its own ends before the block of extensions. */
static void test_truncated_anywhere(void **state) {
    struct client_hello hello;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        unsigned whole = 0;

        for (size_t len = 0; len < samples[i].len; len++) {
            uint8_t *exact = mem_zalloc(len); /* so that a sanitizer sees the byte behind */

            memcpy(exact, samples[i].data, len);
            memset(&hello, 0xff, sizeof hello);
            if (client_hello_parse(exact, len, &hello) == 0) {
                whole++;
                assert_int_equal(hello.extensions_seen, 0);
            } else {
                assert_zeroed(&hello);
            }
            free(exact);
        }
        assert_int_equal(whole, 1);
    }
}

static void test_trailing_byte(void **state) {
    uint8_t longer[sizeof sample_openssl + 1] = {0};
    struct client_hello hello;

    (void)state;
    memcpy(longer, sample_openssl, sizeof sample_openssl);
    assert_int_equal(client_hello_parse(longer, sizeof longer, &hello), -1);
    assert_zeroed(&hello);
}

/* --- versions without supported_versions --- */

static void test_version_fallback(void **state) {
    static const struct {
        uint16_t legacy, first, last;
        unsigned count;
        const char *ja4;
    } cases[] = {
        {0x0303, 0x0303, 0x0301, 3, "t12"}, {0x0302, 0x0302, 0x0301, 2, "t11"},
        {0x0301, 0x0301, 0x0301, 1, "t10"}, {0x0300, 0x0300, 0x0300, 1, "ts3"},
        {0x0304, 0x0303, 0x0301, 3, "t12"}, {0xffff, 0x0303, 0x0301, 3, "t12"},
        {0x0002, 0, 0, 0, "t00"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct client_hello hello;
        struct buf bytes;

        make_hello(&bytes, cases[i].legacy, one_suite, 1, NULL);
        assert_int_equal(client_hello_parse(bytes.data, bytes.len, &hello), 0);
        assert_int_equal(hello.legacy_version, cases[i].legacy);
        assert_int_equal(hello.version_count, cases[i].count);
        assert_int_equal(hello.versions[0], cases[i].first);
        if (cases[i].count > 0)
            assert_int_equal(hello.versions[cases[i].count - 1], cases[i].last);
        assert_memory_equal(hello.ja4, cases[i].ja4, 3);
        buf_fini(&bytes);
    }
}

/* --- JA4 --- */

/* The example of FoxIO's description: Chrome, its lists in another order and with GREASE in
 * each. */
static void test_published_ja4(void **state) {
    static const uint16_t suites[] = {0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f,
                                      0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
                                      0x009c, 0x009d, 0x002f, 0x0035};
    static const uint16_t empty_extensions[] = {0x1a1a, 0x0005, 0x000a, 0x000b, 0x0012,
                                                0x0015, 0x0017, 0x001b, 0x0023, 0x002d,
                                                0x0033, 0x4469, 0xff01, 0xfafa};
    static const uint8_t sigalgs[] = {0,    18,   0x1a, 0x1a, 0x04, 0x03, 0x08, 0x04, 0x04, 0x01,
                                      0x05, 0x03, 0x08, 0x05, 0x05, 0x01, 0x08, 0x06, 0x06, 0x01};
    static const uint8_t alpn[] = {0, 12, 2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    static const uint8_t sni[] = {0, 6, 0, 0, 3, 'a', '.', 'b'};
    static const uint8_t versions[] = {6, 0xba, 0xba, 3, 4, 3, 3};
    static const uint8_t groups[] = {0, 2, 0, 23};
    struct client_hello hello;
    struct buf extensions, bytes;

    (void)state;
    buf_init(&extensions, 4096);
    put_extension(&extensions, 0x002b, versions, sizeof versions);
    put_extension(&extensions, 0x000d, sigalgs, sizeof sigalgs);
    for (size_t i = 0; i < ARRAY_LEN(empty_extensions); i++)
        put_extension(&extensions, empty_extensions[i], groups,
                      empty_extensions[i] == 0x000a ? sizeof groups : 0);
    put_extension(&extensions, 0x0010, alpn, sizeof alpn);
    put_extension(&extensions, 0x0000, sni, sizeof sni);
    make_hello(&bytes, 0x0303, suites, ARRAY_LEN(suites), &extensions);
    assert_int_equal(client_hello_parse(bytes.data, bytes.len, &hello), 0);
    assert_string_equal(hello.ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
    assert_string_equal(hello.sni, "a.b");
    assert_string_equal(hello.alpn, "h2");
    assert_int_equal(hello.suites_seen, 16);
    assert_int_equal(hello.versions[0], 0xbaba); /* GREASE stays in the lists */
    buf_fini(&extensions);
    buf_fini(&bytes);
}

static void test_ja4_of_nothing(void **state) {
    static const uint16_t grease[] = {0x0a0a};
    struct client_hello hello;
    struct buf bytes;

    (void)state;
    make_hello(&bytes, 0x0303, grease, 1, NULL);
    assert_int_equal(client_hello_parse(bytes.data, bytes.len, &hello), 0);
    assert_string_equal(hello.ja4, "t12i000000_000000000000_000000000000");
    buf_fini(&bytes);
}

static void test_ja4_alpn(void **state) {
    static const struct {
        const char *name, *shown, *code;
    } cases[] = {
        {"h2", "h2", "h2"},      {"http/1.1", "http/1.1", "h1"}, {"a", "a", "aa"},
        {"\xab", "?", "ab"},     {"\x30\xab", "0?", "3b"},       {"\xab\xcd", "??", "ad"},
        {"h2\x1b", "h2?", "6b"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t len = strlen(cases[i].name);
        uint8_t body[32] = {0, (uint8_t)(len + 1), (uint8_t)len};
        struct client_hello hello;

        memcpy(body + 3, cases[i].name, len);
        assert_int_equal(parse_with_extension(16, body, len + 3, &hello), 0);
        assert_string_equal(hello.alpn, cases[i].shown);
        assert_memory_equal(hello.ja4 + 8, cases[i].code, 2);
    }
}

static void test_overlong_lists(void **state) {
    uint16_t suites[300];
    struct client_hello hello;
    struct buf extensions, bytes;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(suites); i++)
        suites[i] = i < 210 ? 0x0a0a : (uint16_t)(0x4000 + i); /* 90 of them are no GREASE */
    buf_init(&extensions, 1 << 16);
    for (unsigned i = 0; i < 120; i++)
        put_extension(&extensions, (uint16_t)(0x5000 + i), NULL, 0);
    make_hello(&bytes, 0x0303, suites, ARRAY_LEN(suites), &extensions);
    assert_int_equal(client_hello_parse(bytes.data, bytes.len, &hello), 0);
    assert_int_equal(hello.suite_count, HELLO_MAX_SUITES);
    assert_int_equal(hello.suites_seen, 300);
    assert_int_equal(hello.extension_count, HELLO_MAX_EXTENSIONS);
    assert_int_equal(hello.extensions_seen, 120);
    assert_memory_equal(hello.ja4, "t12i909900", 10);
    buf_fini(&extensions);
    buf_fini(&bytes);
}

/* --- malformed --- */

static void test_malformed_extensions(void **state) {
    static const struct {
        const char *name;
        uint16_t type;
        uint8_t data[8];
        size_t len;
    } cases[] = {
        {"sni: nothing", 0, {0}, 0},
        {"sni: empty list", 0, {0, 0}, 2},
        {"sni: list longer than the extension", 0, {0, 9, 0, 0, 1, 'a'}, 6},
        {"sni: list shorter than the extension", 0, {0, 4, 0, 0, 1, 'a', 0}, 7},
        {"sni: empty name", 0, {0, 3, 0, 0, 0}, 5},
        {"sni: name longer than the list", 0, {0, 4, 0, 0, 2, 'a'}, 6},
        {"groups: nothing", 10, {0}, 0},
        {"groups: empty list", 10, {0, 0}, 2},
        {"groups: odd", 10, {0, 3, 0, 23, 0}, 5},
        {"groups: too short", 10, {0, 4, 0, 23}, 4},
        {"groups: something behind", 10, {0, 2, 0, 23, 0}, 5},
        {"sigalgs: odd", 13, {0, 1, 4}, 3},
        {"alpn: empty list", 16, {0, 0}, 2},
        {"alpn: empty name", 16, {0, 1, 0}, 3},
        {"alpn: second name too long", 16, {0, 4, 1, 'a', 9, 'b'}, 6},
        {"versions: empty", 43, {0}, 1},
        {"versions: odd", 43, {3, 3, 4, 3}, 4},
        {"versions: too long", 43, {4, 3, 4}, 3},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct client_hello hello;

        print_message("%s\n", cases[i].name);
        assert_int_equal(parse_with_extension(cases[i].type, cases[i].data, cases[i].len, &hello),
                         0);
        assert_string_equal(hello.sni, "");
        assert_string_equal(hello.alpn, "");
        assert_int_equal(hello.group_count + hello.sigalg_count, 0);
        assert_int_equal(hello.version_count == 0, cases[i].type == 43);
        assert_int_equal(hello.suite_count, 1);
        assert_int_equal(strlen(hello.ja4), HELLO_JA4_SIZE_B - 1);
    }
}

/* A hundred strange versions, and among them those of TLS. */
static void test_versions_that_we_know_are_kept(void **state) {
    enum { STRANGE = 100 };
    uint8_t data[1 + 2 * (STRANGE + 2)] = {2 * (STRANGE + 2)};
    struct client_hello hello;
    bool has_12 = false, has_13 = false;

    (void)state;
    for (size_t i = 0; i < STRANGE + 2; i++) {
        data[1 + 2 * i] = 0x7a;
        data[2 + 2 * i] = (uint8_t)i;
    }
    memcpy(data + 1 + 2 * 50, "\x03\x03", 2);
    memcpy(data + 1 + 2 * 101, "\x03\x04", 2);
    assert_int_equal(parse_with_extension(43, data, sizeof data, &hello), 0);
    for (unsigned i = 0; i < hello.version_count; i++) {
        has_12 |= hello.versions[i] == 0x0303;
        has_13 |= hello.versions[i] == 0x0304;
    }
    assert_true(has_12 && has_13);
    assert_int_equal(hello.version_count, HELLO_MAX_VERSIONS);
}

/* Offsets into a TLS 1.0 hello: 34 session id's length, 35 suites' length, 55 compression's
 * length. */
static void test_malformed_body(void **state) {
    static const struct {
        const char *name;
        size_t offset;
        uint8_t value;
    } cases[] = {
        {"session id of 33 bytes", 34, 33},
        {"session id past the end", 34, 255},
        {"odd suites", 36, 17},
        {"no suites", 36, 0},
        {"suites past the end", 35, 0xff},
        {"no compression method", 55, 0},
        {"block too short", 58, 1},
        {"block too long", 57, 1},
    };

    (void)state;
    assert_int_equal(sample_openssl_tls10[55], 1);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t bytes[sizeof sample_openssl_tls10];
        struct client_hello hello;

        print_message("%s\n", cases[i].name);
        memcpy(bytes, sample_openssl_tls10, sizeof bytes);
        bytes[cases[i].offset] = cases[i].value;
        assert_int_equal(client_hello_parse(bytes, sizeof bytes, &hello), -1);
        assert_zeroed(&hello);
    }
}

static void test_sni_is_cleaned_and_cut(void **state) {
    static const uint8_t evil[] = {0, 8, 0, 0, 5, 'a', '\0', '\x1b', '\n', 'b'};
    uint8_t longest[5 + 400] = {0x01, 0x93, 0, 0x01, 0x90};
    struct client_hello hello;

    (void)state;
    assert_int_equal(parse_with_extension(0, evil, sizeof evil, &hello), 0);
    assert_string_equal(hello.sni, "a???b");
    memset(longest + 5, 'x', 400);
    assert_int_equal(parse_with_extension(0, longest, sizeof longest, &hello), 0);
    assert_int_equal(strlen(hello.sni), HELLO_NAME_SIZE_B - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_hellos),
        cmocka_unit_test(test_details),
        cmocka_unit_test(test_truncated_anywhere),
        cmocka_unit_test(test_trailing_byte),
        cmocka_unit_test(test_version_fallback),
        cmocka_unit_test(test_published_ja4),
        cmocka_unit_test(test_ja4_of_nothing),
        cmocka_unit_test(test_ja4_alpn),
        cmocka_unit_test(test_overlong_lists),
        cmocka_unit_test(test_malformed_extensions),
        cmocka_unit_test(test_versions_that_we_know_are_kept),
        cmocka_unit_test(test_malformed_body),
        cmocka_unit_test(test_sni_is_cleaned_and_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
