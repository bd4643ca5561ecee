#include <assert.h>

#include "base/mem.h"
#include "policy/judge.h"
#include "tls/iana.h"
#include "tls/seen.h"

enum { FIRST_CAP = 8 };

void findings_init(struct findings *findings) {
    *findings = (struct findings){0};
}

void findings_fini(struct findings *findings) {
    free(findings->items);
    *findings = (struct findings){0};
}

static int compare(const struct finding *a, const struct finding *b) {
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    return a->depth - b->depth;
}

static int compare_any(const void *a, const void *b) {
    return compare(a, b);
}

void findings_sort(struct findings *findings) {
    if (findings->count > 1)
        qsort(findings->items, findings->count, sizeof *findings->items, compare_any);
}

static struct finding *least(const struct findings *findings) {
    struct finding *found = &findings->items[0];

    for (size_t i = 1; i < findings->count; i++)
        if (compare(&findings->items[i], found) > 0)
            found = &findings->items[i];
    return found;
}

/* The count at which the array is full again: 8, 16, 32 ... */
static bool is_full(size_t count) {
    return count == 0 || (count >= FIRST_CAP && (count & (count - 1)) == 0);
}

void findings_add(struct findings *findings, const struct finding *finding) {
    if (findings->count == FINDINGS_MAX) {
        struct finding *last = least(findings);
        findings->cut = true;
        if (compare(finding, last) < 0)
            *last = *finding;
        return;
    }
    if (is_full(findings->count))
        findings->items =
            mem_resize(findings->items, findings->count == 0 ? FIRST_CAP : 2 * findings->count,
                       sizeof *findings->items);
    findings->items[findings->count++] = *finding;
}

bool findings_have(const struct findings *findings, const char *rule, int depth) {
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].depth == depth && strcmp(findings->items[i].rule->name, rule) == 0)
            return true;
    return false;
}

bool findings_fail(const struct findings *findings, const char *rule) {
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].severity == SEVERITY_FAIL &&
            strcmp(findings->items[i].rule->name, rule) == 0)
            return true;
    return false;
}

void findings_drop(struct findings *findings, const char *rule) {
    size_t kept = 0;

    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->items[i].rule->name, rule) != 0)
            findings->items[kept++] = findings->items[i];
    findings->count = kept;
}

bool findings_meet(const struct findings *findings) {
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].severity == SEVERITY_FAIL)
            return false;
    return true;
}

enum grade findings_grade(const struct findings *findings) {
    enum grade worst = GRADE_GOOD;

    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].grade > worst)
            worst = findings->items[i].grade;
    return worst;
}

const char *finding_nss(const struct finding *finding) {
    const struct rule *rule = finding->rule;

    return finding->depth > 0 && rule->nss_issuer != NULL ? rule->nss_issuer : rule->nss;
}

struct appraisal appraisal_of(enum severity severity) {
    static const enum grade grades[] = {
        [SEVERITY_INFO] = GRADE_GOOD,
        [SEVERITY_WARN] = GRADE_PHASE_OUT,
        [SEVERITY_FAIL] = GRADE_INSUFFICIENT,
    };
    return (struct appraisal){.severity = severity, .grade = grades[severity]};
}

struct finding finding_of(const char *rule, struct appraisal appraisal, int depth,
                          const char *source) {
    struct finding finding = {
        .rule = rule_find(rule),
        .severity = appraisal.severity,
        .grade = appraisal.grade,
        .depth = depth,
        .sent = depth,
    };

    assert(finding.rule != NULL);
    text_set(finding.source, sizeof finding.source, "%s", source);
    return finding;
}

bool finding_wants(const struct finding *finding, struct appraisal appraisal) {
    return appraisal.is_good ||
           (appraisal.severity == SEVERITY_INFO && finding->severity > SEVERITY_INFO);
}

void finding_see(struct finding *finding, const char *what, struct appraisal appraisal) {
    if (appraisal.expired != 0)
        SEEN(finding, "%s, recommended until %u", what, appraisal.expired);
    else
        SEEN(finding, "%s", what);
}

void text_set(char *out, size_t size_b, const char *fmt, ...) {
    va_list args;

    va_start(args, fmt);
    vsnprintf(out, size_b, fmt, args);
    va_end(args);
}

const char *alert_text(int alert, char *out, size_t size_b) {
    const char *name = tls_alert_name(alert);

    if (tls_alert_number(name) == alert)
        text_set(out, size_b, "%s", name);
    else
        text_set(out, size_b, "%d", alert);
    return out;
}

void text_join(char *out, size_t size_b, const char *item) {
    static const char more[] = ", ...";
    size_t len = strlen(out);

    if (len + 2 + strlen(item) + sizeof more <= size_b)
        text_set(out + len, size_b - len, "%s%s", len > 0 ? ", " : "", item);
    else if (len < sizeof more || strcmp(out + len - (sizeof more - 1), more) != 0)
        text_set(out + len, size_b - len, "%s", len > 0 ? more : "...");
}
