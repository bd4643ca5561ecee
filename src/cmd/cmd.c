#include "cmd/cmd.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "cmd/terminal.h"

enum { CMD_MAX_OPTIONS = 32, CMD_KEY_HELP = 1000 };

static void print_option(const struct cmd_option *option) {
    char left[64];
    char letter[8] = "    ";

    if (option->key < 256)
        snprintf(letter, sizeof letter, "-%c, ", option->key);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name,
             option->argument != NULL ? " " : "", option->argument != NULL ? option->argument : "");
    printf("  %-26s %s\n", left, option->help);
}

static void print_help(const struct cmd_spec *spec) {
    static const struct cmd_option help = {"help", 'h', NULL, "show this help"};

    printf("usage: doormat %s\n\n%s\n\n", spec->usage, spec->summary);
    for (const struct cmd_option *o = spec->options; o->name != NULL; o++)
        print_option(o);
    print_option(&help);
}

static void fill_tables(const struct cmd_spec *spec, bool stop_at_argument, struct option *longs,
                        char *shorts) {
    size_t n = 0, s = 0;

    shorts[s++] = stop_at_argument ? '+' : '-';
    if (!stop_at_argument)
        s = 0; /* GNU getopt's own permutation */
    shorts[s++] = ':';
    for (const struct cmd_option *o = spec->options; o->name != NULL; o++) {
        assert(n + 2 < CMD_MAX_OPTIONS);
        longs[n++] = (struct option){o->name, o->argument != NULL ? required_argument : no_argument,
                                     NULL, o->key};
        if (o->key < 256)
            shorts[s++] = (char)o->key;
        if (o->key < 256 && o->argument != NULL)
            shorts[s++] = ':';
    }
    longs[n++] = (struct option){"help", no_argument, NULL, CMD_KEY_HELP};
    longs[n] = (struct option){0};
    shorts[s++] = 'h';
    shorts[s] = '\0';
}

int cmd_next_option(int argc, char **argv, const struct cmd_spec *spec, bool stop_at_argument) {
    struct option longs[CMD_MAX_OPTIONS];
    char shorts[2 * CMD_MAX_OPTIONS + 4];

    fill_tables(spec, stop_at_argument, longs, shorts);
    opterr = 0;
    int key = getopt_long(argc, argv, shorts, longs, NULL);
    if (key == CMD_KEY_HELP || key == 'h') {
        print_help(spec);
        exit(fflush(stdout) == 0 ? EXIT_OK : EXIT_USAGE);
    }
    if (key == ':') {
        cmd_usage_error(spec, "%s needs a value", argv[optind - 1]);
        return CMD_BAD;
    }
    if (key == '?') {
        cmd_usage_error(spec, "%s is no option of `doormat %s`", argv[optind - 1], argv[0]);
        return CMD_BAD;
    }
    return key;
}

int cmd_fail(const struct err *err) {
    fprintf(stderr, "doormat: %s\n", err->text);
    return EXIT_USAGE;
}

int cmd_usage_error(const struct cmd_spec *spec, const char *fmt, ...) {
    char text[ERR_TEXT_SIZE_B];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fprintf(stderr, "doormat: %s\nusage: doormat %s\n", text, spec->usage);
    return EXIT_USAGE;
}

int cmd_write_output(const char *path, const void *data, size_t len, struct err *err) {
    if (path != NULL && strcmp(path, "-") != 0)
        return file_write(path, data, len, 0644, err);
    if (fwrite(data, 1, len, stdout) == len && fflush(stdout) == 0)
        return 0;
    if (errno == EPIPE) /* whoever read it, such as head(1), has read enough */
        return 0;
    return err_errno(err, "standard output");
}

bool cmd_wants_colour(void) {
    return terminal_takes_escapes(STDOUT_FILENO);
}
