#include "harness/placeholder.h"

#include "base/buf.h"
#include "base/mem.h"

enum { ARGUMENT_MAX_B = 128 * 1024 };

static const struct {
    const char *name, *variable;
} placeholders[] = {
    [PLACEHOLDER_PORT] = {"port", "DOORMAT_PORT"},
    [PLACEHOLDER_TLS_PORT] = {"tls_port", "DOORMAT_TLS_PORT"},
    [PLACEHOLDER_HOST] = {"host", "DOORMAT_HOST"},
    [PLACEHOLDER_FROM] = {"from", "DOORMAT_FROM"},
    [PLACEHOLDER_TO] = {"to", "DOORMAT_TO"},
    [PLACEHOLDER_CA] = {"ca", "DOORMAT_CA"},
    [PLACEHOLDER_CA_DIR] = {"ca_dir", "DOORMAT_CA_DIR"},
    [PLACEHOLDER_HELO] = {"helo", "DOORMAT_HELO"},
    [PLACEHOLDER_FAULT] = {"fault", "DOORMAT_FAULT"},
    [PLACEHOLDER_MESSAGE] = {"message", "DOORMAT_MESSAGE"},
};
_Static_assert(ARRAY_LEN(placeholders) == PLACEHOLDER_COUNT, "a row per placeholder");

const char *placeholder_name(enum placeholder placeholder) {
    return placeholders[placeholder].name;
}

/* The placeholder that text begins with, braces included; PLACEHOLDER_COUNT if none. */
static enum placeholder match(const char *text) {
    enum placeholder p = 0;

    for (; p < PLACEHOLDER_COUNT; p++) {
        size_t len = strlen(placeholders[p].name);
        if (strncmp(text + 1, placeholders[p].name, len) == 0 && text[len + 1] == '}')
            break;
    }
    return p;
}

static char *expand_one(const char *text, const char *const values[PLACEHOLDER_COUNT]) {
    struct buf out;

    buf_init(&out, ARGUMENT_MAX_B);
    while (*text != '\0') {
        enum placeholder p = *text == '{' ? match(text) : PLACEHOLDER_COUNT;
        if (p == PLACEHOLDER_COUNT) {
            buf_append(&out, text++, 1);
            continue;
        }
        buf_puts(&out, values[p]);
        text += strlen(placeholders[p].name) + 2;
    }
    char *expanded = mem_strdup(buf_text(&out));
    buf_fini(&out);
    return expanded;
}

char **placeholder_expand(const char *const *argv, const char *const values[PLACEHOLDER_COUNT]) {
    size_t n = 0;

    while (argv[n] != NULL)
        n++;
    char **out = mem_zalloc((n + 1) * sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = expand_one(argv[i], values);
    return out;
}

char **placeholder_environment(const char *const values[PLACEHOLDER_COUNT]) {
    char **out = mem_zalloc((PLACEHOLDER_COUNT + 1) * sizeof *out);

    for (size_t i = 0; i < PLACEHOLDER_COUNT; i++)
        out[i] = mem_printf("%s=%s", placeholders[i].variable, values[i]);
    return out;
}

void placeholder_free(char ***strings) {
    if (*strings == NULL)
        return;
    for (char **s = *strings; *s != NULL; s++)
        free(*s);
    free(*strings);
    *strings = NULL;
}
