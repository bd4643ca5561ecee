#include "report/html_explained.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/cause.h"
#include "report/page.h"
#include "report/plain.h"

bool html_explains(const struct html_explained *explained, const char *name) {
    for (size_t i = 0; i < explained->count; i++)
        if (strcmp(explained->faults[i]->name, name) == 0)
            return true;
    return false;
}

static void add_fault(struct html_explained *explained, const struct fault *fault) {
    if (fault == NULL || fault->fix == NULL || fault_is_control(fault) ||
        html_explains(explained, fault->name))
        return;
    explained->faults =
        mem_resize(explained->faults, explained->count + 1, sizeof(*explained->faults));
    explained->faults[explained->count++] = fault;
}

void html_explained_init(struct html_explained *explained, const struct result *const *rows,
                         size_t count) {
    *explained = (struct html_explained){0};
    for (size_t i = 0; i < count; i++) {
        const struct scenario *scenario = rows[i]->scenario;

        for (size_t j = 0; j < scenario->fault_count; j++)
            add_fault(explained, scenario->faults[j]);
        add_fault(explained, cause_fault(rows[i]));
    }
}

void html_explained_fini(struct html_explained *explained) {
    free(explained->faults);
    *explained = (struct html_explained){0};
}

/* The name within "`doormat faults NAME`", where it is explained; where that begins, and where the text goes on; or NULL. */
static const char *find_advice(const struct html_explained *explained, const char *text, char *name,
                               size_t size_b, const char **rest) {
    static const char command[] = "`doormat faults ";
    const char *begin = strstr(text, command);

    if (begin == NULL)
        return NULL;
    size_t len = strcspn(begin + strlen(command), "`");
    snprintf(name, size_b, "%.*s", (int)len, begin + strlen(command));
    *rest = begin + strlen(command) + len;
    if (**rest != '`' || !html_explains(explained, name))
        return NULL;
    (*rest)++;
    return begin;
}

void html_put_advice(const struct html_explained *explained, const char *text, struct buf *out) {
    char name[128];
    const char *rest, *begin = find_advice(explained, text, name, sizeof(name), &rest);
    struct buf before;

    if (begin == NULL) {
        page_put_text(out, text);
        return;
    }
    buf_init(&before, (size_t)(begin - text) + 1);
    buf_append(&before, text, (size_t)(begin - text));
    page_put_text(out, buf_text(&before));
    buf_fini(&before);
    buf_puts(out, "<a class=\"screen\" href=\"#fault-");
    plain_put_xml(out, name);
    buf_puts(out, "\">the explanation</a><span class=\"paper\"><code>doormat faults ");
    plain_put_xml(out, name);
    buf_puts(out, "</code></span>");
    page_put_text(out, rest);
}

static void put_explained(const struct fault *fault, struct buf *out) {
    buf_puts(out, "<article id=\"fault-");
    plain_put_xml(out, fault->name);
    buf_puts(out, "\">\n<h3><span class=\"id\">");
    plain_put_xml(out, fault->name);
    buf_puts(out, "</span>");
    if (fault->title != NULL) {
        buf_puts(out, ": ");
        plain_put_xml(out, fault->title);
    }
    buf_puts(out, "</h3>\n");
    if (fault->wrong != NULL)
        page_put_lines(out, fault->wrong, "p");
    buf_puts(out, "<p>How to make a sender notice:</p>\n<ul>\n");
    page_put_lines(out, fault->fix, "li");
    buf_puts(out, "</ul>\n</article>\n");
}

void html_put_explanations(const struct html_explained *explained, struct buf *out) {
    if (explained->count == 0)
        return;
    buf_puts(out, "<section class=\"long\">\n<h2>Explanations</h2>\n");
    for (size_t i = 0; i < explained->count; i++)
        put_explained(explained->faults[i], out);
    buf_puts(out, "</section>\n");
}
