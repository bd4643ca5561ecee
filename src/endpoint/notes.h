/* notes - what a transcript says of a connection beside the dialogue: TLS, alerts, how it ended. */
#ifndef DOORMAT_ENDPOINT_NOTES_H
#define DOORMAT_ENDPOINT_NOTES_H

#include "smtp/transcript.h"
#include "tls/server.h"
#include "verdict/attempt.h"

/* The handshake is complete: "TLSv1.3, TLS_AES_128_GCM_SHA256, secp256r1; the sender named mx.doormat.test (SNI)" and the
 * certificate that was sent. */
void notes_put_secured(struct transcript *transcript, const struct tls_seen *tls,
                       const struct tls_server *server);

/* TLS is over: a handshake that failed, and alerts.  To be called once. */
void notes_put_tls_end(struct transcript *transcript, const struct tls_seen *tls);

/* The last line: how the connection ended. */
void notes_put_end(struct transcript *transcript, const struct attempt *attempt);

#endif
