/* What a client may offer, as OpenSSL's lists. */
#include <assert.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/mem.h"
#include "policy/policy_tables.h"
#include "tls/client.h"

/* What is asked of each code point of a list. */
struct criteria {
    const struct policy *policy;
    const struct code_list *list;
    int year;
    const struct code_name *(*name)(uint16_t code);
    const struct code_name *(*name_at)(size_t index);
    bool (*wanted)(uint16_t code); /* or NULL */
    bool (*also)(uint16_t code);   /* or NULL: wanted as well */
};

static enum grade grade_of(const struct criteria *criteria, const struct code_row *row) {
    struct appraisal appraisal = appraise(criteria->policy, &row->as, criteria->year);

    return appraisal.is_good ? GRADE_GOOD : appraisal.grade;
}

/* One list serves both versions: what either allows is offered, and the judge looks again at
 * what was agreed. */
static enum grade best_grade(const struct criteria *criteria, uint16_t code) {
    enum grade best = GRADE_INSUFFICIENT;

    for (size_t i = 0; i < criteria->list->count; i++)
        if (criteria->list->rows[i].code == code &&
            grade_of(criteria, &criteria->list->rows[i]) < best)
            best = grade_of(criteria, &criteria->list->rows[i]);
    return best;
}

static bool is_first(const struct code_list *list, size_t index) {
    for (size_t i = 0; i < index; i++)
        if (list->rows[i].code == list->rows[index].code)
            return false;
    return true;
}

static void put(const struct criteria *criteria, uint16_t code, size_t start, struct buf *out) {
    const struct code_name *name = criteria->name(code);

    if (name == NULL || name->openssl == NULL ||
        (criteria->wanted != NULL && !criteria->wanted(code)) ||
        (criteria->also != NULL && !criteria->also(code)))
        return;
    buf_printf(out, "%s%s", out->len > start ? ":" : "", name->openssl);
}

/* The best grade first, within it in the table's order. */
static void put_allowed(const struct criteria *criteria, size_t start, struct buf *out) {
    for (enum grade grade = GRADE_GOOD; grade < GRADE_INSUFFICIENT; grade++)
        for (size_t i = 0; i < criteria->list->count; i++)
            if (is_first(criteria->list, i) &&
                best_grade(criteria, criteria->list->rows[i].code) == grade)
                put(criteria, criteria->list->rows[i].code, start, out);
}

/* What the policy forbids, so that together with put_allowed each is there once. */
static void put_rest(const struct criteria *criteria, size_t start, struct buf *out) {
    const struct code_name *name;

    for (size_t i = 0; (name = criteria->name_at(i)) != NULL; i++)
        if (best_grade(criteria, name->code) == GRADE_INSUFFICIENT)
            put(criteria, name->code, start, out);
}

static bool is_sound(const struct criteria *criteria, uint16_t code) {
    for (size_t i = 0; i < criteria->list->count; i++)
        if (criteria->list->rows[i].code == code && criteria->list->rows[i].as.is_unlisted)
            return true;
    return false;
}

/* What is merely not listed would hide what is weak, since the server chooses. */
static void put_weak(const struct criteria *criteria, size_t start, struct buf *out) {
    const struct code_name *name;

    for (size_t i = 0; (name = criteria->name_at(i)) != NULL; i++)
        if (best_grade(criteria, name->code) == GRADE_INSUFFICIENT &&
            !is_sound(criteria, name->code))
            put(criteria, name->code, start, out);
}

static bool is_older(uint16_t code) {
    return !suite_is_tls13(code);
}

static bool is_ecdhe(uint16_t code) {
    return suite_has(code, "_ECDHE_");
}

static bool is_dhe(uint16_t code) {
    return suite_has(code, "_DHE_");
}

static bool is_ecdsa_suite(uint16_t code) {
    return suite_has(code, "_ECDSA_");
}

static bool is_rsa_suite(uint16_t code) {
    return suite_has(code, "_RSA_");
}

static bool is_ecdsa_scheme(uint16_t code) {
    const struct code_name *name = scheme_name(code);

    return name != NULL && strncmp(name->name, "e", 1) == 0; /* ecdsa_..., ed25519, ed448 */
}

static bool is_rsa_scheme(uint16_t code) {
    const struct code_name *name = scheme_name(code);

    return name != NULL && strncmp(name->name, "rsa_", 4) == 0;
}

/* A list of groups that the version has no use for is none: the client itself would fail.  The curves of Brainpool have two
 * numbers (RFC 8734), and DHE below TLS 1.3 is asked about apart. */
static bool is_curve_of_tls12(uint16_t code) {
    return code < ffdhe2048 && (code < brainpoolP256r1tls13 || code > brainpoolP512r1tls13);
}

static bool is_group_of_tls13(uint16_t code) {
    return code >= secp256r1 && (code < brainpoolP256r1 || code > brainpoolP512r1);
}

static const struct code_list *or_sound(const struct code_list *own,
                                        const struct code_list *sound) {
    return own->count > 0 ? own : sound;
}

/* Which of a list is offered: what the policy allows, what it forbids, and of it what is wanted. */
enum part {
    PART_ALLOWED = 1,
    PART_FORBIDDEN = 2,
    PART_ALL = 3,
    PART_WEAK = 4,
    PART_WEAK_FIRST = 8 /* ... and behind it what is allowed */
};
struct choice {
    enum part part;
    bool (*also)(uint16_t code); /* or NULL */
};
struct offer_parts {
    struct choice suites, suites13, groups, schemes;
};

struct piece {
    struct criteria criteria;
    enum part part;
    const char **to;
};
enum { PIECES = 4 };

/* The lists one behind the other in `strings`, each ended by a NUL; the pointers come when it
 * has ceased to grow.  A list of which the years have left nothing stays NULL, which is
 * everything: OpenSSL knows no empty list, and the judge looks again. */
static void put_pieces(struct piece *pieces, struct buf *strings) {
    size_t starts[PIECES];

    for (size_t i = 0; i < PIECES; i++) {
        starts[i] = strings->len;
        if ((pieces[i].part & PART_ALLOWED) != 0)
            put_allowed(&pieces[i].criteria, starts[i], strings);
        if ((pieces[i].part & PART_FORBIDDEN) != 0)
            put_rest(&pieces[i].criteria, starts[i], strings);
        if (pieces[i].part == PART_WEAK || pieces[i].part == PART_WEAK_FIRST)
            put_weak(&pieces[i].criteria, starts[i], strings);
        if (pieces[i].part == PART_WEAK_FIRST && strings->len > starts[i])
            put_allowed(&pieces[i].criteria, starts[i], strings);
        buf_append(strings, "", 1);
    }
    assert(!strings->overflow);
    for (size_t i = 0; i < PIECES; i++)
        if (strings->data[starts[i]] != '\0')
            *pieces[i].to = (const char *)strings->data + starts[i];
}

static void make(const struct policy *policy, int year, const struct offer_parts *parts,
                 struct tls_offer_spec *out, struct buf *strings) {
    const struct policy_tables *own = policy->tables, *sound = policy_rfc9325.tables;
    const struct code_list *suites = or_sound(&own->suites, &sound->suites);
    const struct code_list *groups = or_sound(&own->groups, &sound->groups);
    const struct code_list *schemes = or_sound(&own->schemes, &sound->schemes);
    struct piece pieces[PIECES] = {
        {{policy, suites, year, suite_name, suite_name_at, is_older, parts->suites.also},
         parts->suites.part,
         &out->suites},
        {{policy, suites, year, suite_name, suite_name_at, suite_is_tls13, parts->suites13.also},
         parts->suites13.part,
         &out->suites13},
        {{policy, groups, year, group_name, group_name_at, NULL, parts->groups.also},
         parts->groups.part,
         &out->groups},
        {{policy, schemes, year, scheme_name, scheme_name_at, NULL, parts->schemes.also},
         parts->schemes.part,
         &out->schemes},
    };

    put_pieces(pieces, strings);
}

void policy_offer_wide(const struct policy *policy, int year, struct tls_offer_spec *out,
                       struct buf *strings) {
    static const struct offer_parts all = {
        {PART_ALL, NULL}, {PART_ALL, NULL}, {PART_ALL, NULL}, {PART_ALL, NULL}};

    *out = (struct tls_offer_spec){.min_version = TLS1_0, .max_version = TLS1_3};
    make(policy, year, &all, out, strings);
}

static void allow_versions(const struct policy *policy, int year, struct tls_offer_spec *out) {
    const struct code_list *versions = &policy->tables->versions;

    *out = (struct tls_offer_spec){.min_version = TLS1_3, .max_version = TLS1_2};
    for (size_t i = 0; i < versions->count; i++) {
        uint16_t code = versions->rows[i].code;
        if (appraise(policy, &versions->rows[i].as, year).severity == SEVERITY_FAIL)
            continue;
        out->min_version = code < out->min_version ? code : out->min_version;
        out->max_version = code > out->max_version ? code : out->max_version;
    }
}

void policy_offer(const struct policy *policy, int year, struct tls_offer_spec *out,
                  struct buf *strings) {
    static const struct offer_parts allowed = {
        {PART_ALLOWED, NULL}, {PART_ALLOWED, NULL}, {PART_ALLOWED, NULL}, {PART_ALLOWED, NULL}};

    allow_versions(policy, year, out);
    make(policy, year, &allowed, out, strings);
}

/* What is forbidden stands in one list alone; of the others all is offered, what is allowed first.  Then it is that list for
 * which a handshake tells something. */
static const struct weak_offer {
    struct offer_parts parts;
    uint16_t min_version, max_version;
    size_t list;    /* where its list stands in the specification */
    size_t opinion; /* ... and in the tables: without one nothing is forbidden */
    bool is_within; /* only of these versions what the policy allows */
} weak_offers[POLICY_WEAK_COUNT] = {
    [POLICY_WEAK_SUITES] =
        {{{PART_WEAK, NULL}, {PART_ALL, NULL}, {PART_ALL, NULL}, {PART_ALL, NULL}},
         TLS1_0,
         TLS1_2,
         offsetof(struct tls_offer_spec, suites),
         offsetof(struct policy_tables, suites)},
    [POLICY_WEAK_SUITES13] =
        {{{PART_ALL, NULL}, {PART_WEAK, NULL}, {PART_ALL, NULL}, {PART_ALL, NULL}},
         TLS1_3,
         TLS1_3,
         offsetof(struct tls_offer_spec, suites13),
         offsetof(struct policy_tables, suites)},
    [POLICY_WEAK_GROUPS] = {{{PART_ALLOWED, is_ecdhe},
                             {PART_ALLOWED, NULL},
                             {PART_WEAK, is_curve_of_tls12},
                             {PART_ALL, NULL}},
                            TLS1_0,
                            TLS1_2,
                            offsetof(struct tls_offer_spec, groups),
                            offsetof(struct policy_tables, groups),
                            true},
    [POLICY_WEAK_GROUPS_ECDSA] = {{{PART_ALLOWED, is_ecdhe},
                                   {PART_ALLOWED, NULL},
                                   {PART_WEAK_FIRST, is_curve_of_tls12},
                                   {PART_ALL, is_ecdsa_scheme}},
                                  TLS1_0,
                                  TLS1_2,
                                  offsetof(struct tls_offer_spec, groups),
                                  offsetof(struct policy_tables, groups),
                                  true},
    [POLICY_WEAK_GROUPS13] = {{{PART_ALLOWED, is_ecdhe},
                               {PART_ALLOWED, NULL},
                               {PART_WEAK, is_group_of_tls13},
                               {PART_ALL, NULL}},
                              TLS1_3,
                              TLS1_3,
                              offsetof(struct tls_offer_spec, groups),
                              offsetof(struct policy_tables, groups),
                              true},
    [POLICY_WEAK_DHE] =
        {{{PART_ALLOWED, is_dhe}, {PART_ALL, NULL}, {PART_ALL, NULL}, {PART_ALL, NULL}},
         TLS1_0,
         TLS1_2,
         offsetof(struct tls_offer_spec, suites),
         offsetof(struct policy_tables, suites)},
};

bool policy_offer_weak(const struct policy *policy, int year, enum policy_weak weak,
                       struct tls_offer_spec *out, struct buf *strings) {
    const struct weak_offer *offer = &weak_offers[weak];
    const struct code_list *opinion = (const void *)((const char *)policy->tables + offer->opinion);

    allow_versions(policy, year, out);
    if (!offer->is_within || out->min_version < offer->min_version)
        out->min_version = offer->min_version;
    if (!offer->is_within || out->max_version > offer->max_version)
        out->max_version = offer->max_version;
    if (out->min_version > out->max_version)
        return false;
    make(policy, year, &offer->parts, out, strings);
    return opinion->count > 0 && *(const char *const *)((const char *)out + offer->list) != NULL;
}

void policy_offer_key(const struct policy *policy, int year, enum facts_key key,
                      struct tls_offer_spec *out, struct buf *strings) {
    static const struct offer_parts ecdsa = {{PART_ALL, is_ecdsa_suite},
                                             {PART_ALL, NULL},
                                             {PART_ALL, NULL},
                                             {PART_ALL, is_ecdsa_scheme}},
                                    rsa = {{PART_ALL, is_rsa_suite},
                                           {PART_ALL, NULL},
                                           {PART_ALL, NULL},
                                           {PART_ALL, is_rsa_scheme}};

    *out = (struct tls_offer_spec){.min_version = TLS1_0, .max_version = TLS1_3};
    make(policy, year, key == FACTS_KEY_RSA ? &rsa : &ecdsa, out, strings);
}
