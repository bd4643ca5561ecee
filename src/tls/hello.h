/* hello - a ClientHello, from its bytes (RFC 8446 4.1.2, RFC 5246 7.4.1.2), and its JA4
 * fingerprint.  Pure. Lists are cut at their maximum; counts say how many there were. GREASE
 * values (RFC 8701) stay in the lists.  An extension that cannot be read leaves its fields empty; versions of TLS are kept
 * wherever they stand. */
#ifndef DOORMAT_TLS_HELLO_H
#define DOORMAT_TLS_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HELLO_MAX_VERSIONS = 8,
    HELLO_MAX_SUITES = 192,
    HELLO_MAX_GROUPS = 32,
    HELLO_MAX_SIGALGS = 40,
    HELLO_MAX_EXTENSIONS = 40,
    HELLO_NAME_SIZE_B = 256,
    HELLO_ALPN_SIZE_B = 64,
    HELLO_JA4_SIZE_B = 37
};

struct client_hello {
    uint16_t legacy_version;
    /* supported_versions; without it, what legacy_version means (see .c) */
    uint16_t versions[HELLO_MAX_VERSIONS];
    uint16_t suites[HELLO_MAX_SUITES];
    uint16_t groups[HELLO_MAX_GROUPS];
    uint16_t sigalgs[HELLO_MAX_SIGALGS];
    uint16_t extensions[HELLO_MAX_EXTENSIONS];
    unsigned version_count, suite_count, group_count, sigalg_count, extension_count; /* stored */
    unsigned suites_seen, extensions_seen;                                           /* sent */
    bool has_supported_versions;
    char sni[HELLO_NAME_SIZE_B];  /* cleaned for display; "" if none */
    char alpn[HELLO_ALPN_SIZE_B]; /* the first protocol, cleaned; "" if none */
    char ja4[HELLO_JA4_SIZE_B];   /* FoxIO's JA4, "t13d1516h2_8daaf6152771_e5627efa2ab1" */
};

/* body: the handshake message behind its 4-byte header.  0, or -1 when the bytes are no
 * ClientHello (nothing is read out of bounds, and *out is zeroed). */
int client_hello_parse(const uint8_t *body, size_t len, struct client_hello *out);

#endif
