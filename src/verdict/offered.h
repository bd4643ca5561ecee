/* offered - whether a sender's ClientHello has in it what the server of a recipe has alone: its group (RFC 8446 4.2.7), its
 * signature scheme, the scheme of its certificate (4.2.3).  Who does not offer what he need not have is not over-strict.
 * Pure.  Versions and suites are not looked at: without one in common the server ends the handshake by itself. */
#ifndef DOORMAT_VERDICT_OFFERED_H
#define DOORMAT_VERDICT_OFFERED_H

#include <stdbool.h>

#include "fault/recipe.h"
#include "tls/hello.h"

/* True also where the ClientHello says nothing of the kind (TLS 1.2 takes the extensions for optional), or more than was
 * kept of it. */
bool is_offered(const struct recipe *recipe, const struct client_hello *hello);

#endif
