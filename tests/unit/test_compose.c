#include "base/mem.h"
#include "fault/compose.h"
#include "unit.h"

static struct scenario parse(const char *recipe) {
    struct scenario scenario;
    struct err err;

    if (scenario_parse(recipe, &scenario, &err) < 0)
        fail_msg("%s: %s", recipe, err.text);
    return scenario;
}

/* --- names --- */

static void test_normalised(void **state) {
    static const struct {
        const char *recipe, *name, *twin;
        enum layer layer;
    } cases[] = {
        {"expired", "expired", "control", LAYER_CERTIFICATE},
        {"sha1+expired", "expired+sha1", "control", LAYER_PRESET},
        {"expired+sha1", "expired+sha1", "control", LAYER_PRESET},
        {"expired+expired", "expired", "control", LAYER_CERTIFICATE},
        {"wrong-host+expired", "expired+wrong-host", "control", LAYER_CERTIFICATE},
        {"sha1+rsa1024", "rsa1024+sha1", "control-rsa3072", LAYER_PRESET},
        {"worst", "worst", "control-rsa3072", LAYER_PRESET},
        /* controls */
        {"control", "control", "control", LAYER_CONTROL},
        {"control-tls12", "control-tls12", "control-tls12", LAYER_CONTROL},
        {"control+control-tls13", "control-tls13", "control-tls13", LAYER_CONTROL},
        {"control-rsa3072+control-tls12", "control-tls12+control-rsa3072", "control-rsa3072",
         LAYER_CONTROL},
        {"control+expired", "expired", "control", LAYER_CERTIFICATE},
        {"control-tls12+expired", "control-tls12+expired", "control-tls12", LAYER_CERTIFICATE},
        {"control-rsa3072+expired", "control-rsa3072+expired", "control-rsa3072",
         LAYER_CERTIFICATE},
        {"control-rsa3072+rsa1024", "rsa1024", "control-rsa3072", LAYER_KEY},
        {"control-tls12+rsa1024", "control-tls12+rsa1024", "control-rsa3072", LAYER_KEY},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scenario scenario = parse(cases[i].recipe);

        print_message("%s\n", cases[i].recipe);
        assert_string_equal(scenario.name, cases[i].name);
        assert_string_equal(scenario.twin, cases[i].twin);
        assert_int_equal(scenario.layer, cases[i].layer);
        assert_int_equal(scenario_is_control(&scenario), cases[i].layer == LAYER_CONTROL);
        assert_int_equal(scenario.expect,
                         scenario_is_control(&scenario) ? EXPECT_DELIVER : EXPECT_REFUSE);
    }
}

static void test_errors(void **state) {
    static const struct {
        const char *recipe, *text;
    } cases[] = {
        {"experd", "there is no fault 'experd': did you mean 'expired'?"},
        {"expired+tls1.0", "there is no fault 'tls1.0': did you mean 'tls10'?"},
        {"zzzzzzzzz", "there is no fault 'zzzzzzzzz': `doormat faults` lists them all"},
        {"a\x1b[1m\n", "there is no fault 'a?[1m?': `doormat faults` lists them all"},
        {"", "a recipe is names joined by '+', and one of them is empty"},
        {"expired+", "a recipe is names joined by '+', and one of them is empty"},
        {"+expired", "a recipe is names joined by '+', and one of them is empty"},
        {"expired++sha1", "a recipe is names joined by '+', and one of them is empty"},
        {"expired-1970+expired", "expired and expired-1970 cannot be combined: both change the "
                                 "certificate's validity"},
        {"tls11+expired+tls10", "tls10 and tls11 cannot be combined: both change the TLS versions"},
        {"control-tls13+tls10",
         "control-tls13 and tls10 cannot be combined: both change the TLS versions"},
        {"control-tls13+control-tls12",
         "control-tls12 and control-tls13 cannot be combined: both change the TLS versions"},
        {"self-signed+untrusted-root", "self-signed and untrusted-root cannot be combined: both "
                                       "change the certificate's issuer"},
        {"md5+sha1", "sha1 and md5 cannot be combined: both change the certificate's signature"},
        {"worst+expired",
         "worst and expired cannot be combined: both change the certificate's validity"},
        {"dhe1024+dhe512",
         "dhe1024 and dhe512 cannot be combined: both change the Diffie-Hellman group"},
        {"dhe1024+control-tls13",
         "control-tls13 and dhe1024 cannot be served together: control-tls13 changes the TLS "
         "versions, on which dhe1024 relies"},
        {"rsa512+control-tls13",
         "control-tls13 and rsa512 cannot be served together: control-tls13 changes the TLS "
         "versions, on which rsa512 relies"},
        /* what no server can do */
        {"anon-dh+ccm", "anon-dh+ccm cannot be served: there is no cipher suite with such a key "
                        "exchange, cipher and key"},
        {"dsa1024+chacha20", "dsa1024+chacha20 cannot be served: there is no cipher suite with "
                             "such a key exchange, cipher and key"},
        {"rsa1024+ske-sha1-ecdsa", "rsa1024+ske-sha1-ecdsa cannot be served: its key cannot make "
                                   "such a signature in the handshake"},
        {"ed448-key+ske-sha224-ecdsa", "ed448-key+ske-sha224-ecdsa cannot be served: its key "
                                       "cannot make such a signature in the handshake"},
        {"rsa1024+pss-sha512", "rsa1024+pss-sha512 cannot be served: its key is too short for "
                               "such a signature in the handshake"},
        {"ed25519-key+tls10", "ed25519-key+tls10 cannot be served: below TLS 1.2 there is no such "
                              "signature in the handshake"},
        {"tls10+ske-sha224-ecdsa", "tls10+ske-sha224-ecdsa cannot be served: below TLS 1.2 there "
                                   "is no such signature in the handshake"},
        {"static-rsa+ske-sha1",
         "static-rsa+ske-sha1 cannot be served: such a key exchange has no signature"},
        {"static-rsa+bad-handshake-signature",
         "static-rsa+bad-handshake-signature cannot be served: static RSA needs the private key of "
         "the certificate"},
        {"anon-ecdh+expired", "expired+anon-ecdh cannot be served: an anonymous key exchange shows "
                              "no certificate"},
        {"static-rsa+ecdhe-x25519",
         "static-rsa+ecdhe-x25519 cannot be served: such a key exchange has no elliptic curve"},
        {"dhe512+dhe-own-prime",
         "dhe512+dhe-own-prime cannot be served: such Diffie-Hellman numbers exist "
         "only with 3072 bits"},
        {"expired+alert-decode-error",
         "expired+alert-decode-error cannot be served: the server answers the ClientHello with an "
         "alert, and shows nothing else"},
        {"starttls-not-offered+starttls-offer-twice",
         "starttls-not-offered+starttls-offer-twice cannot be served: one removes "
         "STARTTLS, and the other lists it"},
        {"expired+starttls-not-offered",
         "expired+starttls-not-offered cannot be served: without an offer of STARTTLS, "
         "nothing of TLS is visible"},
        {"ehlo-500+auth-before-tls", "ehlo-500+auth-before-tls cannot be served: one refuses EHLO, "
                                     "and the other changes its list"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scenario scenario;
        struct err err;

        assert_int_equal(scenario_parse(cases[i].recipe, &scenario, &err), -1);
        assert_string_equal(err.text, cases[i].text);
    }
}

static void test_overlong_name(void **state) {
    char name[2000];
    struct scenario scenario;
    struct err err;

    (void)state;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(scenario_parse(name, &scenario, &err), -1);
    assert_true(strlen(err.text) < 120);
}

/* --- what is served --- */

static void test_tls10_with_dhe(void **state) {
    struct scenario scenario = parse("dhe1024+tls10");

    (void)state;
    assert_int_equal(scenario.recipe.tls.versions.min, TLS_VERSION_1_0);
    assert_int_equal(scenario.recipe.tls.versions.max, TLS_VERSION_1_0);
    assert_int_equal(scenario.recipe.tls.kx, TLS_KX_DHE);
    assert_int_equal(scenario.recipe.tls.bulk, TLS_BULK_AES_CBC_SHA1);
    assert_int_equal(scenario.recipe.tls.dh_bits, 1024);
    assert_int_equal(scenario.recipe.mint.leaf.key.type, KEY_RSA);
    assert_int_equal(scenario.recipe.mint.leaf.key.bits, 3072);
}

static void test_changes_win_over_twins_and_needs(void **state) {
    struct scenario scenario = parse("rsa1024+dhe1024");

    (void)state;
    assert_int_equal(scenario.recipe.mint.leaf.key.bits, 1024);
    assert_int_equal(scenario.recipe.mint.intermediate.key.bits, 3072);
    assert_int_equal(scenario.recipe.tls.versions.max, TLS_VERSION_1_2);

    scenario = parse("anon-dh+dhe512");
    assert_int_equal(scenario.recipe.tls.kx, TLS_KX_ANON_DH);
    assert_int_equal(scenario.recipe.tls.dh_bits, 512);

    scenario = parse("tls10+null-cipher");
    assert_int_equal(scenario.recipe.tls.bulk, TLS_BULK_NULL);
    assert_int_equal(scenario.recipe.tls.versions.max, TLS_VERSION_1_0);

    scenario = parse("control-tls12+dhe1024");
    assert_int_equal(scenario.recipe.tls.versions.min, TLS_VERSION_1_2);
}

/* The article's server, put together from single faults: all that `worst` changes but the
 * make-up of the certificate. */
static void test_worst_from_its_parts(void **state) {
    struct scenario parts = parse("sha1+rsa1024+expired-1970+wrong-host+self-signed+tls10");
    struct scenario worst = parse("worst");

    (void)state;
    assert_string_equal(parts.name, "self-signed+expired-1970+wrong-host+rsa1024+sha1+tls10");
    assert_string_equal(parts.twin, worst.twin);
    parts.recipe.mint.leaf.profile = worst.recipe.mint.leaf.profile;
    parts.recipe.mint.leaf.subject = worst.recipe.mint.leaf.subject;
    parts.recipe.mint.leaf.san = worst.recipe.mint.leaf.san;
    for (size_t i = 0; i < recipe_knob_count; i++)
        assert_true(recipe_knob_is_equal(&recipe_knobs[i], &parts.recipe, &worst.recipe));
}

static void test_most_faults_of_all(void **state) {
    struct scenario scenario =
        parse("self-signed+expired+wrong-host+incomplete-chain+rsa512+sha1+tls11+"
              "dhe512+bad-handshake-signature+data-451");

    (void)state;
    assert_int_equal(scenario.fault_count, 10);
    assert_int_equal(scenario.recipe.mint.private_half, MINT_PRIVATE_WRONG);
    assert_int_equal(scenario.recipe.smtp.at[SMTP_POINT_DATA].code, 451);
}

static void test_twin_recipe(void **state) {
    struct scenario scenario = parse("rsa1024+dhe1024");
    struct recipe twin;

    (void)state;
    scenario_twin_recipe(&scenario, &twin);
    assert_int_equal(twin.mint.leaf.key.bits, 3072);
    assert_int_equal(twin.tls.kx, TLS_KX_DHE);
    assert_int_equal(twin.tls.dh_bits, 0);

    scenario = parse("control-tls12+expired");
    scenario_twin_recipe(&scenario, &twin);
    assert_int_equal(twin.tls.versions.max, TLS_VERSION_1_2);
    assert_int_equal(twin.mint.leaf.validity.time, MINT_TIME_DEFAULT);
    assert_int_equal(scenario.recipe.mint.leaf.validity.time, MINT_TIME_RELATIVE);
}

static void assert_same(const struct scenario *a, const struct scenario *b) {
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->twin, b->twin);
    assert_memory_equal(a->faults, b->faults, sizeof a->faults);
    for (size_t i = 0; i < recipe_knob_count; i++)
        assert_true(recipe_knob_is_equal(&recipe_knobs[i], &a->recipe, &b->recipe));
}

/* Whatever two faults are named, in whatever order: the same scenario or the same refusal. */
static void test_order_does_not_matter(void **state) {
    (void)state;
    for (size_t i = 0; i < catalogue_count; i++) {
        for (size_t j = 0; j < i; j++) {
            char *ab = mem_printf("%s+%s", catalogue[i].name, catalogue[j].name);
            char *ba = mem_printf("%s+%s", catalogue[j].name, catalogue[i].name);
            struct scenario one = {0}, other = {0};
            struct err err_one = {""}, err_other = {""};

            assert_int_equal(scenario_parse(ab, &one, &err_one),
                             scenario_parse(ba, &other, &err_other));
            assert_string_equal(err_one.text, err_other.text);
            if (err_one.text[0] == '\0')
                assert_same(&one, &other);
            free(ab);
            free(ba);
        }
    }
}

static void test_alerts(void **state) {
    struct scenario scenario = parse("expired+tls10");

    (void)state;
    assert_true(scenario_alert_fits(&scenario, "certificate_expired"));
    assert_true(scenario_alert_fits(&scenario, "protocol_version"));
    assert_false(scenario_alert_fits(&scenario, "unknown_ca"));
    assert_false(scenario_alert_fits(&scenario, "decode_error"));
    assert_false(scenario_alert_fits(&scenario, "internal_error"));
    scenario = parse("starttls-454");
    assert_false(scenario_alert_fits(&scenario, "handshake_failure"));
    scenario = parse("expired+rsa2048"); /* whose key is a fault under some policies alone */
    assert_false(scenario_alert_fits(&scenario, "insufficient_security"));
    scenario_set_policy(&scenario, "bsi");
    assert_true(scenario_alert_fits(&scenario, "insufficient_security"));
}

/* The strictest fault of a recipe says what is harmless. */
static void test_harmless(void **state) {
    static const struct {
        const char *recipe;
        enum exposure harmless;
    } cases[] = {
        {"expired", EXPOSURE_NOTHING},
        {"starttls-454", EXPOSURE_MESSAGE},
        {"data-554", EXPOSURE_CREDENTIALS},
        {"starttls-offer-twice+data-554", EXPOSURE_CREDENTIALS},
        {"starttls-offer-twice+dot-554", EXPOSURE_MESSAGE},
        {"expired+dot-554", EXPOSURE_NOTHING},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(parse(cases[i].recipe).harmless, cases[i].harmless);
}

/* Who comes by implicit TLS meets the certificate, and not what was done to STARTTLS. */
static void test_what_lies_in_starttls(void **state) {
    static const struct {
        const char *recipe, *policy;
        bool lies;
    } cases[] = {
        {"control", "strict", false},
        {"expired", "strict", false},
        {"starttls-454", "strict", true},
        {"starttls-220-late", "strict", true},
        {"starttls-454+control-tls12", "strict", true},
        {"inject-ok+small-records", "strict", true},
        {"inject-ok+expired", "strict", false},
        {"inject-ok+rsa2048", "strict", true},
        {"inject-ok+rsa2048", "bsi", false},
        {"starttls-220-late+small-records", "strict", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scenario scenario = parse(cases[i].recipe);

        scenario_set_policy(&scenario, cases[i].policy);
        print_message("%s, %s\n", cases[i].recipe, cases[i].policy);
        assert_int_equal(scenario_lies_in_starttls(&scenario), cases[i].lies);
    }
}

/* --- lists --- */

static char *names_of(const struct scenario_list *list) {
    char *names = mem_strdup("");

    for (size_t i = 0; i < list->count; i++) {
        char *more = mem_printf("%s%s%s", names, i > 0 ? " " : "", list->items[i].name);
        free(names);
        names = more;
    }
    return names;
}

static void test_lists(void **state) {
    static const struct {
        const char *list, *names;
    } cases[] = {
        {"expired", "expired"},
        {"tls10,expired", "expired tls10"},
        {"expired,expired", "expired"},
        {" expired ,\ttls10\n", "expired tls10"},
        {"rsa1024+tls10,expired", "expired rsa1024+tls10"},
        {"rsa1024+tls10,expired+sha1,tls10+rsa1024", "expired+sha1 rsa1024+tls10"},
        {"expired+sha1+tls10,expired+sha1", "expired+sha1 expired+sha1+tls10"},
        {"@control", "control control-tls12 control-tls13 control-rsa3072 control-stapled "
                     "control-ocsp control-crl control-rsa3072-pkcs1"},
        {"@preset,@control", "control control-tls12 control-tls13 control-rsa3072 control-stapled "
                             "control-ocsp control-crl control-rsa3072-pkcs1 worst"},
        {"@protocol", "tls10 tls11"},
        {"@seed", "worst self-signed expired expired-1970 wrong-host untrusted-root "
                  "incomplete-chain rsa1024 sha1 tls10"},
        {"@seed,-@certificate,-worst", "untrusted-root incomplete-chain rsa1024 sha1 tls10"},
        {"-worst,@preset,rsa1024", "rsa1024"},
        {"@preset,-worst,worst,rsa1024", "rsa1024"},
        {"@preset,rsa1024+tls10,-tls10+rsa1024", "worst"},
        {"@preset,-@slow", "worst"},
        {"@preset,-tls10", "worst"},
        {"control+expired,expired", "expired"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scenario_list list;
        struct err err;

        if (scenario_list_parse(cases[i].list, &list, &err) < 0)
            fail_msg("%s: %s", cases[i].list, err.text);
        char *names = names_of(&list);
        assert_string_equal(names, cases[i].names);
        free(names);
        scenario_list_fini(&list);
        assert_null(list.items);
    }
}

static void test_all_is_the_catalogue(void **state) {
    struct scenario_list list;
    struct err err;

    (void)state;
    assert_int_equal(scenario_list_parse("@all", &list, &err), 0);
    assert_int_equal(list.count, catalogue_count);
    for (size_t i = 0; i < list.count; i++)
        assert_ptr_equal(list.items[i].faults[0], &catalogue[i]);
    scenario_list_fini(&list);
}

static void test_list_errors(void **state) {
    static const struct {
        const char *list, *text;
    } cases[] = {
        {"", "a list is names separated by commas, and one of them is empty"},
        {"expired,", "a list is names separated by commas, and one of them is empty"},
        {",expired", "a list is names separated by commas, and one of them is empty"},
        {"expired, ,tls10", "a list is names separated by commas, and one of them is empty"},
        {"@all,-", "a list is names separated by commas, and one of them is empty"},
        {"@all,--worst", "there is no fault '-worst': did you mean 'worst'?"},
        {"@seeds", "there is no group '@seeds': did you mean '@seed'?"},
        {"@certificates", "there is no group '@certificates': did you mean '@certificate'?"},
        {"@expired", "there is no group '@expired': a fault is named without '@'"},
        {"all", "there is no fault 'all': did you mean the group '@all'?"},
        {"@", "there is no group '@': @all, @core, @seed, @slow, @legal, or a layer's name as in "
              "@certificate"},
        {"-worst", "no fault is left in '-worst': to take some out, name what to start from, as in "
                   "@all,-worst"},
        {"expired,-expired", "no fault is left in 'expired,-expired': to take some out, name what "
                             "to start from, as in @all,-worst"},
        {"expired,expird", "there is no fault 'expird': did you mean 'expired'?"},
        {"tls10+tls11", "tls10 and tls11 cannot be combined: both change the TLS versions"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scenario_list list;
        struct err err;

        assert_int_equal(scenario_list_parse(cases[i].list, &list, &err), -1);
        assert_string_equal(err.text, cases[i].text);
        assert_null(list.items);
        assert_int_equal(list.count, 0);
    }
}

static void test_list_is_bounded(void **state) {
    char *text = mem_zalloc(6 * (COMPOSE_MAX_LIST + 1));
    struct scenario_list list;
    struct err err;

    (void)state;
    for (size_t i = 0; i <= COMPOSE_MAX_LIST; i++)
        memcpy(text + 6 * i, "tls10,", 6);
    text[6 * (COMPOSE_MAX_LIST + 1) - 1] = '\0';
    assert_int_equal(scenario_list_parse(text, &list, &err), -1);
    assert_string_equal(err.text, "a list holds at most 10000 entries");
    text[6 * COMPOSE_MAX_LIST - 1] = '\0';
    assert_int_equal(scenario_list_parse(text, &list, &err), 0);
    assert_int_equal(list.count, 1);
    scenario_list_fini(&list);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_harmless),
        cmocka_unit_test(test_what_lies_in_starttls),
        cmocka_unit_test(test_normalised),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_overlong_name),
        cmocka_unit_test(test_tls10_with_dhe),
        cmocka_unit_test(test_changes_win_over_twins_and_needs),
        cmocka_unit_test(test_worst_from_its_parts),
        cmocka_unit_test(test_most_faults_of_all),
        cmocka_unit_test(test_twin_recipe),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_all_is_the_catalogue),
        cmocka_unit_test(test_list_errors),
        cmocka_unit_test(test_list_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
