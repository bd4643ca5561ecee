#include "report/check.h"

#include <stdio.h>
#include <string.h>

#include "base/wrap.h"
#include "report/check_formats.h"

enum { EXPLAIN_COLUMNS = 90 };

const struct check_format check_formats[] = {
    {"text", NULL, check_put_text, NULL},
    {"json", NULL, check_put_json, NULL},
    {"jsonl", NULL, check_put_jsonl, NULL},
    {"junit", check_begin_junit, check_put_junit, check_end_junit},
    {NULL, NULL, NULL, NULL},
};

const struct check_format *check_format_find(const char *name) {
    for (const struct check_format *format = check_formats; format->name != NULL; format++)
        if (strcmp(format->name, name) == 0)
            return format;
    return NULL;
}

const char *check_verdict(const struct check_result *result) {
    if (!result->reached)
        return "not reached";
    return result->meets_policy ? "meets" : "does not meet";
}

void check_describe_key(const struct facts_cert *cert, char *out, size_t size_b) {
    static const char *const names[] = {
        [FACTS_KEY_OTHER] = "unknown", [FACTS_KEY_RSA] = "RSA", [FACTS_KEY_RSA_PSS] = "RSA-PSS",
        [FACTS_KEY_EC] = "ECDSA",      [FACTS_KEY_DSA] = "DSA", [FACTS_KEY_ED25519] = "Ed25519",
        [FACTS_KEY_ED448] = "Ed448",
    };

    if (cert->curve[0] != '\0')
        snprintf(out, size_b, "%s %s", names[cert->key], cert->curve);
    else if (cert->key == FACTS_KEY_ED25519 || cert->key == FACTS_KEY_ED448)
        snprintf(out, size_b, "%s", names[cert->key]);
    else
        snprintf(out, size_b, "%s %u", names[cert->key], cert->key_bits);
}

static void put_section(struct buf *out, const char *title, const char *text) {
    struct wrap wrap = {.column = 2, .indent = 2, .columns = EXPLAIN_COLUMNS};

    if (text == NULL)
        return;
    buf_printf(out, "\n%s\n", title);
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        buf_puts(out, "  ");
        wrap_put(out, &wrap, text, len);
        text += len + (text[len] == '\n');
    }
}

void check_explain(const struct rule *rule, struct buf *out) {
    buf_printf(out, "%s - %s\n", rule->name, rule->title);
    put_section(out, "Why", rule->why);
    put_section(out, "How to mend it", rule->fix);
    put_section(out, "What others call it", rule->nss);
    put_section(out, "In TLS reports (RFC 8460)", rule->tlsrpt);
}
