#include "tls/message.h"

#include "base/mem.h"
#include "tls/cursor.h"
#include "tls/iana.h"

enum { /* IANA, TLS ExtensionType values */
       EXT_ENCRYPT_THEN_MAC = 22,
       EXT_EXTENDED_MASTER_SECRET = 23,
       EXT_EARLY_DATA = 42,
       EXT_SUPPORTED_VERSIONS = 43,
       EXT_KEY_SHARE = 51,
       EXT_RENEGOTIATION_INFO = 0xff01,
};

enum { RANDOM_B = 32, NAMED_CURVE = 3, TLS_1_2 = 0x0303, TLS_1_3 = 0x0304 };

static void note_scheme(uint16_t scheme, struct facts_handshake *facts) {
    const char *name = tls_scheme_name(scheme);

    facts->scheme = scheme;
    if (name != NULL)
        snprintf(facts->scheme_name, sizeof facts->scheme_name, "%s", name);
    else
        snprintf(facts->scheme_name, sizeof facts->scheme_name, "0x%04x", scheme);
}

void message_note_group(uint16_t group, struct facts_handshake *facts) {
    const char *name = tls_group_name(group);

    facts->group = group;
    if (name != NULL)
        snprintf(facts->group_name, sizeof facts->group_name, "%s", name);
    else
        snprintf(facts->group_name, sizeof facts->group_name, "0x%04x", group);
}

static void see_extension(size_t type, struct cursor body, struct facts_handshake *facts) {
    size_t number;

    switch (type) {
    case EXT_ENCRYPT_THEN_MAC:
        facts->encrypt_then_mac = true;
        break;
    case EXT_EXTENDED_MASTER_SECRET:
        facts->extended_master_secret = true;
        break;
    case EXT_RENEGOTIATION_INFO:
        facts->secure_renegotiation = true;
        break;
    case EXT_SUPPORTED_VERSIONS:
        if (cursor_take_number(&body, 2, &number))
            facts->version = (uint16_t)number;
        break;
    case EXT_KEY_SHARE: /* a HelloRetryRequest's is the group alone */
        if (cursor_take_number(&body, 2, &number))
            message_note_group((uint16_t)number, facts);
        break;
    }
}

static void see_extensions(struct cursor list, struct facts_handshake *facts) {
    struct cursor body;
    size_t type;

    while (cursor_take_number(&list, 2, &type) && cursor_take_vector(&list, 2, &body))
        see_extension(type, body, facts);
}

void message_server_hello(const uint8_t *body, size_t len, struct facts_handshake *facts) {
    struct cursor from = {body, len}, random, session_id, extensions;
    size_t version, suite, compression;

    if (!cursor_take_number(&from, 2, &version) || !cursor_take_bytes(&from, RANDOM_B, &random) ||
        !cursor_take_vector(&from, 1, &session_id) || !cursor_take_number(&from, 2, &suite) ||
        !cursor_take_number(&from, 1, &compression))
        return;
    facts->version = (uint16_t)version;
    facts->suite = (uint16_t)suite;
    facts->compression = compression != 0;
    if (cursor_take_vector(&from, 2, &extensions))
        see_extensions(extensions, facts);
}

static bool take_curve(struct cursor *from, struct facts_handshake *facts) {
    struct cursor point;
    size_t type, group;

    if (!cursor_take_number(from, 1, &type) || type != NAMED_CURVE ||
        !cursor_take_number(from, 2, &group))
        return false;
    message_note_group((uint16_t)group, facts);
    return cursor_take_vector(from, 1, &point);
}

static unsigned bit_length(struct cursor number) {
    unsigned bits = 0;

    while (number.left > 0 && number.at[0] == 0)
        number.at++, number.left--;
    if (number.left == 0)
        return 0;
    for (unsigned top = number.at[0]; top != 0; top >>= 1)
        bits++;
    return bits + 8 * (unsigned)(number.left - 1);
}

/* Which group of RFC 7919 it is, if any, the caller finds out: that takes big numbers. */
static bool take_prime(struct cursor *from, struct facts_handshake *facts) {
    struct cursor prime, generator, public;

    if (!cursor_take_vector(from, 2, &prime))
        return false;
    facts->dh_bits = bit_length(prime);
    snprintf(facts->group_name, sizeof facts->group_name, "dh %u", facts->dh_bits);
    return cursor_take_vector(from, 2, &generator) && cursor_take_vector(from, 2, &public);
}

/* Below TLS 1.2 a signature does not name its scheme, since there is but one for each kind of key (RFC 4346 7.4.3). */
static void note_only_scheme(enum message_auth auth, struct facts_handshake *facts) {
    static const struct {
        uint16_t scheme;
        const char *name;
    } only[] = {
        [MESSAGE_AUTH_NONE] = {0, ""},
        [MESSAGE_AUTH_RSA] = {0, "rsa_pkcs1_md5_sha1"},
        [MESSAGE_AUTH_DSA] = {0x0202, "dsa_sha1"},
        [MESSAGE_AUTH_ECDSA] = {0x0203, "ecdsa_sha1"},
    };

    facts->scheme = only[auth].scheme;
    snprintf(facts->scheme_name, sizeof facts->scheme_name, "%s", only[auth].name);
}

void message_key_exchange(const uint8_t *body, size_t len, enum message_kx kx,
                          enum message_auth auth, struct facts_handshake *facts) {
    struct cursor from = {body, len};
    size_t scheme;

    if (kx == MESSAGE_KX_OTHER ||
        !(kx == MESSAGE_KX_ECDHE ? take_curve(&from, facts) : take_prime(&from, facts)))
        return;
    if (facts->version < TLS_1_2)
        note_only_scheme(auth, facts);
    else if (auth != MESSAGE_AUTH_NONE && cursor_take_number(&from, 2, &scheme))
        note_scheme((uint16_t)scheme, facts);
}

void message_certificate_verify(const uint8_t *body, size_t len, struct facts_handshake *facts) {
    struct cursor from = {body, len};
    size_t scheme;

    if (cursor_take_number(&from, 2, &scheme))
        note_scheme((uint16_t)scheme, facts);
}

void message_ticket(const uint8_t *body, size_t len, struct facts_handshake *facts) {
    struct cursor from = {body, len}, times, nonce, ticket, extensions, data;
    size_t type, max_b;

    if (facts->version != TLS_1_3 || !cursor_take_bytes(&from, 8, &times) ||
        !cursor_take_vector(&from, 1, &nonce) || !cursor_take_vector(&from, 2, &ticket) ||
        !cursor_take_vector(&from, 2, &extensions))
        return;
    while (cursor_take_number(&extensions, 2, &type) && cursor_take_vector(&extensions, 2, &data))
        if (type == EXT_EARLY_DATA && cursor_take_number(&data, 4, &max_b) && max_b > 0)
            facts->early_data = true;
}
