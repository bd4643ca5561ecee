#include "report/settings.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/wrap.h"
#include "report/plain.h"
#include "report/result.h"

void texts_add(struct texts *texts, const char *fmt, ...) {
    char *whole = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&whole, fmt, args) < 0)
        abort();
    va_end(args);
    texts->items = mem_resize(texts->items, texts->count + 1, sizeof *texts->items);
    texts->items[texts->count++] = whole;
}

void texts_fini(struct texts *texts) {
    for (size_t i = 0; i < texts->count; i++)
        free(texts->items[i]);
    free(texts->items);
    *texts = (struct texts){0};
}

struct run_settings *settings_new(const char *title) {
    struct run_settings *settings = mem_zalloc(sizeof *settings);

    settings->title = mem_strdup(title);
    return settings;
}

void settings_free(struct run_settings **settings) {
    struct run_settings *dying = *settings;

    *settings = NULL;
    if (dying == NULL)
        return;
    for (size_t i = 0; i < dying->advice_count; i++) {
        texts_fini(&dying->advice[i].faults);
        texts_fini(&dying->advice[i].stubborn);
        texts_fini(&dying->advice[i].by_milder);
        texts_fini(&dying->advice[i].unclear);
    }
    free(dying->advice);
    texts_fini(&dying->changed);
    texts_fini(&dying->seen);
    texts_fini(&dying->beyond);
    server_log_fini(&dying->log);
    free(dying->title);
    free(dying->version);
    free(dying->library);
    free(dying->where);
    free(dying);
}

struct advice *settings_add_advice(struct run_settings *settings, const char *lines,
                                   const char *why) {
    settings->advice =
        mem_resize(settings->advice, settings->advice_count + 1, sizeof *settings->advice);
    settings->advice[settings->advice_count] = (struct advice){.lines = lines, .why = why};
    return &settings->advice[settings->advice_count++];
}

void settings_count_red(const struct run *run, struct red *out) {
    *out = (struct red){0};
    for (size_t i = 0; i < run->count; i++) {
        const struct result *result = &run->results[i];

        if (run_failure(run, result) != FAILURE_NONE)
            out->by_severity[result_severity(result)]++;
        out->failures += run_failure(run, result) == FAILURE_FAILURE;
        out->unjudged += result->verdict.kind == VERDICT_UNCLEAR;
    }
}

/* --- what it says of one fault --- */

static bool has_text(const struct texts *texts, const char *text) {
    for (size_t i = 0; i < texts->count; i++)
        if (strcmp(texts->items[i], text) == 0)
            return true;
    return false;
}

long settings_advice_for(const struct run *run, const char *fault) {
    const struct run_settings *settings = run->settings;

    if (settings == NULL)
        return SETTINGS_NONE;
    for (size_t i = 0; i < settings->advice_count; i++)
        if (has_text(&settings->advice[i].faults, fault))
            return (long)i;
    return has_text(&settings->beyond, fault) ? SETTINGS_BEYOND : SETTINGS_NONE;
}

bool settings_put_fix(const struct run *run, const char *fault, struct buf *out) {
    long index = settings_advice_for(run, fault);

    if (index == SETTINGS_NONE)
        return false;
    if (index == SETTINGS_BEYOND) {
        buf_printf(out, "No setting of %s alone changes this.", run->settings->title);
        return true;
    }
    const struct advice *advice = &run->settings->advice[index];
    const char *lines = has_text(&advice->by_milder, fault) ? advice->milder : advice->lines;
    buf_printf(out, "%s: ", run->settings->title);
    for (const char *p = lines; *p != '\0'; p++) {
        bool ends = *p == '\n';

        if (!ends)
            plain_put(out, p, 1);
        else
            buf_puts(out, p[1] != '\0' ? "; " : ".");
    }
    return true;
}

/* --- in words --- */

static void put_names(const struct texts *names, size_t most, struct buf *out) {
    size_t shown = names->count <= most + 1 ? names->count : most;

    for (size_t i = 0; i < shown; i++) {
        buf_puts(out, i > 0 ? ", " : "");
        plain_put(out, names->items[i], strlen(names->items[i]));
    }
    if (shown < names->count)
        buf_printf(out, " and %zu more", names->count - shown);
}

/* "3 critical, 1 high, 5 medium", or "none". */
static void put_red(const struct red *red, struct buf *out) {
    bool any = false;

    for (int severity = FAULT_SEVERITY_COUNT - 1; severity > FAULT_UNRATED; severity--) {
        if (red->by_severity[severity] == 0)
            continue;
        buf_printf(out, "%s%u %s", any ? ", " : "", red->by_severity[severity],
                   fault_severity_name((enum fault_severity)severity));
        any = true;
    }
    if (red->unjudged > 0)
        buf_printf(out, "%s%u unclear", any ? ", " : "", red->unjudged);
    else
        buf_puts(out, any ? "" : "none");
}

static void put_mta(const struct run_settings *settings, struct buf *out) {
    buf_printf(out, "%s %s, with a copy of the settings in ", settings->title,
               settings->version != NULL ? settings->version : "");
    plain_put(out, settings->where != NULL ? settings->where : "",
              settings->where != NULL ? strlen(settings->where) : 0);
    buf_puts(out, ". The daemon and the queue of this machine were not touched.");
}

/* Those of the faults that were red, or those that were unclear. */
static struct texts part_of(const struct advice *advice, bool unclear) {
    struct texts part = {0};

    for (size_t i = 0; i < advice->faults.count; i++)
        if (has_text(&advice->unclear, advice->faults.items[i]) == unclear)
            texts_add(&part, "%s", advice->faults.items[i]);
    return part;
}

static void put_part(const struct run_settings *settings, const struct advice *advice, bool unclear,
                     size_t most, struct buf *out) {
    struct texts part = part_of(advice, unclear);
    size_t stubborn = 0;

    for (size_t i = 0; i < part.count; i++)
        stubborn += has_text(&advice->stubborn, part.items[i]);
    if (part.count > 0 && unclear)
        buf_puts(out, advice->unclear.count < advice->faults.count ? " " : "");
    if (part.count > 0 && settings->applied)
        buf_printf(out, "Turned green %zu of %zu that %s %s: ", part.count - stubborn, part.count,
                   part.count == 1 ? "was" : "were", unclear ? "unclear, not red" : "red");
    else if (part.count > 0)
        buf_printf(out, "Turns green %zu%s: ", part.count,
                   !unclear          ? ""
                   : part.count == 1 ? " that is unclear, not red"
                                     : " that are unclear, not red");
    put_names(&part, most, out);
    buf_puts(out, part.count > 0 ? "." : "");
    texts_fini(&part);
}

/* What the milder lines do of it; of those that all lines together do not turn, nothing is known. */
static void put_milder(const struct advice *advice, size_t most, struct buf *out) {
    struct texts enough = {0};

    if (advice->milder == NULL || advice->stubborn.count == advice->faults.count)
        return;
    for (size_t i = 0; i < advice->by_milder.count; i++)
        if (!has_text(&advice->stubborn, advice->by_milder.items[i]))
            texts_add(&enough, "%s", advice->by_milder.items[i]);
    buf_puts(out, " '");
    plain_put(out, advice->milder, strcspn(advice->milder, "\n"));
    buf_printf(out, "' alone is enough for %s", enough.count > 0 ? "" : "none of them.");
    if (enough.count > 0) {
        buf_printf(out, "%zu of them: ", enough.count);
        put_names(&enough, most, out);
        buf_puts(out, ".");
    }
    texts_fini(&enough);
}

/* What an advice did or would do. */
static void put_effect(const struct run_settings *settings, const struct advice *advice,
                       size_t most, struct buf *out) {
    if (advice->faults.count == 0) {
        buf_puts(out, "Goes with the other lines.");
        return;
    }
    put_part(settings, advice, false, most, out);
    put_part(settings, advice, true, most, out);
    if (advice->stubborn.count > 0) {
        buf_puts(out, " Still red or unclear: ");
        put_names(&advice->stubborn, most, out);
        buf_puts(out, ".");
    }
    put_milder(advice, most, out);
}

static void put_counts(const struct run *run, struct buf *out) {
    struct red now;

    settings_count_red(run, &now);
    buf_puts(out, "Before: ");
    put_red(&run->settings->before, out);
    buf_puts(out, ". After: ");
    put_red(&now, out);
    buf_puts(out, ".");
}

static const char cut_short[] =
    "The second run, with these lines, was interrupted: nothing proves them yet.";

static void put_beyond(const struct run_settings *settings, size_t most, struct buf *out) {
    buf_printf(out, "No setting of %s alone changes %s: ", settings->title,
               settings->beyond.count == 1 ? "this one" : "these");
    put_names(&settings->beyond, most, out);
    buf_puts(out, ". Its makers or its TLS library would have to.");
}

static const char heading_seen[] = "Settings that were seen";
static const char heading_changed[] = "What is other in the copy";

static const char *heading_advice(const struct run_settings *settings) {
    return settings->applied ? "Lines that were tried" : "Lines that help";
}

/* --- text --- */

enum { TEXT_NAMES = 8, TAP_COLUMNS = 98, TEXT_MAX_B = 256 * 1024 };

static void wrap_text(struct buf *out, unsigned columns, unsigned indent, const char *text) {
    struct wrap wrap = {.column = indent, .indent = indent, .columns = columns, .cuts = true};

    buf_printf(out, "%*s", (int)indent, "");
    wrap_put(out, &wrap, text, strlen(text));
}

static void text_list(struct buf *out, unsigned columns, const char *heading,
                      const struct texts *texts) {
    if (texts->count == 0)
        return;
    buf_printf(out, "\n%s\n", heading);
    for (size_t i = 0; i < texts->count; i++)
        wrap_text(out, columns, 4, texts->items[i]);
}

static void text_advice(struct buf *out, unsigned columns, const struct run_settings *settings) {
    struct buf text;

    if (settings->advice_count > 0)
        buf_printf(out, "\n%s\n", heading_advice(settings));
    buf_init(&text, TEXT_MAX_B);
    for (size_t i = 0; i < settings->advice_count; i++) {
        const struct advice *advice = &settings->advice[i];

        for (const char *line = advice->lines; *line != '\0'; line += strcspn(line, "\n") + 1)
            buf_printf(out, "    %.*s\n", (int)strcspn(line, "\n"), line);
        buf_reset(&text);
        put_effect(settings, advice, TEXT_NAMES, &text);
        wrap_text(out, columns, 6, buf_text(&text));
        wrap_text(out, columns, 6, advice->why);
    }
    buf_fini(&text);
}

void settings_put_text(const struct run *run, unsigned columns, struct buf *out) {
    const struct run_settings *settings = run->settings;
    struct buf text;

    if (settings == NULL)
        return;
    buf_init(&text, TEXT_MAX_B);
    buf_puts(out, "\n");
    put_mta(settings, &text);
    wrap_text(out, columns, 0, buf_text(&text));
    text_list(out, columns, heading_seen, &settings->seen);
    text_list(out, columns, heading_changed, &settings->changed);
    text_advice(out, columns, settings);
    if (settings->beyond.count > 0) {
        buf_reset(&text);
        put_beyond(settings, TEXT_NAMES, &text);
        buf_puts(out, "\n");
        wrap_text(out, columns, 0, buf_text(&text));
    }
    if (settings->applied) {
        buf_reset(&text);
        put_counts(run, &text);
        buf_puts(out, "\n");
        wrap_text(out, columns, 0, buf_text(&text));
    } else if (settings->cut_short) {
        buf_puts(out, "\n");
        wrap_text(out, columns, 0, cut_short);
    } else if (settings->advice_count > 0) {
        buf_puts(out, "\nTo see them proven on the copy: the same command with --apply.\n");
    }
    buf_fini(&text);
}

/* --- Markdown --- */

static const char markdown_specials[] = "\\`*_{}[]<>#|!~&";

static void markdown_put(struct buf *out, const char *prefix, const char *text) {
    buf_puts(out, prefix);
    plain_put_escaped(out, text, markdown_specials);
    buf_puts(out, "\n");
}

static void markdown_list(struct buf *out, const char *heading, const struct texts *texts) {
    if (texts->count == 0)
        return;
    buf_printf(out, "\n### %s\n\n", heading);
    for (size_t i = 0; i < texts->count; i++)
        markdown_put(out, "- ", texts->items[i]);
}

static void markdown_said(struct buf *out, struct buf *text) {
    markdown_put(out, "\n", buf_text(text));
    buf_reset(text);
}

void settings_put_markdown(const struct run *run, struct buf *out) {
    const struct run_settings *settings = run->settings;
    struct buf text;

    if (settings == NULL)
        return;
    buf_init(&text, TEXT_MAX_B);
    put_mta(settings, &text);
    markdown_said(out, &text);
    markdown_list(out, heading_seen, &settings->seen);
    markdown_list(out, heading_changed, &settings->changed);
    if (settings->advice_count > 0)
        buf_printf(out, "\n### %s\n", heading_advice(settings));
    for (size_t i = 0; i < settings->advice_count; i++) {
        buf_printf(out, "\n```\n%s```\n", settings->advice[i].lines);
        put_effect(settings, &settings->advice[i], SIZE_MAX - 1, &text);
        buf_printf(&text, " %s", settings->advice[i].why);
        markdown_said(out, &text);
    }
    if (settings->beyond.count > 0) {
        put_beyond(settings, SIZE_MAX - 1, &text);
        markdown_said(out, &text);
    }
    if (settings->applied) {
        put_counts(run, &text);
        markdown_said(out, &text);
    }
    if (settings->cut_short)
        markdown_put(out, "\n", cut_short);
    buf_puts(out, "\n");
    buf_fini(&text);
}

/* --- HTML --- */

static void html_put(struct buf *out, const char *tag, const char *text) {
    buf_printf(out, "<%s>", tag);
    plain_put_xml(out, text);
    buf_printf(out, "</%s>\n", tag);
}

static void html_list(struct buf *out, const char *heading, const struct texts *texts) {
    if (texts->count == 0)
        return;
    html_put(out, "h3", heading);
    buf_puts(out, "<ul>\n");
    for (size_t i = 0; i < texts->count; i++)
        html_put(out, "li", texts->items[i]);
    buf_puts(out, "</ul>\n");
}

static void html_said(struct buf *out, struct buf *text) {
    html_put(out, "p", buf_text(text));
    buf_reset(text);
}

void settings_put_html(const struct run *run, struct buf *out) {
    const struct run_settings *settings = run->settings;
    struct buf text;

    if (settings == NULL)
        return;
    buf_init(&text, TEXT_MAX_B);
    buf_puts(out, "<section class=\"settings\">\n<h2>Settings</h2>\n");
    put_mta(settings, &text);
    html_said(out, &text);
    if (settings->applied) {
        put_counts(run, &text);
        html_said(out, &text);
    }
    if (settings->cut_short)
        html_put(out, "p", cut_short);
    if (settings->advice_count > 0)
        html_put(out, "h3", heading_advice(settings));
    for (size_t i = 0; i < settings->advice_count; i++) {
        html_put(out, "pre", settings->advice[i].lines);
        put_effect(settings, &settings->advice[i], SIZE_MAX - 1, &text);
        buf_printf(&text, " %s", settings->advice[i].why);
        html_said(out, &text);
    }
    if (settings->beyond.count > 0) {
        put_beyond(settings, SIZE_MAX - 1, &text);
        html_said(out, &text);
    }
    html_list(out, heading_seen, &settings->seen);
    html_list(out, heading_changed, &settings->changed);
    buf_puts(out, "</section>\n");
    buf_fini(&text);
}

/* --- TAP and JUnit: the text as it is --- */

void settings_put_tap(const struct run *run, struct buf *out) {
    struct buf text;

    buf_init(&text, TEXT_MAX_B);
    settings_put_text(run, TAP_COLUMNS, &text);
    for (const char *line = buf_text(&text); *line != '\0';) {
        size_t len = strcspn(line, "\n");

        buf_printf(out, "#%s%.*s\n", len > 0 ? " " : "", (int)len, line);
        line += len + (line[len] == '\n');
    }
    buf_fini(&text);
}

void settings_put_junit(const struct run *run, struct buf *out) {
    struct buf text;

    if (run->settings == NULL)
        return;
    buf_init(&text, TEXT_MAX_B);
    settings_put_text(run, TAP_COLUMNS, &text);
    buf_puts(out, " <testsuite name=\"settings\" tests=\"0\" failures=\"0\" errors=\"0\" "
                  "skipped=\"0\">\n  <system-out>");
    plain_put_xml(out, buf_text(&text));
    buf_puts(out, "</system-out>\n </testsuite>\n");
    buf_fini(&text);
}
