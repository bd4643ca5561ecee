/* The reports: snapshots of a run with every verdict, hostile bytes in every place, and what the
 * formats promise. */
#include <jansson.h>

#include "report/report.h"
#include "sample_run.h"
#include "snapshot.h"
#include "unit.h"

enum { REPORT_MAX_B = 4 * 1024 * 1024 };

static const struct report_style plain_style = {.columns = 100};

static struct buf write_report(const char *format, const struct run *run,
                               const struct report_style *style) {
    struct buf out;

    buf_init(&out, REPORT_MAX_B);
    report_find(format)->write(run, style, &out);
    assert_false(out.overflow);
    return out;
}

static void snapshots(void **state) {
    static const char *const files[][2] = {{"text", "report.txt"},
                                           {"junit", "report.xml"},
                                           {"tap", "report.tap"},
                                           {"markdown", "report.md"}};
    struct run run = sample_run();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct buf out = write_report(files[i][0], &run, &plain_style);

        assert_snapshot(files[i][1], &out);
        buf_fini(&out);
    }
    run_fini(&run);
}

/* The version is taken out, so that the snapshot outlives releases. */
static void json_snapshot(void **state) {
    struct run run = sample_run();
    struct buf out = write_report("json", &run, &plain_style), stable;
    char *version = strstr((char *)out.data, DOORMAT_VERSION);

    (void)state;
    assert_non_null(version);
    buf_init(&stable, REPORT_MAX_B);
    buf_append(&stable, out.data, (size_t)(version - (char *)out.data));
    buf_puts(&stable, "VERSION");
    buf_puts(&stable, version + strlen(DOORMAT_VERSION));
    assert_snapshot("report.json", &stable);
    buf_fini(&stable);
    buf_fini(&out);
    run_fini(&run);
}

/* --- text --- */

static void assert_lines_fit(const struct buf *out, size_t columns) {
    for (const char *line = buf_text(out), *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        if ((size_t)(end - line) > columns)
            fail_msg("%zu columns: %.*s", (size_t)(end - line), (int)(end - line), line);
}

static void text_fits_the_columns(void **state) {
    static const unsigned columns[] = {0, 60, 72, 100, 200};
    struct run run = sample_run();
    struct scenario long_name = *run.results[2].scenario;

    (void)state;
    memset(long_name.name, 'n', sizeof(long_name.name) - 1);
    buf_printf(&run.results[10].output, " %01000d", 0);
    run.results[2].scenario = &long_name;
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        struct report_style style = {.columns = columns[i]};
        struct buf out = write_report("text", &run, &style);

        assert_lines_fit(&out, columns[i] != 0 ? columns[i] : 100);
        buf_fini(&out);
    }
    run_fini(&run);
}

/* What there is room for stands on one line. */
static void text_fills_the_columns(void **state) {
    struct run run = sample_run();
    struct report_style wide = {.columns = 200}, widest = {.columns = 1000};
    struct buf narrow = write_report("text", &run, &plain_style);
    struct buf out = write_report("text", &run, &wide);
    struct buf bounded = write_report("text", &run, &widest);

    (void)state;
    assert_true(strcspn(buf_text(&out), "\n") == 200);
    assert_true(strcspn(buf_text(&narrow), "\n") == 100);
    assert_string_equal(buf_text(&out), buf_text(&bounded));
    buf_fini(&narrow);
    buf_fini(&out);
    buf_fini(&bounded);
    run_fini(&run);
}

/* Removes SGR sequences in place. */
static void strip_colour(struct buf *buf) {
    size_t to = 0;

    for (size_t from = 0; from < buf->len; from++) {
        if (buf->data[from] == '\033')
            while (buf->data[from] != 'm')
                from++;
        else
            buf->data[to++] = buf->data[from];
    }
    buf->data[to] = '\0';
    buf->len = to;
}

static void text_says_the_same_without_colour(void **state) {
    struct report_style coloured_style = {.colour = true};
    struct run run = sample_run();
    struct buf coloured = write_report("text", &run, &coloured_style);
    struct buf plain = write_report("text", &run, &plain_style);

    (void)state;
    assert_non_null(strchr(buf_text(&coloured), '\033'));
    assert_null(strchr(buf_text(&plain), '\033'));
    strip_colour(&coloured);
    assert_string_equal(buf_text(&coloured), buf_text(&plain));
    buf_fini(&coloured);
    buf_fini(&plain);
    run_fini(&run);
}

static void output_is_shown_when_it_helps(void **state) {
    struct report_style verbose = {.verbose = true};
    struct run run = sample_run();
    struct buf terse = write_report("text", &run, &plain_style);
    struct buf full = write_report("text", &run, &verbose);

    (void)state;
    assert_non_null(strstr(buf_text(&terse), "      | sh: 1: no-such-sender: not found\n"));
    assert_non_null(
        strstr(buf_text(&terse), "The sender printed: curl: (60) SSL certificate problem\n"));
    assert_null(strstr(buf_text(&terse), "has expired"));
    assert_non_null(strstr(buf_text(&full), "      | curl: (60) certificate has expired\n"));
    buf_fini(&terse);
    buf_fini(&full);
    run_fini(&run);
}

static void output_is_bounded(void **state) {
    struct run run = sample_run();
    struct buf *output = &run.results[10].output;
    unsigned shown = 0;

    (void)state;
    buf_reset(output);
    for (int i = 0; i < 300; i++)
        buf_printf(output, "line %d %0100d\n", i, 0);
    struct buf out = write_report("text", &run, &plain_style);
    for (const char *p = buf_text(&out); (p = strstr(p, "      | line ")) != NULL; p++)
        shown++;
    assert_int_equal(shown, 20);
    assert_non_null(strstr(buf_text(&out), "      | line 299 000"));
    assert_null(strstr(buf_text(&out), "line 279 "));
    buf_fini(&out);
    run_fini(&run);
}

/* --- hostile bytes --- */

static const char hostile[] =
    "\033]0;x\007\xff\xc3|<b>&\"'`*#\\]]></system-out>\r\n\t...\n  ---\n$(x)";

static struct run hostile_run(void) {
    static const char *const argv[] = {"/bin/\033[2J\xff|<x>\n# `evil`", hostile, NULL};
    struct run run = sample_run();

    run.sender = argv;
    run.policy = "str|ct\n<&>";
    for (size_t i = 0; i < run.count; i++) {
        struct result *result = &run.results[i];

        buf_append(&result->output, hostile, sizeof(hostile)); /* and a NUL */
        sample_add_question(result, hostile, DNS_TYPE_MX, DNS_NOERROR);
        for (size_t k = 0; k < result->attempt_count; k++) {
            struct attempt *attempt = result->attempts[k];

            snprintf(attempt->smtp.helo, sizeof(attempt->smtp.helo), "%s", hostile);
            snprintf(attempt->peer, sizeof(attempt->peer), "%s", hostile);
            snprintf(attempt->tls.hello.sni, sizeof(attempt->tls.hello.sni), "%s", hostile);
            memcpy(attempt->smtp.first_inside_tls, hostile, SMTP_VERB_SIZE_B - 1);
        }
        if (result->verdict.kind == VERDICT_REFUSED)
            result->verdict.reason = REASON_LEFT_INSIDE;
    }
    return run;
}

static void hostile_bytes_do_no_harm(void **state) {
    struct report_style verbose = {.verbose = true};
    struct run run = hostile_run();

    (void)state;
    for (const struct report_format *format = report_formats; format->name != NULL; format++) {
        struct buf out = write_report(format->name, &run, &verbose);
        bool json = strcmp(format->name, "json") == 0; /* valid UTF-8 passes there */

        assert_int_equal(strlen(buf_text(&out)), out.len);
        for (size_t i = 0; i < out.len; i++)
            if (out.data[i] != '\n' && (out.data[i] < 0x20 || (out.data[i] > 0x7e && !json)))
                fail_msg("%s: byte 0x%02x at %zu", format->name, out.data[i], i);
        buf_fini(&out);
    }
    run_fini(&run);
}

/* A walk over the tags: each closed in its order, each attribute in quotes, no '<' and no bare '&'
 * anywhere else. */
static const char *walk_tag(const char *p) {
    bool quoted = false;

    for (; *p != '\0' && (quoted || *p != '>'); p++) {
        assert_int_not_equal(*p, '<');
        quoted = *p == '"' ? !quoted : quoted;
    }
    assert_int_equal(*p, '>');
    return p;
}

static void assert_well_formed(const char *xml) {
    char open[8][32];
    int depth = 0;

    for (const char *p = xml; *p != '\0'; p++) {
        if (*p == '&')
            assert_non_null(memchr(p, ';', 7));
        if (*p != '<')
            continue;
        const char *end = walk_tag(p + 1);
        size_t len = strcspn(p + 1, " />");
        if (p[1] == '/') {
            size_t closed = strcspn(p + 2, ">");

            assert_true(depth > 0 && strlen(open[depth - 1]) == closed &&
                        memcmp(open[depth - 1], p + 2, closed) == 0);
            depth--;
        } else if (p[1] != '?' && end[-1] != '/') {
            assert_true(depth < 8);
            snprintf(open[depth++], sizeof(open[0]), "%.*s", (int)len, p + 1);
        }
        p = end;
    }
    assert_int_equal(depth, 0);
}

static void junit_is_well_formed(void **state) {
    struct report_style verbose = {.verbose = true};
    struct run runs[] = {sample_run(), hostile_run()};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
        struct buf out = write_report("junit", &runs[i], &verbose);

        assert_well_formed(buf_text(&out));
        assert_non_null(
            strstr(buf_text(&out), "tests=\"14\" failures=\"4\" errors=\"3\" skipped=\"1\""));
        buf_fini(&out);
        run_fini(&runs[i]);
    }
}

/* A backslash takes the special meaning from the byte behind it. */
static unsigned count_unescaped(const char *line, const char *end, char wanted) {
    unsigned n = 0;

    for (const char *p = line; p < end; p++) {
        if (*p == '\\')
            p++;
        else
            n += *p == wanted;
    }
    return n;
}

static void markdown_rows_have_four_cells(void **state) {
    struct run run = hostile_run();
    struct scenario odd = *run.results[2].scenario;
    struct buf out;
    unsigned rows = 0;

    (void)state;
    snprintf(odd.name, sizeof(odd.name), "a|b\\|c`|");
    run.results[2].scenario = &odd;
    out = write_report("markdown", &run, &(struct report_style){.list_all = true});
    for (const char *line = buf_text(&out), *end; (end = strchr(line, '\n')) != NULL;
         line = end + 1) {
        if (*line != '|')
            continue;
        rows++;
        if (count_unescaped(line, end, '|') != 5)
            fail_msg("%.*s", (int)(end - line), line);
    }
    assert_int_equal(rows, 2 + SAMPLE_COUNT + 2 * 2 + 6); /* all, and failures of two severities */
    buf_fini(&out);
    run_fini(&run);
}

static void tap_has_as_many_tests_as_planned(void **state) {
    struct run run = hostile_run();
    struct buf out = write_report("tap", &run, &plain_style);
    unsigned tests = 0, directives = 0;

    (void)state;
    assert_memory_equal(buf_text(&out), "TAP version 13\n1..14\n", 21);
    for (const char *line = buf_text(&out), *end; (end = strchr(line, '\n')) != NULL;
         line = end + 1) {
        if (strncmp(line, "ok ", 3) != 0 && strncmp(line, "not ok ", 7) != 0)
            continue;
        tests++;
        directives += count_unescaped(line, end, '#');
    }
    assert_int_equal(tests, 14);
    assert_int_equal(directives, 1); /* the one SKIP */
    buf_fini(&out);
    run_fini(&run);
}

/* --- JSON --- */

static const char *string_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));

    if (text == NULL)
        fail_msg("no \"%s\"", key);
    return text;
}

static void json_reads_back(void **state) {
    struct run run = sample_run();
    struct buf out = write_report("json", &run, &plain_style);
    json_t *root = json_loads(buf_text(&out), JSON_REJECT_DUPLICATES, NULL);
    const json_t *results = json_object_get(root, "results");
    const json_t *expired = json_array_get(results, 2), *leaked = json_array_get(results, 8);
    const json_t *reason = json_object_get(expired, "reason");
    const json_t *tls =
        json_object_get(json_array_get(json_object_get(expired, "attempts"), 0), "tls");

    (void)state;
    assert_int_equal(json_array_size(results), SAMPLE_COUNT);
    assert_string_equal(string_at(root, "started_at"), "2026-11-23T20:00:00Z");
    assert_string_equal(string_at(expired, "fault"), "expired");
    assert_string_equal(string_at(expired, "verdict"), "refused");
    assert_string_equal(string_at(reason, "alert"), "certificate_expired");
    assert_true(json_is_true(json_object_get(reason, "fits")));
    assert_string_equal(string_at(tls, "handshake"), "failed");
    assert_int_equal(json_array_size(json_object_get(tls, "offered_versions")), 2);
    assert_int_equal(json_array_size(json_object_get(leaked, "attempts")), 2);
    assert_true(json_is_null(json_object_get(leaked, "reason")));
    json_decref(root);
    buf_fini(&out);
    run_fini(&run);
}

static void json_takes_any_bytes(void **state) {
    struct report_style verbose = {.verbose = true};
    struct run run = hostile_run();
    struct buf out = write_report("json", &run, &verbose);
    json_t *root = json_loads(buf_text(&out), JSON_REJECT_DUPLICATES, NULL);

    (void)state;
    assert_non_null(root);
    assert_int_equal(json_array_size(json_object_get(root, "sender")), 2);
    assert_int_equal(json_array_size(json_object_get(root, "results")), SAMPLE_COUNT);
    json_decref(root);
    buf_fini(&out);
    run_fini(&run);
}

/* --- HTML --- */

/* One can mail it: nothing is fetched, and what a sender printed stays text. */
static void html_is_self_contained_and_safe(void **state) {
    struct report_style verbose = {.verbose = true};
    struct run run = hostile_run();
    struct buf out = write_report("html", &run, &verbose);

    (void)state;
    assert_int_equal(strncmp(buf_text(&out), "<!DOCTYPE html>", 15), 0);
    for (const char *p = buf_text(&out); *p != '\0'; p++)
        assert_true(*p == '\n' || (*p >= ' ' && *p <= '~'));
    assert_null(strstr(buf_text(&out), "src="));
    assert_null(strstr(buf_text(&out), "@import"));
    assert_null(strstr(buf_text(&out), "<x>"));
    assert_non_null(strstr(buf_text(&out), "&lt;x&gt;"));
    buf_fini(&out);
    run_fini(&run);
}

static void html_has_every_result(void **state) {
    struct run run = sample_run();
    struct buf out = write_report("html", &run, &plain_style);
    unsigned rows = 0;

    (void)state;
    for (const char *p = strstr(buf_text(&out), ">All servers<");
         (p = strstr(p, "<tr class=\"")) != NULL; p++)
        rows += strncmp(p, "<tr class=\"group\"", 17) != 0;
    assert_int_equal(rows, run.count);
    buf_fini(&out);
    run_fini(&run);
}

/* --- what the formats have in common --- */

static void an_empty_run_is_reported(void **state) {
    struct run run = {.policy = "strict"};

    (void)state;
    for (const struct report_format *format = report_formats; format->name != NULL; format++) {
        struct buf out = write_report(format->name, &run, &plain_style);

        assert_true(out.len > 0);
        buf_fini(&out);
    }
    assert_int_equal(run_exit_status(&run), 0);
}

static void assert_bounded(const struct report_format *format, const struct run *run, size_t max,
                           size_t full) {
    struct buf out;

    buf_init(&out, max);
    format->write(run, &plain_style, &out);
    assert_true(out.len <= max);
    assert_int_equal(out.overflow, max < full);
    buf_fini(&out);
}

static void a_full_buffer_is_survived(void **state) {
    struct run run = hostile_run();

    (void)state;
    for (const struct report_format *format = report_formats; format->name != NULL; format++) {
        struct buf full = write_report(format->name, &run, &plain_style);

        for (size_t max = 0; max < full.len; max += 97)
            assert_bounded(format, &run, max, full.len);
        assert_bounded(format, &run, full.len, full.len);
        buf_fini(&full);
    }
    run_fini(&run);
}

static void formats_are_found_by_name(void **state) {
    (void)state;
    assert_ptr_equal(report_find("tap")->write, report_tap);
    assert_ptr_equal(report_find("html")->write, report_html);
    assert_null(report_find("pdf"));
    assert_null(report_find(""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshots),
        cmocka_unit_test(json_snapshot),
        cmocka_unit_test(html_is_self_contained_and_safe),
        cmocka_unit_test(html_has_every_result),
        cmocka_unit_test(text_fits_the_columns),
        cmocka_unit_test(text_fills_the_columns),
        cmocka_unit_test(text_says_the_same_without_colour),
        cmocka_unit_test(output_is_shown_when_it_helps),
        cmocka_unit_test(output_is_bounded),
        cmocka_unit_test(hostile_bytes_do_no_harm),
        cmocka_unit_test(junit_is_well_formed),
        cmocka_unit_test(markdown_rows_have_four_cells),
        cmocka_unit_test(tap_has_as_many_tests_as_planned),
        cmocka_unit_test(json_reads_back),
        cmocka_unit_test(json_takes_any_bytes),
        cmocka_unit_test(an_empty_run_is_reported),
        cmocka_unit_test(a_full_buffer_is_survived),
        cmocka_unit_test(formats_are_found_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
