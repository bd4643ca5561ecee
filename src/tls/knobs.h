/* knobs - what the TLS server can be made to negotiate, and how it behaves.  All-zero is spotless: TLS 1.2 and 1.3, ECDHE
 * over secp256r1 and secp384r1, AES-GCM, and no oddity.  Key exchange and bulk cipher are apart, so that faults compose:
 * the suites are their product.  Each knob stands alone, and is as wide as an unsigned. */
#ifndef DOORMAT_TLS_KNOBS_H
#define DOORMAT_TLS_KNOBS_H

#include "crypto/dh.h"

enum tls_version { /* as on the wire */
                   TLS_VERSION_DEFAULT = 0,
                   TLS_VERSION_1_0 = 0x0301,
                   TLS_VERSION_1_1 = 0x0302,
                   TLS_VERSION_1_2 = 0x0303,
                   TLS_VERSION_1_3 = 0x0304,
};

enum tls_kx {
    TLS_KX_ECDHE,
    TLS_KX_DHE,
    TLS_KX_ANON_DH,
    TLS_KX_RSA, /* static: the secret is encrypted to the certificate's key */
    TLS_KX_ANON_ECDH,
    TLS_KX_COUNT,
};

enum tls_bulk { /* those that TLS 1.3 has hold there as well; beside the others it has AES-GCM */
                TLS_BULK_AES_GCM,
                TLS_BULK_AES_CBC_SHA1, /* what TLS 1.0 and 1.1 have */
                TLS_BULK_NULL,
                TLS_BULK_NULL_MD5,
                TLS_BULK_NULL_SHA256,
                TLS_BULK_AES_CBC_SHA2,
                TLS_BULK_AES_256_GCM,
                TLS_BULK_AES_CCM,
                TLS_BULK_AES_CCM_8,
                TLS_BULK_CHACHA20,
                TLS_BULK_CAMELLIA_CBC,
                TLS_BULK_ARIA_GCM,
                TLS_BULK_COUNT,
};

enum tls_client_cert {
    TLS_CLIENT_CERT_NONE,
    TLS_CLIENT_CERT_REQUESTED,          /* from any authority; any is taken, and none */
    TLS_CLIENT_CERT_REQUESTED_STRANGER, /* ... with the name of one authority */
    TLS_CLIENT_CERT_REQUESTED_MANY,     /* ... with the names of very many */
    TLS_CLIENT_CERT_REFUSED,            /* demanded, and none is good enough */
    TLS_CLIENT_CERT_LATE, /* requested behind the handshake, of those who offer it (RFC 8446 4.6.2) */
};

enum tls_sni {
    TLS_SNI_NOTED,    /* and the certificate is the same for all */
    TLS_SNI_WARNED,   /* a warning, unrecognized_name, whatever the name; below TLS 1.3 */
    TLS_SNI_REQUIRED, /* without a name a fatal unrecognized_name */
    TLS_SNI_CHOOSES,  /* without a name a certificate that says so, signed by itself */
};

enum tls_first { /* what the server does as the first thing behind the handshake */
                 TLS_FIRST_NOTHING,
                 TLS_FIRST_KEY_UPDATE, /* TLS 1.3: both sides' keys */
};

enum tls_end_manner {
    TLS_END_CLOSE_NOTIFY,
    TLS_END_BARE, /* no close_notify */
};

struct tls_versions {
    unsigned min, max; /* enum tls_version; 0: TLS 1.2, TLS 1.3 */
};

struct tls_knobs {
    struct tls_versions versions;
    enum tls_kx kx; /* below TLS 1.3 */
    enum tls_bulk bulk;
    unsigned dh_bits; /* 0: 3072 (RFC 7919); else 512, 768, 1024, 1536, 2048 */
    enum dh_kind dh_kind;
    unsigned
        group; /* code point (IANA, TLS Supported Groups) of the only one; 0: secp256r1, secp384r1 */
    unsigned
        scheme; /* code point (IANA, TLS SignatureScheme) of the only one; 0: the sound ones for the key */
    unsigned
        pkcs1; /* 1: below TLS 1.3 an RSA key signs by PKCS #1 v1.5 for those who know no PSS */
    unsigned alert; /* fatal, in answer to each ClientHello; 0: none */
    unsigned no_extended_master_secret,
        no_encrypt_then_mac; /* 1: as if the extension were unknown */
    enum tls_client_cert client_cert;
    enum tls_sni sni;
    unsigned tickets;    /* that many session tickets; none of them is ever taken */
    unsigned fragment_b; /* records of at most so many bytes, from 512 on; 0: what TLS allows */
    enum tls_first first;
    enum tls_end_manner end;
};

#endif
