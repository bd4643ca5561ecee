#include "base/mem.h"
#include "tls/iana.h"
#include "tls/seen.h"
#include "unit.h"

static void test_versions(void **state) {
    (void)state;
    assert_string_equal(tls_version_name(0x0300), "SSLv3");
    assert_string_equal(tls_version_name(0x0301), "TLSv1");
    assert_string_equal(tls_version_name(0x0302), "TLSv1.1");
    assert_string_equal(tls_version_name(0x0303), "TLSv1.2");
    assert_string_equal(tls_version_name(0x0304), "TLSv1.3");
    assert_string_equal(tls_version_name(0x7f1c), "unknown");
    assert_string_equal(tls_version_name(0), "unknown");
}

static void test_alerts(void **state) {
    static const struct {
        int number;
        const char *name;
    } cases[] = {
        {0, "close_notify"},         {10, "unexpected_message"},
        {40, "handshake_failure"},   {42, "bad_certificate"},
        {45, "certificate_expired"}, {48, "unknown_ca"},
        {51, "decrypt_error"},       {70, "protocol_version"},
        {80, "internal_error"},      {120, "no_application_protocol"},
        {121, "ech_required"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_string_equal(tls_alert_name(cases[i].number), cases[i].name);
        assert_int_equal(tls_alert_number(cases[i].name), cases[i].number);
    }
    assert_string_equal(tls_alert_name(TLS_NO_ALERT), "unknown");
    assert_string_equal(tls_alert_name(255), "unknown");
    assert_int_equal(tls_alert_number("unknown"), -1);
    assert_int_equal(tls_alert_number(""), -1);
}

/* Each name leads back to its own number, so none stands twice. */
static void test_alerts_are_unique(void **state) {
    unsigned known = 0;

    (void)state;
    for (int number = 0; number < 256; number++) {
        const char *name = tls_alert_name(number);

        if (strcmp(name, "unknown") == 0)
            continue;
        assert_int_equal(tls_alert_number(name), number);
        known++;
    }
    assert_int_equal(known, 37);
}

static void test_groups(void **state) {
    (void)state;
    assert_string_equal(tls_group_name(23), "secp256r1");
    assert_string_equal(tls_group_name(24), "secp384r1");
    assert_string_equal(tls_group_name(26), "brainpoolP256r1");
    assert_string_equal(tls_group_name(29), "x25519");
    assert_string_equal(tls_group_name(257), "ffdhe3072");
    assert_string_equal(tls_group_name(4588), "X25519MLKEM768");
    assert_null(tls_group_name(0));
    assert_null(tls_group_name(0x0a0a));
}

/* tls_seen.group holds the longest of them. */
static void test_group_names_fit(void **state) {
    (void)state;
    for (unsigned group = 0; group <= UINT16_MAX; group++) {
        const char *name = tls_group_name((uint16_t)group);

        if (name != NULL)
            assert_true(strlen(name) < sizeof((struct tls_seen *)NULL)->group);
    }
}

static void test_record(void **state) {
    struct tls_seen record;

    (void)state;
    memset(&record, 0xff, sizeof record);
    tls_seen_init(&record);
    assert_int_equal(record.alert_read, TLS_NO_ALERT);
    assert_int_equal(record.handshake, TLS_HANDSHAKE_NONE);
    assert_int_equal(record.version, 0);
    assert_false(record.hello_seen);
    assert_string_equal(tls_handshake_name(TLS_HANDSHAKE_NONE), "none");
    assert_string_equal(tls_handshake_name(TLS_HANDSHAKE_BEGUN), "begun");
    assert_string_equal(tls_handshake_name(TLS_HANDSHAKE_COMPLETED), "completed");
    assert_string_equal(tls_handshake_name(TLS_HANDSHAKE_FAILED), "failed");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),          cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_alerts_are_unique), cmocka_unit_test(test_groups),
        cmocka_unit_test(test_group_names_fit),   cmocka_unit_test(test_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
