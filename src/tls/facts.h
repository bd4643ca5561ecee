/* facts - what a handshake with a server showed, as plain data: no OpenSSL type, nothing to call.  The policies read it.
 * What its certificates showed is in chain_facts.h. */
#ifndef DOORMAT_TLS_FACTS_H
#define DOORMAT_TLS_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/dh_group.h"
#include "tls/seen.h"

/* What the server chose is read from the wire, and stands here even if the client then went no further. */
struct facts_handshake {
    enum tls_handshake handshake;
    enum tls_failure failure; /* why the client itself ended it */
    char reason[64];          /* ... in libssl's words; "" if it did not */
    char end
        [40]; /* how the connection ended before it was complete; "" if it was, or the client ended it */
    bool bad_signature; /* ... because the server's handshake signature does not verify */
    int alert_read;     /* the first fatal one, or TLS_NO_ALERT */
    bool begun;         /* the server answered in TLS at all */
    bool answered;      /* ... and said something inside TLS behind the handshake */
    bool client_cert_requested;
    uint16_t version, suite, group, scheme; /* code points; 0 if none */
    char suite_name[48], group_name[32],
        scheme_name[40]; /* "rsa_pss_rsae_sha256"; below 1.2 "rsa_pkcs1_md5_sha1" */
    unsigned dh_bits;    /* finite-field DH: the prime's; else 0 */
    enum dh_flaw
        dh; /* as dh_group_judge says; that takes its time, so the client leaves it at DH_FLAW_NONE */
    /* Extensions below TLS 1.3, which has them built in and never says so. */
    bool extended_master_secret, encrypt_then_mac, secure_renegotiation, compression;
    bool resumed;
    bool early_data; /* a ticket allows it; seen when the connection was read from */
};

#endif
