#include "cmd/explain_rules.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/terminal.h"
#include "report/check.h"

enum { EXPLAINED_MAX_B = 1024 * 1024 };

static int explain_rule(const char *name, struct buf *out, struct err *err) {
    const struct rule *rule = rule_find(name);

    if (strcmp(name, "list") == 0)
        return err_set(err, "`list` lists the rules: give it alone, without rules to explain");
    if (rule == NULL && rule_nearest(name) != NULL)
        return err_set(err, "there is no rule '%s': did you mean '%s'?", name, rule_nearest(name));
    if (rule == NULL)
        return err_set(err, "there is no rule '%s'; `doormat check --explain list` lists them",
                       name);
    buf_puts(out, out->len > 0 ? "\n\n" : "");
    check_explain(rule, terminal_columns(), out);
    return 0;
}

/* One rule, or several with commas between. */
static int explain(const char *names) {
    char *copy = mem_strdup(names), *rest = copy, *name;
    struct buf text;
    struct err err;
    int rc = 0;

    buf_init(&text, EXPLAINED_MAX_B);
    while (rc == 0 && (name = strsep(&rest, ",")) != NULL)
        rc = explain_rule(name, &text, &err);
    if (rc == 0)
        rc = cmd_write_output(NULL, text.data, text.len, &err);
    buf_fini(&text);
    free(copy);
    return rc == 0 ? EXIT_OK : cmd_fail(&err);
}

static int list_rules(void) {
    struct buf text;
    struct err err;

    buf_init(&text, EXPLAINED_MAX_B);
    for (size_t i = 0; i < rule_count; i++)
        check_explain_briefly(&rules[i], terminal_columns(), &text);
    int rc = cmd_write_output(NULL, text.data, text.len, &err);
    buf_fini(&text);
    return rc == 0 ? EXIT_OK : cmd_fail(&err);
}

int explain_rules(const char *names) {
    return strcmp(names, "list") == 0 ? list_rules() : explain(names);
}
