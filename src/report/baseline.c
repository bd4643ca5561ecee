#include "report/baseline.h"

#include <jansson.h>
#include <string.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/mem.h"

enum { STARTED_SIZE_B = 32, WORD_SIZE_B = 32, HOST_SIZE_B = 256 };

struct entry {
    char name[COMPOSE_NAME_SIZE_B]; /* cleaned */
    enum verdict_kind kind;
    enum exposure exposure;
};

struct baseline {
    char started[STARTED_SIZE_B]; /* cleaned, as are these; "" if the file does not say */
    char version[WORD_SIZE_B], policy[WORD_SIZE_B], trust[WORD_SIZE_B], host[HOST_SIZE_B];
    struct entry *entries; /* by name, no name twice */
    size_t count;
};

static int compare_entries(const void *a, const void *b) {
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int exposure_from_name(const char *name) {
    for (int exposure = EXPOSURE_NOTHING; exposure <= EXPOSURE_MESSAGE; exposure++)
        if (strcmp(exposure_name(exposure), name) == 0)
            return exposure;
    return -1;
}

static const char *string_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

static void copy_word(const json_t *root, const char *key, char *out, size_t size_b) {
    const char *word = string_at(root, key);

    ascii_copy_clean(out, size_b, word, strlen(word));
}

static int read_entry(const json_t *object, struct entry *out, struct err *err) {
    const char *name = string_at(object, "fault");
    int kind = verdict_from_name(string_at(object, "verdict"));
    int exposure = exposure_from_name(string_at(object, "exposure"));

    if (name[0] == '\0' || strlen(name) >= sizeof(out->name))
        return err_set(err, "a result has no usable \"fault\"");
    ascii_copy_clean(out->name, sizeof(out->name), name, strlen(name));
    if (kind < 0)
        return err_set(err, "the \"verdict\" of %.64s is unknown", out->name);
    if (exposure < 0)
        return err_set(err, "the \"exposure\" of %.64s is unknown", out->name);
    out->kind = (enum verdict_kind)kind;
    out->exposure = (enum exposure)exposure;
    return 0;
}

static int sort_entries(struct baseline *baseline, struct err *err) {
    qsort(baseline->entries, baseline->count, sizeof(*baseline->entries), compare_entries);
    for (size_t i = 1; i < baseline->count; i++)
        if (compare_entries(&baseline->entries[i - 1], &baseline->entries[i]) == 0)
            return err_set(err, "%.64s is in it twice", baseline->entries[i].name);
    return 0;
}

static int read_results(struct baseline *baseline, const json_t *root, struct err *err) {
    const json_t *results = json_object_get(root, "results");
    size_t count = json_array_size(results);

    if (!json_is_string(json_object_get(root, "doormat")) || !json_is_array(results))
        return err_set(err, "it is no result of `doormat try --format json`");
    if (count > BASELINE_MAX_RESULTS)
        return err_set(err, "it has more than %d results", BASELINE_MAX_RESULTS);
    copy_word(root, "started_at", baseline->started, sizeof(baseline->started));
    copy_word(root, "doormat", baseline->version, sizeof(baseline->version));
    copy_word(root, "policy", baseline->policy, sizeof(baseline->policy));
    copy_word(root, "trust", baseline->trust, sizeof(baseline->trust));
    copy_word(root, "host", baseline->host, sizeof(baseline->host));
    baseline->entries = mem_resize(NULL, count, sizeof(*baseline->entries));
    for (; baseline->count < count; baseline->count++)
        if (read_entry(json_array_get(results, baseline->count),
                       &baseline->entries[baseline->count], err) != 0)
            return -1;
    return sort_entries(baseline, err);
}

int baseline_parse(const void *json, size_t len, struct baseline **out, struct err *err) {
    json_error_t where;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &where);

    if (root == NULL)
        return err_set(err, "it is not JSON: line %d", where.line);
    struct baseline *baseline = mem_zalloc(sizeof(*baseline));
    int rc = read_results(baseline, root, err);
    if (rc != 0)
        baseline_free(&baseline);
    *out = baseline;
    json_decref(root);
    return rc;
}

int baseline_load(const char *path, struct baseline **out, struct err *err) {
    struct buf text;

    buf_init(&text, BASELINE_MAX_B);
    int rc = file_read(path, &text, err);
    if (rc == 0 && (rc = baseline_parse(buf_text(&text), text.len, out, err)) != 0)
        err_prefix(err, "cannot compare with %s", path);
    buf_fini(&text);
    return rc;
}

void baseline_free(struct baseline **baseline) {
    if (*baseline == NULL)
        return;
    free((*baseline)->entries);
    free(*baseline);
    *baseline = NULL;
}

static bool says_nothing(enum verdict_kind kind) {
    return kind == VERDICT_UNCLEAR || kind == VERDICT_NOT_SHOWN;
}

/* Below 0: better than before; above 0: worse. */
static int judge(const struct entry *before, const struct verdict *now) {
    int badness = (int)verdict_badness(now->kind) - (int)verdict_badness(before->kind);

    if (now->kind == VERDICT_UNCLEAR)
        return before->kind != VERDICT_UNCLEAR;
    if (now->kind == VERDICT_NOT_SHOWN)
        return !says_nothing(before->kind);
    return badness != 0 ? badness : (int)now->exposure - (int)before->exposure;
}

enum change { CHANGE_NONE, CHANGE_WORSE, CHANGE_BETTER, CHANGE_NEW, CHANGE_GONE, CHANGE_COUNT };

struct comparison {
    struct buf lines;
    unsigned count[CHANGE_COUNT];
    unsigned lost;
};

static const char *const change_names[] = {
    [CHANGE_WORSE] = "worse",
    [CHANGE_BETTER] = "better",
    [CHANGE_NEW] = "new",
    [CHANGE_GONE] = "gone",
};

static void put_state(struct buf *out, enum verdict_kind kind, enum exposure exposure) {
    buf_puts(out, verdict_name(kind));
    if (exposure != EXPOSURE_NOTHING)
        buf_printf(out, " (%s)", exposure_name(exposure));
}

static void note(struct comparison *comparison, enum change change, const struct entry *before,
                 const struct result *now) {
    struct buf *lines = &comparison->lines;

    comparison->count[change]++;
    if (change == CHANGE_NONE)
        return;
    buf_printf(lines, "  %-8s%-20s ", change_names[change],
               before != NULL ? before->name : now->scenario->name);
    if (before != NULL)
        put_state(lines, before->kind, before->exposure);
    if (before != NULL && now != NULL)
        buf_puts(lines, " -> ");
    if (now != NULL)
        put_state(lines, now->verdict.kind, now->verdict.exposure);
    buf_puts(lines, "\n");
}

static int compare_name(const void *name, const void *entry) {
    return strcmp(name, ((const struct entry *)entry)->name);
}

/* A control that failed says nothing of the faults; only a leak is the sender's for sure. */
static bool is_lost(const struct result *now) {
    return says_nothing(now->verdict.kind) ||
           (scenario_is_control(now->scenario) && now->verdict.kind != VERDICT_LEAKED);
}

static void compare_one(struct comparison *comparison, const struct baseline *baseline,
                        const struct result *now, bool *seen) {
    const struct entry *before = bsearch(now->scenario->name, baseline->entries, baseline->count,
                                         sizeof(*before), compare_name);

    if (before == NULL) {
        note(comparison, CHANGE_NEW, NULL, now);
        return;
    }
    seen[before - baseline->entries] = true;
    int order = judge(before, &now->verdict);
    comparison->lost += order > 0 && is_lost(now);
    note(comparison,
         order > 0   ? CHANGE_WORSE
         : order < 0 ? CHANGE_BETTER
                     : CHANGE_NONE,
         before, now);
}

static void put_heading(const struct baseline *baseline, const struct comparison *comparison,
                        struct buf *out) {
    bool any = false;

    buf_puts(out, "Compared with the earlier run");
    if (baseline->started[0] != '\0')
        buf_printf(out, " of %s", baseline->started);
    for (int change = CHANGE_WORSE; change < CHANGE_COUNT; change++) {
        if (comparison->count[change] == 0)
            continue;
        buf_printf(out, "%s%u %s", any ? ", " : ": ", comparison->count[change],
                   change_names[change]);
        any = true;
    }
    buf_puts(out, any ? ".\n" : ": nothing changed.\n");
}

static unsigned count_unclear(const struct baseline *baseline) {
    unsigned unclear = 0;

    for (size_t i = 0; i < baseline->count; i++)
        unclear += baseline->entries[i].kind == VERDICT_UNCLEAR;
    return unclear;
}

/* Of words that both runs have. */
static bool is_other(const char *before, const char *now) {
    return before[0] != '\0' && now != NULL && !ascii_equal(before, now);
}

/* What speaks against the comparison, a sentence each. */
static void put_objections(const struct baseline *baseline, const struct run *run,
                           const struct comparison *comparison, struct buf *out) {
    unsigned unclear = count_unclear(baseline);

    if (unclear > 0)
        buf_printf(out,
                   "In the earlier run %u verdict%s unclear, so a comparison is not possible.\n",
                   unclear, unclear == 1 ? " was" : "s were");
    if (is_other(baseline->policy, run->policy))
        buf_printf(out, "The earlier run was judged by the policy %s, this one by %s.\n",
                   baseline->policy, run->policy);
    if (is_other(baseline->trust, run->trust))
        buf_printf(out, "The earlier run was made with --trust %s, this one with %s.\n",
                   baseline->trust, run->trust);
    if (is_other(baseline->host, run->host))
        buf_printf(out, "The earlier run was made with the host %s, this one with %s.\n",
                   baseline->host, run->host);
    if (is_other(baseline->version, DOORMAT_VERSION))
        buf_printf(out, "The earlier run was made by Doormat %s, this one by %s.\n",
                   baseline->version, DOORMAT_VERSION);
    if (run->signal != 0)
        buf_puts(out, "This run was interrupted: only what was tried is compared.\n");
    if (comparison->count[CHANGE_NEW] + comparison->count[CHANGE_GONE] > 0)
        buf_puts(out, "The two runs tried different faults.\n");
}

int baseline_exit_status(const struct baseline_outcome *outcome) {
    if (outcome->worse > outcome->lost)
        return 1;
    return outcome->lost > 0 || !outcome->is_clear ? 3 : 0;
}

void baseline_compare(const struct baseline *baseline, const struct run *run, struct buf *out,
                      struct baseline_outcome *outcome) {
    bool *seen = mem_zalloc(baseline->count * sizeof(*seen));
    struct comparison comparison = {0};

    buf_init(&comparison.lines, out->max);
    for (size_t i = 0; i < run->count; i++)
        compare_one(&comparison, baseline, &run->results[i], seen);
    for (size_t i = 0; i < baseline->count; i++)
        if (!seen[i] && run->signal == 0)
            note(&comparison, CHANGE_GONE, &baseline->entries[i], NULL);
    size_t before = out->len;
    put_objections(baseline, run, &comparison, out);
    *outcome = (struct baseline_outcome){
        .worse = comparison.count[CHANGE_WORSE],
        .better = comparison.count[CHANGE_BETTER],
        .lost = comparison.lost,
        .is_clear = out->len == before,
    };
    put_heading(baseline, &comparison, out);
    buf_puts(out, buf_text(&comparison.lines));
    buf_fini(&comparison.lines);
    free(seen);
}
