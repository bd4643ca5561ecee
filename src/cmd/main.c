/* main - the table of subcommands. */
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/output.h"
#include "cmd/cmd.h"
#include "crypto/library.h"

enum { USAGE_MAX_B = 64 * 1024 };

struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
};

static const struct subcommand subcommands[] = {
    {"faults", cmd_faults, "list the catalogue, or explain a fault"},
    {"mint", cmd_mint, "write the certificate of a recipe"},
    {"serve", cmd_serve, "run the bad mail server"},
    {"zone", cmd_zone, "print what DNS has to have for `serve --zone`"},
    {"try", cmd_try, "run a sender against every fault and judge it"},
    {"check", cmd_check, "judge receiving servers by a policy"},
};

static void put_usage(struct buf *out) {
    buf_init(out, USAGE_MAX_B);
    buf_puts(out, "usage: doormat COMMAND [OPTION...] [ARGUMENT...]\n\n"
                  "A mail server that is wrong on purpose, and tells whether your mail system\n"
                  "noticed.\n\n");
    for (size_t i = 0; i < ARRAY_LEN(subcommands); i++)
        buf_printf(out, "  %-8s %s\n", subcommands[i].name, subcommands[i].summary);
    buf_puts(out, "\n`doormat COMMAND --help` explains a command; see also doormat(1).\n");
}

static int print_usage(void) {
    struct buf out;
    struct err err;

    put_usage(&out);
    int rc = cmd_write_output(NULL, out.data, out.len, &err);
    buf_fini(&out);
    return rc == 0 ? EXIT_OK : cmd_fail(&err);
}

static int refuse_more(const char *word, const char *more) {
    char shown[64];
    struct err err;

    ascii_copy_clean(shown, sizeof shown, more, strlen(more));
    err_set(&err, "%s: nothing may follow it: leave out '%s'", word, shown);
    return cmd_fail(&err);
}

static int print_version(void) {
    static const char version[] = "doormat " DOORMAT_VERSION "\n";
    struct err err;

    return cmd_write_output(NULL, version, sizeof version - 1, &err) == 0 ? EXIT_OK
                                                                          : cmd_fail(&err);
}

static const struct subcommand *find(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(subcommands); i++)
        if (strcmp(subcommands[i].name, name) == 0)
            return &subcommands[i];
    return NULL;
}

static const char *const help_words[] = {"help", "--help", "-h"};
static const char *const version_words[] = {"version", "--version", "-V", "-v"};

static bool is_one_of(const char *word, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static int refuse(const char *word) {
    bool is_option = word[0] == '-';
    char shown[64], hint[128] = "";
    struct nearest near;
    struct err err;

    ascii_copy_clean(shown, sizeof shown, word, strlen(word));
    nearest_init(&near, shown);
    for (size_t i = 0; !is_option && i < ARRAY_LEN(subcommands); i++)
        nearest_offer(&near, subcommands[i].name);
    nearest_offer(&near, is_option ? "--help" : "help");
    nearest_offer(&near, is_option ? "--version" : "version");
    if (nearest_found(&near) != NULL)
        snprintf(hint, sizeof hint, ": did you mean '%s'?", nearest_found(&near));
    err_set(&err, "there is no %s '%s'%s\n`doormat --help` lists the commands",
            is_option ? "option" : "command", shown, hint);
    return cmd_fail(&err);
}

/* `doormat help try` is `doormat try --help`. */
static int help(int argc, char **argv) {
    const struct subcommand *sub = argc > 0 ? find(argv[0]) : NULL;
    char option[] = "--help";
    char *asked[] = {argc > 0 ? argv[0] : NULL, option, NULL};

    if (argc > 1)
        return refuse_more(argv[0], argv[1]);
    if (argc == 0 || is_one_of(argv[0], help_words, ARRAY_LEN(help_words)))
        return print_usage();
    return sub != NULL ? sub->run(2, asked) : refuse(argv[0]);
}

static int complain_of_nothing(void) {
    struct buf out;

    put_usage(&out);
    fputs(buf_text(&out), stderr);
    buf_fini(&out);
    return EXIT_USAGE;
}

int main(int argc, char **argv) {
    const char *word = argc > 1 ? argv[1] : "";
    const struct subcommand *sub = find(word);

    output_hold_standard();
    signal(SIGPIPE, SIG_IGN);
    tls_library_init();
    json_set_alloc_funcs(mem_zalloc, free); /* no JSON is cut short for want of memory */
    optind = 0;                             /* cmd_next_option */
    if (sub != NULL)
        return sub->run(argc - 1, argv + 1);
    if (is_one_of(word, help_words, ARRAY_LEN(help_words)))
        return help(argc - 2, argv + 2);
    if (is_one_of(word, version_words, ARRAY_LEN(version_words)))
        return argc > 2 ? refuse_more(word, argv[2]) : print_version();
    if (argc > 1)
        return refuse(word);
    return complain_of_nothing();
}
