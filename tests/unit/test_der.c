/* DER, read and written: what is there comes back, and what is none is refused without reading beyond its end. */
#include <stdlib.h>

#include "base/mem.h"
#include "crypto/der.h"
#include "unit.h"

static const struct {
    const char *name;
    uint8_t bytes[8];
    size_t len;
    int rc;
    size_t value_b;
} cases[] = {
    {"empty", {0}, 0, -1, 0},
    {"a tag alone", {0x30}, 1, -1, 0},
    {"no value", {0x05, 0x00}, 2, 0, 0},
    {"short form", {0x02, 0x01, 0x07}, 3, 0, 1},
    {"bytes behind", {0x02, 0x01, 0x07, 0x55}, 4, 0, 1},
    {"cut off", {0x02, 0x02, 0x07}, 3, -1, 0},
    {"indefinite", {0x30, 0x80, 0x00, 0x00}, 4, -1, 0},
    {"long form of a short length", {0x04, 0x81, 0x01, 0x00}, 4, -1, 0},
    {"leading zero in a length", {0x04, 0x82, 0x00, 0x80}, 4, -1, 0},
    {"length without its bytes", {0x04, 0x82, 0x01}, 3, -1, 0},
    {"long form, cut off", {0x04, 0x81, 0x80, 0x00}, 4, -1, 0},
    {"four bytes of length", {0x04, 0x84, 0x01, 0x00, 0x00, 0x00}, 6, -1, 0},
    {"high tag", {0x1f, 0x81, 0x00, 0x00}, 4, -1, 0},
};

/* On the heap, to the byte, so that a sanitizer sees a step too far. */
static void test_read(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t *bytes = mem_zalloc(cases[i].len + 1);
        uint8_t *end = bytes + 1 + cases[i].len, *start = end - cases[i].len;
        struct der rest = {start, cases[i].len};
        struct der_item item;
        memcpy(start, cases[i].bytes, cases[i].len);
        int rc = der_read(&rest, &item);
        if (rc != cases[i].rc)
            fail_msg("%s: %d", cases[i].name, rc);
        if (rc == 0) {
            assert_int_equal(item.tag, start[0]);
            assert_int_equal(item.value.len, cases[i].value_b);
            assert_ptr_equal(item.whole.at, start);
            assert_ptr_equal(rest.at, start + item.whole.len);
            assert_int_equal(rest.len, cases[i].len - item.whole.len);
        } else {
            assert_ptr_equal(rest.at, start); /* nothing is taken */
        }
        free(bytes);
    }
}

static void test_written_is_read(void **state) {
    static const size_t lengths[] = {0, 1, 127, 128, 255, 256, 65535, 65536, 100000};
    uint8_t *value = mem_zalloc(100000);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        struct buf out, copy;
        struct der_item item;
        buf_init(&out, 1 << 20);
        buf_init(&copy, 1 << 20);
        der_put(&out, DER_OCTET_STRING, value, lengths[i]);
        struct der rest = {out.data, out.len};
        assert_int_equal(der_read(&rest, &item), 0);
        assert_int_equal(item.tag, DER_OCTET_STRING);
        assert_int_equal(item.value.len, lengths[i]);
        assert_int_equal(rest.len, 0);
        der_copy(&copy, &item);
        assert_int_equal(copy.len, out.len);
        assert_memory_equal(copy.data, out.data, out.len);
        buf_fini(&copy);
        buf_fini(&out);
    }
    free(value);
}

static void test_too_long_overflows(void **state) {
    struct buf out;

    (void)state;
    buf_init(&out, 16);
    der_put(&out, DER_OCTET_STRING, NULL, (size_t)1 << 24);
    assert_true(out.overflow);
    buf_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_written_is_read),
        cmocka_unit_test(test_too_long_overflows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
