#include "check/result.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const char *check_view_text(enum check_view view) {
    static const char *const texts[VIEW_COUNT] = {
        [VIEW_STRICT] = "the offer within the policy",
        [VIEW_WIDE] = "the offer of everything",
        [VIEW_TLS10] = "TLSv1",
        [VIEW_TLS11] = "TLSv1 and TLSv1.1",
        [VIEW_TLS12] = "TLSv1.2",
        [VIEW_TLS13] = "TLSv1.3",
        [VIEW_NO_SNI] = "the certificate without SNI",
        [VIEW_EC_KEY] = "the certificate without RSA",
        [VIEW_RSA_KEY] = "the certificate with RSA",
        [VIEW_WEAK + POLICY_WEAK_SUITES] = "forbidden suites up to TLSv1.2",
        [VIEW_WEAK + POLICY_WEAK_SUITES13] = "forbidden suites of TLSv1.3",
        [VIEW_WEAK + POLICY_WEAK_GROUPS] = "forbidden groups up to TLSv1.2",
        [VIEW_WEAK + POLICY_WEAK_GROUPS_ECDSA] = "forbidden groups beside ECDSA",
        [VIEW_WEAK + POLICY_WEAK_GROUPS13] = "forbidden groups of TLSv1.3",
        [VIEW_WEAK + POLICY_WEAK_DHE] = "the group of DHE",
    };
    return texts[view];
}

const char *check_verdict_name(enum check_verdict verdict) {
    static const char *const names[] = {
        [CHECK_MEETS] = "meets",         [CHECK_BREAKS] = "breaks",
        [CHECK_UNDECIDED] = "undecided", [CHECK_UNREACHED] = "unreached",
        [CHECK_NO_MAIL] = "no-mail",
    };
    return names[verdict];
}

bool check_host_has_gap(const struct check_host *host) {
    for (size_t i = 0; i < VIEW_COUNT; i++)
        if (host->views[i].look == LOOK_UNKNOWN)
            return true;
    return false;
}

const char *check_reason_name(enum check_reason reason) {
    static const char *const names[] = {
        [CHECK_REASON_NONE] = NULL,
        [CHECK_REASON_PRIVATE] = "private-address",
        [CHECK_REASON_NO_ROUTE] = "no-route",
        [CHECK_REASON_TARGET_TIME] = "target-time",
        [CHECK_REASON_ADDRESS_TIME] = "address-time",
    };
    return names[reason];
}

static size_t chain_size_b(const struct facts_chain *chain) {
    size_t size_b = (chain->cert_count + chain->stored_count) * sizeof *chain->certs;

    for (size_t i = 0; i < chain->cert_count; i++)
        for (size_t j = 0; j < chain->certs[i].name_count; j++)
            size_b += sizeof *chain->certs[i].names + strlen(chain->certs[i].names[j].text) + 1;
    return size_b;
}

size_t check_host_size_b(const struct check_host *host) {
    size_t size_b = sizeof *host + host->findings.count * sizeof *host->findings.items;

    size_b += chain_size_b(&host->facts.chain);
    for (size_t i = 0; i < POLICY_OTHER_COUNT; i++)
        size_b += chain_size_b(&host->facts.others[i]);
    for (size_t i = 0; i < ARRAY_LEN(host->facts.chain_of_version); i++)
        size_b += chain_size_b(&host->facts.chain_of_version[i]);
    for (size_t i = 0; i < host->facts.stray_count; i++)
        size_b += chain_size_b(&host->facts.strays[i].chain);
    return size_b;
}

void check_host_fini(struct check_host *host) {
    if (host->known != NULL) {
        known_release(&host->known);
        return;
    }
    facts_chain_fini(&host->facts.chain);
    for (size_t i = 0; i < POLICY_OTHER_COUNT; i++)
        facts_chain_fini(&host->facts.others[i]);
    for (size_t i = 0; i < ARRAY_LEN(host->facts.chain_of_version); i++)
        facts_chain_fini(&host->facts.chain_of_version[i]);
    for (size_t i = 0; i < host->facts.stray_count; i++)
        facts_chain_fini(&host->facts.strays[i].chain);
    findings_fini(&host->findings);
}

enum check_reason check_result_reason(const struct check_result *result) {
    enum check_reason reason = CHECK_REASON_NONE;

    if (result->verdict != CHECK_UNREACHED)
        return CHECK_REASON_NONE;
    for (size_t i = 0; i < result->host_count; i++) {
        if (i > 0 && result->hosts[i].reason != reason)
            return CHECK_REASON_NONE;
        reason = result->hosts[i].reason;
    }
    return reason;
}

void check_result_free(struct check_result **result) {
    struct check_result *dying = *result;

    *result = NULL;
    if (dying == NULL)
        return;
    for (size_t i = 0; i < dying->host_count; i++)
        check_host_fini(&dying->hosts[i]);
    free(dying->hosts);
    free(dying);
}
