/* A fault that ends the dialogue, and another that could not show behind it: they do not compose. */
#include "base/mem.h"
#include "fault/compose.h"
#include "unit.h"

/* Whoever is turned away by the first cannot show what it does at the other; nobody is praised for that. */
static void test_hidden(void **state) {
    static const struct {
        const char *first, *other;
        bool is_hidden;
    } cases[] = {
        {"greeting-554", "self-signed", true},
        {"greeting-421", "mail-550", true},
        {"ehlo-500", "expired", true},
        {"ehlo-fin", "self-signed", true},
        {"ehlo-stall", "tls10", true},
        {"ehlo-empty", "expired", true},
        {"starttls-offer-longer-word", "expired", true},
        {"starttls-offer-in-parameter", "expired", true},
        {"starttls-not-offered", "starttls-454", true},
        {"starttls-454", "self-signed", true},
        {"starttls-454-once", "expired", true},
        {"starttls-250", "self-signed", true},
        {"starttls-rst", "expired", true},
        {"starttls-endless", "expired", true},
        {"starttls-220-fin", "expired", true},
        {"starttls-454", "handshake-rst", true},
        {"starttls-220-plaintext", "expired", true},
        {"handshake-rst", "self-signed", true},
        {"handshake-fin", "wrong-host", true},
        {"handshake-stall", "expired", true},
        {"alert-decode-error", "mail-550", true},
        {"client-cert-refused", "expired", true},
        {"client-cert-refused", "data-554", true},
        {"tls-rst", "self-signed", true},
        {"tls-fin", "untrusted-root", true},
        {"tls-fin", "ehlo-tls-500", true},
        {"ehlo-tls-fin", "expired", true},
        {"ehlo-endless", "null-cipher", true},
        {"mail-421", "smuggle-cr-dot-cr", true},
        {"mail-550", "rcpt-550", true},
        {"mail-354", "data-554", true},
        {"inject-ok", "data-554", true},
        {"rcpt-stall", "data-fin", true},
        {"data-250", "dot-554", true},
        {"message-fin", "smuggle-lf-dot-lf", true},
        {"dot-fin", "quit-500", true},
        /* what shows before the end, or has none */
        {"mail-550", "expired", false},
        {"inject-ok", "expired", false},
        {"dot-554", "expired", false},
        {"dot-554", "smuggle-lf-dot-lf", false},
        {"data-554", "self-signed", false},
        {"ehlo-tls-500", "expired", false},
        {"auth-535", "expired", false},
        {"starttls-offer-twice", "expired", false},
        {"starttls-offer-lower-case", "expired", false},
        {"starttls-offer-parameter", "expired", false},
        {"starttls-220-late", "expired", false},
        {"greeting-multiline", "expired", false},
        {"rcpt-251", "data-554", false},
        {"dot-no-text", "quit-500", false},
        {"sni-required", "expired", false},
        {"client-cert-refused", "control-tls12", false},
        /* both make a leak possible, and the one does before the other */
        {"starttls-454", "auth-before-tls", false},
        {"handshake-rst", "auth-before-tls", false},
        {"handshake-rst", "starttls-220-late", false},
        {"tls-fin", "starttls-offer-twice", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *first = cases[i].first, *other = cases[i].other;
        char *recipe = mem_printf("%s+%s", other, first);
        char *why = mem_printf("%s and %s cannot be combined: %s ends the dialogue before %s can "
                               "show",
                               first, other, first, other);
        struct scenario scenario;
        struct err err = {""};

        int rc = scenario_parse(recipe, &scenario, &err);
        if (rc != (cases[i].is_hidden ? -1 : 0) ||
            strcmp(err.text, cases[i].is_hidden ? why : "") != 0)
            fail_msg("%s: %s", recipe, err.text);
        free(recipe);
        free(why);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hidden)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
