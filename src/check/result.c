#include "check/result.h"

#include <stdlib.h>

void check_result_free(struct check_result **result) {
    struct check_result *dying = *result;

    *result = NULL;
    if (dying == NULL)
        return;
    for (size_t i = 0; i < dying->host_count; i++) {
        facts_chain_fini(&dying->hosts[i].facts.chain);
        findings_fini(&dying->hosts[i].findings);
    }
    free(dying->hosts);
    free(dying);
}
