/* The tables of the policies: what they say, whether it is what the sources say, and whether
 * OpenSSL understands the offers that are made of them. */
#include <openssl/ssl.h>

#include "base/file.h"
#include "base/mem.h"
#include "fault/catalogue.h"
#include "policy/policy_tables.h"
#include "snapshot.h"
#include "tls/client.h"
#include "tls/iana.h"

enum { PRINT_MAX_B = 256 * 1024 };

static void print_standing(const struct standing *as, struct buf *out) {
    buf_printf(out, "  %s", grade_name(as->grade));
    if (as->until != 0)
        buf_printf(out, "  until %u", as->until);
    buf_puts(out, as->is_unlisted ? "  unlisted\n" : "\n");
}

static void print_codes(const char *title, const struct code_list *list,
                        const struct code_name *(*name)(uint16_t code), struct buf *out) {
    static const char *const where[] = {
        [FOR_ALL] = "", [FOR_TLS1_2] = "  TLS 1.2", [FOR_TLS1_3] = "  TLS 1.3"};

    buf_printf(out, "\n%s [%s]\n", title, list->source != NULL ? list->source : "no opinion");
    for (size_t i = 0; i < list->count; i++) {
        const struct code_row *row = &list->rows[i];
        const struct code_name *known = name != NULL ? name(row->code) : NULL;
        buf_printf(out, "  %04x  %s%s", row->code,
                   name == NULL ? tls_version_name(row->code) : known->name, where[row->where]);
        print_standing(&row->as, out);
    }
}

static void print_keys(const char *title, const struct key_row *rows, size_t count,
                       const char *source, struct buf *out) {
    buf_printf(out, "\n%s [%s]\n", title, source != NULL ? source : "no opinion");
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "  %s %u",
                   rows[i].key == FACTS_KEY_OTHER ? "DH" : facts_key_text(rows[i].key),
                   rows[i].bits);
        print_standing(&rows[i].as, out);
    }
}

static void print_curves(const struct policy_tables *tables, struct buf *out) {
    buf_printf(out, "\ncurves of keys [%s]\n",
               tables->curves.source != NULL ? tables->curves.source : "no opinion");
    for (size_t i = 0; i < tables->curves.count; i++) {
        buf_printf(out, "  %s", tables->curves.rows[i].name);
        print_standing(&tables->curves.rows[i].as, out);
    }
}

static void print_signatures(const struct policy_tables *tables, struct buf *out) {
    static const char *const paddings[] = {[FACTS_PADDING_NONE] = "",
                                           [FACTS_PADDING_PKCS1] = " PKCS #1 v1.5",
                                           [FACTS_PADDING_PSS] = " PSS"};

    buf_printf(out, "\nsignatures of certificates [%s]\n", tables->signatures.source);
    for (size_t i = 0; i < tables->signatures.count; i++) {
        const struct signature_row *row = &tables->signatures.rows[i];
        buf_printf(out, "  %s%s %s", facts_key_text(row->key), paddings[row->padding],
                   facts_hash_text(row->hash));
        print_standing(&row->as, out);
    }
}

static void print_feature(const char *name, const struct feature_row *row, struct buf *out) {
    if (row->source == NULL)
        buf_printf(out, "  %s  no opinion\n", name);
    else
        buf_printf(out, "  %s  %s, leniently %s [%s]\n", name, severity_name(row->strictly),
                   severity_name(row->leniently), row->source);
}

static void print_features(const struct policy_tables *tables, struct buf *out) {
    static const char *const names[FEATURE_COUNT] = {
        [FEATURE_ENCRYPT_THEN_MAC] = "CBC without encrypt-then-MAC",
        [FEATURE_EXTENDED_MASTER_SECRET] = "no extended master secret",
        [FEATURE_RENEGOTIATION] = "no secure renegotiation",
        [FEATURE_COMPRESSION] = "compression",
        [FEATURE_EARLY_DATA] = "early data",
    };

    buf_puts(out, "\nother\n");
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        print_feature(names[i], &tables->features[i], out);
    if (tables->rsa_exponent.source != NULL)
        buf_printf(out, "  an RSA exponent below %u  fail [%s]\n", tables->rsa_exponent.least,
                   tables->rsa_exponent.source);
    if (tables->validity.source != NULL)
        buf_printf(out, "  valid for more than %u days  %s [%s]\n", tables->validity.days,
                   severity_name(tables->validity.severity), tables->validity.source);
    buf_printf(out, "  another version accepted  at most %s\n", severity_name(tables->accepts));
    buf_printf(out, "  path and name  %s\n", severity_name(tables->path));
    buf_printf(out, "  certificates  %s\n", tables->leaf_alone ? "the leaf alone" : "all");
}

static void print_offer(const struct policy *policy, int year, struct buf *out) {
    struct tls_offer_spec offer;
    struct buf strings;

    buf_init(&strings, POLICY_OFFER_MAX_B);
    policy_offer(policy, year, &offer, &strings);
    buf_printf(out, "\noffer in %d: %s to %s\n", year, tls_version_name(offer.min_version),
               tls_version_name(offer.max_version));
    buf_printf(out, "  %s\n  %s\n  %s\n  %s\n", offer.suites13, offer.suites ? offer.suites : "-",
               offer.groups ? offer.groups : "-", offer.schemes);
    buf_fini(&strings);
}

static void print_policy(const struct policy *policy, struct buf *out) {
    const struct policy_tables *tables = policy->tables;

    buf_printf(out, "%s: %s%s\n", policy->name, policy->title,
               policy->is_lenient ? " (read leniently)" : "");
    print_codes("versions", &tables->versions, NULL, out);
    print_codes("cipher suites", &tables->suites, suite_name, out);
    print_codes("groups", &tables->groups, group_name, out);
    print_codes("handshake signatures", &tables->schemes, scheme_name, out);
    print_keys("keys", tables->keys.rows, tables->keys.count, tables->keys.source, out);
    print_keys("Diffie-Hellman", tables->dh.rows, tables->dh.count, tables->dh.source, out);
    print_curves(tables, out);
    print_signatures(tables, out);
    print_features(tables, out);
    print_offer(policy, 2026, out);
}

static void test_tables_are_as_reviewed(void **state) {
    (void)state;
    for (size_t i = 0; policy_at(i) != NULL; i++) {
        char name[64];
        struct buf out;

        buf_init(&out, PRINT_MAX_B);
        print_policy(policy_at(i), &out);
        assert_false(out.overflow);
        snprintf(name, sizeof name, "policy-%s.txt", policy_at(i)->name);
        assert_snapshot(name, &out);
        buf_fini(&out);
    }
}

/* The list made apart from the tables: each line is a row, and each listed row a line. */
static const struct {
    const char *kind;
    uint16_t version;
    size_t offset; /* of the list within the tables */
} kinds[] = {
    {"version", TLS1_3, offsetof(struct policy_tables, versions)},
    {"suite13", TLS1_3, offsetof(struct policy_tables, suites)},
    {"suite12", TLS1_2, offsetof(struct policy_tables, suites)},
    {"group13", TLS1_3, offsetof(struct policy_tables, groups)},
    {"group12", TLS1_2, offsetof(struct policy_tables, groups)},
    {"scheme13", TLS1_3, offsetof(struct policy_tables, schemes)},
    {"scheme12", TLS1_2, offsetof(struct policy_tables, schemes)},
};

static const struct code_list *list_of(size_t kind) {
    const char *tables = (const char *)policy_bsi.tables;

    return (const struct code_list *)(const void *)(tables + kinds[kind].offset);
}

static const char *name_of(size_t kind, uint16_t code) {
    switch (kinds[kind].kind[0]) {
    case 's':
        return kinds[kind].kind[1] == 'u' ? suite_name(code)->name : scheme_name(code)->name;
    case 'g':
        return group_name(code)->name;
    default:
        return tls_version_name(code);
    }
}

static size_t kind_of(const char *kind) {
    size_t i = 0;

    while (i < ARRAY_LEN(kinds) && strcmp(kinds[i].kind, kind) != 0)
        i++;
    assert_true(i < ARRAY_LEN(kinds));
    return i;
}

static void check_line(const char *line, size_t lines[ARRAY_LEN(kinds)]) {
    char kind[16], name[64];
    unsigned code, until;

    if (*line == '#' || *line == '\0')
        return;
    assert_int_equal(sscanf(line, "%15s %x %63s %u", kind, &code, name, &until), 4);
    size_t i = kind_of(kind);
    const struct code_row *row = code_find(list_of(i), (uint16_t)code, kinds[i].version);
    if (row == NULL || row->as.is_unlisted || row->as.until != until)
        fail_msg("bsi has it otherwise: %s", line);
    assert_string_equal(name_of(i, (uint16_t)code), name);
    lines[i]++;
}

static size_t count_rows(size_t kind) {
    const struct code_list *list = list_of(kind);
    size_t rows = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct code_row *row = &list->rows[i];
        bool counts = !row->as.is_unlisted && code_row_holds(row, kinds[kind].version);
        if (strncmp(kinds[kind].kind, "suite", 5) == 0)
            counts = counts && suite_is_tls13(row->code) == (kinds[kind].version == TLS1_3);
        rows += counts;
    }
    return rows;
}

static void test_bsi_is_as_listed_elsewhere(void **state) {
    size_t lines[ARRAY_LEN(kinds)] = {0};
    struct buf text;
    struct err err = {.text = ""};

    (void)state;
    buf_init(&text, PRINT_MAX_B);
    if (file_read("tests/data/bsi-tr-02102-2.txt", &text, &err) != 0)
        fail_msg("%s", err.text);
    for (char *at = (char *)text.data, *next; at != NULL; at = next) {
        next = strchr(at, '\n');
        if (next != NULL)
            *next++ = '\0';
        check_line(at, lines);
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        print_message("%s: %zu\n", kinds[i].kind, lines[i]);
        assert_true(lines[i] > 0);
        assert_int_equal(lines[i], count_rows(i));
    }
    buf_fini(&text);
}

/* Each row can be found: none stands behind another of the same value. */
static void test_rows_are_reachable(void **state) {
    (void)state;
    for (size_t i = 0; policy_at(i) != NULL; i++) {
        const struct policy_tables *tables = policy_at(i)->tables;
        const struct code_list *lists[] = {&tables->versions, &tables->suites, &tables->groups,
                                           &tables->schemes};
        for (size_t j = 0; j < ARRAY_LEN(lists); j++)
            for (size_t k = 0; k < lists[j]->count; k++) {
                const struct code_row *row = &lists[j]->rows[k];
                uint16_t version = row->where == FOR_TLS1_3 ? TLS1_3 : TLS1_2;
                assert_ptr_equal(code_find(lists[j], row->code, version), row);
            }
    }
}

static void test_code_points_are_openssls(void **state) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx);
    const struct code_name *name;

    (void)state;
    for (size_t i = 0; (name = suite_name_at(i)) != NULL; i++) {
        unsigned char code[] = {(unsigned char)(name->code >> 8), (unsigned char)name->code};
        const SSL_CIPHER *suite = SSL_CIPHER_find(ssl, code);
        assert_ptr_equal(suite_name(name->code), name);
        assert_int_equal(suite != NULL, name->openssl != NULL);
        if (suite == NULL)
            continue;
        assert_string_equal(SSL_CIPHER_standard_name(suite), name->name);
        assert_string_equal(SSL_CIPHER_get_name(suite), name->openssl);
        assert_int_equal(SSL_CIPHER_get_auth_nid(suite) == NID_auth_null ||
                             SSL_CIPHER_get_cipher_nid(suite) == NID_undef,
                         suite_is_bare(name->code));
        assert_int_equal(SSL_CIPHER_get_kx_nid(suite) == NID_kx_rsa,
                         suite_is_static_rsa(name->code));
    }
    for (size_t i = 0; (name = group_name_at(i)) != NULL; i++)
        assert_ptr_equal(group_name(name->code), name);
    for (size_t i = 0; (name = scheme_name_at(i)) != NULL; i++)
        assert_ptr_equal(scheme_name(name->code), name);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

static void test_policies_are_found(void **state) {
    (void)state;
    for (size_t i = 0; policy_at(i) != NULL; i++) {
        assert_ptr_equal(policy_find(policy_name(policy_at(i))), policy_at(i));
        assert_true(strlen(policy_title(policy_at(i))) > 0);
    }
    assert_null(policy_find(""));
    assert_null(policy_find("BSI"));
    assert_null(policy_at(7));
}

static void test_rules_are_found(void **state) {
    (void)state;
    for (size_t i = 0; i < rule_count; i++)
        assert_ptr_equal(rule_find(rules[i].name), &rules[i]);
    assert_ptr_equal(rule_find("bsi:key-size"), rule_find("key-size"));
    assert_ptr_equal(rule_find("mozilla-intermediate:cipher"), rule_find("cipher"));
    assert_null(rule_find("nonesuch:key-size"));
    assert_null(rule_find("bsi:nonesuch"));
    assert_null(rule_find("bsi:bsi:key-size"));
    assert_null(rule_find(":key-size"));
    assert_null(rule_find("a-policy-with-a-name-that-is-far-too-long:key-size"));
    assert_null(rule_find(""));
}

/* What every rule has to say, and in what form. */
static void test_rules_are_complete(void **state) {
    static const char *const results[] = {
        "starttls-not-supported",  "certificate-host-mismatch", "certificate-expired",
        "certificate-not-trusted", "validation-failure",
    };

    (void)state;
    for (size_t i = 0; i < rule_count; i++) {
        const struct rule *rule = &rules[i];
        bool known = rule->tlsrpt == NULL;

        for (size_t j = 0; !known && j < ARRAY_LEN(results); j++)
            known |= strcmp(rule->tlsrpt, results[j]) == 0;
        if (!known)
            fail_msg("%s: %s is none of RFC 8460", rule->name, rule->tlsrpt);
        assert_true(strlen(rule->title) > 10 && strlen(rule->title) <= 80);
        assert_null(strchr(rule->why, '\n'));
        assert_true(rule->why[strlen(rule->why) - 1] == '.');
        assert_true(rule->fix[strlen(rule->fix) - 1] == '.');
        assert_null(strstr(rule->fix, "\n\n"));
        assert_null(strstr(rule->fix, "  "));
        assert_true(rule->short_nss == NULL || strstr(rule->nss, rule->short_nss) != NULL ||
                    strcmp(rule->short_nss, "WEAK_SIGNATURE_ALGORITHM") == 0);
    }
}

/* All but those of mail transactions, of which a check that sends no mail knows nothing. */
static void test_every_clue_is_a_rule(void **state) {
    (void)state;
    for (size_t i = 0; i < catalogue_count; i++) {
        const struct fault *fault = &catalogue[i];
        if (fault->clue != NULL && fault->layer != LAYER_SMTP && rule_find(fault->clue) == NULL)
            fail_msg("%s: no rule is called %s", fault->name, fault->clue);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_are_as_reviewed),
        cmocka_unit_test(test_bsi_is_as_listed_elsewhere),
        cmocka_unit_test(test_rows_are_reachable),
        cmocka_unit_test(test_code_points_are_openssls),
        cmocka_unit_test(test_policies_are_found),
        cmocka_unit_test(test_rules_are_found),
        cmocka_unit_test(test_rules_are_complete),
        cmocka_unit_test(test_every_clue_is_a_rule),
    };

    return cmocka_run_group_tests_name("policy tables", tests, NULL, NULL);
}
