#include "report/cause.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "report/explain.h"
#include "report/plain.h"

/* Whose fix is that of every leak: TLS must be demanded, whatever it failed by. */
static const char leak_fault[] = "starttls-not-offered";

const struct fault *cause_fault(const struct result *result) {
    const struct scenario *scenario = result->scenario;

    if (result->verdict.kind == VERDICT_LEAKED && catalogue_find(leak_fault) != NULL)
        return catalogue_find(leak_fault);
    for (size_t i = 0; i < scenario->fault_count; i++)
        if (!fault_is_control(scenario->faults[i]))
            return scenario->faults[i];
    return scenario->faults[0];
}

enum remedy cause_remedy(const struct result *result) {
    return result->verdict.kind == VERDICT_CRASHED ? REMEDY_LIBRARY : cause_fault(result)->remedy;
}

const char *cause_family(const struct result *result) {
    return result->scenario->fault_count == 1 ? result->scenario->faults[0]->family : NULL;
}

/* --- who can fix it --- */

/* The words by which the catalogue names a sender in its fixes, by how its command begins. */
static const struct {
    const char *command, *name;
} senders[] = {
    {"curl", "curl"},     {"msmtp", "msmtp"}, {"exim", "Exim"},       {"postfix", "Postfix"},
    {"python", "Python"}, {"swaks", "swaks"}, {"node", "nodemailer"}, {"opensmtpd", "OpenSMTPD"},
};

/* A word of the command line may be a path, or a line for a shell: its first word counts. */
static const char *sender_in(const char *word) {
    const char *base = word;

    for (const char *p = word; *p != '\0' && *p != ' '; p++)
        if (*p == '/')
            base = p + 1;
    for (size_t i = 0; i < ARRAY_LEN(senders); i++)
        if (strncmp(base, senders[i].command, strlen(senders[i].command)) == 0)
            return senders[i].name;
    return NULL;
}

static const char *sender_name(const struct run *run) {
    for (size_t i = 0; run->sender != NULL && run->sender[i] != NULL; i++)
        if (sender_in(run->sender[i]) != NULL)
            return sender_in(run->sender[i]);
    return NULL;
}

/* Whether a clause such as "curl: --ssl-reqd" begins there, after a stop. */
static bool is_clause_start(const char *text) {
    size_t len = 0;

    while (ascii_is_alpha((unsigned char)text[len]))
        len++;
    return len > 0 && strncmp(text + len, ": ", 2) == 0;
}

/* The clause that the fix has for the sender, to its end; its length, or 0. */
static size_t find_clause(const char *fix, const char *name, const char **out) {
    size_t name_len = strlen(name);
    const char *p = fix;

    while ((p = strstr(p, name)) != NULL) {
        bool begins = p == fix || p[-1] == '\n' || (p - fix > 1 && p[-1] == ' ' && p[-2] == '.');

        if (begins && strncmp(p + name_len, ": ", 2) == 0)
            break;
        p += name_len;
    }
    if (p == NULL)
        return 0;
    *out = p;
    const char *end = p;
    while (*end != '\0' && *end != '\n' &&
           !(strncmp(end, ". ", 2) == 0 && is_clause_start(end + 2)))
        end++;
    return (size_t)(end - p);
}

static size_t setting_of(const struct run *run, const struct result *result, const char **out) {
    const struct fault *fault = cause_fault(result);
    const char *name = sender_name(run);

    if (cause_remedy(result) != REMEDY_SETTING || fault->fix == NULL || name == NULL)
        return 0;
    return find_clause(fault->fix, name, out);
}

void cause_put_fix(const struct run *run, const struct result *result, struct buf *out) {
    static const char *const sentences[REMEDY_COUNT] = {
        [REMEDY_SETTING] = "A setting of the sender fixes this",
        [REMEDY_LIBRARY] = "The sender's makers or its TLS library can fix this",
        [REMEDY_NOBODY] = "No setting and no library fixes this today",
    };
    const struct fault *fault = cause_fault(result);
    const char *clause;
    size_t len = setting_of(run, result, &clause);

    if (settings_put_fix(run, result->scenario->name, out))
        return;
    buf_puts(out, sentences[cause_remedy(result)]);
    if (len > 0) {
        buf_puts(out, ". ");
        plain_put(out, clause, len);
        buf_puts(out, clause[len - 1] == '.' ? "" : ".");
    } else {
        buf_printf(out, "; `doormat faults %s` says more.", fault->name);
    }
}

/* --- what is one cause --- */

enum leak {
    LEAK_TLS_FAILED,
    LEAK_REFUSED,
    LEAK_NOT_OFFERED,
    LEAK_NOT_TRIED,
    LEAK_TOO_EARLY,
    LEAK_COUNT
};

static enum leak leak_of(const struct result *result) {
    static const enum leak leaks[] = {
        [STARTTLS_NOT_TRIED] = LEAK_NOT_TRIED,     [STARTTLS_ACCEPTED] = LEAK_TLS_FAILED,
        [STARTTLS_REFUSED] = LEAK_REFUSED,         [STARTTLS_IMPLICIT] = LEAK_TLS_FAILED,
        [STARTTLS_NOT_OFFERED] = LEAK_NOT_OFFERED,
    };
    const struct attempt *leak = result->verdict.decisive;

    if (explain_leaked_early(leak))
        return LEAK_TOO_EARLY;
    for (size_t i = 0; i < result->attempt_count && result->attempts[i] != leak; i++)
        if (result->attempts[i]->tls.handshake != TLS_HANDSHAKE_NONE)
            return LEAK_TLS_FAILED;
    if (leak == NULL)
        return LEAK_TLS_FAILED;
    if (leak->smtp.starttls == STARTTLS_NOT_TRIED && !explain_offers_starttls(result->scenario))
        return LEAK_NOT_OFFERED;
    return leaks[leak->smtp.starttls];
}

static int compare_numbers(long a, long b) {
    return a < b ? -1 : a > b;
}

static int compare_texts(const char *a, const char *b) {
    return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

/* The same number for the same cause, but for the family. */
static long cause_number(const struct result *result) {
    const struct verdict *verdict = &result->verdict;

    return verdict->kind == VERDICT_LEAKED
               ? (long)VERDICT_LEAKED * 1000 + (long)leak_of(result)
               : (long)verdict->kind * 1000 + (long)verdict->reason + LEAK_COUNT;
}

static bool is_same_cause(const struct result *x, const struct result *y) {
    const char *family = cause_family(x);

    if (cause_number(x) != cause_number(y))
        return false;
    return x->verdict.kind == VERDICT_LEAKED ||
           (family != NULL && compare_texts(family, cause_family(y)) == 0);
}

/* By the setting that the sender's user would change, else by the whole text. */
static int compare_fixes(const struct run *run, const struct result *x, const struct result *y) {
    const char *a = "", *b = "";
    size_t a_len = setting_of(run, x, &a), b_len = setting_of(run, y, &b);
    int order = compare_numbers(settings_advice_for(run, y->scenario->name),
                                settings_advice_for(run, x->scenario->name));

    if (order == 0)
        order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    if (order == 0)
        order = compare_numbers((long)a_len, (long)b_len);
    return order != 0 || a_len > 0 ? order
                                   : compare_texts(cause_fault(x)->fix, cause_fault(y)->fix);
}

static int compare(const void *a, const void *b, void *run) {
    const struct result *x = *(const struct result *const *)a;
    const struct result *y = *(const struct result *const *)b;
    int order = compare_numbers((long)result_severity(y), (long)result_severity(x));

    if (order == 0) /* leaks are the worst */
        order = compare_numbers(verdict_badness(y->verdict.kind), verdict_badness(x->verdict.kind));
    if (order == 0)
        order = compare_numbers((long)cause_remedy(x), (long)cause_remedy(y));
    if (order == 0)
        order = compare_fixes(run, x, y);
    if (order == 0)
        order = compare_numbers(cause_number(x), cause_number(y));
    if (order == 0 && x->verdict.kind != VERDICT_LEAKED)
        order = compare_texts(cause_family(x), cause_family(y));
    return order != 0 ? order : compare_numbers(x - y, 0);
}

const struct result **cause_sorted(const struct run *run, size_t *count) {
    const struct result **rows = mem_resize(NULL, run->count + 1, sizeof(*rows));

    *count = 0;
    for (size_t i = 0; i < run->count; i++)
        if (!scenario_is_control(run->results[i].scenario) &&
            run_failure(run, &run->results[i]) != FAILURE_NONE)
            rows[(*count)++] = &run->results[i];
    qsort_r(rows, *count, sizeof(*rows), compare, (void *)run);
    return rows;
}

size_t cause_same_severity(const struct result *const *rows, size_t count) {
    size_t n = 1;

    while (n < count && result_severity(rows[n]) == result_severity(rows[0]))
        n++;
    return n;
}

/* Where the sentence would be the same, but for the fault that it names. */
static bool has_same_fix(const struct run *run, const struct result *x, const struct result *y) {
    long known = settings_advice_for(run, x->scenario->name);

    if (known != SETTINGS_NONE)
        return settings_advice_for(run, y->scenario->name) == known;
    return cause_remedy(x) == cause_remedy(y) &&
           (cause_remedy(x) != REMEDY_SETTING || compare_fixes(run, x, y) == 0);
}

size_t cause_same_fix(const struct run *run, const struct result *const *rows, size_t count) {
    size_t n = 1;

    while (n < count && has_same_fix(run, rows[0], rows[n]))
        n++;
    return n;
}

size_t cause_same(const struct result *const *rows, size_t count) {
    size_t n = 1;

    while (n < count && is_same_cause(rows[0], rows[n]))
        n++;
    return n;
}

static void put_leak_title(const struct result *const *rows, size_t count, struct buf *out) {
    static const char *const objects[] = {
        [EXPOSURE_NOTHING] = "something",
        [EXPOSURE_ENVELOPE] = "the envelope",
        [EXPOSURE_CREDENTIALS] = "the credentials",
        [EXPOSURE_MESSAGE] = "the message",
    };
    static const char *const causes[LEAK_COUNT] = {
        [LEAK_TLS_FAILED] = "when TLS failed",
        [LEAK_REFUSED] = "when STARTTLS was refused",
        [LEAK_NOT_OFFERED] = "when STARTTLS was not offered",
        [LEAK_NOT_TRIED] = "because it did not ask for STARTTLS",
        [LEAK_TOO_EARLY] = "before it asked for STARTTLS",
    };
    enum exposure worst = EXPOSURE_NOTHING;

    for (size_t i = 0; i < count; i++)
        if (rows[i]->verdict.exposure > worst)
            worst = rows[i]->verdict.exposure;
    buf_printf(out, "sent %s in plaintext %s", objects[worst], causes[leak_of(rows[0])]);
}

void cause_put_title(const struct result *const *rows, size_t count, struct buf *out) {
    if (count == 1)
        plain_put(out, rows[0]->scenario->name, strlen(rows[0]->scenario->name));
    else if (rows[0]->verdict.kind == VERDICT_LEAKED)
        put_leak_title(rows, count, out);
    else
        buf_puts(out, cause_family(rows[0]));
}

/* What was fooled by is what matters: that the message was sent stands in the verdict. */
static void put_one(const struct result *result, struct buf *out) {
    const struct verdict *verdict = &result->verdict;

    if (verdict->kind == VERDICT_FOOLED && verdict->reason == REASON_NONE &&
        verdict->exposure == EXPOSURE_MESSAGE && result->scenario->fault_count == 1)
        buf_puts(out, result->scenario->faults[0]->failure);
    else
        explain_result(result, out);
}

void cause_put_rows(const struct result *const *rows, size_t count, size_t names, struct buf *out) {
    size_t shown = count <= names + 1 ? count : names;

    if (count == 1) {
        put_one(rows[0], out);
        return;
    }
    buf_printf(out, "%zu faults: ", count);
    for (size_t i = 0; i < shown; i++)
        buf_printf(out, "%s%s", i > 0 ? ", " : "", rows[i]->scenario->name);
    if (shown < count)
        buf_printf(out, " and %zu more", count - shown);
}
