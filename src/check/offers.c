/* What each view of a server offers. */
#include "base/buf.h"
#include "check/internal.h"

/* One version alone, of everything; 1.1 with the one before it, since a server that takes neither is asked but once. */
static const struct {
    enum check_view view;
    uint16_t min_version, max_version;
} versions[] = {{VIEW_TLS10, 0x0301, 0x0301},
                {VIEW_TLS11, 0x0301, 0x0302},
                {VIEW_TLS12, 0x0303, 0x0303},
                {VIEW_TLS13, 0x0304, 0x0304}};

enum { VERSION_COUNT = sizeof versions / sizeof versions[0] };

static int year_of(int64_t date_s) {
    time_t date = (time_t)date_s;
    struct tm tm;

    gmtime_r(&date, &tm);
    return tm.tm_year + 1900;
}

static int make_within(struct check_run_state *run, int year, struct buf *strings,
                       struct err *err) {
    struct tls_offer_spec spec = {0};

    buf_reset(strings);
    policy_offer(run->options->policy, year, &spec, strings);
    if (tls_offer_new(&spec, &run->offers[VIEW_STRICT], err) != 0)
        return -1;
    return tls_offer_new(&spec, &run->offers[VIEW_NO_SNI], err);
}

static int make_wide(struct check_run_state *run, int year, struct buf *strings, struct err *err) {
    struct tls_offer_spec spec = {0};

    buf_reset(strings);
    policy_offer_wide(run->options->policy, year, &spec, strings);
    int rc = tls_offer_new(&spec, &run->offers[VIEW_WIDE], err);
    for (size_t i = 0; rc == 0 && i < VERSION_COUNT; i++) {
        spec.min_version = versions[i].min_version;
        spec.max_version = versions[i].max_version;
        rc = tls_offer_new(&spec, &run->offers[versions[i].view], err);
    }
    return rc;
}

static int make_keys(struct check_run_state *run, int year, struct buf *strings, struct err *err) {
    static const struct {
        enum check_view view;
        enum facts_key key;
    } keys[] = {{VIEW_EC_KEY, FACTS_KEY_EC}, {VIEW_RSA_KEY, FACTS_KEY_RSA}};
    struct tls_offer_spec spec = {0};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof keys / sizeof keys[0]; i++) {
        buf_reset(strings);
        policy_offer_key(run->options->policy, year, keys[i].key, &spec, strings);
        rc = tls_offer_new(&spec, &run->offers[keys[i].view], err);
    }
    return rc;
}

/* What this OpenSSL cannot offer is not looked at, and said not to be. */
static void make_weak(struct check_run_state *run, int year, struct buf *strings) {
    struct tls_offer_spec spec = {0};
    struct err err;

    for (int weak = 0; weak < POLICY_WEAK_COUNT; weak++) {
        buf_reset(strings);
        if (policy_offer_weak(run->options->policy, year, (enum policy_weak)weak, &spec, strings))
            (void)!tls_offer_new(&spec, &run->offers[VIEW_WEAK + weak], &err);
    }
}

int check_offers_make(struct check_run_state *run, struct err *err) {
    int year = year_of(run->options->date_s);
    struct buf strings;

    buf_init(&strings, POLICY_OFFER_MAX_B);
    int rc = make_within(run, year, &strings, err);
    if (rc == 0 && run->options->thorough)
        make_weak(run, year, &strings);
    if (rc == 0)
        rc = make_wide(run, year, &strings, err);
    if (rc == 0)
        rc = make_keys(run, year, &strings, err);
    buf_fini(&strings);
    return rc;
}

void check_offers_free(struct check_run_state *run) {
    for (enum check_view view = 0; view < VIEW_COUNT; view++)
        tls_offer_free(&run->offers[view]);
}
