#include "sts/host.h"

enum { DAY_S = 86400 };

static const struct sts_host_knobs hosts[STS_HOST_COUNT] = {
    [STS_HOST_UNTRUSTED] = {.mint.issuer = MINT_ISSUER_STRANGER},
    [STS_HOST_EXPIRED] = {.mint.leaf.validity = {MINT_TIME_RELATIVE, -91 * DAY_S, -1 * DAY_S}},
    [STS_HOST_WRONG_NAME] = {.mint.leaf = {.subject = "/CN=somebody-else.test",
                                           .san = "DNS:somebody-else.test"}},
    [STS_HOST_NAME_IN_CN] = {.mint.leaf.san = ""},
    [STS_HOST_SNI_REQUIRED] = {.tls.sni = TLS_SNI_REQUIRED},
    [STS_HOST_TLS11] = {.tls = {.versions = {TLS_VERSION_1_1, TLS_VERSION_1_1},
                                .bulk = TLS_BULK_AES_CBC_SHA1}},
    [STS_HOST_SELF_SIGNED] = {.mint.issuer = MINT_ISSUER_SELF},
};

const struct sts_host_knobs *sts_host_knobs(enum sts_host host) {
    return &hosts[host];
}
