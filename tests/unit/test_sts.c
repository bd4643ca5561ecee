/* The text of policies of MTA-STS, the records that announce them, and what their hosts present. */
#include "base/mem.h"
#include "sts/host.h"
#include "sts/policy.h"
#include "unit.h"

#define DOMAIN "a.example.test"
#define HOST   "mx.a.example.test"
#define MX     "mx: " HOST "\r\n"
#define AGE    "max_age: 86400\r\n"
#define BEGIN  "version: STSv1\r\nmode: enforce\r\n"

/* --- policies --- */

static const struct policy_case {
    const char *name;
    struct sts_knobs knobs;
    const char *text;
} policies[] = {
    {"sound", {.policy = STS_POLICY_THERE}, BEGIN MX AGE},
    {"testing", {.mode = STS_MODE_TESTING}, "version: STSv1\r\nmode: testing\r\n" MX AGE},
    {"none", {.mode = STS_MODE_NONE, .mx = STS_MX_NONE}, "version: STSv1\r\nmode: none\r\n" AGE},
    {"other", {.mx = STS_MX_OTHER}, BEGIN "mx: listed." DOMAIN "\r\n" AGE},
    {"wildcard", {.mx = STS_MX_WILDCARD}, BEGIN "mx: *." DOMAIN "\r\n" AGE},
    {"two labels", {.mx = STS_MX_WILDCARD_TWO_LABELS}, BEGIN "mx: *.example.test\r\n" AGE},
    {"apex", {.mx = STS_MX_WILDCARD_APEX}, BEGIN "mx: *." HOST "\r\n" AGE},
    {"two wildcards", {.mx = STS_MX_TWO_WILDCARDS}, BEGIN "mx: *.*.example.test\r\n" AGE},
    {"typo", {.mx = STS_MX_TYPO}, BEGIN "nmx: " HOST "\r\n" AGE},
    {"trailing dot", {.mx = STS_MX_TRAILING_DOT}, BEGIN "mx: " HOST ".\r\n" AGE},
    {"address", {.mx = STS_MX_ADDRESS_BESIDE}, BEGIN MX "mx: 192.0.2.25\r\n" AGE},
    {"bom", {.text = STS_TEXT_BOM}, "\xef\xbb\xbf" BEGIN MX AGE},
    {"no version", {.text = STS_TEXT_NO_VERSION}, "mode: enforce\r\n" MX AGE},
    {"version 2", {.text = STS_TEXT_VERSION_2}, "version: STSv2\r\nmode: enforce\r\n" MX AGE},
    {"no mode", {.text = STS_TEXT_NO_MODE}, "version: STSv1\r\n" MX AGE},
    {"unknown mode",
     {.text = STS_TEXT_UNKNOWN_MODE},
     "version: STSv1\r\nmode: mandatory\r\n" MX AGE},
    {"no max_age", {.text = STS_TEXT_NO_MAX_AGE}, BEGIN MX},
    {"long max_age", {.text = STS_TEXT_LONG_MAX_AGE}, BEGIN MX "max_age: 10000000000\r\n"},
    {"negative", {.text = STS_TEXT_NEGATIVE_MAX_AGE}, BEGIN MX "max_age: -1\r\n"},
    {"empty", {.text = STS_TEXT_EMPTY}, ""},
    {"lf", {.text = STS_TEXT_LF}, "version: STSv1\nmode: enforce\nmx: " HOST "\nmax_age: 86400\n"},
    {"mixed",
     {.text = STS_TEXT_MIXED},
     "version: STSv1\r\nmode: enforce\nmx: " HOST "\r\nmax_age: 86400\n"},
    {"duplicate mode", {.text = STS_TEXT_DUPLICATE_MODE}, BEGIN "mode: none\r\n" MX AGE},
    {"unknown key",
     {.text = STS_TEXT_UNKNOWN_KEY},
     BEGIN MX "extension: a value that nobody knows\r\n" AGE},
    {"order", {.text = STS_TEXT_ORDER}, "mode: enforce\r\n" MX AGE "version: STSv1\r\n"},
    {"no last newline", {.text = STS_TEXT_NO_LAST_NEWLINE}, BEGIN MX "max_age: 86400"},
    {"tabs",
     {.text = STS_TEXT_TABS},
     "version:\tSTSv1\r\nmode:\tenforce\r\nmx:\t" HOST "\r\nmax_age:\t86400\r\n"},
};

static void test_policies(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
        struct buf text;

        print_message("%s\n", policies[i].name);
        buf_init(&text, STS_POLICY_MAX_B);
        sts_put_policy(&policies[i].knobs, DOMAIN, HOST, &text);
        assert_false(text.overflow);
        assert_int_equal(text.len, strlen(policies[i].text));
        assert_memory_equal(buf_text(&text), policies[i].text, text.len);
        buf_fini(&text);
    }
}

/* Each value of a knob is a policy of its own: the web page is the one that has no case above. */
static void test_every_value_shows(void **state) {
    struct sts_knobs knobs = {.text = STS_TEXT_SOUND};
    struct buf texts[STS_TEXT_COUNT];

    (void)state;
    for (size_t i = 0; i < STS_TEXT_COUNT; i++) {
        knobs.text = (enum sts_text)i;
        buf_init(&texts[i], STS_POLICY_MAX_B);
        sts_put_policy(&knobs, DOMAIN, HOST, &texts[i]);
        for (size_t j = 0; j < i; j++)
            assert_true(texts[i].len != texts[j].len ||
                        memcmp(buf_text(&texts[i]), buf_text(&texts[j]), texts[i].len) != 0);
    }
    assert_non_null(strstr(buf_text(&texts[STS_TEXT_HTML]), "<html>"));
    for (size_t i = 0; i < STS_TEXT_COUNT; i++)
        buf_fini(&texts[i]);
}

/* --- records --- */

static const struct record_case {
    enum sts_record record;
    const char *texts[STS_RECORDS]; /* strings of one record, a bar between them */
} records[] = {
    {STS_RECORD_SOUND, {"v=STSv1; id=20260101000000;"}},
    {STS_RECORD_NONE, {NULL}},
    {STS_RECORD_TWO, {"v=STSv1; id=20260101000000;", "v=STSv1; id=20260101000001;"}},
    {STS_RECORD_VERSION, {"v=STSv2; id=20260101000000;"}},
    {STS_RECORD_NO_ID, {"v=STSv1;"}},
    {STS_RECORD_ID_LONG, {"v=STSv1; id=202601010000002026010100000000000;"}},
    {STS_RECORD_ID_CHARACTER, {"v=STSv1; id=2026-01-01;"}},
    {STS_RECORD_VERSION_LAST, {"id=20260101000000; v=STSv1;"}},
    {STS_RECORD_NO_SEMICOLON, {"v=STSv1 id=20260101000000"}},
    {STS_RECORD_BESIDE_OTHER, {"this text is of something else", "v=STSv1; id=20260101000000;"}},
    {STS_RECORD_SPLIT, {"v=STS|v1; id=2026|0101000000;"}},
    {STS_RECORD_EXTENSION, {"v=STSv1; id=20260101000000; extension=value;"}},
    {STS_RECORD_SPACES, {"v=STSv1 ;  id=20260101000000 ; "}},
};

static void expect_text(const struct dns_extra *extra, const char *text) {
    char seen[STS_RDATA_SIZE_B] = "";
    size_t len = 0;

    for (size_t at = 0; at < extra->rdata.len; at += 1u + extra->rdata.data[at]) {
        size_t string_b = extra->rdata.data[at];
        if (at > 0)
            seen[len++] = '|';
        assert_true(at + 1 + string_b <= extra->rdata.len);
        memcpy(seen + len, extra->rdata.data + at + 1, string_b);
        len += string_b;
    }
    assert_int_equal(extra->type, DNS_TYPE_TXT);
    assert_string_equal(extra->at, "_mta-sts");
    assert_string_equal(seen, text);
}

static void test_records(void **state) {
    struct dns_name domain;

    (void)state;
    assert_int_equal(dns_name_parse(DOMAIN, &domain), 0);
    for (size_t i = 0; i < ARRAY_LEN(records); i++) {
        const struct sts_knobs knobs = {.record = records[i].record};
        struct sts_records made;
        size_t wanted = 0;

        sts_make_records(&knobs, &domain, &made);
        for (; wanted < STS_RECORDS && records[i].texts[wanted] != NULL; wanted++)
            expect_text(&made.extras[wanted], records[i].texts[wanted]);
        assert_int_equal(made.count, wanted);
    }
}

static void test_alias(void **state) {
    const struct sts_knobs knobs = {.record = STS_RECORD_ALIAS};
    char text[DNS_NAME_TEXT_SIZE_B];
    struct dns_name domain, target;
    struct sts_records made;

    (void)state;
    assert_int_equal(dns_name_parse(DOMAIN, &domain), 0);
    sts_make_records(&knobs, &domain, &made);
    assert_int_equal(made.count, 2);
    assert_int_equal(made.extras[0].type, DNS_TYPE_CNAME);
    assert_int_equal(dns_name_read(made.extras[0].rdata.data, made.extras[0].rdata.len, &target),
                     made.extras[0].rdata.len);
    assert_string_equal(dns_name_format(&target, text), "_mta-sts-record." DOMAIN);
    assert_string_equal(made.extras[1].at, "_mta-sts-record");
}

/* --- hosts --- */

static void test_each_host_is_another(void **state) {
    (void)state;
    for (int i = 0; i < STS_HOST_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(sts_host_knobs((enum sts_host)i),
                                    sts_host_knobs((enum sts_host)j),
                                    sizeof(struct sts_host_knobs));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policies),
        cmocka_unit_test(test_every_value_shows),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_alias),
        cmocka_unit_test(test_each_host_is_another),
    };

    return cmocka_run_group_tests_name("sts", tests, NULL, NULL);
}
