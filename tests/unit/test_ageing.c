/* A long-running server over ten years of a fake clock: no certificate ages into another fault. */
#include <openssl/ssl.h>

#include "base/mem.h"
#include "endpoint/endpoint_internal.h"
#include "fault/compose.h"
#include "tls/server_internal.h"
#include "unit.h"

enum { DAY_S = 24 * 3600, YEARS = 10, YEARS_IF_SLOW = 2, STEP_DAYS = 9 };

static const int64_t begin_s = 1795478400; /* 2026-11-24 */

struct years {
    struct clock clock;
    struct loop *loop;
    struct site site;
};

static void on_ready(struct endpoint *endpoint, const struct err *err, void *arg) {
    struct years *years = arg;

    (void)endpoint;
    if (err != NULL)
        fail_msg("%s", err->text);
    loop_stop(years->loop);
}

static void on_attempt(struct endpoint *endpoint, struct attempt *attempt, void *arg) {
    (void)endpoint, (void)arg;
    attempt_free(&attempt);
}

static int set_up(void **state) {
    struct years *years = mem_zalloc(sizeof *years);

    years->clock = clock_fake(begin_s * 1000000);
    assert_int_equal(loop_new(&years->clock, &years->loop, NULL), 0);
    assert_int_equal(site_init(&years->site, years->loop, "localhost", NULL), 0);
    *state = years;
    return 0;
}

static int tear_down(void **state) {
    struct years *years = *state;

    site_fini(&years->site);
    loop_free(&years->loop);
    free(years);
    return 0;
}

/* -1, 0, 1: before, within, after its validity. */
static int age_of(const X509 *cert, int64_t now_s) {
    time_t now = (time_t)now_s;

    if (X509_cmp_time(X509_get0_notBefore(cert), &now) > 0)
        return -1;
    return X509_cmp_time(X509_get0_notAfter(cert), &now) < 0 ? 1 : 0;
}

/* What a connection of this moment would be served; minted again when it is no longer fresh. */
static X509 *serve_leaf(struct years *years, struct endpoint *endpoint) {
    if (credentials_get(endpoint->credentials) != CREDENTIALS_FRESH) {
        endpoint_prepare(endpoint);
        assert_int_equal(loop_run(years->loop, NULL), 0);
        assert_int_equal(credentials_get(endpoint->credentials), CREDENTIALS_FRESH);
    }
    return SSL_CTX_get0_certificate(credentials_tls(endpoint->credentials)->ctx);
}

static void check_issuers(const struct endpoint *endpoint, int64_t now_s, const char *name) {
    STACK_OF(X509) *chain = NULL;

    SSL_CTX_get0_chain_certs(credentials_tls(endpoint->credentials)->ctx, &chain);
    for (int i = 0; i < sk_X509_num(chain); i++)
        if (age_of(sk_X509_value(chain, i), now_s) != 0)
            fail_msg("%s: certificate %d of the chain is out of date", name, i + 1);
}

struct ageing {
    const char *recipe;
    int age; /* of the leaf, always */
};

static void test_nothing_ages_into_another_fault(void **state) {
    static const struct ageing cases[] = {
        {"control", 0},
        {"expired", 1},
        {"expired-1970", 1},
        {"not-yet-valid", -1},
        {"wrong-host", 0},
        {"incomplete-chain", 0},
        {"self-signed", 0},
        {"untrusted-root", 0},
        {"sha1+wrong-host", 0},
        {"revoked-ocsp-staple", 0},
        {"ocsp-staple-expired", 0},
        {"ocsp-staple-not-yet-valid", 0},
        {"revoked-crl", 0},
        {"crl-expired", 0},
    };
    static const struct endpoint_ops ops = {.on_ready = on_ready, .on_attempt = on_attempt};
    struct years *years = *state;
    const int years_ahead = is_slow() ? YEARS_IF_SLOW : YEARS;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scenario scenario;
        unsigned mints = 0;
        assert_int_equal(scenario_parse(cases[i].recipe, &scenario, NULL), 0);
        years->clock.fake_us = begin_s * 1000000;
        struct endpoint *endpoint = endpoint_new(&years->site, &scenario, &ops, years);
        for (int day = 0; day < years_ahead * 365; day += STEP_DAYS) {
            int64_t now_s = begin_s + (int64_t)day * DAY_S;
            years->clock.fake_us = now_s * 1000000;
            const struct tls_server *before = credentials_tls(endpoint->credentials);
            X509 *leaf = serve_leaf(years, endpoint);
            mints += credentials_tls(endpoint->credentials) != before;
            if (age_of(leaf, now_s) != cases[i].age)
                fail_msg("%s: after %d days it is another fault", cases[i].recipe, day);
            check_issuers(endpoint, now_s, cases[i].recipe);
        }
        print_message("%s: minted %u times in %d years\n", cases[i].recipe, mints, years_ahead);
        assert_true(mints >= 2 || strcmp(cases[i].recipe, "expired-1970") == 0);
        endpoint_free(&endpoint);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_ages_into_another_fault)};

    return cmocka_run_group_tests_name("ageing", tests, set_up, tear_down);
}
