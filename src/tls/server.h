/* server - a recipe's TLS side as an OpenSSL server context, and an engine per connection.
 *
 * Life: tls_server_new (costly; any thread) -> tls_server_engine per connection -> engine's own life (net/engine.h) ->
 * tls_server_free once the last engine is gone (contexts are counted: freeing earlier is safe).
 * Security level 0; session tickets and resumption off, so that every connection shows a full handshake. */
#ifndef DOORMAT_TLS_SERVER_H
#define DOORMAT_TLS_SERVER_H

#include "base/buf.h"
#include "base/err.h"
#include "mint/mint.h"
#include "net/engine.h"
#include "tls/knobs.h"
#include "tls/seen.h"

struct tls_server;

/* Fails, and says so, where OpenSSL has nothing that serves the knobs ("no cipher suite ..."). */
int tls_server_new(const struct tls_knobs *knobs, const struct identity *identity,
                   struct tls_server **out, struct err *err) MUST_USE;
void tls_server_free(struct tls_server **server);

/* seen must outlive the engine; it is filled as the connection goes on.  Its hello too. */
int tls_server_engine(struct tls_server *server, struct tls_seen *seen, struct engine **out,
                      struct err *err) MUST_USE;

/* The certificate that it presents: "subject CN=mx.doormat.test, issuer CN=..., RSA 2048, and 1 above it".  Appends to out. */
void tls_server_describe(const struct tls_server *server, struct buf *out);

#endif
