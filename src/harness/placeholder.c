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

/* What stands behind a brace and may be meant for a placeholder. */
struct word {
    char text[WORD_MAX_B], small[WORD_MAX_B]; /* as it stands; in small letters, with '_' alone */
    bool is_closed, is_name, is_letters;      /* is_letters: and one word */
};

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-";
static const char blanks[] = " \t";

static bool is_name(const char *word) {
    for (enum placeholder p = 0; p < PLACEHOLDER_COUNT; p++)
        if (strcmp(word, placeholders[p].name) == 0)
            return true;
    return false;
}

/* ${word} is a shell's, %{word} curl's, #{word} Ruby's. */
static bool is_foreign(const char *text, const char *at) {
    return at > text && strchr("$%#", at[-1]) != NULL;
}

/* Up to the closing brace; without one, the letters. */
static size_t word_len(const char *from, bool *is_closed) {
    size_t len = strcspn(from, "{}");

    *is_closed = from[len] == '}';
    return *is_closed ? len : strspn(from, letters);
}

/* False: nothing of the kind stands there. */
static bool word_at(const char *text, const char *at, struct word *word) {
    size_t len = word_len(at + 1, &word->is_closed), before = strspn(at + 1, blanks), n = 0;

    *word =
        (struct word){.is_closed = word->is_closed, .is_letters = strspn(at + 1, letters) == len};
    if (is_foreign(text, at) || len < 2 || len >= WORD_MAX_B ||
        strchr(letters, at[1 + before]) == NULL)
        return false;
    memcpy(word->text, at + 1, len);
    while (len > before && strchr(blanks, word->text[len - 1]) != NULL)
        len--;
    for (size_t i = before; i < len; i++)
        word->small[n++] =
            strchr("-. \t", word->text[i]) != NULL ? '_' : (char)ascii_lower(word->text[i]);
    word->is_name = is_name(word->small);
    return true;
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

/* Whether no brace closes the word: none comes any more, or it is that of another; "{from: 1, to: {}}" is JavaScript. */
static bool is_left_open(const struct word *word, const char *at) {
    const char *behind = at + 1 + strlen(word->text);

    if (word->is_closed || !word->is_name)
        return false;
    return strchr(behind, '}') == NULL || (*behind != '\0' && strchr(",:;=|(", *behind) == NULL);
}

/* Letters and digits without blanks: programs for awk(1) have blanks within their braces, JSON has signs, and of numbers
 * alone a regular expression is made. */
static bool is_near(const struct word *word) {
    return word->is_closed && strpbrk(word->text, " \t,:;=|()[]<>\"'$*+?/\\@!&") == NULL;
}

static int check_word(const struct word *word, const char *at, struct buf *doubts,
                      struct err *err) {
    const char *near = word->is_name ? word->small : is_near(word) ? nearest(word->small) : NULL;

    if (is_left_open(word, at))
        return err_set(err, "{%s has no closing brace: did you mean {%s}?", word->text,
                       word->small);
    if (word->is_closed && near != NULL)
        return err_set(err, "there is no placeholder {%s}: did you mean {%s}?", word->text, near);
    if (word->is_closed && word->is_letters)
        buf_printf(doubts, "{%s} is no placeholder, and is left as it is\n", word->text);
    return 0;
}

int placeholder_check(const char *const *argv, struct buf *doubts, struct err *err) {
    for (size_t i = 0; argv[i] != NULL; i++)
        for (const char *at = strchr(argv[i], '{'); at != NULL; at = strchr(at + 1, '{')) {
            struct word word;

            if (match(at) == PLACEHOLDER_COUNT && word_at(argv[i], at, &word) &&
                check_word(&word, at, doubts, err) != 0)
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
