#include "report/server_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "report/plain.h"
#include "report/shape.h"

enum { TEXT_MAX_B = 400, SHOWN = 3 };

static size_t skip_digits(const char *text, size_t at, size_t len) {
    while (at < len && ascii_is_digit(text[at]))
        at++;
    return at;
}

static bool is_like(const char *a, const char *b, size_t b_len) {
    size_t i = 0, k = 0, a_len = strlen(a);

    for (;;) {
        i = skip_digits(a, i, a_len);
        k = skip_digits(b, k, b_len);
        if (i == a_len || k == b_len)
            return i == a_len && k == b_len;
        if (a[i++] != b[k++])
            return false;
    }
}

void server_log_add(struct server_log *log, const char *text, size_t len) {
    if (len > TEXT_MAX_B)
        len = TEXT_MAX_B;
    for (size_t i = 0; i < log->count; i++)
        if (is_like(log->lines[i].text, text, len)) {
            log->lines[i].times++;
            return;
        }
    if (log->count == SERVER_LOG_MAX || len == 0)
        return;
    log->lines[log->count].text = mem_strndup(text, len);
    log->lines[log->count++].times = 1;
}

void server_log_fini(struct server_log *log) {
    for (size_t i = 0; i < log->count; i++)
        free(log->lines[i].text);
    *log = (struct server_log){0};
}

/* Indices, those first that came most often; the earlier first where that is the same. */
static void rank(const struct server_log *log, size_t order[SERVER_LOG_MAX]) {
    for (size_t i = 0; i < log->count; i++) {
        size_t at = i;

        for (; at > 0 && log->lines[order[at - 1]].times < log->lines[i].times; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

void server_log_put(const struct server_log *log, const char *prefix, struct buf *out) {
    size_t order[SERVER_LOG_MAX];

    rank(log, order);
    for (size_t i = 0; i < log->count && i < SHOWN; i++) {
        const char *text = log->lines[order[i]].text;

        buf_puts(out, prefix);
        plain_put(out, text, strlen(text));
        buf_puts(out, "\n");
    }
}

json_t *server_log_json(const struct server_log *log) {
    json_t *array = json_array();
    size_t order[SERVER_LOG_MAX];

    rank(log, order);
    for (size_t i = 0; i < log->count; i++)
        json_array_append_new(array, shape_text(log->lines[order[i]].text));
    return array;
}
