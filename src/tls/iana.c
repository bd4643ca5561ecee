#include "tls/iana.h"

#include "base/mem.h"

struct name {
    uint16_t number;
    const char *name;
};

static const struct name versions[] = {
    {0x0300, "SSLv3"},   {0x0301, "TLSv1"},   {0x0302, "TLSv1.1"},
    {0x0303, "TLSv1.2"}, {0x0304, "TLSv1.3"},
};

/* IANA, TLS Alerts. */
static const struct name alerts[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed"},
    {22, "record_overflow"},
    {30, "decompression_failure"},
    {40, "handshake_failure"},
    {41, "no_certificate"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {52, "too_many_cids_requested"},
    {60, "export_restriction"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {111, "certificate_unobtainable"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {114, "bad_certificate_hash_value"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {117, "general_error"},
    {120, "no_application_protocol"},
    {121, "ech_required"},
};

/* IANA, TLS Supported Groups. */
static const struct name groups[] = {
#define SUITE(code, name, openssl)
#define GROUP(code, name, openssl) {code, #name},
#define SCHEME(code, name, openssl)
#include "tls/iana.inc"
#undef GROUP
#undef SCHEME
};

/* IANA, TLS SignatureScheme; below 0x0700 also (hash, signature) pairs of RFC 5246 7.4.1.4.1 that have no name there. */
static const struct name schemes[] = {
#define GROUP(code, name, openssl)
#define SCHEME(code, name, openssl) {code, #name},
#include "tls/iana.inc"
#undef SCHEME
};

/* ... as OpenSSL writes them. */
static const struct name openssl_schemes[] = {
#define SCHEME(code, name, openssl) {code, openssl},
#include "tls/iana.inc"
#undef SUITE
#undef GROUP
#undef SCHEME
};

static const char *find_name(const struct name *names, size_t count, int number) {
    for (size_t i = 0; i < count; i++)
        if (names[i].number == number)
            return names[i].name;
    return NULL;
}

const char *tls_version_name(uint16_t version) {
    const char *name = find_name(versions, ARRAY_LEN(versions), version);

    return name != NULL ? name : "unknown";
}

const char *tls_alert_name(int alert) {
    const char *name = find_name(alerts, ARRAY_LEN(alerts), alert);

    return name != NULL ? name : "unknown";
}

int tls_alert_number(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(alerts); i++)
        if (strcmp(alerts[i].name, name) == 0)
            return alerts[i].number;
    return -1;
}

const char *tls_group_name(uint16_t group) {
    return find_name(groups, ARRAY_LEN(groups), group);
}

const char *tls_scheme_name(uint16_t scheme) {
    return find_name(schemes, ARRAY_LEN(schemes), scheme);
}

const char *tls_scheme_openssl(uint16_t scheme) {
    return find_name(openssl_schemes, ARRAY_LEN(openssl_schemes), scheme);
}
