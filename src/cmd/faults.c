/* doormat faults - the catalogue as a table, as JSON, or one fault explained. */
#include <jansson.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/wrap.h"
#include "cmd/cmd.h"
#include "cmd/terminal.h"
#include "fault/compose.h"
#include "report/reference.h"

enum { KEY_JSON = 'j', KEY_MARKDOWN = 'm', KEY_NAMES = 'n' };
enum { OUTPUT_MAX_B = 4 << 20, MIN_TITLE_WIDTH = 30, NUMBER_WIDTH = 7 /* "  100  " */ };

static const struct cmd_option options[] = {
    {"json", KEY_JSON, NULL, "print all fields as JSON", .choice = 1},
    {"markdown", KEY_MARKDOWN, NULL, "print the whole reference as Markdown", .choice = 1},
    {"names", KEY_NAMES, NULL, "print the names alone, then the @groups, a line each", .choice = 1},
    {0},
};

static const struct cmd_spec spec = {
    .usage = "faults [--json|--markdown|--names] [NAME...]",
    .summary = "Lists the faults that Doormat can serve; with the name of one, explains it.\n"
               "NAME is a fault, a group (@seed, @certificate, @all ...), or a list of them "
               "(@all,-worst).",
    .options = options,
};

/* Which rows of the catalogue are asked for, in its order. */
struct selection {
    const struct fault **faults;
    size_t count;
    bool is_unchosen; /* no name was given */
};

static bool is_in(const struct scenario_list *list, const struct fault *fault) {
    for (size_t i = 0; i < list->count; i++)
        for (size_t j = 0; j < list->items[i].fault_count; j++)
            if (list->items[i].faults[j] == fault)
                return true;
    return false;
}

static char *join(int argc, char **argv) {
    char *list = mem_strdup(argc > 0 ? argv[0] : "@all");

    for (int i = 1; i < argc; i++) {
        char *longer = mem_printf("%s,%s", list, argv[i]);
        free(list);
        list = longer;
    }
    return list;
}

static int select_faults(int argc, char **argv, struct selection *out, struct err *err) {
    char *text = join(argc, argv);
    struct scenario_list list;
    int rc = scenario_list_parse(text, &list, err);

    free(text);
    *out = (struct selection){.is_unchosen = argc == 0};
    if (rc < 0)
        return -1;
    out->faults = mem_resize(NULL, catalogue_count, sizeof(struct fault *));
    for (size_t i = 0; i < catalogue_count; i++)
        if (is_in(&list, &catalogue[i]))
            out->faults[out->count++] = &catalogue[i];
    scenario_list_fini(&list);
    return 0;
}

/* --- text --- */

struct look {
    const char *bold, *plain;
    size_t width;
};

static struct look look_at_terminal(void) {
    bool colour = cmd_wants_colour();

    return (struct look){colour ? "\033[1m" : "", colour ? "\033[0m" : "", terminal_columns()};
}

static void put_section(struct buf *out, const struct look *look, const char *title,
                        const char *text) {
    struct wrap wrap = {.column = 2, .indent = 2, .columns = (unsigned)look->width};

    buf_printf(out, "\n%s%s%s\n", look->bold, title, look->plain);
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");

        buf_puts(out, "  ");
        wrap_put(out, &wrap, text, len);
        text += len + (text[len] == '\n' ? 1 : 0);
    }
}

static const char of_world[] =
    "Those of DNS, DANE and MTA-STS show only in a room: `doormat faults @world` lists them.";

static void put_table(struct buf *out, const struct selection *selection, const struct look *look) {
    int name_width = 0;

    for (size_t i = 0; i < selection->count; i++)
        if ((int)strlen(selection->faults[i]->name) > name_width)
            name_width = (int)strlen(selection->faults[i]->name);
    unsigned indent = NUMBER_WIDTH + (unsigned)name_width + 2;
    bool is_narrow = indent + MIN_TITLE_WIDTH > look->width; /* the title stands below the name */
    if (is_narrow)
        indent = NUMBER_WIDTH + 2;
    struct wrap wrap = {.column = indent, .indent = indent, .columns = (unsigned)look->width};
    for (size_t i = 0; i < selection->count; i++) {
        const struct fault *fault = selection->faults[i];

        if (i == 0 || fault->layer != selection->faults[i - 1]->layer)
            buf_printf(out, "%s%s%s%s\n", i == 0 ? "" : "\n", look->bold, layer_name(fault->layer),
                       look->plain);
        if (is_narrow)
            buf_printf(out, "  %3u  %s\n%*s", fault->number, fault->name, (int)indent, "");
        else
            buf_printf(out, "  %3u  %-*s  ", fault->number, name_width, fault->name);
        wrap_put(out, &wrap, fault->title, strlen(fault->title));
    }
    if (selection->is_unchosen) {
        wrap = (struct wrap){.columns = (unsigned)look->width};
        buf_puts(out, "\n");
        wrap_put(out, &wrap, of_world, sizeof of_world - 1);
    }
}

static void put_words(struct buf *out, const char *const *words, size_t max, const char *between) {
    for (size_t i = 0; i < max && words[i] != NULL; i++)
        buf_printf(out, "%s%s", i > 0 ? between : "", words[i]);
}

static void put_alerts(struct buf *out, const struct fault *fault, const struct look *look) {
    struct buf words;

    if (fault->alerts[0] == NULL)
        return;
    buf_init(&words, OUTPUT_MAX_B);
    put_words(&words, fault->alerts, FAULT_MAX_ALERTS, ", ");
    put_section(out, look, "Alerts that tell the reason", buf_text(&words));
    buf_fini(&words);
}

/* Controls have none. */
static void put_severity(struct buf *out, const struct fault *fault, const struct look *look) {
    char *title;

    if (fault->severity == FAULT_UNRATED)
        return;
    title = mem_printf("Severity: %s", fault_severity_name(fault->severity));
    put_section(out, look, title, fault->severity_why);
    free(title);
    put_section(out, look, fault_remedy_question(fault), remedy_meaning(fault->remedy));
}

static void put_references(struct buf *out, const struct fault *fault, const struct look *look) {
    struct wrap wrap = {.column = 2, .indent = 4, .columns = (unsigned)look->width};

    buf_printf(out, "\n%sReferences%s\n", look->bold, look->plain);
    for (size_t i = 0; i < FAULT_MAX_REFERENCES && fault->references[i] != NULL; i++) {
        buf_puts(out, "  ");
        wrap_put(out, &wrap, fault->references[i], strlen(fault->references[i]));
    }
}

static void put_groups(struct buf *out, const struct fault *fault, const struct look *look) {
    struct wrap wrap = {.column = 10, .indent = 10, .columns = (unsigned)look->width};
    struct buf groups;

    buf_init(&groups, 4096);
    buf_printf(&groups, "@%s @%s", fault_needs_world(fault) ? "world" : "all",
               layer_name(fault->layer));
    for (size_t i = 0; i < FAULT_MAX_GROUPS && fault->groups[i] != NULL; i++)
        buf_printf(&groups, " @%s", fault->groups[i]);
    buf_puts(out, "  groups  ");
    wrap_put(out, &wrap, buf_text(&groups), groups.len);
    buf_fini(&groups);
}

static void put_place(struct buf *out, const struct fault *fault, const struct look *look) {
    buf_printf(out, "\n%sIn Doormat%s\n", look->bold, look->plain);
    put_groups(out, fault, look);
    if (fault->family != NULL)
        buf_printf(out, "  family  %s\n", fault->family);
    buf_printf(out, "  twin    %s\n", fault->twin != NULL ? fault->twin : "none, it is a control");
    if (fault->clue != NULL)
        buf_printf(out, "  clue    %s\n", fault->clue);
    if (fault_needs_world(fault))
        buf_printf(out, "  serve   with --zone APEX, as %s.APEX\n", fault->name);
    else
        buf_printf(out, "  serve   at the base port + %u\n", fault->number);
    buf_printf(out, "  try     doormat try %s--faults %s -- COMMAND...\n",
               fault_needs_world(fault) ? "--room " : "", fault->name);
    buf_printf(out, "  since   %s\n", fault->since);
}

static void put_page(struct buf *out, const struct fault *fault, const struct look *look) {
    bool is_fault = fault->expect == EXPECT_REFUSE || fault->faulty_under[0] != NULL;

    struct wrap wrap = {.column = (unsigned)strlen(fault->name) + 2,
                        .indent = 2,
                        .columns = (unsigned)look->width,
                        .goes_on = true};

    buf_printf(out, "%s%s%s -", look->bold, fault->name, look->plain);
    wrap_put(out, &wrap, fault->title, strlen(fault->title));
    put_section(out, look, "What is wrong", fault->wrong);
    put_section(out, look, "What a sound sender does", fault->strict);
    put_severity(out, fault, look);
    put_alerts(out, fault, look);
    put_section(out, look,
                is_fault ? "How to make a sender notice" : "When a sender does otherwise",
                fault->fix);
    put_references(out, fault, look);
    put_place(out, fault, look);
}

/* --- JSON --- */

static json_t *words_json(const char *const *words, size_t max) {
    json_t *array = json_array();

    for (size_t i = 0; i < max && words[i] != NULL; i++)
        json_array_append_new(array, json_string(words[i]));
    return array;
}

static json_t *groups_json(const struct fault *fault) {
    json_t *array = words_json(fault->groups, FAULT_MAX_GROUPS);

    json_array_insert_new(array, 0, json_string(layer_name(fault->layer)));
    json_array_insert_new(array, 0, json_string("all"));
    return array;
}

/* A control has no severity, and nobody need notice it. */
static json_t *weight_json(const struct fault *f) {
    bool is_rated = f->severity != FAULT_UNRATED;

    return json_pack("{s:s, s:s?, s:s?, s:s?}", "severity", fault_severity_name(f->severity),
                     "severity_why", f->severity_why, "remedy",
                     is_rated ? remedy_name(f->remedy) : NULL, "family", f->family);
}

static json_t *fault_json(const struct fault *f) {
    char *explanation = mem_printf("%s\n\n%s", f->wrong, f->strict);
    json_t *json =
        json_pack("{s:s, s:i, s:s, s:s, s:s, s:s?, s:s?, s:o, s:o, s:o, s:s, s:s, s:s, s:o}",
                  "name", f->name, "number", (int)f->number, "title", f->title, "layer",
                  layer_name(f->layer), "expect", expect_name(f->expect), "twin", f->twin, "clue",
                  f->clue, "alerts", words_json(f->alerts, FAULT_MAX_ALERTS), "policies",
                  words_json(f->faulty_under, FAULT_MAX_POLICIES), "groups", groups_json(f),
                  "since", f->since, "explanation", explanation, "fix", f->fix, "references",
                  words_json(f->references, FAULT_MAX_REFERENCES));

    free(explanation);
    json_object_update_new(json, weight_json(f));
    return json;
}

static int put_json(struct buf *out, const struct selection *selection, struct err *err) {
    json_t *array = json_array();

    for (size_t i = 0; i < selection->count; i++)
        json_array_append_new(array, fault_json(selection->faults[i]));
    char *text = json_dumps(array, JSON_INDENT(1));
    int rc = text == NULL || json_array_size(array) != selection->count
                 ? err_set(err, "the catalogue cannot be written as JSON: out of memory")
                 : buf_printf(out, "%s\n", text);
    free(text);
    json_decref(array);
    return rc;
}

/* --- names --- */

/* The groups only where nothing was chosen: they are what can be chosen. */
static void put_names(struct buf *out, const struct selection *selection, bool has_groups) {
    for (size_t i = 0; i < selection->count; i++)
        buf_printf(out, "%s\n", selection->faults[i]->name);
    for (size_t i = 0; has_groups && catalogue_group_at(i) != NULL; i++)
        buf_printf(out, "@%s\n", catalogue_group_at(i));
}

static int print(const struct selection *selection, int format, bool explain, struct err *err) {
    struct look look = look_at_terminal();
    struct buf out;
    int rc = 0;

    buf_init(&out, OUTPUT_MAX_B);
    if (format == KEY_JSON)
        rc = put_json(&out, selection, err);
    else if (format == KEY_MARKDOWN)
        reference_markdown(selection->faults, selection->count, &out);
    else if (format == KEY_NAMES)
        put_names(&out, selection, selection->is_unchosen);
    else if (explain)
        put_page(&out, selection->faults[0], &look);
    else
        put_table(&out, selection, &look);
    if (rc == 0)
        rc = cmd_write_output(NULL, out.data, out.len, err);
    buf_fini(&out);
    return rc;
}

int cmd_faults(int argc, char **argv) {
    struct selection selection;
    struct err err;
    int key, format = 0;

    while ((key = cmd_next_option(argc, argv, &spec, false)) != CMD_DONE) {
        if (key == CMD_BAD)
            return EXIT_USAGE;
        format = key;
    }
    if (select_faults(argc - optind, argv + optind, &selection, &err) < 0)
        return cmd_fail(&err);
    bool explain = argc - optind == 1 && catalogue_find(argv[optind]) != NULL;
    int rc = print(&selection, format, explain, &err);
    free(selection.faults);
    return rc < 0 ? cmd_fail(&err) : EXIT_OK;
}
