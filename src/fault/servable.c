#include "fault/servable.h"

#include "base/ascii.h"
#include "base/mem.h"

enum { EC = 1, RSA = 2, DSA = 4, ANY = EC | RSA | DSA };

/* The cipher suites below TLS 1.3 that OpenSSL has, by the kinds of key that they are for; 0: there is none. */
static const unsigned suites[TLS_BULK_COUNT][TLS_KX_COUNT] = {
    [TLS_BULK_AES_GCM] = {[TLS_KX_ECDHE] = EC | RSA,
                          [TLS_KX_DHE] = RSA | DSA,
                          [TLS_KX_ANON_DH] = ANY,
                          [TLS_KX_RSA] = RSA},
    [TLS_BULK_AES_CBC_SHA1] = {[TLS_KX_ECDHE] = EC | RSA,
                               [TLS_KX_DHE] = RSA | DSA,
                               [TLS_KX_ANON_DH] = ANY,
                               [TLS_KX_RSA] = RSA,
                               [TLS_KX_ANON_ECDH] = ANY},
    [TLS_BULK_NULL] = {[TLS_KX_ECDHE] = EC | RSA, [TLS_KX_RSA] = RSA, [TLS_KX_ANON_ECDH] = ANY},
    [TLS_BULK_NULL_MD5] = {[TLS_KX_RSA] = RSA},
    [TLS_BULK_NULL_SHA256] = {[TLS_KX_RSA] = RSA},
    [TLS_BULK_AES_CBC_SHA2] = {[TLS_KX_ECDHE] = EC | RSA,
                               [TLS_KX_DHE] = RSA | DSA,
                               [TLS_KX_ANON_DH] = ANY,
                               [TLS_KX_RSA] = RSA},
    [TLS_BULK_AES_256_GCM] = {[TLS_KX_ECDHE] = EC | RSA,
                              [TLS_KX_DHE] = RSA | DSA,
                              [TLS_KX_ANON_DH] = ANY,
                              [TLS_KX_RSA] = RSA},
    [TLS_BULK_AES_CCM] = {[TLS_KX_ECDHE] = EC, [TLS_KX_DHE] = RSA, [TLS_KX_RSA] = RSA},
    [TLS_BULK_AES_CCM_8] = {[TLS_KX_ECDHE] = EC, [TLS_KX_DHE] = RSA, [TLS_KX_RSA] = RSA},
    [TLS_BULK_CHACHA20] = {[TLS_KX_ECDHE] = EC | RSA, [TLS_KX_DHE] = RSA},
    [TLS_BULK_CAMELLIA_CBC] = {[TLS_KX_ECDHE] = EC | RSA,
                               [TLS_KX_DHE] = RSA | DSA,
                               [TLS_KX_ANON_DH] = ANY,
                               [TLS_KX_RSA] = RSA},
    [TLS_BULK_ARIA_GCM] = {[TLS_KX_ECDHE] = EC | RSA, [TLS_KX_DHE] = RSA | DSA, [TLS_KX_RSA] = RSA},
};

static unsigned key_bit(const struct recipe *recipe) {
    static const unsigned bits[] = {[KEY_FAMILY_EC] = EC,
                                    [KEY_FAMILY_RSA] = RSA,
                                    [KEY_FAMILY_DSA] = DSA,
                                    [KEY_FAMILY_EDWARDS] = EC};

    return bits[key_spec_family(&recipe->mint.leaf.key)];
}

static bool is_below(const struct recipe *recipe, enum tls_version version) {
    return recipe->tls.versions.max != 0 && recipe->tls.versions.max < version;
}

static bool is_anonymous(const struct recipe *recipe) {
    return recipe->tls.kx == TLS_KX_ANON_DH || recipe->tls.kx == TLS_KX_ANON_ECDH;
}

static bool changes_within(const struct recipe *changes, size_t from, size_t to) {
    for (size_t i = 0; i < recipe_knob_count; i++)
        if (recipe_knobs[i].offset >= from && recipe_knobs[i].offset < to &&
            recipe_knob_is_set(&recipe_knobs[i], changes))
            return true;
    return false;
}

#define CHANGES_CERTIFICATE(changes) changes_within(changes, 0, offsetof(struct recipe, tls))
#define CHANGES_TLS(changes)                                                                       \
    changes_within(changes, offsetof(struct recipe, tls), offsetof(struct recipe, smtp))

/* --- the rules --- */

static bool lacks_suite(const struct recipe *recipe, const struct recipe *changes) {
    (void)changes;
    return is_below(recipe, TLS_VERSION_1_3) &&
           (suites[recipe->tls.bulk][recipe->tls.kx] & key_bit(recipe)) == 0;
}

/* Code points as IANA has them: 0xHHSS below 0x0800, H the digest and S the kind of key. */
static bool lacks_signer(const struct recipe *recipe, const struct recipe *changes) {
    unsigned scheme = recipe->tls.scheme;
    unsigned bits[] = {[1] = RSA, [2] = DSA, [3] = EC};
    enum { PSS_FROM = 0x0800 };
    unsigned wanted = scheme >= PSS_FROM ? (unsigned)RSA : bits[scheme & 3];

    (void)changes;
    return scheme != 0 && (wanted != key_bit(recipe) ||
                           key_spec_family(&recipe->mint.leaf.key) == KEY_FAMILY_EDWARDS);
}

/* RFC 8017 9.1.1: twice the digest and two bytes, here without the last bit's byte. */
static bool lacks_bits(const struct recipe *recipe, const struct recipe *changes) {
    enum { PSS_SHA512 = 0x0806, PSS_SHA512_MIN_BITS = 8 * (2 * 64 + 2) };

    (void)changes;
    return recipe->tls.scheme == PSS_SHA512 && key_bit(recipe) == RSA &&
           recipe->mint.leaf.key.bits < PSS_SHA512_MIN_BITS;
}

static bool signs_too_early(const struct recipe *recipe, const struct recipe *changes) {
    return is_below(recipe, TLS_VERSION_1_2) &&
           (changes->tls.scheme != 0 ||
            key_spec_family(&recipe->mint.leaf.key) == KEY_FAMILY_EDWARDS);
}

static bool signs_nothing(const struct recipe *recipe, const struct recipe *changes) {
    return changes->tls.scheme != 0 && (recipe->tls.kx == TLS_KX_RSA || is_anonymous(recipe));
}

static bool cannot_decrypt(const struct recipe *recipe, const struct recipe *changes) {
    (void)changes;
    return recipe->tls.kx == TLS_KX_RSA && recipe->mint.private_half != 0;
}

static bool hides_certificate(const struct recipe *recipe, const struct recipe *changes) {
    return is_anonymous(recipe) && (CHANGES_CERTIFICATE(changes) || changes->tls.sni != 0);
}

static bool hides_group(const struct recipe *recipe, const struct recipe *changes) {
    return changes->tls.group != 0 && is_below(recipe, TLS_VERSION_1_3) &&
           recipe->tls.kx != TLS_KX_ECDHE && recipe->tls.kx != TLS_KX_ANON_ECDH;
}

static bool lacks_numbers(const struct recipe *recipe, const struct recipe *changes) {
    (void)changes;
    return recipe->tls.dh_kind != DH_KIND_PUBLISHED && recipe->tls.dh_bits != 0;
}

static bool answers_with_alert(const struct recipe *recipe, const struct recipe *changes) {
    struct recipe others = *changes;

    others.tls.alert = 0;
    return recipe->tls.alert != 0 && (CHANGES_CERTIFICATE(&others) || CHANGES_TLS(&others));
}

static bool lists_and_hides(const struct recipe *recipe, const struct recipe *changes) {
    return recipe->smtp.starttls_offer != SMTP_STARTTLS_OFFERED &&
           changes->smtp.capabilities[CHANNEL_PLAIN] != NULL;
}

/* Where STARTTLS is not offered, the port for implicit TLS speaks plaintext too. */
static bool has_no_tls(const struct recipe *recipe, const struct recipe *changes) {
    return recipe->smtp.starttls_offer != SMTP_STARTTLS_OFFERED &&
           (CHANGES_CERTIFICATE(changes) || CHANGES_TLS(changes) ||
            changes->smtp.capabilities[CHANNEL_TLS] != NULL);
}

static bool lists_nothing(const struct recipe *recipe, const struct recipe *changes) {
    const struct smtp_answer *answer = &recipe->smtp.at[SMTP_POINT_EHLO];

    return (answer->code != 0 || answer->text != NULL || answer->manner >= SMTP_MANNER_STALL) &&
           (changes->smtp.capabilities[CHANNEL_PLAIN] != NULL ||
            changes->smtp.auth_in_plaintext != 0 || changes->smtp.starttls_offer != 0);
}

static const struct {
    bool (*holds)(const struct recipe *recipe, const struct recipe *changes);
    const char *why;
} rules[] = {
    {lacks_suite, "there is no cipher suite with such a key exchange, cipher and key"},
    {lacks_signer, "its key cannot make such a signature in the handshake"},
    {lacks_bits, "its key is too short for such a signature in the handshake"},
    {signs_too_early, "below TLS 1.2 there is no such signature in the handshake"},
    {signs_nothing, "such a key exchange has no signature"},
    {cannot_decrypt, "static RSA needs the private key of the certificate"},
    {hides_certificate, "an anonymous key exchange shows no certificate"},
    {hides_group, "such a key exchange has no elliptic curve"},
    {lacks_numbers, "such Diffie-Hellman numbers exist only with 3072 bits"},
    {answers_with_alert,
     "the server answers the ClientHello with an alert, and shows nothing else"},
    {lists_and_hides, "one removes STARTTLS, and the other lists it"},
    {has_no_tls, "without an offer of STARTTLS, nothing of TLS is visible"},
    {lists_nothing, "one refuses EHLO, and the other changes its list"},
};

int recipe_check(const struct recipe *recipe, const struct recipe *changes, struct err *err) {
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (rules[i].holds(recipe, changes))
            return err_set(err, "%s", rules[i].why);
    return 0;
}

/* --- where a dialogue ends --- */

static bool is_cut(const struct smtp_answer *answer) {
    return answer->manner == SMTP_MANNER_LAST || answer->manner == SMTP_MANNER_STALL ||
           answer->manner == SMTP_MANNER_FIN || answer->manner == SMTP_MANNER_RST ||
           answer->manner == SMTP_MANNER_ENDLESS;
}

static bool is_set(const struct smtp_answer *answer) {
    return answer->code != 0 || answer->text != NULL || answer->form != SMTP_FORM_REPLY ||
           answer->manner != SMTP_MANNER_AT_ONCE;
}

enum { CODE_ANY = 0, CODE_CLASS_MAX = 9 };

/* The points at which all senders stop, in the order of the dialogue.  HELO and AUTH are not for all of them; and who is
 * refused EHLO inside TLS goes on with HELO. */
static const struct {
    enum smtp_point point;
    unsigned goes_on; /* with this code, or this first digit of one; CODE_ANY: with each */
    enum knob_shows shows;
} ends[] = {
    {SMTP_POINT_GREETING, 2, SHOWS_AT_ONCE},
    {SMTP_POINT_EHLO, 2, SHOWS_AT_EHLO},
    {SMTP_POINT_STARTTLS, 220, SHOWS_AT_STARTTLS},
    {SMTP_POINT_SECURED, CODE_ANY, SHOWS_IN_SESSION},
    {SMTP_POINT_EHLO_TLS, CODE_ANY, SHOWS_AT_EHLO_TLS},
    {SMTP_POINT_MAIL, 2, SHOWS_AT_MAIL},
    {SMTP_POINT_RCPT, 2, SHOWS_AT_RCPT},
    {SMTP_POINT_DATA, 354, SHOWS_AT_DATA},
    {SMTP_POINT_BODY, CODE_ANY, SHOWS_IN_MESSAGE},
    {SMTP_POINT_DOT, 2, SHOWS_AT_DOT},
};

/* A refusal that holds once alone is one too: hardly anybody asks again in the same session. */
static bool is_refusal(const struct smtp_answer *answer, unsigned goes_on) {
    unsigned code = goes_on <= CODE_CLASS_MAX ? answer->code / 100 : answer->code;

    return goes_on != CODE_ANY && answer->code != 0 && code != goes_on;
}

static enum knob_shows ends_in_dialogue(const struct smtp_knobs *smtp) {
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        const struct smtp_answer *answer = &smtp->at[ends[i].point];

        if (is_cut(answer) || is_refusal(answer, ends[i].goes_on))
            return ends[i].shows;
    }
    return SHOWS_NEVER;
}

static bool lists_starttls(const char *list) {
    for (size_t len; *list != '\0'; list += len + (list[len] == '\n')) {
        len = strcspn(list, "\n");
        if (ascii_equal_n(list, strcspn(list, " \n"), "STARTTLS"))
            return true;
    }
    return false;
}

static bool hides_starttls(const struct smtp_knobs *smtp) {
    const char *list = smtp->capabilities[CHANNEL_PLAIN];

    return smtp->starttls_offer != SMTP_STARTTLS_OFFERED || (list != NULL && !lists_starttls(list));
}

static enum knob_shows ends_in_handshake(const struct recipe *recipe) {
    if (hides_starttls(&recipe->smtp))
        return SHOWS_AT_STARTTLS;
    if (is_set(&recipe->smtp.at[SMTP_POINT_HANDSHAKE]) || recipe->tls.alert != 0)
        return SHOWS_AT_HELLO;
    return recipe->tls.client_cert == TLS_CLIENT_CERT_REFUSED ? SHOWS_IN_SESSION : SHOWS_NEVER;
}

bool recipe_hides(const struct recipe *recipe, const struct recipe *other) {
    enum knob_shows in_dialogue = ends_in_dialogue(&recipe->smtp);
    enum knob_shows in_handshake = ends_in_handshake(recipe);
    enum knob_shows end = in_dialogue < in_handshake ? in_dialogue : in_handshake;
    enum knob_shows shows = recipe_shows(other);

    return end <= shows || (shows >= SHOWS_AT_HELLO && end < SHOWS_AT_MAIL);
}
