/* The HTML report of `try`: what stands where, links, and titles. */
#include "report/report.h"
#include "sample_run.h"
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

static size_t count_of(const struct buf *out, const char *text) {
    size_t count = 0;

    for (const char *p = buf_text(out); (p = strstr(p, text)) != NULL; p++)
        count++;
    return count;
}

/* Each link leads to one place of the page, and no advice is left as a command to type on the screen. */
static void html_links_lead_somewhere(void **state) {
    static const char link[] = "href=\"#";
    struct run run = sample_run();
    struct buf out = write_report("html", &run, &plain_style);
    char anchor[160];

    (void)state;
    assert_true(count_of(&out, link) > 3);
    assert_int_equal(count_of(&out, "href="), count_of(&out, link));
    for (const char *p = buf_text(&out); (p = strstr(p, link)) != NULL; p++) {
        const char *name = p + strlen(link);
        snprintf(anchor, sizeof(anchor), "id=\"%.*s\"", (int)strcspn(name, "\""), name);
        if (count_of(&out, anchor) != 1)
            fail_msg("%zu times: %s", count_of(&out, anchor), anchor);
    }
    assert_int_equal(count_of(&out, "`"), 0);
    buf_fini(&out);
    run_fini(&run);
}

/* What went wrong stands before what did not, the worst first, and how it was run is told. */
static void html_begins_with_what_matters(void **state) {
    static const char *const parts[] = {
        "<h1>curl against",    "class=\"verdict bad\"", "What went wrong",
        "Critical (failure)",  "Medium (warning)",      "How this was run",
        "<code>/usr/bin/curl", ">All servers<",         ">Explanations<",
    };
    struct run run = sample_run();
    struct buf out = write_report("html", &run, &plain_style);
    const char *p = buf_text(&out);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const char *next = strstr(p, parts[i]);
        if (next == NULL)
            fail_msg("no %s behind %.60s", parts[i], p);
        p = next;
    }
    buf_fini(&out);
    run_fini(&run);
}

static void a_title_is_taken(void **state) {
    static const char *const wanted[][2] = {
        {"html", "<h1>Relay &lt;2&gt; of M&#252;nchen</h1>"},
        {"html", "<title>Relay &lt;2&gt; of M&#252;nchen</title>"},
        {"markdown", "## Relay \\<2\\> of M??nchen: 12 servers, policy strict\n"},
        {"junit", "name=\"Relay &lt;2&gt; of M??nchen: 12 servers, policy strict\""},
        {"text", "Relay <2> of M??nchen: 12 servers, policy strict"},
    };
    struct run run = sample_run();

    (void)state;
    run.title = "Relay <2> of M\xc3\xbcnchen";
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        struct buf out = write_report(wanted[i][0], &run, &plain_style);
        if (strstr(buf_text(&out), wanted[i][1]) == NULL)
            fail_msg("%s: no %s in %.400s", wanted[i][0], wanted[i][1], buf_text(&out));
        buf_fini(&out);
    }
    run_fini(&run);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_links_lead_somewhere),
        cmocka_unit_test(html_begins_with_what_matters),
        cmocka_unit_test(a_title_is_taken),
    };

    return cmocka_run_group_tests_name("HTML report", tests, NULL, NULL);
}
