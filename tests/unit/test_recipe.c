#include "base/mem.h"
#include "fault/recipe.h"
#include "unit.h"

/* --- the table of knobs covers the struct --- */

#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define HAS_CLEAR_PADDING 1
#endif
#endif

#define MARK(member) (memset(&(member), 0xff, sizeof(member)), __builtin_clear_padding(&(member)))

/* Each byte that is not padding belongs to exactly one knob: a field that the table forgot would
 * never be composed. */
static void test_every_byte_has_one_knob(void **state) {
    (void)state;
#ifdef HAS_CLEAR_PADDING
    unsigned char owners[sizeof(struct recipe)] = {0};
    struct recipe used;

    memset(&used, 0, sizeof used);
    MARK(used.mint); /* one by one: GCC 12 clears too much of a struct as large as the whole */
    MARK(used.tls);
    MARK(used.smtp);
    MARK(used.dns);
    MARK(used.sts);
    MARK(used.message);
    for (size_t i = 0; i < recipe_knob_count; i++)
        for (size_t at = 0; at < recipe_knobs[i].size_b; at++)
            owners[recipe_knobs[i].offset + at]++;
    for (size_t at = 0; at < sizeof used; at++)
        if (owners[at] != (((const unsigned char *)&used)[at] == 0xff))
            fail_msg("byte %zu of struct recipe belongs to %u knobs", at, owners[at]);
#else
    skip(); /* the compiler cannot tell padding */
#endif
}

static void test_knobs_are_in_order_and_named(void **state) {
    (void)state;
    for (size_t i = 0; i < recipe_knob_count; i++) {
        assert_true(recipe_knobs[i].size_b > 0);
        assert_memory_equal(recipe_knobs[i].what, "the ", 4);
        if (i > 0)
            assert_true(recipe_knobs[i].offset >=
                        recipe_knobs[i - 1].offset + recipe_knobs[i - 1].size_b);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(recipe_knobs[i].what, recipe_knobs[j].what);
    }
}

static const struct recipe_knob *knob_named(const char *what) {
    for (size_t i = 0; i < recipe_knob_count; i++)
        if (strcmp(recipe_knobs[i].what, what) == 0)
            return &recipe_knobs[i];
    fail_msg("there is no knob '%s'", what);
    return NULL;
}

/* --- patches --- */

static void test_apply(void **state) {
    const struct recipe patch = {.tls.dh_bits = 1024,
                                 .mint.leaf.validity = {.not_after_s = 5},
                                 .smtp.at[SMTP_POINT_STARTTLS] = {.code = 454, .text = "no"}};
    struct recipe recipe = {.tls = {.kx = TLS_KX_DHE, .dh_bits = 512},
                            .mint.leaf.validity = {MINT_TIME_ABSOLUTE, 1, 2}};

    (void)state;
    recipe_apply(&recipe, &patch);
    assert_int_equal(recipe.tls.dh_bits, 1024);
    assert_int_equal(recipe.tls.kx, TLS_KX_DHE); /* not in the patch */
    assert_int_equal(recipe.smtp.at[SMTP_POINT_STARTTLS].code, 454);
    assert_string_equal(recipe.smtp.at[SMTP_POINT_STARTTLS].text, "no");
    /* a knob is taken whole */
    assert_int_equal(recipe.mint.leaf.validity.time, MINT_TIME_DEFAULT);
    assert_int_equal(recipe.mint.leaf.validity.not_before_s, 0);
    assert_int_equal(recipe.mint.leaf.validity.not_after_s, 5);
}

static void test_empty_patch_changes_nothing(void **state) {
    const struct recipe empty = {0};
    struct recipe recipe, before;

    (void)state;
    memset(&recipe, 0x5a, sizeof recipe);
    before = recipe;
    recipe_apply(&recipe, &empty);
    assert_memory_equal(&recipe, &before, sizeof recipe);
}

static void test_clash(void **state) {
    const struct recipe none = {0}, a = {.tls.dh_bits = 512}, b = {.tls.dh_bits = 1024},
                        other = {.mint.issuer = MINT_ISSUER_SELF};

    (void)state;
    assert_null(recipe_clash(&a, &none));
    assert_null(recipe_clash(&none, &a));
    assert_null(recipe_clash(&a, &a));
    assert_null(recipe_clash(&a, &other));
    assert_ptr_equal(recipe_clash(&a, &b), knob_named("the Diffie-Hellman group"));
}

/* The name in the subject and the names in the SAN are one thing. */
static void test_names_are_one_knob(void **state) {
    const struct recipe subject = {.mint.leaf.subject = "/CN=a"}, san = {.mint.leaf.san = "DNS:a"};

    (void)state;
    assert_ptr_equal(recipe_clash(&subject, &san), knob_named("the names in the certificate"));
}

/* --- what does in place of what --- */

static void test_served(void **state) {
    static const struct {
        const char *what;
        struct recipe has, wanted;
        bool served;
    } cases[] = {
        {"the TLS versions",
         {.tls.versions = {0x0301, 0x0301}},
         {.tls.versions = {0, 0x0303}},
         true},
        {"the TLS versions",
         {.tls.versions = {0x0303, 0x0303}},
         {.tls.versions = {0, 0x0303}},
         true},
        {"the TLS versions",
         {.tls.versions = {0x0304, 0x0304}},
         {.tls.versions = {0, 0x0303}},
         false},
        {"the TLS versions", {.tls.versions = {0x0303, 0}}, {.tls.versions = {0, 0x0303}}, false},
        {"the TLS versions",
         {.tls.versions = {0x0301, 0x0303}},
         {.tls.versions = {0x0303, 0}},
         false},
        {"the TLS versions", {.tls.versions = {0, 0x0303}}, {.tls.versions = {0x0303, 0}}, true},
        {"the TLS versions", {.tls.versions = {0x0304, 0}}, {.tls.versions = {0x0303, 0}}, true},
        {"the certificate's key",
         {.mint.leaf.key = {.type = KEY_RSA, .bits = 512}},
         {.mint.leaf.key = {.type = KEY_RSA, .bits = 3072}},
         true},
        {"the certificate's key",
         {.mint.leaf.key = {.type = KEY_EC, .curve = KEY_CURVE_P384}},
         {.mint.leaf.key = {.type = KEY_RSA, .bits = 3072}},
         false},
        {"the intermediate's key",
         {.mint.intermediate.key = {.type = KEY_EC}},
         {.mint.intermediate.key = {.type = KEY_RSA, .bits = 3072}},
         false},
        {"the key exchange", {.tls.kx = TLS_KX_ANON_DH}, {.tls.kx = TLS_KX_DHE}, true},
        {"the key exchange", {.tls.kx = TLS_KX_DHE}, {.tls.kx = TLS_KX_ANON_DH}, false},
        {"the cipher", {.tls.bulk = TLS_BULK_NULL}, {.tls.bulk = TLS_BULK_AES_CBC_SHA1}, true},
        {"the cipher", {.tls.bulk = TLS_BULK_AES_CBC_SHA1}, {.tls.bulk = TLS_BULK_NULL}, false},
        {"the Diffie-Hellman group", {.tls.dh_bits = 512}, {.tls.dh_bits = 1024}, false},
        {"the Diffie-Hellman group", {.tls.dh_bits = 512}, {.tls.dh_bits = 512}, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool served =
            recipe_knob_is_served(knob_named(cases[i].what), &cases[i].has, &cases[i].wanted);

        if (served != cases[i].served)
            fail_msg("case %zu, %s", i, cases[i].what);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_has_one_knob),
        cmocka_unit_test(test_knobs_are_in_order_and_named),
        cmocka_unit_test(test_apply),
        cmocka_unit_test(test_empty_patch_changes_nothing),
        cmocka_unit_test(test_clash),
        cmocka_unit_test(test_names_are_one_knob),
        cmocka_unit_test(test_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
