/* What `check` found, in its formats: snapshots, and hostile bytes in every place. */
#include <jansson.h>

#include "check_sample.h"
#include "report/check.h"
#include "snapshot.h"

enum { REPORT_MAX_B = 1024 * 1024 };

typedef struct check_result *sample_fn(void);

static struct check_page *collected; /* of a format that is written at the end */

static struct buf begin(const struct check_format *format) {
    struct buf out;

    collected = format->page != NULL ? check_page_new(format->page) : NULL;

    buf_init(&out, REPORT_MAX_B);
    if (format->begin != NULL)
        format->begin(&out);
    return out;
}

static void put(const struct check_format *format, sample_fn *sample, bool first,
                const struct check_style *style, struct buf *out) {
    struct check_result *result = sample();

    if (collected != NULL)
        check_page_add(collected, result);
    else
        format->result(result, first, style, out);
    check_result_free(&result);
    assert_null(result);
    assert_false(out->overflow);
}

static void end(const struct check_format *format, struct buf *out) {
    if (format->end != NULL)
        format->end(false, out);
    if (collected != NULL)
        check_page_write(collected, out);
    check_page_free(&collected);
    assert_false(out->overflow);
}

static struct buf write_all(const char *name, const struct check_style *style) {
    const struct check_format *format = check_format_find(name);
    struct buf out = begin(format);

    put(format, sample_good, true, style, &out);
    put(format, sample_bad, false, style, &out);
    put(format, sample_undecided, false, style, &out);
    put(format, sample_unreached, false, style, &out);
    end(format, &out);
    return out;
}

static void test_snapshots(void **state) {
    static const char *const files[][2] = {{"text", "check.txt"},
                                           {"json", "check.json"},
                                           {"junit", "check.xml"},
                                           {"csv", "check.csv"},
                                           {"markdown", "check.md"}};
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
        if ((out->data[i] < ' ' && out->data[i] != '\n' &&
             !(out->data[i] == '\r' && out->data[i + 1] == '\n')) ||
            (out->data[i] == 0x7f && !is_json))
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
        end(format, &out);
        if (!is_harmless(&out, strncmp(format->name, "json", 4) == 0))
            fail_msg("%s: %s", format->name, buf_text(&out));
        if (strcmp(format->name, "junit") == 0 || strcmp(format->name, "html") == 0)
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

/* But for words that are longer than that. */
static void test_columns(void **state) {
    static const unsigned columns[] = {60, 80, 200};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        const struct check_style style = {.columns = columns[i]};
        struct buf out = write_all("text", &style);

        for (const char *line = buf_text(&out), *end; (end = strchr(line, '\n')) != NULL;
             line = end + 1)
            if ((size_t)(end - line) > columns[i] &&
                memchr(line + 31, ' ', (size_t)(end - line) - 31))
                fail_msg("%u columns: %.*s", columns[i], (int)(end - line), line);
        buf_fini(&out);
    }
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

/* --- pages --- */

/* It loads nothing, and each link leads to one place of it. */
static void test_html(void **state) {
    static const struct check_style plain = {.columns = 100};
    static const char *const parts[] = {
        "<!DOCTYPE html>", "4 targets",     "verdict bad",    "id=\"rule-key-size\"",
        ">Targets<",       ">bad.test</a>", ">good.test</a>", ">What was seen of each<",
        "192.0.2.1"};
    static const char link[] = "href=\"#";
    struct buf out = write_all("html", &plain);
    const char *p = buf_text(&out);
    char anchor[160];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const char *next = strstr(p, parts[i]);
        if (next == NULL)
            fail_msg("no %s behind %.60s", parts[i], p);
        p = next;
    }
    assert_null(strstr(buf_text(&out), "src="));
    for (p = buf_text(&out); (p = strstr(p, "href=")) != NULL; p++) {
        assert_memory_equal(p, link, strlen(link));
        const char *name = p + strlen(link);
        snprintf(anchor, sizeof anchor, "id=\"%.*s\"", (int)strcspn(name, "\""), name);
        if (strstr(buf_text(&out), anchor) == NULL)
            fail_msg("nothing has the %s", anchor);
    }
    buf_fini(&out);
}

/* Memory does not grow with the number of targets, and what is left out is counted. */
static void test_pages_are_bounded(void **state) {
    const struct check_format *format = check_format_find("html");
    struct buf out;

    (void)state;
    buf_init(&out, 64 * 1024 * 1024);
    collected = check_page_new(format->page);
    struct check_result *result = sample_good();
    for (size_t i = 0; collected->rows_left_out == 0; i++) {
        assert_true(i < 100000);
        check_page_add(collected, result);
    }
    check_result_free(&result);
    assert_true(collected->rows[CHECK_MEETS].len <= CHECK_ROWS_MAX_B);
    assert_true(collected->details[CHECK_MEETS].len <= CHECK_DETAILS_MAX_B);
    end(format, &out);
    assert_non_null(strstr(buf_text(&out), "The list leaves 1 targets out"));
    buf_fini(&out);
}

static void test_an_empty_page(void **state) {
    static const char *const names[] = {"html", "markdown", "csv", "junit"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct buf out = begin(check_format_find(names[i]));
        end(check_format_find(names[i]), &out);
        assert_true(out.len > 0);
        buf_fini(&out);
    }
}

/* What a spreadsheet would calculate is led by an apostrophe; a quote is doubled (RFC 4180 2.7). */
static void test_csv_fields(void **state) {
    static const char *const cases[][2] = {
        {"=1+1", "\"'=1+1\","}, {"+1", "\"'+1\","},         {"-1", "\"'-1\","},
        {"@A1", "\"'@A1\","},   {"a,b", "\"a,b\","},        {"say \"x\"", "\"say \"\"x\"\"\","},
        {"a=b", "\"a=b\","},    {"\tx\r\ny", "\"?x??y\","},
    };
    static const struct check_style plain = {.columns = 100};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct check_result *result = sample_unreached();
        struct buf out = begin(check_format_find("csv"));
        size_t start = out.len;

        snprintf(result->target.text, sizeof result->target.text, "%s", cases[i][0]);
        check_format_find("csv")->result(result, true, &plain, &out);
        if (strncmp(buf_text(&out) + start, cases[i][1], strlen(cases[i][1])) != 0)
            fail_msg("%s: %s", cases[i][0], buf_text(&out) + start);
        buf_fini(&out);
        check_result_free(&result);
    }
}

static void test_tally(void **state) {
    static const struct {
        size_t counts[CHECK_VERDICT_COUNT];
        const char *text;
    } cases[] = {
        {{0}, "0 targets: 0 meet the policy."},
        {{[CHECK_MEETS] = 1}, "1 target: 1 meets the policy."},
        {{[CHECK_MEETS] = 400, [CHECK_BREAKS] = 60, [CHECK_UNREACHED] = 30, [CHECK_UNDECIDED] = 7},
         "497 targets: 400 meet the policy, 60 do not, 30 were not reached, 7 are unknown."},
        {{[CHECK_BREAKS] = 1, [CHECK_UNREACHED] = 1, [CHECK_UNDECIDED] = 1, [CHECK_NO_MAIL] = 1},
         "4 targets: 0 meet the policy, 1 does not, 1 was not reached, 1 is unknown, 1 takes no "
         "mail."},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct check_tally tally = {0};
        struct buf out;

        buf_init(&out, 1024);
        for (size_t j = 0; j < CHECK_VERDICT_COUNT; j++)
            check_tally_add(&tally, (enum check_verdict)j, cases[i].counts[j]);
        check_tally_put(&tally, &out);
        assert_string_equal(buf_text(&out), cases[i].text);
        buf_fini(&out);
    }
}

/* Whose addresses nobody wanted connected to was not looked for: the sum says what the result does. */
static void test_tally_of_unlooked(void **state) {
    struct check_result *result = sample_result("private.test");
    struct check_tally tally = {0};
    struct buf out;

    (void)state;
    sample_host(result, "mx.private.test", "192.168.1.1")->reason = CHECK_REASON_PRIVATE;
    result->verdict = CHECK_UNREACHED;
    check_tally_note(&tally, result);
    check_tally_note(&tally, result);
    check_tally_add(&tally, CHECK_UNREACHED, 1);
    buf_init(&out, 1024);
    check_tally_put(&tally, &out);
    assert_string_equal(buf_text(&out),
                        "3 targets: 0 meet the policy, 1 was not reached, 2 were not looked at.");
    buf_fini(&out);
    check_result_free(&result);
}

/* A part of a report is not taken for the whole: each format says so, and the pages before the table. */
static void test_interrupted(void **state) {
    static const struct check_style plain = {.columns = 100};
    static const char wanted[] = "The run was interrupted: targets that were not checked by then ";

    (void)state;
    for (const struct check_format *format = check_formats; format->name != NULL; format++) {
        struct buf out = begin(format);

        put(format, sample_good, true, &plain, &out);
        if (collected != NULL)
            collected->is_cut = true;
        if (format->end != NULL)
            format->end(true, &out);
        if (collected != NULL)
            check_page_write(collected, &out);
        check_page_free(&collected);
        const char *told = strstr(buf_text(&out), wanted);
        if (told == NULL)
            fail_msg("%s: %s", format->name, buf_text(&out));
        const char *table = strstr(buf_text(&out), "Targets");
        if (format->page != NULL && (table == NULL || told > table))
            fail_msg("%s: only behind the table", format->name);
        buf_fini(&out);
    }
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
        check_explain(&rules[i], 100, &out);
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
        cmocka_unit_test(test_snapshots),     cmocka_unit_test(test_jsonl),
        cmocka_unit_test(test_hostile),       cmocka_unit_test(test_lines_fit),
        cmocka_unit_test(test_columns),       cmocka_unit_test(test_colour),
        cmocka_unit_test(test_names),         cmocka_unit_test(test_explain),
        cmocka_unit_test(test_html),          cmocka_unit_test(test_pages_are_bounded),
        cmocka_unit_test(test_an_empty_page), cmocka_unit_test(test_csv_fields),
        cmocka_unit_test(test_tally),         cmocka_unit_test(test_tally_of_unlooked),
        cmocka_unit_test(test_interrupted)};

    return cmocka_run_group_tests_name("check reports", tests, NULL, NULL);
}
