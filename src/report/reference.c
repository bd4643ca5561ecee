#include "report/reference.h"

#include "report/plain.h"

/* What Markdown would take for markup in prose. */
static const char specials[] = "*_<>[]|";

static void put_prose(struct buf *out, const char *text) {
    plain_put_escaped(out, text, specials);
    buf_puts(out, "\n\n");
}

static void put_list(struct buf *out, const char *title, const char *const *words, size_t max) {
    if (words[0] == NULL)
        return;
    buf_printf(out, "%s: ", title);
    for (size_t i = 0; i < max && words[i] != NULL; i++)
        buf_printf(out, "%s%s", i > 0 ? "; " : "", words[i]);
    buf_puts(out, "\n\n");
}

static void put_facts(struct buf *out, const struct fault *fault) {
    buf_printf(out, "Number %u", fault->number);
    if (fault->twin != NULL)
        buf_printf(out, ", twin `%s`", fault->twin);
    if (fault->clue != NULL)
        buf_printf(out, ", clue `%s`", fault->clue);
    for (size_t i = 0; i < FAULT_MAX_GROUPS && fault->groups[i] != NULL; i++)
        buf_printf(out, "%s`@%s`", i == 0 ? ", groups " : " ", fault->groups[i]);
    buf_printf(out, ", since %s.\n\n", fault->since);
}

static void put_fault(struct buf *out, const struct fault *fault) {
    buf_printf(out, "### %s\n\n**", fault->name);
    plain_put_escaped(out, fault->title, specials);
    buf_puts(out, "**\n\n");
    put_prose(out, fault->wrong);
    put_prose(out, fault->strict);
    put_list(out, "Alerts that tell the reason", fault->alerts, FAULT_MAX_ALERTS);
    if (fault->fix != NULL)
        buf_printf(out, "```\n%s\n```\n\n", fault->fix);
    put_list(out, "References", fault->references, FAULT_MAX_REFERENCES);
    put_facts(out, fault);
}

/* A table of contents by layer, with each fault's one line. */
static void put_contents(struct buf *out, const struct fault *const *faults, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || faults[i]->layer != faults[i - 1]->layer)
            buf_printf(out,
                       "\n**%s**\n\n| fault | a sound sender | what is wrong |\n|---|---|---|\n",
                       layer_name(faults[i]->layer));
        buf_printf(out, "| [%s](#%s) | %s | ", faults[i]->name, faults[i]->name,
                   faults[i]->expect == EXPECT_REFUSE ? "refuses" : "delivers");
        plain_put_escaped(out, faults[i]->title, specials);
        buf_puts(out, " |\n");
    }
}

void reference_markdown(const struct fault *const *faults, size_t count, struct buf *out) {
    buf_puts(
        out,
        "# The faults\n\nMade by `doormat faults --markdown`.  `doormat faults NAME` shows one of "
        "them.\n");
    put_contents(out, faults, count);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || faults[i]->layer != faults[i - 1]->layer)
            buf_printf(out, "\n## %s\n\n", layer_name(faults[i]->layer));
        put_fault(out, faults[i]);
    }
}
