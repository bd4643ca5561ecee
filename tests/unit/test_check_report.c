/* What `check` found, in its formats: snapshots, and hostile bytes in every place. */
#include <jansson.h>

#include "check_sample.h"
#include "report/check.h"
#include "snapshot.h"

enum { REPORT_MAX_B = 1024 * 1024 };

typedef struct check_result *sample_fn(void);

static struct buf begin(const struct check_format *format) {
    struct buf out;

    buf_init(&out, REPORT_MAX_B);
    if (format->begin != NULL)
        format->begin(&out);
    return out;
}

static void put(const struct check_format *format, sample_fn *sample, bool first,
                const struct check_style *style, struct buf *out) {
    struct check_result *result = sample();

    format->result(result, first, style, out);
    check_result_free(&result);
    assert_null(result);
    assert_false(out->overflow);
}

static struct buf write_all(const char *name, const struct check_style *style) {
    const struct check_format *format = check_format_find(name);
    struct buf out = begin(format);

    put(format, sample_good, true, style, &out);
    put(format, sample_bad, false, style, &out);
    put(format, sample_undecided, false, style, &out);
    put(format, sample_unreached, false, style, &out);
    if (format->end != NULL)
        format->end(&out);
    return out;
}

static void test_snapshots(void **state) {
    static const char *const files[][2] = {
        {"text", "check.txt"}, {"json", "check.json"}, {"junit", "check.xml"}};
    static const struct check_style plain = {.columns = 100};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct buf out = write_all(files[i][0], &plain);
        assert_snapshot(files[i][1], &out);
        buf_fini(&out);
    }
}

/* The same objects, a line each: what the journal reads back. */
static void test_jsonl(void **state) {
    static sample_fn *const samples[] = {sample_good, sample_bad, sample_undecided,
                                         sample_unreached, sample_hostile};
    static const struct check_style plain = {.columns = 100};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        struct buf line = begin(check_format_find("jsonl")),
                   page = begin(check_format_find("json"));
        put(check_format_find("jsonl"), samples[i], true, &plain, &line);
        put(check_format_find("json"), samples[i], true, &plain, &page);
        assert_ptr_equal(memchr(line.data, '\n', line.len), line.data + line.len - 1);
        assert_memory_equal(line.data, "{\"target\":", 10);
        json_t *one = json_loadb((char *)line.data, line.len, 0, NULL);
        json_t *other = json_loadb((char *)page.data, page.len, 0, NULL);
        assert_non_null(one);
        assert_true(json_equal(one, other));
        json_decref(one);
        json_decref(other);
        buf_fini(&line);
        buf_fini(&page);
    }
}

/* JSON leaves DEL as it is (RFC 8259 7). */
static bool is_harmless(const struct buf *out, bool is_json) {
    for (size_t i = 0; i < out->len; i++)
        if ((out->data[i] < ' ' && out->data[i] != '\n') || (out->data[i] == 0x7f && !is_json))
            return false;
    return true;
}

/* No format passes control characters on, or lets markup in. */
static void test_hostile(void **state) {
    static const struct check_style plain = {.columns = 100};

    (void)state;
    for (const struct check_format *format = check_formats; format->name != NULL; format++) {
        struct buf out = begin(format);
        put(format, sample_hostile, true, &plain, &out);
        if (!is_harmless(&out, strncmp(format->name, "json", 4) == 0))
            fail_msg("%s: %s", format->name, buf_text(&out));
        if (strcmp(format->name, "junit") == 0)
            assert_null(strstr(buf_text(&out), "<b>"));
        buf_fini(&out);
    }
}

static void test_lines_fit(void **state) {
    static const struct check_style plain = {.columns = 100};
    struct buf out = write_all("text", &plain);

    (void)state;
    for (const char *line = buf_text(&out), *end; (end = strchr(line, '\n')) != NULL;
         line = end + 1)
        if (end - line > 100)
            fail_msg("%d columns: %.*s", (int)(end - line), (int)(end - line), line);
    buf_fini(&out);
}

/* Colours are all that a terminal adds. */
static void test_colour(void **state) {
    static const struct check_style plain = {.columns = 100}, coloured = {true, 100};
    struct buf without = write_all("text", &plain), with = write_all("text", &coloured);
    size_t to = 0;

    (void)state;
    assert_true(with.len > without.len);
    for (size_t from = 0; from < with.len; from++) {
        if (with.data[from] == '\033')
            while (with.data[from] != 'm')
                from++;
        else
            with.data[to++] = with.data[from];
    }
    assert_int_equal(to, without.len);
    assert_memory_equal(with.data, without.data, to);
    buf_fini(&without);
    buf_fini(&with);
}

static void test_names(void **state) {
    (void)state;
    assert_string_equal(check_format_find("jsonl")->name, "jsonl");
    assert_null(check_format_find("tap"));
}

/* Every rule has its page, with all that is said of it. */
static void test_explain(void **state) {
    (void)state;
    for (size_t i = 0; i < rule_count; i++) {
        struct buf out;
        buf_init(&out, REPORT_MAX_B);
        check_explain(&rules[i], &out);
        assert_memory_equal(out.data, rules[i].name, strlen(rules[i].name));
        if (strstr(buf_text(&out), "Postfix") == NULL &&
            strstr(buf_text(&out), "\nHow to fix it\n") == NULL)
            fail_msg("%s", buf_text(&out));
        assert_true(rules[i].nss == NULL || strstr(buf_text(&out), rules[i].nss) != NULL);
        assert_true(is_harmless(&out, false));
        buf_fini(&out);
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snapshots), cmocka_unit_test(test_jsonl),
        cmocka_unit_test(test_hostile),   cmocka_unit_test(test_lines_fit),
        cmocka_unit_test(test_colour),    cmocka_unit_test(test_names),
        cmocka_unit_test(test_explain)};

    return cmocka_run_group_tests_name("check reports", tests, NULL, NULL);
}
