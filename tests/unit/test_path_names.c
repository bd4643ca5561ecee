/* Name constraints without end: what nobody can compare in little time is refused, and what is large and real is not. */
#include "base/buf.h"
#include "forge.h"

enum { TEXT_MAX_B = 1024 * 1024 };

static const struct names_case {
    const char *name;
    unsigned constraints, names; /* of the authority, of the leaf */
    bool is_refused;
} cases[] = {
    {"none", 0, 10000, false},
    {"many constraints", 2000, 3, false},
    {"many names", 12, 10000, false},
    {"as many as can be", 512, 510, false}, /* and the two common names */
    {"one more", 512, 511, true},
    {"within libcrypto's own bound", 1000, 1000, true},
    {"beyond it", 5000, 5000, true},
};

static void list(struct buf *out, const char *kind, unsigned count) {
    buf_init(out, TEXT_MAX_B);
    for (unsigned i = 0; i < count; i++)
        buf_printf(out, "%s%sn%u.test", i > 0 ? "," : "", kind, i);
}

static void judge(const struct names_case *c, struct facts_chain *out) {
    struct buf names, constraints;

    list(&names, "DNS:", c->names);
    list(&constraints, "excluded;DNS:x", c->constraints);
    const struct forge leaf = FORGE("mx", FORGE_SKI, FORGE_AKI, FORGE_BC, FORGE_KU, FORGE_EKU,
                                    {"subjectAltName", buf_text(&names)}),
                       root = FORGE(
                           "Root", FORGE_CA,
                           {c->constraints > 0 ? "nameConstraints" : NULL, buf_text(&constraints)});
    EVP_PKEY *key = forge_key(), *root_key = forge_key();
    struct forge_issuer issuer = {forge_cert(&root, root_key, NULL), root_key};
    X509 *certs[] = {forge_cert(&leaf, key, &issuer), issuer.cert};
    struct trust *trust = forge_trust(issuer.cert);
    forge_judge(certs, ARRAY_LEN(certs), trust, out);
    trust_free(&trust);
    X509_free(certs[0]);
    X509_free(certs[1]);
    EVP_PKEY_free(key);
    EVP_PKEY_free(root_key);
    buf_fini(&names);
    buf_fini(&constraints);
}

static void test_bound(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct facts_chain chain;
        judge(&cases[i], &chain);
        if ((chain.path_count > 0) != cases[i].is_refused)
            fail_msg("%s: %zu flaws, %s", cases[i].name, chain.path_count, chain.path[0].text);
        assert_int_equal(chain.path_length, cases[i].is_refused ? 0 : 2);
        assert_true(chain.certs[0].is_on_path);
        if (cases[i].is_refused) {
            assert_int_equal(chain.path[0].flaw, FACTS_PATH_OTHER);
            assert_string_equal(chain.path[0].text,
                                "more names and name constraints than can be compared");
        }
        facts_chain_fini(&chain);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bound)};

    return cmocka_run_group_tests_name("path names", tests, NULL, NULL);
}
