/* framing: what of a stream of bytes is TLS records, and what is not. */
#include "base/mem.h"
#include "tls/framing.h"
#include "unit.h"

#define HELLO "\x16\x03\x01\x00\x04\x01\x00\x00\x00"
#define ALERT "\x15\x03\x03\x00\x02\x02\x2a"

static const struct {
    const char *name;
    const char *bytes;
    size_t len;
    size_t ours;   /* bytes that belong to records */
    size_t rest_b; /* of the last record, missing */
    size_t alert_len;
} cases[] = {
#define BYTES(text) text, sizeof text - 1
    {"nothing", BYTES(""), 0, 0, 0},
    {"a record", BYTES(HELLO), 9, 0, 0},
    {"two records", BYTES(HELLO ALERT), 16, 0, 0},
    {"a header that is cut", BYTES("\x16\x03\x01"), 3, 0, 0},
    {"a body that is cut", BYTES("\x16\x03\x01\x00\x04\x01"), 6, 3, 0},
    {"plaintext", BYTES("EHLO a\r\n"), 0, 0, 0},
    {"plaintext behind a record", BYTES(HELLO "MAIL"), 9, 0, 0},
    {"plaintext behind an alert", BYTES(HELLO ALERT "MAIL"), 16, 0, 0},
    {"an alert in the first place", BYTES(ALERT), 7, 0, 2},
    {"... and plaintext behind it", BYTES(ALERT "QUIT\r\n"), 7, 0, 2},
    {"an alert that is cut", BYTES("\x15\x03\x03\x00\x02\x02"), 6, 1, 1},
    {"an encrypted alert in the first place", BYTES("\x15\x03\x03\x00\x03\x01\x02\x03"), 8, 0, 0},
    {"the type alone fits", BYTES("\x16GET"), 1, 0, 0},
    {"an unknown type", BYTES("\x19\x03\x01\x00\x00"), 0, 0, 0},
    {"an empty record", BYTES("\x17\x03\x03\x00\x00" HELLO), 14, 0, 0},
    {"a ClientHello in the format of SSL 2.0", BYTES("\x80\x03\x01\x03\x01" HELLO), 14, 0, 0},
    {"that format behind a record", BYTES(HELLO "\x80\x03\x01\x03\x01"), 9, 0, 0},
#undef BYTES
};

static void test_records_are_told_from_the_rest(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (size_t piece = 1; piece <= cases[i].len + 1; piece++) {
            struct framing framing = {0};
            size_t ours = 0;

            print_message("%s, in pieces of %zu\n", cases[i].name, piece);
            for (size_t pos = 0; pos < cases[i].len; pos += piece) {
                size_t n = cases[i].len - pos < piece ? cases[i].len - pos : piece;
                ours += framing_take(&framing, (const uint8_t *)cases[i].bytes + pos, n);
            }
            assert_int_equal(ours, cases[i].ours);
            assert_int_equal(framing.rest_b, cases[i].rest_b);
            assert_int_equal(framing.alert_len, cases[i].alert_len);
            assert_int_equal(framing.foreign, cases[i].ours < cases[i].len);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_records_are_told_from_the_rest)};

    return cmocka_run_group_tests_name("framing", tests, NULL, NULL);
}
