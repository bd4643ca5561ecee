#include "cmd/values.h"

#include "base/mem.h"
#include "fault/catalogue.h"
#include "policy/policy.h"
#include "report/check.h"
#include "report/report.h"

const char *values_policy(size_t index) {
    const struct policy *policy = policy_at(index);

    return policy != NULL ? policy_name(policy) : NULL;
}

const char *values_try_policy(size_t index) {
    return index == 0 ? "strict" : values_policy(index - 1);
}

/* Both tables end with a NULL name, and nobody asks for what is behind it. */
const char *values_try_format(size_t index) {
    return report_formats[index].name;
}

const char *values_check_format(size_t index) {
    return check_formats[index].name;
}

const char *values_severity(size_t index) {
    enum fault_severity severity = (enum fault_severity)(FAULT_LOW + (int)index);

    return severity < FAULT_SEVERITY_COUNT ? fault_severity_name(severity) : NULL;
}

const char *values_trust(size_t index) {
    static const char *const trusts[] = {"pkix", "dane-ee"};

    return index < ARRAY_LEN(trusts) ? trusts[index] : NULL;
}

static bool is_name(int layer, const char *text, size_t len) {
    const char *name = layer_name((enum layer)layer);

    return strlen(name) == len && strncmp(name, text, len) == 0;
}

int values_take_layers(const char *list, int first, unsigned *out) {
    for (const char *at = list, *end; *at != '\0'; at = end + (*end == ',')) {
        int layer = first;

        end = strchrnul(at, ',');
        while (layer < LAYER_COUNT && !is_name(layer, at, (size_t)(end - at)))
            layer++;
        if (layer == LAYER_COUNT)
            return -1;
        *out |= 1u << layer;
    }
    return 0;
}
