/* rehearsal - one handshake in memory, before a server is shown to anybody: can a client that offers everything, and objects
 * to nothing that the library lets pass, get in?
 *
 * A mixture of faults may leave nobody a way in, because a key cannot make the signature, say.  Every sender would be turned
 * away by it, and none would have noticed anything.  In the server's own thread, before its first connection. */
#ifndef DOORMAT_TLS_REHEARSAL_H
#define DOORMAT_TLS_REHEARSAL_H

#include "base/err.h"
#include "tls/server.h"

/* sni: the server's name, or NULL.  Fails where the server cannot bring the handshake to its end, and says why.  A server that
 * refuses by its knobs (an alert, a client's certificate that will not do), or that even this client turns away, is well. */
int tls_server_rehearse(struct tls_server *server, const char *sni, struct err *err) MUST_USE;

#endif
