/* What a client may offer, as OpenSSL's lists. */
#include <assert.h>

#include "base/buf.h"
#include "base/mem.h"
#include "policy/policy_tables.h"
#include "tls/client.h"

/* What is asked of each code point of a list. */
struct taste {
    const struct policy *policy;
    const struct code_list *list;
    int year;
    const struct code_name *(*name)(uint16_t code);
    const struct code_name *(*name_at)(size_t index);
    bool (*wanted)(uint16_t code); /* or NULL */
};

static enum grade grade_of(const struct taste *taste, const struct code_row *row) {
    struct appraisal appraisal = appraise(taste->policy, &row->as, taste->year);

    return appraisal.is_good ? GRADE_GOOD : appraisal.grade;
}

/* One list serves both versions: what either allows is offered, and the judge looks again at
 * what was agreed. */
static enum grade best_grade(const struct taste *taste, uint16_t code) {
    enum grade best = GRADE_INSUFFICIENT;

    for (size_t i = 0; i < taste->list->count; i++)
        if (taste->list->rows[i].code == code && grade_of(taste, &taste->list->rows[i]) < best)
            best = grade_of(taste, &taste->list->rows[i]);
    return best;
}

static bool is_first(const struct code_list *list, size_t index) {
    for (size_t i = 0; i < index; i++)
        if (list->rows[i].code == list->rows[index].code)
            return false;
    return true;
}

static void put(const struct taste *taste, uint16_t code, size_t start, struct buf *out) {
    const struct code_name *name = taste->name(code);

    if (name == NULL || name->openssl == NULL || (taste->wanted != NULL && !taste->wanted(code)))
        return;
    buf_printf(out, "%s%s", out->len > start ? ":" : "", name->openssl);
}

/* The best grade first, within it in the table's order. */
static void put_allowed(const struct taste *taste, struct buf *out) {
    size_t start = out->len;

    for (enum grade grade = GRADE_GOOD; grade < GRADE_INSUFFICIENT; grade++)
        for (size_t i = 0; i < taste->list->count; i++)
            if (is_first(taste->list, i) && best_grade(taste, taste->list->rows[i].code) == grade)
                put(taste, taste->list->rows[i].code, start, out);
}

/* All that is left, so that together with put_allowed each is there once. */
static void put_rest(const struct taste *taste, size_t start, struct buf *out) {
    const struct code_name *name;

    for (size_t i = 0; (name = taste->name_at(i)) != NULL; i++)
        if (best_grade(taste, name->code) == GRADE_INSUFFICIENT)
            put(taste, name->code, start, out);
}

static bool is_older(uint16_t code) {
    return !suite_is_tls13(code);
}

static const struct code_list *or_sound(const struct code_list *own,
                                        const struct code_list *sound) {
    return own->count > 0 ? own : sound;
}

struct piece {
    struct taste taste;
    const char **to;
};
enum { PIECES = 4 };

/* The lists one behind the other in `strings`, each ended by a NUL; the pointers come when it
 * has ceased to grow.  A list of which the years have left nothing stays NULL, which is
 * everything: OpenSSL knows no empty list, and the judge looks again. */
static void put_pieces(struct piece *pieces, bool wide, struct buf *strings) {
    size_t starts[PIECES];

    for (size_t i = 0; i < PIECES; i++) {
        starts[i] = strings->len;
        put_allowed(&pieces[i].taste, strings);
        if (wide)
            put_rest(&pieces[i].taste, starts[i], strings);
        buf_append(strings, "", 1);
    }
    assert(!strings->overflow);
    for (size_t i = 0; i < PIECES; i++)
        if (strings->data[starts[i]] != '\0')
            *pieces[i].to = (const char *)strings->data + starts[i];
}

static void make(const struct policy *policy, int year, bool wide, struct tls_offer_spec *out,
                 struct buf *strings) {
    const struct policy_tables *own = policy->tables, *sound = policy_rfc9325.tables;
    const struct code_list *suites = or_sound(&own->suites, &sound->suites);
    struct piece pieces[PIECES] = {
        {{policy, suites, year, suite_name, suite_name_at, is_older}, &out->suites},
        {{policy, suites, year, suite_name, suite_name_at, suite_is_tls13}, &out->suites13},
        {{policy, or_sound(&own->groups, &sound->groups), year, group_name, group_name_at, NULL},
         &out->groups},
        {{policy, or_sound(&own->schemes, &sound->schemes), year, scheme_name, scheme_name_at,
          NULL},
         &out->schemes},
    };

    put_pieces(pieces, wide, strings);
}

void policy_offer_wide(const struct policy *policy, int year, struct tls_offer_spec *out,
                       struct buf *strings) {
    *out = (struct tls_offer_spec){.min_version = TLS1_0, .max_version = TLS1_3};
    make(policy, year, true, out, strings);
}

void policy_offer(const struct policy *policy, int year, struct tls_offer_spec *out,
                  struct buf *strings) {
    const struct code_list *versions = &policy->tables->versions;

    *out = (struct tls_offer_spec){.min_version = TLS1_3, .max_version = TLS1_2};
    for (size_t i = 0; i < versions->count; i++) {
        uint16_t code = versions->rows[i].code;
        if (appraise(policy, &versions->rows[i].as, year).severity == SEVERITY_FAIL)
            continue;
        out->min_version = code < out->min_version ? code : out->min_version;
        out->max_version = code > out->max_version ? code : out->max_version;
    }
    make(policy, year, false, out, strings);
}
