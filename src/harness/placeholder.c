#include "harness/placeholder.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/nearest.h"

enum { ARGUMENT_MAX_B = 128 * 1024, WORD_MAX_B = 32 };

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
    [PLACEHOLDER_TLSA] = {"tlsa", "DOORMAT_TLSA"},
    [PLACEHOLDER_SPKI] = {"spki", "DOORMAT_SPKI"},
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

/* {word} of letters and underscores, and not ${word}; its length, or 0. */
static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

static size_t word_at(const char *text, const char *at) {
    size_t len = strspn(at + 1, letters);
    bool is_variable = at > text && at[-1] == '$';

    return !is_variable && len > 1 && len < WORD_MAX_B && at[len + 1] == '}' ? len : 0;
}

/* Two slips in a long name, one in a short one. */
static const char *nearest(const char *word) {
    enum { LONG = 4 };
    unsigned least = strlen(word) >= LONG ? 3 : 2;
    const char *found = NULL;

    for (enum placeholder p = 0; p < PLACEHOLDER_COUNT; p++) {
        const char *name = placeholders[p].name;
        unsigned distance = nearest_distance(word, name);

        if (distance >= least || (distance == 2 && strlen(name) < LONG))
            continue;
        least = distance;
        found = name;
    }
    return found;
}

static int check_word(const char *at, size_t len, struct buf *doubts, struct err *err) {
    char word[WORD_MAX_B], small[WORD_MAX_B] = "";

    snprintf(word, sizeof word, "%.*s", (int)len, at + 1);
    for (size_t i = 0; i < len; i++)
        small[i] = (char)ascii_lower(word[i]);
    const char *near = nearest(small);
    if (near != NULL)
        return err_set(err, "there is no placeholder {%s}: did you mean {%s}?", word, near);
    buf_printf(doubts, "{%s} is no placeholder, and is left as it is\n", word);
    return 0;
}

int placeholder_check(const char *const *argv, struct buf *doubts, struct err *err) {
    for (size_t i = 0; argv[i] != NULL; i++)
        for (const char *at = strchr(argv[i], '{'); at != NULL; at = strchr(at + 1, '{')) {
            size_t len = match(at) == PLACEHOLDER_COUNT ? word_at(argv[i], at) : 0;
            if (len > 0 && check_word(at, len, doubts, err) != 0)
                return -1;
        }
    return 0;
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
