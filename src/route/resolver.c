#include "route/resolver.h"

#include <unbound.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

struct setting {
    const char *name, *value;
};

/* A library's defaults are for a few look-ups at a time; these are for a country's domains, within bounds. */
static const struct setting bounds[] = {
    {"outgoing-range:", "256"},
    {"outgoing-num-tcp:", "32"},
    {"num-queries-per-thread:", "4096"},
    {"msg-cache-size:", "8m"},
    {"rrset-cache-size:", "16m"},
    {"key-cache-size:", "4m"},
    {NULL, NULL},
};

/* Laboratories use .test (RFC 6761 6.2), which the root says does not exist. */
static const struct setting internet_settings[] = {
    {"domain-insecure:", "test."},
    {NULL, NULL},
};

/* A world is near, small and changes: what it is asked, and in which order its records are, must not depend on what was before. */
static const struct setting world_settings[] = {
    {"do-not-query-localhost:", "no"},
    {"unblock-lan-zones:", "yes"},
    {"cache-max-negative-ttl:", "5"},
    {"val-bogus-ttl:", "5"},
    {"unknown-server-time-limit:", "100"},
    {"target-fetch-policy:", "0 0 0 0 0"},
    {"qname-minimisation:", "no"},
    {"aggressive-nsec:", "no"},
    {"rrset-roundrobin:", "no"},
    {"minimal-responses:", "yes"},
    {"trust-anchor-signaling:", "no"},
    {"root-key-sentinel:", "no"},
    {NULL, NULL},
};

/* Where Debian, unbound and its users keep the root's key. */
static const char *const root_keys[] = {
    "/usr/share/dns/root.key",
    "/var/lib/unbound/root.key",
    "/etc/unbound/root.key",
    "/etc/trusted-key.key",
};

static int apply(struct ub_ctx *ctx, const struct setting *setting, struct err *err) {
    for (; setting->name != NULL; setting++) {
        int rc = ub_ctx_set_option(ctx, setting->name, setting->value);
        if (rc != 0)
            return err_set(err, "libunbound does not take %s %s: %s", setting->name, setting->value,
                           ub_strerror(rc));
    }
    return 0;
}

static int apply_settings(struct ub_ctx *ctx, const struct setting *more, struct err *err) {
    return apply(ctx, bounds, err) == 0 ? apply(ctx, more, err) : -1;
}

static int set_up_servers(struct ub_ctx *ctx, const char *forwarder, struct err *err) {
    if (forwarder != NULL) {
        int rc = ub_ctx_set_fwd(ctx, forwarder);
        return rc == 0 ? 0 : err_set(err, "DNS forwarder %s: %s", forwarder, ub_strerror(rc));
    }
    if (ub_ctx_resolvconf(ctx, NULL) != 0)
        log_info("/etc/resolv.conf cannot be read: DNS is asked from the root down");
    if (ub_ctx_hosts(ctx, NULL) != 0)
        log_info("/etc/hosts cannot be read whole: names in it may be missing");
    return 0;
}

static int trust_root(struct ub_ctx *ctx, struct err *err) {
    for (size_t i = 0; i < ARRAY_LEN(root_keys); i++) {
        if (access(root_keys[i], R_OK) != 0)
            continue;
        int rc = ub_ctx_add_ta_file(ctx, root_keys[i]);
        return rc == 0 ? 0 : err_set(err, "trust anchor %s: %s", root_keys[i], ub_strerror(rc));
    }
    log_info("no DNSSEC trust anchor (install dns-root-data): DNS answers are not validated");
    return 0;
}

static int set_up_trust(struct ub_ctx *ctx, const char *trust_anchor, struct err *err) {
    if (trust_anchor == NULL)
        return trust_root(ctx, err);
    if (trust_anchor[0] == '\0')
        return 0;
    int rc = ub_ctx_add_ta(ctx, trust_anchor);
    return rc == 0 ? 0 : err_set(err, "trust anchor: %s", ub_strerror(rc));
}

static int begin(struct ub_ctx *ctx, struct err *err) {
    /* It would write to standard error; what matters comes with each answer. */
    ub_ctx_debugout(ctx, NULL);
    return ub_ctx_async(ctx, 1) == 0 ? 0 : err_set(err, "libunbound has no threads");
}

/* Last, since it ends the set-up: here a trust anchor that is none is found. */
static int end(struct ub_ctx *ctx, struct err *err) {
    int rc = ub_ctx_zone_remove(ctx, "test.");

    if (rc == 0)
        return 0;
    return err_set(err, "libunbound does not start (is the trust anchor a DS or DNSKEY?): %s",
                   ub_strerror(rc));
}

static int set_up(struct ub_ctx *ctx, const struct route_options *options, struct err *err) {
    if (begin(ctx, err) < 0 || apply_settings(ctx, internet_settings, err) < 0 ||
        set_up_servers(ctx, options->forwarder, err) < 0 ||
        set_up_trust(ctx, options->trust_anchor, err) < 0)
        return -1;
    return end(ctx, err);
}

static int set_up_root(struct ub_ctx *ctx, const char *root, struct err *err) {
    int rc = ub_ctx_set_stub(ctx, ".", root, 0);

    return rc == 0 ? 0 : err_set(err, "DNS root %s: %s", root, ub_strerror(rc));
}

static int set_up_below(struct ub_ctx *ctx, const char *root, const char *trust_anchor,
                        struct err *err) {
    if (begin(ctx, err) < 0 || apply_settings(ctx, world_settings, err) < 0 ||
        set_up_root(ctx, root, err) < 0 || set_up_trust(ctx, trust_anchor, err) < 0)
        return -1;
    return end(ctx, err);
}

static struct ub_ctx *create(struct err *err) {
    struct ub_ctx *ctx = ub_ctx_create();

    if (ctx == NULL)
        err_set(err, "libunbound does not start: out of memory or files");
    return ctx;
}

/* What was set up is handed over, or freed. */
static int hand_over(struct ub_ctx *ctx, int rc, struct ub_ctx **out) {
    if (rc < 0)
        ub_ctx_delete(ctx);
    else
        *out = ctx;
    return rc;
}

int resolver_new(const struct route_options *options, struct ub_ctx **out, struct err *err) {
    struct ub_ctx *ctx = create(err);

    return ctx == NULL ? -1 : hand_over(ctx, set_up(ctx, options, err), out);
}

int resolver_new_below(const char *root, const char *trust_anchor, struct ub_ctx **out,
                       struct err *err) {
    struct ub_ctx *ctx = create(err);

    return ctx == NULL ? -1 : hand_over(ctx, set_up_below(ctx, root, trust_anchor, err), out);
}
