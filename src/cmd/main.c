/* main - the table of subcommands. */
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cmd/cmd.h"

struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
};

static const struct subcommand subcommands[] = {
    {"faults", cmd_faults, "list the catalogue, or explain a fault"},
    {"mint", cmd_mint, "write the certificate of a recipe"},
    {"serve", cmd_serve, "run the bad mail server"},
    {"try", cmd_try, "run a sender against every fault and judge it"},
    {"check", cmd_check, "judge receiving servers by a policy"},
};

static void print_usage(FILE *out) {
    fputs(
        "usage: doormat COMMAND [OPTION...] [ARGUMENT...]\n\n"
        "A mail server that is wrong on purpose, and tells you whether your mail system noticed.\n\n",
        out);
    for (size_t i = 0; i < ARRAY_LEN(subcommands); i++)
        fprintf(out, "  %-8s %s\n", subcommands[i].name, subcommands[i].summary);
    fputs("\n`doormat COMMAND --help` explains a command; see also doormat(1).\n", out);
}

static const struct subcommand *find(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(subcommands); i++)
        if (strcmp(subcommands[i].name, name) == 0)
            return &subcommands[i];
    return NULL;
}

int main(int argc, char **argv) {
    const char *word = argc > 1 ? argv[1] : "";

    signal(SIGPIPE, SIG_IGN);
    json_set_alloc_funcs(mem_zalloc, free); /* no JSON is cut short for want of memory */
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        print_usage(stdout);
        return EXIT_OK;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        puts("doormat " DOORMAT_VERSION);
        return EXIT_OK;
    }
    const struct subcommand *sub = find(word);
    if (sub != NULL)
        return sub->run(argc - 1, argv + 1);
    if (*word != '\0')
        fprintf(stderr, "doormat: there is no command '%s'\n", word);
    print_usage(stderr);
    return EXIT_USAGE;
}
