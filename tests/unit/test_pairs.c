/* Every two rows of the catalogue: refused when they are composed, or served so that a sender can get in. */
#include "base/mem.h"
#include "fault/compose.h"
#include "tls/rehearsal.h"
#include "unit.h"

static const int64_t now_s = 1795478400; /* 2026-11-24 */

/* Of rows that differ in a code point alone one is enough. */
static const char *const alike[] = {"ecdhe-sec", "ecdhe-x", "ecdhe-brain", "alert-", "tls13-ffdhe"};
static const char *const kept[] = {"ecdhe-x25519", "ecdhe-secp521r1", "ecdhe-brainpool256",
                                   "alert-handshake-failure", "tls13-ffdhe2048"};

static bool is_among(const char *name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool is_alike(const struct fault *row) {
    for (size_t i = 0; i < ARRAY_LEN(alike); i++)
        if (strncmp(row->name, alike[i], strlen(alike[i])) == 0)
            return !is_among(row->name, kept, ARRAY_LEN(kept));
    return false;
}

/* What a handshake depends on, and those of the others with which it is tried. */
static bool is_of_handshake(const struct fault *row) {
    return row->layer == LAYER_KEY || row->layer == LAYER_SIGNATURE ||
           row->layer == LAYER_PROTOCOL || row->layer == LAYER_CIPHER ||
           row->layer == LAYER_KEY_EXCHANGE || row->layer == LAYER_HANDSHAKE ||
           row->layer == LAYER_CONTROL;
}

static bool is_partner(const struct fault *row) {
    static const char *const partners[] = {"rsa512", "ed25519-key", "static-rsa", "tls10"};

    return is_among(row->name, partners, ARRAY_LEN(partners));
}

static bool is_dialogue(const struct fault *row) {
    return row->layer == LAYER_SMTP || row->layer == LAYER_STARTTLS;
}

static bool is_to_be_served(const struct fault *a, const struct fault *b) {
    if (fault_in_group(a, "slow") || fault_in_group(b, "slow") || is_alike(a) || is_alike(b) ||
        is_dialogue(a) || is_dialogue(b))
        return false;
    return (is_of_handshake(a) && is_of_handshake(b)) || is_partner(a) || is_partner(b);
}

struct counts {
    unsigned pairs, refused, served, unserved;
};

static void serve(struct mint_lab *lab, const struct scenario *scenario, struct counts *counts) {
    struct tls_server *server = NULL;
    struct identity *identity = NULL;
    struct err err = {""};

    if (mint_identity(lab, &scenario->recipe.mint, now_s, &identity, &err) != 0 ||
        tls_server_new(&scenario->recipe.tls, identity, &server, &err) != 0 ||
        tls_server_rehearse(server, "localhost", &err) != 0) {
        print_error("%s: %s\n", scenario->name, err.text);
        counts->unserved++;
    }
    tls_server_free(&server);
    identity_free(&identity);
    counts->served++;
}

static void try_pair(struct mint_lab *lab, const struct fault *a, const struct fault *b,
                     struct counts *counts) {
    char *recipe = mem_printf("%s+%s", a->name, b->name);
    struct scenario scenario;
    struct err err;

    counts->pairs++;
    if (scenario_parse(recipe, &scenario, &err) != 0)
        counts->refused++;
    else if (is_to_be_served(a, b))
        serve(lab, &scenario, counts);
    free(recipe);
}

static void test_pairs(void **state) {
    struct counts counts = {0};
    struct key_pool *keys = NULL;
    struct mint_lab *lab = NULL;

    (void)state;
    assert_int_equal(key_pool_new(NULL, &keys, NULL), 0);
    assert_int_equal(mint_lab_new("localhost", keys, now_s, &lab, NULL), 0);

    for (size_t i = 0; i < catalogue_count; i++)
        for (size_t j = i + 1; j < catalogue_count; j++)
            try_pair(lab, &catalogue[i], &catalogue[j], &counts);
    print_message("%u pairs: %u refused, %u tried, %u of them cannot be served\n", counts.pairs,
                  counts.refused, counts.served, counts.unserved);
    mint_lab_free(&lab);
    key_pool_free(&keys);
    assert_int_equal(counts.unserved, 0);
    assert_true(counts.served > 2000);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pairs)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
