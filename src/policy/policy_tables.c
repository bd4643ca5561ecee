/* Look-ups in the tables, and what they mean in a year. */
#include "policy/policy_tables.h"

#include "base/mem.h"

#define NAME(code, name, openssl) {code, #name, openssl},
#define NONE(code, name, openssl)

static const struct code_name suites[] = {
#define SUITE  NAME
#define GROUP  NONE
#define SCHEME NONE
#include "tls/iana.inc"
#undef SUITE
#undef GROUP
#undef SCHEME
};

static const struct code_name groups[] = {
#define SUITE  NONE
#define GROUP  NAME
#define SCHEME NONE
#include "tls/iana.inc"
#undef SUITE
#undef GROUP
#undef SCHEME
};

static const struct code_name schemes[] = {
#define SUITE  NONE
#define GROUP  NONE
#define SCHEME NAME
#include "tls/iana.inc"
#undef SUITE
#undef GROUP
#undef SCHEME
};

static int by_code(const void *code, const void *row) {
    return (int)*(const uint16_t *)code - (int)((const struct code_name *)row)->code;
}

#define FIND(table, code) bsearch(&(code), table, ARRAY_LEN(table), sizeof table[0], by_code)
#define AT(table, index)  ((index) < ARRAY_LEN(table) ? &(table)[index] : NULL)

const struct code_name *suite_name(uint16_t code) {
    return FIND(suites, code);
}

const struct code_name *group_name(uint16_t code) {
    return FIND(groups, code);
}

const struct code_name *scheme_name(uint16_t code) {
    return FIND(schemes, code);
}

const struct code_name *suite_name_at(size_t index) {
    return AT(suites, index);
}

const struct code_name *group_name_at(size_t index) {
    return AT(groups, index);
}

const struct code_name *scheme_name_at(size_t index) {
    return AT(schemes, index);
}

bool suite_has(uint16_t code, const char *word) {
    const struct code_name *suite = suite_name(code);

    return suite != NULL && strstr(suite->name, word) != NULL;
}

bool suite_is_cbc(uint16_t code) {
    return suite_has(code, "_CBC_");
}

bool suite_is_bare(uint16_t code) {
    return suite_has(code, "_NULL_") || suite_has(code, "_anon_");
}

bool suite_is_static_rsa(uint16_t code) {
    return suite_has(code, "TLS_RSA_WITH_");
}

bool suite_is_tls13(uint16_t code) {
    return code >> 8 == 0x13; /* RFC 8446 B.4 */
}

bool code_row_holds(const struct code_row *row, uint16_t version) {
    return row->where == FOR_ALL || (row->where == FOR_TLS1_3) == (version == TLS1_3);
}

const struct code_row *code_find(const struct code_list *list, uint16_t code, uint16_t version) {
    for (size_t i = 0; i < list->count; i++)
        if (list->rows[i].code == code && code_row_holds(&list->rows[i], version))
            return &list->rows[i];
    return NULL;
}

static const struct appraisal of_grade[GRADE_COUNT] = {
    [GRADE_GOOD] = {.is_good = true, .grade = GRADE_GOOD},
    [GRADE_SUFFICIENT] = {.severity = SEVERITY_INFO, .grade = GRADE_SUFFICIENT},
    [GRADE_PHASE_OUT] = {.severity = SEVERITY_WARN, .grade = GRADE_PHASE_OUT},
    [GRADE_INSUFFICIENT] = {.severity = SEVERITY_FAIL, .grade = GRADE_INSUFFICIENT},
};

struct appraisal appraise(const struct policy *policy, const struct standing *as, int year) {
    struct appraisal result;

    if (as == NULL || (as->is_unlisted && !policy->is_lenient))
        return of_grade[GRADE_INSUFFICIENT];
    if (as->until == 0 || year <= (int)as->until)
        return of_grade[as->grade];
    result = of_grade[policy->is_lenient ? GRADE_PHASE_OUT : GRADE_INSUFFICIENT];
    result.expired = as->until;
    return result;
}

const char *facts_key_text(enum facts_key key) {
    static const char *const names[] = {
        [FACTS_KEY_OTHER] = "an unknown kind",
        [FACTS_KEY_RSA] = "RSA",
        [FACTS_KEY_RSA_PSS] = "RSA-PSS",
        [FACTS_KEY_EC] = "EC",
        [FACTS_KEY_DSA] = "DSA",
        [FACTS_KEY_ED25519] = "Ed25519",
        [FACTS_KEY_ED448] = "Ed448",
    };
    return names[key];
}

const char *facts_hash_text(enum facts_hash hash) {
    static const char *const names[] = {
        [FACTS_HASH_NONE] = "",          [FACTS_HASH_MD2] = "MD2",
        [FACTS_HASH_MD4] = "MD4",        [FACTS_HASH_MD5] = "MD5",
        [FACTS_HASH_SHA1] = "SHA-1",     [FACTS_HASH_SHA224] = "SHA-224",
        [FACTS_HASH_SHA256] = "SHA-256", [FACTS_HASH_SHA384] = "SHA-384",
        [FACTS_HASH_SHA512] = "SHA-512", [FACTS_HASH_OTHER] = "another hash",
    };
    return names[hash];
}
