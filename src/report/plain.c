#include "report/plain.h"

#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "tls/iana.h"

void plain_put(struct buf *out, const char *text, size_t len) {
    char part[256];

    for (size_t i = 0; i < len; i += sizeof(part) - 1) {
        ascii_copy_clean(part, sizeof(part), text + i, len - i);
        buf_puts(out, part);
    }
}

void plain_put_name(struct buf *out, const char *text) {
    for (size_t len = strlen(text), n; len > 0; text += n, len -= n) {
        n = utf8_shown_length(text, len);
        buf_append(out, n > 0 ? text : "?", n > 0 ? n : 1);
        n = n > 0 ? n : 1;
    }
}

void plain_put_escaped(struct buf *out, const char *text, const char *specials) {
    for (const char *p = text; *p != '\0'; p++) {
        if (strchr(specials, *p) != NULL)
            buf_puts(out, "\\");
        plain_put(out, p, 1);
    }
}

/* XML 1.0 section 2.2: most control characters may not stand in a document, not even as
 * references. */
void plain_put_xml(struct buf *out, const char *text) {
    static const char *const entities[128] = {
        ['&'] = "&amp;",   ['<'] = "&lt;",   ['>'] = "&gt;",  ['"'] = "&quot;",
        ['\''] = "&apos;", ['\n'] = "&#10;", ['\t'] = "&#9;",
    };

    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;

        size_t n = utf8_shown_length(p, strnlen(p, 4));

        if (c < 128 && entities[c] != NULL)
            buf_puts(out, entities[c]);
        else
            buf_append(out, n > 0 ? p : "?", n > 0 ? n : 1);
        p += n > 1 ? n - 1 : 0;
    }
}

void plain_put_xml_attribute(struct buf *out, const char *name, const char *value) {
    buf_printf(out, " %s=\"", name);
    plain_put_xml(out, value);
    buf_puts(out, "\"");
}

void plain_put_sender(struct buf *out, const struct run *run) {
    const char *command = run->sender != NULL && run->sender[0] != NULL ? run->sender[0] : "sender";
    const char *slash = strrchr(command, '/');

    if (slash != NULL && slash[1] != '\0')
        command = slash + 1;
    plain_put(out, command, strnlen(command, 40));
}

void plain_put_title(struct buf *out, const struct run *run) {
    struct run_summary sum;

    run_summarise(run, &sum);
    if (run->title != NULL)
        plain_put(out, run->title, strnlen(run->title, PLAIN_TITLE_MAX_B));
    else
        plain_put_sender(out, run);
    buf_printf(out, "%s %u server%s, policy ", run->title != NULL ? ":" : " against", sum.total,
               sum.total == 1 ? "" : "s");
    plain_put(out, run->policy, strnlen(run->policy, 40));
}

bool plain_shows_output(const struct result *result, const struct report_style *style) {
    const struct verdict *verdict = &result->verdict;

    if (result->output.len == 0)
        return false;
    if (style->verbose || (scenario_is_control(result->scenario) && !verdict->as_expected))
        return true;
    return verdict->kind == VERDICT_UNCLEAR && verdict->reason != REASON_CONTROL_FAILED;
}

/* Where the last lines begin. */
static const char *tail(const char *text, const char *end) {
    unsigned lines = 0;

    for (const char *p = end; p > text; p--)
        if (p[-1] == '\n' && p != end && ++lines == PLAIN_OUTPUT_LINES)
            return p;
    return text;
}

static size_t line_length(const char *line, size_t len) {
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    return len;
}

/* At a blank if there is one in the second half, else anywhere. */
static size_t fold_at(const char *line, size_t len, size_t width) {
    size_t at = width;

    if (len <= width)
        return len;
    while (at > width / 2 && line[at] != ' ')
        at--;
    return line[at] == ' ' ? at : width;
}

/* What goes on is indented. */
static void put_folded(struct buf *out, const char *line, size_t len, const char *prefix,
                       unsigned width, unsigned indent) {
    size_t room = width;
    bool is_first = true;

    do {
        size_t used = fold_at(line, len, room);

        buf_printf(out, "%s%*s", prefix, is_first ? 0 : (int)indent, "");
        plain_put(out, line, used);
        buf_puts(out, "\n");
        used += used < len && line[used] == ' ';
        line += used;
        len -= used;
        room = width - indent;
        is_first = false;
    } while (len > 0);
}

void plain_put_output(struct buf *out, const struct result *result, const char *prefix,
                      unsigned width) {
    const char *text = buf_text(&result->output), *end = text + result->output.len;

    for (const char *line = tail(text, end), *next; line < end; line = next) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));

        next = newline != NULL ? newline + 1 : end;
        size_t len = line_length(line, (size_t)(next - line));
        put_folded(out, line, len < PLAIN_OUTPUT_LINE_B ? len : PLAIN_OUTPUT_LINE_B, prefix, width,
                   0);
    }
}

bool plain_has_transcripts(const struct result *result) {
    if (result->question_count > 0 || result->fetch_count > 0)
        return true;
    for (size_t i = 0; i < result->attempt_count; i++)
        if (result->attempts[i]->transcript != NULL)
            return true;
    return false;
}

enum { MARK_WIDTH = 3 /* "C: " */ };

static void put_question(struct buf *out, const struct dns_asked *asked, const char *prefix,
                         unsigned width) {
    char type[DNS_TYPE_NAME_SIZE_B];
    struct buf line;

    buf_init(&line, DNS_NAME_TEXT_SIZE_B + 128);
    buf_printf(&line, "*  DNS: %s %s: %s%s%s", dns_type_name(asked->type, type), asked->name,
               asked->is_answered ? dns_rcode_name(asked->rcode) : "no answer",
               asked->is_truncated ? ", truncated" : "", asked->is_tcp ? ", by TCP" : "");
    put_folded(out, buf_text(&line), line.len, prefix, width, MARK_WIDTH);
    buf_fini(&line);
}

static void put_fetch(struct buf *out, const struct sts_fetch *fetch, const char *prefix,
                      unsigned width) {
    struct buf line;

    buf_init(&line, 1024);
    buf_puts(&line, "*  HTTPS: ");
    if (!fetch->is_secured)
        buf_puts(&line, "no handshake");
    else if (fetch->method == NULL)
        buf_puts(&line, "a handshake, and no request");
    else
        buf_printf(&line, "%s %s: ", fetch->method, fetch->path);
    if (fetch->method != NULL && fetch->status != 0)
        buf_printf(&line, "%u, %zu bytes", fetch->status, fetch->sent_b);
    else if (fetch->method != NULL)
        buf_puts(&line, "no answer");
    if (fetch->alert != TLS_NO_ALERT)
        buf_printf(&line, "; the sender sent the alert %s", tls_alert_name(fetch->alert));
    put_folded(out, buf_text(&line), line.len, prefix, width, MARK_WIDTH);
    buf_fini(&line);
}

static void put_questions(struct buf *out, const struct result *result, const char *prefix,
                          unsigned width) {
    for (size_t i = 0; i < result->question_count; i++)
        put_question(out, &result->questions[i], prefix, width);
    if (result->questions_seen > result->question_count)
        buf_printf(out, "%s*  DNS: and %zu more\n", prefix,
                   result->questions_seen - result->question_count);
}

void plain_put_transcripts(struct buf *out, const struct result *result, const char *prefix,
                           unsigned width) {
    put_questions(out, result, prefix, width);
    for (size_t i = 0; i < result->fetch_count; i++)
        put_fetch(out, &result->fetches[i], prefix, width);
    for (size_t i = 0; i < result->attempt_count; i++) {
        const struct attempt *attempt = result->attempts[i];

        if (attempt->transcript == NULL)
            continue;
        buf_printf(out, "%sconnection %zu of %zu, from %s%s\n", prefix, i + 1,
                   result->attempts_seen, attempt->peer,
                   attempt->implicit_tls ? ", to the port for implicit TLS" : "");
        for (const char *line = attempt->transcript; *line != '\0';) {
            size_t len = strcspn(line, "\n");

            put_folded(out, line, len, prefix, width, MARK_WIDTH);
            line += len + (line[len] == '\n');
        }
    }
}
