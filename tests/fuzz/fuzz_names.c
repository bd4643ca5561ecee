/* Names in certificates: what matches here must match by libcrypto's rules too, which are the laxer
 * ones, and neither the case of letters nor a dot behind the reference may matter.  The first byte
 * is the kind of name; the first line is the name presented, the rest the reference. */
#include <assert.h>
#include <openssl/x509v3.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "policy/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool openssl_matches(const char *presented, size_t len, const char *reference) {
    X509 *cert = X509_new();
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();

    assert(cert != NULL && names != NULL && name != NULL && text != NULL);
    assert(ASN1_STRING_set(text, presented, (int)len) == 1);
    GENERAL_NAME_set0_value(name, GEN_DNS, text);
    assert(sk_GENERAL_NAME_push(names, name) > 0);
    assert(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0) == 1);
    GENERAL_NAMES_free(names);
    bool matches =
        X509_check_host(cert, reference, strlen(reference),
                        X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                        NULL) == 1;
    X509_free(cert);
    return matches;
}

/* With wildcards libcrypto knows letters, digits and inner hyphens only. */
static bool is_plain(const char *text) {
    return strpbrk(text, "_-") == NULL;
}

static void check_case(const struct facts_name *name, const char *reference, bool matches) {
    struct facts_name upper = {name->kind, name->len, mem_strdup(name->text)};

    for (char *c = upper.text; *c != '\0'; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 32);
    assert(name_matches(&upper, reference) == matches);
    free(upper.text);
}

static void check_dot(const struct facts_name *name, const char *reference, bool matches) {
    size_t len = strlen(reference);
    char *dotted = mem_printf("%s.", reference);

    if (name->kind == FACTS_NAME_DNS && len > 0 && reference[len - 1] != '.' && matches)
        assert(name_matches(name, dotted));
    free(dotted);
}

static void check(const struct facts_name *name, const char *reference) {
    bool matches = name_matches(name, reference);
    size_t len = strlen(reference);

    check_case(name, reference, matches);
    check_dot(name, reference, matches);
    if (!matches || name->kind != FACTS_NAME_DNS)
        return;
    assert(name->len == strlen(name->text));
    char *bare = mem_strndup(reference, reference[len - 1] == '.' ? len - 1 : len);
    if (name->text[0] != '*' || (is_plain(name->text) && is_plain(bare)))
        assert(openssl_matches(name->text, name->len, bare));
    free(bare);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *line = size > 0 ? memchr(data + 1, '\n', size - 1) : NULL;

    if (line == NULL || size > 1024)
        return 0;
    size_t len = (size_t)(line - data) - 1;
    struct facts_name name = {
        .kind = data[0] % 2 == 0 ? FACTS_NAME_DNS : FACTS_NAME_IP,
        .len = len,
        .text = mem_strndup((const char *)data + 1, len),
    };
    char *reference = mem_strndup((const char *)line + 1, size - len - 2);

    check(&name, reference);
    free(reference);
    free(name.text);
    return 0;
}
