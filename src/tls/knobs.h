/* knobs - what the TLS server can be made to negotiate.  All-zero is spotless: TLS 1.2 and 1.3, ECDHE over secp256r1 and
 * secp384r1, AES-GCM.  Key exchange and bulk cipher are apart, so that faults compose: the suites are their product. */
#ifndef DOORMAT_TLS_KNOBS_H
#define DOORMAT_TLS_KNOBS_H

enum tls_version { /* as on the wire */
                   TLS_VERSION_DEFAULT = 0,
                   TLS_VERSION_1_0 = 0x0301,
                   TLS_VERSION_1_1 = 0x0302,
                   TLS_VERSION_1_2 = 0x0303,
                   TLS_VERSION_1_3 = 0x0304,
};

enum tls_kx { TLS_KX_ECDHE, TLS_KX_DHE, TLS_KX_ANON_DH, TLS_KX_COUNT };
enum tls_bulk {
    TLS_BULK_AES_GCM,
    TLS_BULK_AES_CBC_SHA1, /* what TLS 1.0 and 1.1 have */
    TLS_BULK_NULL,
    TLS_BULK_COUNT,
};

struct tls_versions {
    unsigned min, max; /* enum tls_version; 0: TLS 1.2, TLS 1.3 */
};

struct tls_knobs {
    struct tls_versions versions;
    enum tls_kx kx; /* below TLS 1.3 */
    enum tls_bulk bulk;
    unsigned dh_bits; /* 0: 3072 (RFC 7919); 1024 (RFC 2409), 512 */
};

#endif
