#include "cmd/cmd.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "cmd/help.h"
#include "cmd/terminal.h"

enum { CMD_MAX_OPTIONS = 48, CMD_KEY_HELP = 1000, SHOWN_SIZE_B = 64 };

/* What getopt_long wants of an option table. */
struct tables {
    struct option longs[CMD_MAX_OPTIONS];
    char shorts[2 * CMD_MAX_OPTIONS + 4];
};

static void fill_tables(const struct cmd_spec *spec, bool stop_at_argument, struct tables *t) {
    size_t n = 0, s = 0;

    if (stop_at_argument)
        t->shorts[s++] = '+'; /* else GNU getopt's own permutation */
    t->shorts[s++] = ':';
    for (const struct cmd_option *o = spec->options; o->name != NULL; o++) {
        assert(n + 2 < CMD_MAX_OPTIONS);
        t->longs[n++] = (struct option){
            o->name, o->argument != NULL ? required_argument : no_argument, NULL, o->key};
        if (o->key < 256)
            t->shorts[s++] = (char)o->key;
        if (o->key < 256 && o->argument != NULL)
            t->shorts[s++] = ':';
    }
    t->longs[n++] = (struct option){"help", no_argument, NULL, CMD_KEY_HELP};
    t->longs[n] = (struct option){0};
    t->shorts[s++] = 'h';
    t->shorts[s] = '\0';
}

static const struct cmd_option *find_option(const struct cmd_spec *spec, int key) {
    for (const struct cmd_option *o = spec->options; o->name != NULL; o++)
        if (o->key == key)
            return o;
    return NULL;
}

/* --- what is wrong with an option --- */

static int refuse_unknown_letter(const struct cmd_spec *spec, const char *sub, int letter) {
    cmd_usage_error(spec, "-%c is no option of `doormat %s`", ascii_is_print(letter) ? letter : '?',
                    sub);
    return CMD_BAD;
}

static int refuse_unknown_name(const struct cmd_spec *spec, const char *sub, const char *word) {
    char name[SHOWN_SIZE_B], like[256] = "";
    size_t len = strcspn(word + 2, "="), count = 0;
    struct nearest near;

    ascii_copy_clean(name, sizeof name, word + 2, len);
    nearest_init(&near, name);
    nearest_offer(&near, "help");
    if (len > 0 && strncmp("help", name, len) == 0)
        snprintf(like, sizeof like, "%s", count++ == 0 ? "--help" : "");
    for (const struct cmd_option *o = spec->options; o->name != NULL; o++) {
        size_t used = strlen(like);
        nearest_offer(&near, o->name);
        if (len > 0 && strncmp(o->name, name, len) == 0)
            snprintf(like + used, sizeof like - used, "%s--%s", count++ > 0 ? ", " : "", o->name);
    }
    if (count > 1)
        cmd_usage_error(spec, "--%s may be %s", name, like);
    else if (nearest_found(&near) != NULL)
        cmd_usage_error(spec, "--%s is no option of `doormat %s`: did you mean '--%s'?", name, sub,
                        nearest_found(&near));
    else
        cmd_usage_error(spec, "--%s is no option of `doormat %s`", name, sub);
    return CMD_BAD;
}

/* getopt says by optopt which letter it is of a cluster, or which known option; 0 is a name that it does not know. */
static int refuse(const struct cmd_spec *spec, char **argv, int key) {
    const struct cmd_option *option = optopt != 0 ? find_option(spec, optopt) : NULL;

    if (key == ':' && option != NULL)
        cmd_usage_error(spec, "--%s needs a value: --%s %s", option->name, option->name,
                        option->argument);
    else if (option != NULL)
        cmd_usage_error(spec, "--%s takes no value", option->name);
    else if (optopt == CMD_KEY_HELP)
        cmd_usage_error(spec, "--help takes no value");
    else if (optopt != 0)
        return refuse_unknown_letter(spec, argv[0], optopt);
    else
        return refuse_unknown_name(spec, argv[0], argv[optind - 1]);
    return CMD_BAD;
}

const char *cmd_hint(char hint[CMD_HINT_SIZE_B], const char *word, cmd_value_fn *values) {
    struct nearest near;

    nearest_init(&near, word);
    for (size_t i = 0; values(i) != NULL; i++)
        nearest_offer(&near, values(i));
    hint[0] = '\0';
    if (nearest_found(&near) != NULL)
        snprintf(hint, CMD_HINT_SIZE_B, "; did you mean '%s'?", nearest_found(&near));
    return hint;
}

static int check_value(const struct cmd_spec *spec, const struct cmd_option *option) {
    char shown[SHOWN_SIZE_B], hint[CMD_HINT_SIZE_B];
    struct buf values;

    for (size_t i = 0; option->values(i) != NULL; i++)
        if (strcmp(option->values(i), optarg) == 0)
            return 0;
    ascii_copy_clean(shown, sizeof shown, optarg, strlen(optarg));
    buf_init(&values, HELP_MAX_B);
    help_put_values(option->values, " or ", &values);
    cmd_usage_error(spec, "--%s %s: not %s%s", option->name, shown, buf_text(&values),
                    cmd_hint(hint, shown, option->values));
    buf_fini(&values);
    return -1;
}

/* What was given before: of each option the value, and of each choice the option. */
struct given {
    const char *values[CMD_MAX_OPTIONS];
    const struct cmd_option *choices[CMD_MAX_OPTIONS];
};

static int check_choice(const struct cmd_spec *spec, const struct cmd_option *option,
                        struct given *given) {
    const struct cmd_option *before = given->choices[option->choice];

    given->choices[option->choice] = option;
    if (option->choice == 0 || before == NULL || before == option)
        return 0;
    cmd_usage_error(spec, "--%s and --%s: only one of them", before->name, option->name);
    return -1;
}

static int check_argument(const struct cmd_spec *spec, const struct cmd_option *option,
                          struct given *given) {
    const char *before = given->values[option - spec->options];

    given->values[option - spec->options] = optarg;
    if (*optarg == '\0') {
        cmd_usage_error(spec, "--%s: empty", option->name);
        return -1;
    }
    if (option->values != NULL && check_value(spec, option) != 0)
        return -1;
    if (option->repeats || before == NULL || strcmp(before, optarg) == 0)
        return 0;
    cmd_usage_error(spec, "--%s is given twice: only one value at a time", option->name);
    return -1;
}

/* What the table says of values, before any of them counts.  Ends at the first mistake of another kind, and at --help. */
static int check_all(int argc, char **argv, const struct cmd_spec *spec, const struct tables *t) {
    struct given given = {{NULL}, {NULL}};
    char **copy = mem_resize(NULL, (size_t)argc + 1, sizeof *copy);
    int key, rc = 0;

    memcpy(copy, argv, ((size_t)argc + 1) * sizeof *copy); /* getopt would sort it */
    while (rc == 0 && (key = getopt_long(argc, copy, t->shorts, t->longs, NULL)) != -1) {
        const struct cmd_option *option = find_option(spec, key);

        if (option == NULL)
            break;
        if (option->argument != NULL)
            rc = check_argument(spec, option, &given);
        if (rc == 0)
            rc = check_choice(spec, option, &given);
    }
    free(copy);
    optind = 0; /* GNU: begin again */
    return rc;
}

static int print_and_exit(const struct cmd_spec *spec,
                          void (*put)(const struct cmd_spec *spec, struct buf *out)) {
    struct buf out;
    struct err err;

    buf_init(&out, HELP_MAX_B);
    put(spec, &out);
    int rc = cmd_write_output(NULL, out.data, out.len, &err);
    buf_fini(&out);
    exit(rc == 0 ? EXIT_OK : cmd_fail(&err));
}

int cmd_next_option(int argc, char **argv, const struct cmd_spec *spec, bool stop_at_argument) {
    struct tables t;

    fill_tables(spec, stop_at_argument, &t);
    opterr = 0;
    if (optind == 0 && argc == 2 && strcmp(argv[1], "--option-table") == 0)
        print_and_exit(spec, help_put_table);
    if (optind == 0 && check_all(argc, argv, spec, &t) != 0)
        return CMD_BAD;
    int key = getopt_long(argc, argv, t.shorts, t.longs, NULL);
    if (key == CMD_KEY_HELP || key == 'h')
        print_and_exit(spec, help_put);
    return key == ':' || key == '?' ? refuse(spec, argv, key) : key;
}

int cmd_fail(const struct err *err) {
    fprintf(stderr, "doormat: %s\n", err->text);
    return EXIT_USAGE;
}

int cmd_usage_error(const struct cmd_spec *spec, const char *fmt, ...) {
    char text[ERR_TEXT_SIZE_B], clean[ERR_TEXT_SIZE_B];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    utf8_copy_clean(clean, sizeof clean, text, strlen(text)); /* it repeats what was given */
    fprintf(stderr, "doormat: %s\nusage: doormat %s\n", clean, spec->usage);
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
