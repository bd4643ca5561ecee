#include "base/mem.h"
#include "policy/policy_tables.h"

static const struct policy *const policies[] = {
    &policy_bsi,     &policy_bsi_lenient,    &policy_ncsc_nl,
    &policy_nist,    &policy_mozilla_modern, &policy_mozilla_intermediate,
    &policy_rfc9325,
};

const struct policy *policy_at(size_t index) {
    return index < ARRAY_LEN(policies) ? policies[index] : NULL;
}

const struct policy *policy_find(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(policies); i++)
        if (strcmp(policies[i]->name, name) == 0)
            return policies[i];
    return NULL;
}

const char *policy_name(const struct policy *policy) {
    return policy->name;
}

const char *policy_title(const struct policy *policy) {
    return policy->title;
}

const char *severity_name(enum severity severity) {
    static const char *const names[] = {
        [SEVERITY_INFO] = "info",
        [SEVERITY_WARN] = "warn",
        [SEVERITY_FAIL] = "fail",
    };
    return names[severity];
}

const char *grade_name(enum grade grade) {
    static const char *const names[GRADE_COUNT] = {
        [GRADE_GOOD] = "good",
        [GRADE_SUFFICIENT] = "sufficient",
        [GRADE_PHASE_OUT] = "phase-out",
        [GRADE_INSUFFICIENT] = "insufficient",
    };
    return names[grade];
}
