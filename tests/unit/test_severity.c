/* How much each row matters, who can make a sender notice, and what is told together. */
#include "base/mem.h"
#include "fault/catalogue.h"
#include "unit.h"

static const struct fault *first(void) {
    return &catalogue[0];
}

static const struct fault *end(void) {
    return &catalogue[catalogue_count];
}

enum { WHY_MAX_WORDS = 20, FAMILY_MAX_CHARS = 60 };

static size_t words_of(const char *text) {
    size_t words = 1;

    for (; *text != '\0'; text++)
        words += *text == ' ';
    return words;
}

/* One: no end of a sentence before the last byte. */
static bool is_one_sentence(const char *text) {
    return text[strlen(text) - 1] == '.' && strstr(text, ". ") == NULL;
}

static void test_every_row_but_controls_has_a_severity(void **state) {
    (void)state;
    for (const struct fault *f = first(); f < end(); f++) {
        print_message("%s\n", f->name);
        assert_int_equal(f->severity == FAULT_UNRATED, fault_is_control(f));
        assert_int_equal(f->severity_why == NULL, fault_is_control(f));
        if (fault_is_control(f))
            continue;
        assert_in_range(strlen(f->severity_why), 20, 160);
        assert_null(strchr(f->severity_why, '\n'));
        assert_in_range(words_of(f->severity_why), 4, WHY_MAX_WORDS);
        assert_true(is_one_sentence(f->severity_why));
        assert_non_null(remedy_meaning(f->remedy));
    }
}

static void test_severities_by_rule(void **state) {
    static const struct {
        const char *name;
        enum fault_severity severity;
        enum remedy remedy;
    } cases[] = {
        {"self-signed", FAULT_CRITICAL, REMEDY_SETTING},
        {"wrong-host", FAULT_CRITICAL, REMEDY_SETTING},
        {"starttls-not-offered", FAULT_CRITICAL, REMEDY_SETTING},
        {"inject-ehlo", FAULT_CRITICAL, REMEDY_LIBRARY},
        {"null-cipher", FAULT_CRITICAL, REMEDY_SETTING},
        {"anon-dh", FAULT_CRITICAL, REMEDY_SETTING},
        {"psychic-signature", FAULT_CRITICAL, REMEDY_SETTING},
        {"rsa512", FAULT_HIGH, REMEDY_SETTING},
        {"rsa768", FAULT_HIGH, REMEDY_SETTING},
        {"dhe512", FAULT_HIGH, REMEDY_SETTING},
        {"rsa-roca", FAULT_HIGH, REMEDY_NOBODY},
        {"md5", FAULT_HIGH, REMEDY_SETTING},
        {"explicit-curve", FAULT_HIGH, REMEDY_SETTING},
        {"smuggle-lf-dot-lf", FAULT_HIGH, REMEDY_SETTING},
        {"expired", FAULT_MEDIUM, REMEDY_SETTING},
        {"revoked-crl", FAULT_MEDIUM, REMEDY_SETTING},
        {"sha1", FAULT_MEDIUM, REMEDY_SETTING},
        {"rsa1024", FAULT_MEDIUM, REMEDY_SETTING},
        {"tls10", FAULT_MEDIUM, REMEDY_SETTING},
        {"static-rsa", FAULT_MEDIUM, REMEDY_SETTING},
        {"empty-subject-plain-san", FAULT_LOW, REMEDY_SETTING},
        {"rsa2048", FAULT_HIGH, REMEDY_LIBRARY}, /* if it is turned away */
        {"expired-cross-sign", FAULT_MEDIUM, REMEDY_LIBRARY},
        {"key-update", FAULT_LOW, REMEDY_LIBRARY},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct fault *f = catalogue_find(cases[i].name);

        print_message("%s\n", cases[i].name);
        assert_int_equal(f->severity, cases[i].severity);
        assert_int_equal(f->remedy, cases[i].remedy);
    }
}

static size_t members_of(const char *family) {
    size_t members = 0;

    for (const struct fault *f = first(); f < end(); f++)
        members += f->family != NULL && strcmp(f->family, family) == 0;
    return members;
}

/* A family is told as one: so it has several members, of one layer. */
static void test_families(void **state) {
    (void)state;
    for (const struct fault *f = first(); f < end(); f++) {
        if (f->family == NULL)
            continue;
        print_message("%s: %s\n", f->name, f->family);
        assert_in_range(strlen(f->family), 3, FAMILY_MAX_CHARS);
        assert_int_not_equal(f->family[strlen(f->family) - 1], '.');
        assert_in_range(members_of(f->family), 2, SIZE_MAX);
        for (const struct fault *g = first(); g < end(); g++)
            if (g->family != NULL && strcmp(f->family, g->family) == 0)
                assert_true(f->layer == g->layer || f->layer >= LAYER_STARTTLS);
    }
}

/* Who reads that a sender refuses would take delivery for a fault. */
static void test_what_may_go_either_way_says_so(void **state) {
    size_t found = 0;

    (void)state;
    for (const struct fault *f = first(); f < end(); f++) {
        if (f->expect != EXPECT_EITHER)
            continue;
        found++;
        print_message("%s\n", f->name);
        assert_int_equal(f->harmless, EXPOSURE_NOTHING); /* the expectation says it already */
        assert_null(f->faulty_under[0]);
        assert_non_null(strcasestr(f->strict, " or "));
        assert_non_null(strstr(f->strict, "deliver"));
    }
    assert_in_range(found, 20, catalogue_count);
}

/* What is in it all sound senders pass: so nothing that takes long, that may go either way, or more than two of a kind. */
static void test_core(void **state) {
    size_t members = 0, faults = 0;

    (void)state;
    for (const struct fault *f = first(); f < end(); f++) {
        size_t kin = 0;

        if (!fault_in_group(f, "core"))
            continue;
        print_message("%s\n", f->name);
        members++;
        faults += f->expect == EXPECT_REFUSE;
        assert_false(fault_is_control(f));
        assert_false(fault_in_group(f, "slow"));
        assert_int_not_equal(f->expect, EXPECT_EITHER);
        /* Rows of the dialogue are there for the plaintext that may follow, which is critical by itself. */
        assert_in_range(f->severity, f->layer == LAYER_SMTP ? FAULT_LOW : FAULT_MEDIUM,
                        FAULT_CRITICAL);
        for (const struct fault *g = first(); g < end(); g++)
            kin += fault_in_group(g, "core") && g->family != NULL && f->family != NULL &&
                   strcmp(f->family, g->family) == 0;
        assert_in_range(kin, 0, 2);
    }
    assert_in_range(members, 90, 150);
    assert_in_range(faults, 60, members);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_but_controls_has_a_severity),
        cmocka_unit_test(test_severities_by_rule),
        cmocka_unit_test(test_families),
        cmocka_unit_test(test_what_may_go_either_way_says_so),
        cmocka_unit_test(test_core),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
