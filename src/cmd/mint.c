/* mint - writes the certificate of a recipe, or prints it. */
#include "mint/mint.h"

#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "cmd/cmd.h"
#include "cmd/names.h"
#include "fault/catalogue.h"
#include "fault/compose.h"

enum { MINT_TEXT_MAX_B = 4 * 1024 * 1024 };

static const struct cmd_option options[] = {
    {"out", 'o', "DIR", "write leaf, chain, key and root (.pem) into DIR"},
    {"host", 'H', "NAME", "the name or address that senders use", "localhost"},
    {"text", 't', NULL, "print the certificate as `openssl x509 -text` does"},
    {0},
};

static const struct cmd_spec spec = {
    .usage = "mint RECIPE --out DIR [--host NAME] [--text]",
    .summary =
        "Makes the certificate of a recipe, such as `worst` or `expired+sha1`, with its key. "
        "root.pem is the trust anchor that makes the control acceptable. Never use any of them for "
        "something good.",
    .options = options,
};

struct order {
    const char *recipe, *out, *host;
    char name[IDN_SIZE_B]; /* host as DNS has it */
    bool text;
};

static int print(const struct identity *identity, struct err *err) {
    struct buf text;

    buf_init(&text, MINT_TEXT_MAX_B);
    int rc = identity_print(identity, &text, err);
    if (rc == 0)
        rc = cmd_write_output(NULL, text.data, text.len, err);
    buf_fini(&text);
    return rc;
}

static int deliver(const struct order *order, const struct identity *identity, struct err *err) {
    if (order->out != NULL && (file_make_dir(order->out, 0755, err) != 0 ||
                               identity_write(identity, order->out, err) != 0))
        return err_prefix(err, "cannot write the certificate");
    return order->text ? print(identity, err) : 0;
}

static int mint(const struct order *order, const struct scenario *scenario, struct err *err) {
    int64_t now_s = clock_wall_s(clock_system());
    struct key_pool *pool = NULL;
    struct mint_lab *lab = NULL;
    struct identity *identity = NULL;
    int rc = -1;

    if (key_pool_new("default", &pool, err) != 0 ||
        mint_lab_new(order->host, pool, now_s, &lab, err) != 0)
        goto out;
    if (mint_identity_as(lab, scenario->name, &scenario->recipe.mint, now_s, &identity, err) != 0) {
        err_prefix(err, "cannot mint '%s'", scenario->name);
        goto out;
    }
    rc = deliver(order, identity, err);
out:
    identity_free(&identity);
    mint_lab_free(&lab);
    key_pool_free(&pool);
    return rc;
}

/* What other commands take: a list of recipes, and groups of them. */
static int check_recipe(const char *recipe) {
    const char *group = recipe[0] == '@' ? recipe + 1 : recipe;

    if (strchr(recipe, ',') != NULL)
        return cmd_usage_error(&spec, "%s: one recipe at a time; join names with '+'", recipe);
    if (catalogue_has_group(group) && catalogue_find(group) == NULL)
        return cmd_usage_error(
            &spec, "@%s is a group: `mint` takes one recipe, such as expired+sha1", group);
    return 0;
}

/* 0, or the exit status of a usage error. */
static int read_order(int argc, char **argv, struct order *order) {
    int key;

    while ((key = cmd_next_option(argc, argv, &spec, false)) != CMD_DONE) {
        if (key == CMD_BAD)
            return EXIT_USAGE;
        if (key == 'o')
            order->out = optarg;
        if (key == 'H') {
            order->host = optarg;
            if (names_take_host(&spec, "host", &order->host, order->name) != 0)
                return EXIT_USAGE;
        }
        order->text = order->text || key == 't';
    }
    if (optind + 1 != argc)
        return cmd_usage_error(&spec, optind == argc
                                          ? "which recipe? `doormat faults` lists what there is"
                                          : "one recipe at a time; join names with '+'");
    order->recipe = argv[optind];
    return check_recipe(order->recipe);
}

int cmd_mint(int argc, char **argv) {
    struct order order = {.host = "localhost"};
    struct scenario scenario;
    struct err err;
    int status = read_order(argc, argv, &order);

    if (status != 0)
        return status;
    if (scenario_parse(order.recipe, &scenario, &err) != 0)
        return cmd_fail(&err);
    if (order.out == NULL && !order.text)
        return cmd_usage_error(&spec, "where to? --out DIR writes files, --text prints");
    if (mint(&order, &scenario, &err) != 0)
        return cmd_fail(&err);
    return EXIT_OK;
}
