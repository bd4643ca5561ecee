#include "cmd/help.h"

#include <string.h>

#include "base/wrap.h"

enum { LEFT_COLUMNS = 22, TEXT_COLUMN = 2 + LEFT_COLUMNS + 1 };

static const struct cmd_option help_option = {"help", 'h', NULL, "show this help"};

void help_put_values(cmd_value_fn *values, const char *last_word, struct buf *out) {
    for (size_t i = 0; values(i) != NULL; i++) {
        bool is_last = values(i + 1) == NULL;
        buf_printf(out, "%s%s", i == 0 ? "" : is_last ? last_word : ", ", values(i));
    }
}

static void put_left(const struct cmd_option *option, struct buf *out) {
    if (option->key < 256)
        buf_printf(out, "-%c, --%s", option->key, option->name);
    else
        buf_printf(out, "    --%s", option->name);
    if (option->argument != NULL)
        buf_printf(out, " %s", option->argument);
}

static void put_right(const struct cmd_option *option, struct buf *out) {
    buf_puts(out, option->help);
    if (option->values != NULL) {
        buf_puts(out, ": ");
        help_put_values(option->values, " or ", out);
    }
    if (option->standard != NULL)
        buf_printf(out, " (default %s)", option->standard);
}

static void put_option(const struct cmd_option *option, struct buf *out) {
    struct buf left, right;

    buf_init(&left, HELP_MAX_B);
    buf_init(&right, HELP_MAX_B);
    put_left(option, &left);
    put_right(option, &right);
    unsigned used = left.len > LEFT_COLUMNS ? (unsigned)left.len : LEFT_COLUMNS;
    struct wrap wrap = {.column = 2 + used + 1, .indent = TEXT_COLUMN, .columns = HELP_COLUMNS};
    buf_printf(out, "  %-*s ", LEFT_COLUMNS, buf_text(&left));
    wrap_put(out, &wrap, buf_text(&right), right.len);
    buf_fini(&left);
    buf_fini(&right);
}

static void put_group(const struct cmd_spec *spec, const char *group, struct buf *out) {
    if (group != NULL)
        buf_printf(out, "%s:\n", group);
    for (const struct cmd_option *o = spec->options; o->name != NULL; o++)
        if (o->group == group)
            put_option(o, out);
}

static bool is_first_of_group(const struct cmd_spec *spec, const struct cmd_option *option) {
    for (const struct cmd_option *o = spec->options; o < option; o++)
        if (o->group == option->group)
            return false;
    return true;
}

static void put_filled(const char *text, unsigned indent, struct buf *out) {
    struct wrap wrap = {.column = indent, .indent = indent, .columns = HELP_COLUMNS};

    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        wrap_put(out, &wrap, text, len);
        text += len + (text[len] == '\n');
    }
}

void help_put(const struct cmd_spec *spec, struct buf *out) {
    buf_puts(out, "usage: doormat ");
    put_filled(spec->usage, 15, out);
    buf_puts(out, "\n");
    put_filled(spec->summary, 0, out);
    buf_puts(out, "\n");
    for (const struct cmd_option *o = spec->options; o->name != NULL; o++)
        if (o->group != NULL && is_first_of_group(spec, o))
            put_group(spec, o->group, out);
    put_group(spec, NULL, out);
    put_option(&help_option, out);
}

static void put_row(const struct cmd_option *option, struct buf *out) {
    char letter[2] = {option->key < 256 ? (char)option->key : '\0', '\0'};

    buf_printf(out, "%s\t%s\t%s\t%s\t", option->name, letter,
               option->argument != NULL ? option->argument : "",
               option->standard != NULL ? option->standard : "");
    for (size_t i = 0; option->values != NULL && option->values(i) != NULL; i++)
        buf_printf(out, "%s%s", i > 0 ? " " : "", option->values(i));
    buf_puts(out, "\n");
}

void help_put_table(const struct cmd_spec *spec, struct buf *out) {
    for (const struct cmd_option *o = spec->options; o->name != NULL; o++)
        put_row(o, out);
    put_row(&help_option, out);
}
