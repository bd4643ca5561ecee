#include "base/ascii.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "fault/catalogue.h"
#include "fault/compose.h"
#include "tls/iana.h"
#include "tls/seen.h"
#include "unit.h"

#define SNAPSHOT "tests/snapshots/catalogue.txt"

enum { NAME_MAX_CHARS = 31, TITLE_MAX_CHARS = 60, FAILURE_MAX_CHARS = 60 };

static const struct fault *first(void) {
    return &catalogue[0];
}

static const struct fault *end(void) {
    return &catalogue[catalogue_count];
}

/* --- names and numbers --- */

static void test_sorted_by_number(void **state) {
    (void)state;
    for (size_t i = 1; i < catalogue_count; i++)
        assert_true(catalogue[i - 1].number < catalogue[i].number);
}

/* The block of what no longer fits into its layer's. */
enum { CONTINUED_FIRST = 850, CONTINUED_LAST = 949 };

static bool is_continued(enum layer layer) {
    return layer == LAYER_KEY || layer == LAYER_CERTIFICATE || layer == LAYER_CHAIN ||
           layer == LAYER_REVOCATION;
}

static void test_numbers_lie_in_their_block(void **state) {
    static const struct {
        unsigned first, last;
    } blocks[LAYER_COUNT] = {
        [LAYER_CONTROL] = {1, 19},         [LAYER_PRESET] = {40, 49},
        [LAYER_CERTIFICATE] = {100, 199},  [LAYER_CHAIN] = {200, 249},
        [LAYER_KEY] = {250, 299},          [LAYER_SIGNATURE] = {300, 349},
        [LAYER_PROTOCOL] = {350, 399},     [LAYER_CIPHER] = {400, 449},
        [LAYER_KEY_EXCHANGE] = {450, 499}, [LAYER_HANDSHAKE] = {500, 599},
        [LAYER_STARTTLS] = {600, 699},     [LAYER_SMTP] = {700, 799},
        [LAYER_REVOCATION] = {800, 849},   [LAYER_DNS] = {1000, 1099},
        [LAYER_DNSSEC] = {1100, 1199},     [LAYER_DANE] = {1200, 1299},
        [LAYER_STS] = {1300, 1399},
    };

    (void)state;
    for (const struct fault *f = first(); f < end(); f++) {
        if (f->number >= CONTINUED_FIRST && f->number <= CONTINUED_LAST)
            assert_true(is_continued(f->layer));
        else if (fault_is_control(f) && fault_needs_world(f))
            assert_in_range(f->number, blocks[LAYER_DANE].first, blocks[LAYER_STS].last);
        else
            assert_in_range(f->number, blocks[f->layer].first, blocks[f->layer].last);
    }
}

static bool is_kebab(const char *name) {
    size_t len = strlen(name);

    if (len == 0 || !ascii_is_alpha(name[0]) || name[len - 1] == '-' || strstr(name, "--") != NULL)
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static void test_names(void **state) {
    (void)state;
    for (const struct fault *f = first(); f < end(); f++) {
        assert_true(is_kebab(f->name));
        assert_true(strlen(f->name) <= NAME_MAX_CHARS);
        assert_ptr_equal(catalogue_find(f->name), f); /* the first of its name, so the only */
        assert_false(catalogue_has_group(f->name) && !fault_is_control(f));
    }
}

static void test_longest_recipe_fits_its_name(void **state) {
    (void)state;
    assert_true(COMPOSE_MAX_FAULTS * (NAME_MAX_CHARS + 1) <= COMPOSE_NAME_SIZE_B);
}

/* --- texts --- */

static void assert_text(const char *text, size_t max, bool may_have_lines) {
    assert_non_null(text);
    assert_in_range(strlen(text), 3, max);
    for (const char *c = text; *c != '\0'; c++)
        assert_true(ascii_is_print(*c) || (may_have_lines && *c == '\n'));
    assert_null(strstr(text, "  "));
    assert_null(strstr(text, "\n\n"));
    assert_true(text[0] != ' ' && text[strlen(text) - 1] != ' ');
}

static bool ends_sentence(const char *text) {
    size_t len = strlen(text);

    return text[len - 1] == '.' || (len > 1 && strcmp(text + len - 2, ".)") == 0);
}

static void test_texts(void **state) {
    (void)state;
    for (const struct fault *f = first(); f < end(); f++) {
        print_message("%s\n", f->name);
        assert_text(f->title, TITLE_MAX_CHARS, false);
        assert_text(f->failure, FAILURE_MAX_CHARS, false);
        assert_text(f->wrong, 900, false);
        assert_text(f->strict, 500, false);
        assert_text(f->fix, 1600, true);
        assert_text(f->since, 8, false);
        assert_false(ends_sentence(f->title) || ends_sentence(f->failure));
        assert_true(ends_sentence(f->wrong) && ends_sentence(f->strict));
        assert_true(ends_sentence(f->fix));
    }
}

static void test_references(void **state) {
    (void)state;
    for (const struct fault *f = first(); f < end(); f++) {
        assert_non_null(f->references[0]);
        for (size_t i = 0; i < FAULT_MAX_REFERENCES && f->references[i] != NULL; i++)
            assert_text(f->references[i], 76, false);
    }
}

/* --- twins, clues, alerts, groups --- */

/* An oddity, which no policy calls a fault. */
static bool is_never_a_fault(const struct fault *f) {
    return f->expect != EXPECT_REFUSE && f->faulty_under[0] == NULL;
}

static void test_twins_are_controls(void **state) {
    (void)state;
    for (const struct fault *f = first(); f < end(); f++) {
        if (fault_is_control(f)) {
            assert_null(f->twin);
            assert_null(f->clue);
            assert_int_equal(f->expect, EXPECT_DELIVER);
            continue;
        }
        assert_non_null(f->twin);
        assert_non_null(catalogue_find(f->twin));
        assert_true(fault_is_control(catalogue_find(f->twin)));
        if (!is_never_a_fault(f) && !fault_needs_world(f))
            assert_true(is_kebab(f->clue));
    }
}

/* Where the server ends the handshake the sender has nothing to say. */
static bool ends_by_itself(const struct fault *f) {
    return f->changes.tls.alert != 0 || f->changes.tls.client_cert == TLS_CLIENT_CERT_REFUSED;
}

static void test_alerts_exist_and_fit(void **state) {
    static const char *const never[] = {"internal_error", "decode_error", "unexpected_message",
                                        "close_notify", "user_canceled"};

    (void)state;
    for (const struct fault *f = first(); f < end(); f++) {
        size_t count = 0;

        while (count < FAULT_MAX_ALERTS && f->alerts[count] != NULL)
            assert_true(tls_alert_number(f->alerts[count++]) > 0);
        assert_true(count < FAULT_MAX_ALERTS); /* so a NULL ends them */
        if (f->expect != EXPECT_EITHER &&
            !fault_needs_world(f)) /* there an alert may be had, and no verdict rests on it */
            assert_int_equal(count == 0, fault_is_control(f) || f->layer == LAYER_STARTTLS ||
                                             f->layer == LAYER_SMTP || is_never_a_fault(f) ||
                                             ends_by_itself(f));
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < ARRAY_LEN(never); j++)
                assert_string_not_equal(f->alerts[i], never[j]);
    }
}

static void test_policies(void **state) {
    (void)state;
    for (const struct fault *f = first(); f < end(); f++) {
        size_t count = 0;

        while (count < FAULT_MAX_POLICIES && f->faulty_under[count] != NULL)
            assert_true(fault_is_fault_under(f, f->faulty_under[count++]));
        assert_true(count < FAULT_MAX_POLICIES); /* so a NULL ends them */
        assert_int_equal(fault_is_fault_under(f, "strict"), f->expect == EXPECT_REFUSE);
        if (count > 0)
            assert_int_equal(f->expect, EXPECT_DELIVER);
        if (is_never_a_fault(f) && !fault_is_control(f) && f->layer < LAYER_STARTTLS)
            assert_int_equal(fault_in_group(f, "legal"), f->expect == EXPECT_DELIVER);
    }
    assert_true(fault_is_fault_under(catalogue_find("rsa2048"), "bsi"));
    assert_false(fault_is_fault_under(catalogue_find("rsa2048"), "nist"));
    assert_true(fault_is_fault_under(catalogue_find("expired"), "nist"));
    assert_false(fault_is_fault_under(catalogue_find("root-included"), "bsi"));
    assert_false(fault_is_fault_under(catalogue_find("control"), "bsi"));
}

static void test_groups(void **state) {
    static const char *const seed[] = {
        "worst",          "self-signed",      "expired", "expired-1970", "wrong-host",
        "untrusted-root", "incomplete-chain", "rsa1024", "sha1",         "tls10"};
    size_t found = 0;

    (void)state;
    for (const struct fault *f = first(); f < end(); f++) {
        assert_int_not_equal(fault_in_group(f, "all"), fault_in_group(f, "world"));
        assert_true(fault_in_group(f, layer_name(f->layer)) || fault_in_group(f, "world"));
        assert_false(fault_in_group(f, "nonsense"));
        for (size_t i = 0; i < FAULT_MAX_GROUPS && f->groups[i] != NULL; i++)
            assert_true(catalogue_has_group(f->groups[i]));
        found += fault_in_group(f, "seed");
        /* what a sender must accept although it is odd */
        assert_int_equal(fault_in_group(f, "legal"),
                         f->expect == EXPECT_DELIVER && !fault_is_control(f));
    }
    assert_int_equal(found, ARRAY_LEN(seed));
    for (size_t i = 0; i < ARRAY_LEN(seed); i++)
        assert_true(fault_in_group(catalogue_find(seed[i]), "seed"));
    assert_true(catalogue_has_group("slow"));
    assert_true(catalogue_has_group("key-exchange"));
    assert_false(catalogue_has_group(""));
    assert_false(catalogue_has_group("expired"));
}

/* --- exactly one thing --- */

static unsigned knobs_set(const struct recipe *recipe) {
    unsigned count = 0;

    for (size_t i = 0; i < recipe_knob_count; i++)
        count += recipe_knob_is_set(&recipe_knobs[i], recipe);
    return count;
}

static unsigned knobs_that_differ(const struct recipe *a, const struct recipe *b) {
    unsigned count = 0;

    for (size_t i = 0; i < recipe_knob_count; i++)
        count += !recipe_knob_is_equal(&recipe_knobs[i], a, b);
    return count;
}

static void test_faults_differ_in_one_thing(void **state) {
    (void)state;
    for (const struct fault *f = first(); f < end(); f++) {
        struct recipe twin;
        struct scenario scenario;
        struct err err;

        print_message("%s\n", f->name);
        assert_int_equal(scenario_parse(f->name, &scenario, &err), 0);
        scenario_twin_recipe(&scenario, &twin);
        if (fault_is_control(f))
            assert_int_equal(knobs_that_differ(&scenario.recipe, &twin), 0);
        else if (f->layer != LAYER_PRESET)
            assert_int_equal(knobs_that_differ(&scenario.recipe, &twin), 1);
        else
            assert_true(knobs_that_differ(&scenario.recipe, &twin) > 1);
        assert_int_equal(knobs_that_differ(&scenario.recipe, &twin),
                         fault_is_control(f) ? 0 : knobs_set(&f->changes));
    }
}

/* What a fault needs it does not change: else one of the two would be idle. */
static void test_needs_and_changes_are_apart(void **state) {
    (void)state;
    for (const struct fault *f = first(); f < end(); f++) {
        for (size_t i = 0; i < recipe_knob_count; i++)
            assert_false(recipe_knob_is_set(&recipe_knobs[i], &f->needs) &&
                         recipe_knob_is_set(&recipe_knobs[i], &f->changes));
    }
}

/* The same change to another control, which makes a fault sound: must-staple where there is a staple. */
static bool is_cured(const struct fault *a, const struct fault *b) {
    return !fault_is_control(b) && a->expect != b->expect && strcmp(a->twin, b->twin) != 0;
}

/* The same change in a world, to another control or in another surrounding: who looks at DANE is asked something else by it. */
static bool is_elsewhere(const struct fault *a, const struct fault *b) {
    return fault_needs_world(a) && !fault_is_control(a) && !fault_is_control(b) &&
           (strcmp(a->twin, b->twin) != 0 || knobs_that_differ(&a->needs, &b->needs) > 0);
}

/* Two rows that change the same knobs to the same values would be one fault under two names. */
static void test_no_two_alike(void **state) {
    (void)state;
    for (const struct fault *a = first(); a < end(); a++) {
        for (const struct fault *b = first(); b < end(); b++) {
            if (a != b && !fault_is_control(a) && !is_cured(a, b) && !is_elsewhere(a, b) &&
                !is_elsewhere(b, a))
                assert_true(knobs_that_differ(&a->changes, &b->changes) > 0);
        }
    }
}

/* --- likeness --- */

static void test_nearest(void **state) {
    static const struct {
        const char *name, *nearest;
    } cases[] = {
        {"expierd", "expired"},
        {"selfsigned", "self-signed"},
        {"tls1.0", "tls10"},
        {"wronghost", "wrong-host"},
        {"dh512", "dhe512"},
        {"Expired", "expired"},
        {"expired", "expired"},
        {"x", NULL},
        {"", NULL},
        {"nothing-like-it-at-all-anywhere", NULL},
        {"0123456789012345678901234567890123456789012345678901234567890", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *nearest = catalogue_nearest(cases[i].name);

        print_message("%s\n", cases[i].name);
        if (cases[i].nearest == NULL)
            assert_null(nearest);
        else
            assert_string_equal(nearest, cases[i].nearest);
    }
}

/* --- the snapshot: a diff of it is a diff of meaning --- */

static void put_text(struct buf *out, const char *text) {
    if (text != NULL)
        buf_printf(out, " \"%s\"", text);
}

/* On one line. */
static void put_escaped(struct buf *out, const char *text) {
    if (text == NULL)
        return;
    buf_puts(out, " \"");
    for (; *text != '\0'; text++) {
        if (ascii_is_print(*text))
            buf_printf(out, "%c", *text);
        else
            buf_printf(out, "\\x%02x", (unsigned char)*text);
    }
    buf_puts(out, "\"");
}

static void put_answer(struct buf *out, const struct smtp_answer *answer) {
    static const char *const forms[] = {"", " raw", " lf", " lines", " wide"};
    static const char *const manners[] = {"",         " once",  " late",   " trickle",
                                          " last",    " stall", " fin",    " rst",
                                          " endless", " lines", " guarded"};
    _Static_assert(ARRAY_LEN(manners) == SMTP_MANNER_COUNT, "a word for each manner");

    buf_printf(out, " %u", answer->code);
    put_escaped(out, answer->text);
    buf_printf(out, "%s%s", forms[answer->form], manners[answer->manner]);
    if (answer->amount != 0)
        buf_printf(out, " %u", answer->amount);
}

/* Which of the answers the knob is, NULL if it is none. */
static const struct smtp_answer *answer_of(const struct recipe_knob *knob,
                                           const struct recipe *recipe) {
    for (size_t i = 0; i < SMTP_POINT_COUNT; i++)
        if (knob->offset == offsetof(struct recipe, smtp.at) + i * sizeof recipe->smtp.at[0])
            return &recipe->smtp.at[i];
    return NULL;
}

/* Which of the texts of the dialogue the knob is, NULL if it is none. */
static const char *text_of(const struct recipe_knob *knob, const struct recipe *recipe) {
    if (knob->offset == offsetof(struct recipe, message.body))
        return recipe->message.body;
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        if (knob->offset ==
            offsetof(struct recipe, smtp.capabilities) + i * sizeof recipe->smtp.capabilities[0])
            return recipe->smtp.capabilities[i];
    return NULL;
}

/* The knob's bytes as numbers; where there are texts in it, those. */
static void put_value(struct buf *out, const struct recipe_knob *knob,
                      const struct recipe *recipe) {
    const unsigned char *bytes = (const unsigned char *)recipe + knob->offset;
    unsigned number;

    if (strcmp(knob->what, "the names in the certificate") == 0) {
        put_text(out, recipe->mint.leaf.subject);
        put_text(out, recipe->mint.leaf.san);
    } else if (strcmp(knob->what, "the names in the intermediate") == 0) {
        put_text(out, recipe->mint.intermediate.subject);
    } else if (answer_of(knob, recipe) != NULL) {
        put_answer(out, answer_of(knob, recipe));
    } else if (text_of(knob, recipe) != NULL) {
        put_escaped(out, text_of(knob, recipe));
    } else if (strstr(knob->what, "validity") != NULL) {
        const struct mint_validity *v = (const struct mint_validity *)(const void *)bytes;
        buf_printf(out, " %lld %lld %lld", (long long)v->time, (long long)v->not_before_s,
                   (long long)v->not_after_s);
    } else {
        for (size_t at = 0; at < knob->size_b; at += sizeof number) {
            memcpy(&number, bytes + at, sizeof number);
            buf_printf(out, number > 0x300 && number <= 0x304 ? " 0x%04x" : " %u", number);
        }
    }
}

static void put_knobs(struct buf *out, const char *head, const struct recipe *recipe) {
    for (size_t i = 0; i < recipe_knob_count; i++) {
        const struct recipe_knob *knob = &recipe_knobs[i];

        if (!recipe_knob_is_set(knob, recipe))
            continue;
        buf_printf(out, "    %s %s:", head, knob->what);
        put_value(out, knob, recipe);
        buf_puts(out, "\n");
    }
}

static void put_fault(struct buf *out, const struct fault *f) {
    buf_printf(out, "%u %s: %s, %s, twin %s, clue %s\n", f->number, f->name, layer_name(f->layer),
               expect_name(f->expect), f->twin != NULL ? f->twin : "-",
               f->clue != NULL ? f->clue : "-");
    for (size_t i = 0; f->alerts[i] != NULL; i++)
        buf_printf(out, "%s%s%s", i == 0 ? "    alerts " : ", ", f->alerts[i],
                   f->alerts[i + 1] == NULL ? "\n" : "");
    if (!fault_is_control(f))
        buf_printf(out, "    severity %s, remedy %s%s\n", fault_severity_name(f->severity),
                   remedy_name(f->remedy), fault_in_group(f, "core") ? ", core" : "");
    if (f->harmless != EXPOSURE_NOTHING)
        buf_printf(out, "    harmless %s\n", exposure_name(f->harmless));
    put_knobs(out, "needs", &f->needs);
    put_knobs(out, "changes", &f->changes);
}

static void test_snapshot(void **state) {
    struct buf wanted, seen;
    struct err err;

    (void)state;
    buf_init(&wanted, 1 << 20);
    buf_init(&seen, 1 << 20);
    for (const struct fault *f = first(); f < end(); f++) {
        put_fault(&seen, f);
    }
    if (getenv("UPDATE_SNAPSHOTS") != NULL)
        assert_int_equal(file_write(SNAPSHOT, seen.data, seen.len, 0644, &err), 0);
    if (file_read(SNAPSHOT, &wanted, &err) < 0)
        fail_msg("%s", err.text);
    if (strcmp(buf_text(&wanted), buf_text(&seen)) != 0)
        fail_msg("the catalogue differs from " SNAPSHOT
                 "; if it should, run this with UPDATE_SNAPSHOTS=1. It is now:\n%s",
                 buf_text(&seen));
    buf_fini(&wanted);
    buf_fini(&seen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorted_by_number),
        cmocka_unit_test(test_numbers_lie_in_their_block),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_longest_recipe_fits_its_name),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_twins_are_controls),
        cmocka_unit_test(test_alerts_exist_and_fit),
        cmocka_unit_test(test_policies),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_faults_differ_in_one_thing),
        cmocka_unit_test(test_needs_and_changes_are_apart),
        cmocka_unit_test(test_no_two_alike),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_snapshot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
