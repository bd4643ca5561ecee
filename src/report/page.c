#include "report/page.h"

#include <stdbool.h>
#include <string.h>

#include "report/plain.h"

/* Each colour on its background has a contrast of 4.5:1 and more (tests/e2e/test_pages.py has them measured).  Tables are
 * laid out by their columns alone, so that these line up from one table to the next. */
static const char style_sheet[] =
    ":root{color-scheme:light dark;--bg:#fff;--fg:#1c2128;--sub:#565e68;--line:#d3d8de;"
    "--soft:#f4f6f8;--link:#0b57b8;--bad:#b01820;--badbg:#fdeeee;--warn:#855000;--warnbg:#fff6e3;"
    "--good:#1b6a2f;--goodbg:#ecf7ee;--open:#565e68;--openbg:#f0f2f4}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e3e7eb;--sub:#a6afb9;"
    "--line:#3b434c;--soft:#1e2327;--link:#82b6ff;--bad:#ff938e;--badbg:#351d1e;--warn:#f0b84f;"
    "--warnbg:#31270f;--good:#74d08c;--goodbg:#182b1d;--open:#a6afb9;--openbg:#23292e}}\n"
    "*{box-sizing:border-box}"
    "body{font:1rem/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Liberation Sans\","
    "\"DejaVu Sans\",sans-serif;margin:0;color:var(--fg);background:var(--bg)}"
    "main{max-width:70rem;margin:auto;padding:1.5rem;overflow-wrap:anywhere}"
    "h1{font-size:1.7rem;line-height:1.25;margin:.2em 0 0}"
    "h2{font-size:1.25rem;margin:2.2em 0 .5em}h3{font-size:1rem;margin:0}"
    "p{margin:.5em 0}a{color:var(--link)}.sub{color:var(--sub);margin:.2em 0 1.2em}"
    "code,.id{font-family:ui-monospace,\"DejaVu Sans Mono\",\"Liberation Mono\",monospace;"
    "font-size:.9em}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85em;margin:.3em 0}\n"
    ".mark{display:inline-block;min-width:1.4em;line-height:1.4em;margin-right:.5em;"
    "text-align:center;border-radius:.3em;font:700 .85em/1.4em system-ui,sans-serif;"
    "color:var(--bg);background:var(--c);print-color-adjust:exact;"
    "-webkit-print-color-adjust:exact}"
    ".bad{--c:var(--bad);--b:var(--badbg)}.warn{--c:var(--warn);--b:var(--warnbg)}"
    ".good{--c:var(--good);--b:var(--goodbg)}.open{--c:var(--open);--b:var(--openbg)}"
    ".v{color:var(--c);font-weight:600}"
    ".verdict{display:flex;align-items:baseline;font-size:1.12rem;font-weight:600;padding:.8em 1em;"
    "margin:0 0 1em;background:var(--b);border-left:.4em solid var(--c);border-radius:.3em;"
    "print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    ".bar{display:flex;gap:2px;height:.8em;border-radius:.3em;overflow:hidden}"
    ".bar>span{background:var(--c);min-width:3px;print-color-adjust:exact;"
    "-webkit-print-color-adjust:exact}"
    ".key{display:flex;flex-wrap:wrap;gap:.2em 1.6em;list-style:none;padding:0;margin:.6em 0}"
    ".key .mark{margin-right:.4em}\n"
    "table{table-layout:fixed;border-collapse:collapse;width:100%}"
    ".c1{width:27%}.c2{width:9.5em}.c3{width:7em}"
    "th,td{text-align:left;vertical-align:top;padding:.4em .7em .4em 0;"
    "border-bottom:1px solid var(--line)}"
    "thead th{color:var(--sub);font-weight:600;border-bottom-width:2px}"
    ".group th{padding:1.3em 0 .4em;font-weight:600}.host td{padding-top:.7em}.source{color:var(--sub)}"
    "td p{margin:.25em 0}"
    ".fix td{background:var(--soft);padding-left:.7em;print-color-adjust:exact;"
    "-webkit-print-color-adjust:exact}tr:target,tbody:target,article:target{background:var(--soft)}"
    "article{border-top:1px solid var(--line);padding:.8em 0}"
    "details{margin:.3em 0}.fix details{margin:0}.fix summary{font-size:.9em}summary{cursor:pointer;color:var(--link)}"
    ":target details::details-content{content-visibility:visible;block-size:auto}"
    "dl{display:grid;grid-template-columns:11em 1fr;gap:.3em 1em;margin:0}"
    "dt{color:var(--sub)}dd{margin:0}.choice{color:var(--sub);font-size:.9em}"
    ".paper{display:none}\n"
    "@media (max-width:46rem){main{padding:1rem}"
    "table,tbody,tr,th,td{display:block}thead,.names{display:none}colgroup{display:none}"
    "tr{border-bottom:1px solid var(--line);padding:.6em 0}th,td{border:0;padding:.1em 0}"
    ".c-2,.c-3{display:inline-block;margin-right:.8em}"
    "td:empty{display:none}"
    ".group{padding:1.4em 0 .2em}.group th{padding:0}"
    "dl{display:block}dd{margin:0 0 .6em}.verdict{font-size:1rem}h1{font-size:1.4rem}}\n"
    "@page{size:A4;margin:14mm}\n"
    "@media print{body{font-size:8.5pt;line-height:1.3}.c1{width:29%}.c2{width:9.5em}.c3{width:7em}"
    ".more,.more>summary{display:inline}main{max-width:none;padding:0}"
    "h1{font-size:15pt}h3{font-size:9.5pt}ul{margin:.3em 0}h2{font-size:11pt;margin:1.1em 0 .3em;break-after:avoid}"
    ".verdict{font-size:10pt;padding:.5em .8em;margin-bottom:.6em}"
    ".long,.screen,.choice,#whole{display:none}.paper{display:revert}"
    "span.paper{display:inline}#whole:checked~.paper,#whole:checked~section p.paper{display:none}"
    "#whole:checked~.long{display:block}#whole:checked~section tr.screen{display:table-row}"
    "#whole:checked~section tbody.screen{display:table-row-group}"
    "tr,article,tbody[id]{break-inside:avoid}.group{break-after:avoid}th,td{padding:.15em .6em .15em 0}"
    "dl{grid-template-columns:8em 1fr;gap:.1em 1em}"
    ".group th{padding-top:.7em}td p{margin:.1em 0}a{color:inherit;text-decoration:none}"
    ".fix td{padding-left:.5em}summary{list-style:none;color:var(--sub)}"
    "details:not(.more)::details-content{content-visibility:visible;display:block;"
    "block-size:auto}}\n";

static const struct {
    const char *class, *sign;
} looks[PAGE_LOOK_COUNT] = {
    [PAGE_BAD] = {"bad", "&#215;"},
    [PAGE_WARN] = {"warn", "!"},
    [PAGE_GOOD] = {"good", "&#10003;"},
    [PAGE_OPEN] = {"open", "?"},
};

const char *page_class(enum page_look look) {
    return looks[look].class;
}

/* The length of the UTF-8 sequence there, and what it stands for; 0: it is none (RFC 3629). */
static size_t decode_utf8(const unsigned char *text, unsigned long *out) {
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;

    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    *out = text[0] & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *out = *out << 6 | (text[i] & 0x3f);
    }
    bool is_valid = *out >= least[len] && *out <= 0x10ffff && (*out < 0xd800 || *out > 0xdfff);
    return is_valid && *out >= 0xa0 ? len : 0; /* nor is it a control character */
}

/* The page itself is ASCII: other letters are numbers in it. */
static void put_title(struct buf *out, const char *title) {
    char one[2] = "";
    unsigned long letter;

    for (const char *p = title; *p != '\0';) {
        size_t len = decode_utf8((const unsigned char *)p, &letter);

        one[0] = *p;
        if (len > 0)
            buf_printf(out, "&#%lu;", letter);
        else
            plain_put_xml(out, one);
        p += len > 0 ? len : 1;
    }
}

void page_begin(struct buf *out, const char *title) {
    buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                  "<meta name=\"generator\" content=\"Doormat " DOORMAT_VERSION "\">\n<title>");
    put_title(out, title);
    buf_puts(out, "</title>\n<style>\n");
    buf_puts(out, style_sheet);
    buf_puts(out, "</style>\n</head>\n<body>\n<main>\n<h1>");
    put_title(out, title);
    buf_puts(out, "</h1>\n");
}

void page_end(struct buf *out) {
    buf_puts(out, "</main>\n</body>\n</html>\n");
}

static void put_xml_n(struct buf *out, const char *text, size_t len) {
    struct buf part;

    buf_init(&part, len + 1);
    buf_append(&part, text, len);
    plain_put_xml(out, buf_text(&part));
    buf_fini(&part);
}

void page_put_text(struct buf *out, const char *text) {
    for (;;) {
        const char *begin = strchr(text, '`'), *end = begin != NULL ? strchr(begin + 1, '`') : NULL;

        if (end == NULL) {
            plain_put_xml(out, text);
            return;
        }
        put_xml_n(out, text, (size_t)(begin - text));
        buf_puts(out, "<code>");
        put_xml_n(out, begin + 1, (size_t)(end - begin - 1));
        buf_puts(out, "</code>");
        text = end + 1;
    }
}

void page_put_lines(struct buf *out, const char *text, const char *element) {
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        struct buf line;

        buf_init(&line, len + 1);
        buf_append(&line, text, len);
        buf_printf(out, "<%s>", element);
        page_put_text(out, buf_text(&line));
        buf_printf(out, "</%s>\n", element);
        buf_fini(&line);
        text += len + (text[len] == '\n');
    }
}

void page_put_mark(struct buf *out, enum page_look look) {
    buf_printf(out, "<span class=\"mark\" aria-hidden=\"true\">%s</span>", looks[look].sign);
}

void page_put_verdict(struct buf *out, enum page_look look, const char *sentence) {
    buf_printf(out, "<p class=\"verdict %s\">", looks[look].class);
    page_put_mark(out, look);
    buf_puts(out, "<span>");
    page_put_text(out, sentence);
    buf_puts(out, "</span></p>\n");
}

void page_put_bar(struct buf *out, const struct page_part *parts, size_t count) {
    buf_puts(out, "<div class=\"bar\" aria-hidden=\"true\">");
    for (size_t i = 0; i < count; i++)
        if (parts[i].count > 0)
            buf_printf(out, "<span class=\"%s\" style=\"flex:%zu\"></span>",
                       looks[parts[i].look].class, parts[i].count);
    buf_puts(out, "</div>\n<ul class=\"key\">\n");
    for (size_t i = 0; i < count; i++) {
        if (parts[i].count == 0)
            continue;
        buf_printf(out, "<li class=\"%s\">", looks[parts[i].look].class);
        page_put_mark(out, parts[i].look);
        buf_printf(out, "%zu ", parts[i].count);
        plain_put_xml(out, parts[i].count == 1 ? parts[i].one : parts[i].many);
        buf_puts(out, "</li>\n");
    }
    buf_puts(out, "</ul>\n");
}

void page_put_print_choice(struct buf *out, const char *label, const char *left_out) {
    buf_puts(out, "<input type=\"checkbox\" id=\"whole\" class=\"choice\">\n"
                  "<label for=\"whole\" class=\"choice\">");
    page_put_text(out, label);
    buf_puts(out, "</label>\n<p class=\"paper\">");
    page_put_text(out, left_out);
    buf_puts(out, "</p>\n");
}

void page_put_fact(struct buf *out, const char *name, const char *text) {
    if (text == NULL || *text == '\0')
        return;
    buf_puts(out, "<dt>");
    plain_put_xml(out, name);
    buf_puts(out, "</dt><dd>");
    page_put_text(out, text);
    buf_puts(out, "</dd>\n");
}
